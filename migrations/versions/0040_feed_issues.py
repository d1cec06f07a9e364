"""Let the addresses of calendars be ended. Old code keeps working: every address so far carries the first issue."""

import sqlalchemy as sa
from alembic import op

revision = "0040_feed_issues"
down_revision = "0039_seating"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conferences", sa.Column("feed_issue", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("presenters", sa.Column("feed_issue", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
