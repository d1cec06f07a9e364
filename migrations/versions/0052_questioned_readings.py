"""Find the readings that graders question without looking at all. Old code keeps working: its answers are the same."""

import sqlalchemy as sa
from alembic import op

revision = "0052_questioned_readings"
down_revision = "0051_quiz_grants_taken_back"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_readings_questioned",
        "readings",
        ["paper_id"],
        sqlite_where=sa.text("is_questioned = 1"),
        postgresql_where=sa.text("is_questioned"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
