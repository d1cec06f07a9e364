"""Reports."""

revision = "0012_reports"
down_revision = "0011_grading"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of this area."""


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
