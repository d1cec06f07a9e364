"""Reflections."""

revision = "0010_reflections"
down_revision = "0009_checkin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of this area."""


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
