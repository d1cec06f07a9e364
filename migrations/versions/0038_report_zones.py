"""Keep in which time zone a platform wrote its list. Old code keeps working: the column is empty, and means the
conference's own zone."""

import sqlalchemy as sa
from alembic import op

revision = "0038_report_zones"
down_revision = "0037_merges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("online_reports") as online_reports:
        online_reports.add_column(sa.Column("timezone", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
