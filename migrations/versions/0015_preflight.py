"""Keep what a door device found out about itself before the doors opened.

Old code keeps working: the column is empty and unread.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_preflight"
down_revision = "0014_categories_by_sender"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("devices") as devices:
        devices.add_column(sa.Column("preflight", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
