"""Keep that an account was erased, and by which mark it is known again in an older backup. Old code keeps working:
the columns are empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0044_erased_accounts"
down_revision = "0043_paper_forms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        accounts.add_column(sa.Column("erased_mark", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
