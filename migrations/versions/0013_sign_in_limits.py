"""Slow down addresses that fail to sign in, tell sessions apart, and let two editors of a site notice each other.

Old code keeps working: the new columns have defaults and the new table is unread by it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_sign_in_limits"
down_revision = "0012_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_address_hash_at", "sign_in_failures", ["address_hash", "at"], unique=False)
    with op.batch_alter_table("account_sessions") as account_sessions:
        account_sessions.add_column(sa.Column("client", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("conference_sites") as conference_sites:
        conference_sites.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
