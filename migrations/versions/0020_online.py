"""Let people follow online from elsewhere. Old code keeps working: nobody may until somebody says so.

What a conference asks for, the rooms, and the evidence of each person: stays that grow, prompts answered, and what
was made of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_online"
down_revision = "0019_paper_files"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("attendees") as attendees:
        attendees.add_column(sa.Column("may_follow_online", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "online_rules",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("room_url", sa.Text(), nullable=False),
        sa.Column("opens_before_minutes", sa.Integer(), nullable=False),
        sa.Column("least_minutes", sa.Integer(), nullable=False),
        sa.Column("least_answers", sa.Integer(), nullable=False),
        sa.Column("prompts", sa.Integer(), nullable=False),
        sa.Column("prompt_minutes", sa.Integer(), nullable=False),
        sa.Column("late_after_minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("least_answers BETWEEN 0 AND 100", name=op.f("ck_online_rules_answers_are_a_share")),
        sa.CheckConstraint("least_minutes BETWEEN 0 AND 100", name=op.f("ck_online_rules_minutes_are_a_share")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_online_rules_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_online_rules")),
    )
    op.create_table(
        "online_rooms",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_online_rooms_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_online_rooms_site_id_sites")),
        sa.PrimaryKeyConstraint("conference_id", "site_id", name=op.f("pk_online_rooms")),
    )
    op.create_table(
        "online_stays",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_at <= until_at", name=op.f("ck_online_stays_times_in_order")),
        *_of_a_person_in_a_session("online_stays"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_stays")),
    )
    op.create_index("ix_online_stays_attendee_id_study_session_id", "online_stays", ["attendee_id", "study_session_id"])
    op.create_table(
        "online_answers",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        *_of_a_person_in_a_session("online_answers"),
        sa.PrimaryKeyConstraint("attendee_id", "study_session_id", "prompt", name=op.f("pk_online_answers")),
    )
    op.create_table(
        "online_followings",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sign_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("of_seconds", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("is_enough", sa.Boolean(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=True),
        sa.Column("scan_at", sa.DateTime(timezone=True), nullable=True),
        *_of_a_person_in_a_session("online_followings"),
        sa.PrimaryKeyConstraint("attendee_id", "study_session_id", name=op.f("pk_online_followings")),
    )
    op.create_index("ix_online_followings_study_session_id", "online_followings", ["study_session_id"])


def _of_a_person_in_a_session(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f(f"fk_{table}_attendee_id_attendees")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f(f"fk_{table}_study_session_id_study_sessions")
        ),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
