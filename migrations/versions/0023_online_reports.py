"""Keep the platform's lists of participants as further evidence. Old code keeps working: it never asks for them."""

import sqlalchemy as sa
from alembic import op

revision = "0023_online_reports"
down_revision = "0022_enrolment_links"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "online_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("other_day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_online_reports_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_online_reports_study_session_id_study_sessions")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["accounts.id"], name=op.f("fk_online_reports_uploaded_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_reports")),
        sa.UniqueConstraint("study_session_id", "sha256", name=op.f("uq_online_reports_study_session_id_sha256")),
    )
    op.create_index(op.f("ix_online_reports_conference_id"), "online_reports", ["conference_id"])
    op.create_table(
        "online_participants",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("how", sa.String(32), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_online_participants_attendee_id_attendees")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["online_reports.id"], name=op.f("fk_online_participants_report_id_online_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_participants")),
    )
    op.create_index(op.f("ix_online_participants_report_id"), "online_participants", ["report_id"])
    op.create_index(op.f("ix_online_participants_attendee_id"), "online_participants", ["attendee_id"])
    op.create_table(
        "online_participant_stays",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("participant_id", BIG_ID, nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_at <= until_at", name=op.f("ck_online_participant_stays_times_in_order")),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["online_participants.id"],
            name=op.f("fk_online_participant_stays_participant_id_online_participants"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_participant_stays")),
    )
    op.create_index(op.f("ix_online_participant_stays_participant_id"), "online_participant_stays", ["participant_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
