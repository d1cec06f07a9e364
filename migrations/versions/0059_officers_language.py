"""Keep in which language letters to somebody of the staff are. Old code keeps working: it writes Vietnamese."""

import sqlalchemy as sa
from alembic import op

revision = "0059_officers_language"
down_revision = "0058_why_a_paper_was_returned"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("letter_language", sa.Text(), nullable=False, server_default="vi"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
