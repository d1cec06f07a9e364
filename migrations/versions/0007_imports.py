"""Imports."""

revision = "0007_imports"
down_revision = "0006_registry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of this area."""


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
