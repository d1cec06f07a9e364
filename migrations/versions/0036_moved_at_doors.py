"""Find those whom doors took in for good without looking at everybody. Old code keeps working: it does not ask."""

import sqlalchemy as sa
from alembic import op

revision = "0036_moved_at_doors"
down_revision = "0035_plan_releases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_attendees_moved_at_doors",
        "attendees",
        ["conference_id"],
        sqlite_where=sa.text("called_site_id IS NOT NULL"),
        postgresql_where=sa.text("called_site_id IS NOT NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
