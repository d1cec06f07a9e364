"""Keep how many people a host saw in the hall, and two rules of a conference that used to be fixed.

Old code keeps working: the table is empty and unread, and the columns have the values that were the rule.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_hall_counts"
down_revision = "0017_self_check_in"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conferences") as conferences:
        conferences.add_column(sa.Column("headcount_tolerance", sa.Integer(), server_default="3", nullable=False))
        conferences.add_column(
            sa.Column("substitutes_need_approval", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    op.create_table(
        "hall_counts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_hall_counts_no_fewer_than_none")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_hall_counts_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_hall_counts_site_id_sites")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_hall_counts_study_session_id_study_sessions")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_hall_counts_device_id_devices")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_hall_counts_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hall_counts")),
    )
    op.create_index(op.f("ix_hall_counts_conference_id"), "hall_counts", ["conference_id"])
    op.create_index(op.f("ix_hall_counts_site_id"), "hall_counts", ["site_id"])
    op.create_index(
        "ix_hall_counts_study_session_id_site_id", "hall_counts", ["study_session_id", "site_id", "counted_at"]
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
