"""Grading."""

revision = "0011_grading"
down_revision = "0010_reflections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of this area."""


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
