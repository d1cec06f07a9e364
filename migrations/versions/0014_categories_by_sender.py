"""Remember which categories each sender's list names, so that one list doesn't drop those of another.

Old code keeps working: the column is empty and unread.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_categories_by_sender"
down_revision = "0013_sign_in_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("imported_values") as imported_values:
        imported_values.add_column(sa.Column("categories_by_sender", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
