"""Keep when somebody took a grant of another sitting back. Old code keeps working: the column is empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0051_quiz_grants_taken_back"
down_revision = "0050_rehearsals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("quiz_grants") as grants:
        grants.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
