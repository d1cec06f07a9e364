"""Keep beside a paper why it was given back, for its author to read. Old code keeps working: the column is empty."""

import sqlalchemy as sa
from alembic import op

revision = "0058_why_a_paper_was_returned"
down_revision = "0057_other_session"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reflections") as reflections:
        reflections.add_column(sa.Column("returned_because", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
