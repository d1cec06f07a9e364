"""Keep from where somebody was barred when they were handed a spare badge, so that a reading of it which arrived first
means the same. Old code keeps working: the column is empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0053_spare_bars"
down_revision = "0052_questioned_readings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scans", sa.Column("spare_bars", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
