"""Make-up study: sessions and recordings for those who were absent, and the evidence that they made up.

Old code keeps working: the tables are empty and unread.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024_make_ups"
down_revision = "0023_online_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "make_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("least_minutes", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("right_choice", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_make_ups_times_in_order")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_make_ups_study_session_id_study_sessions")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_make_ups_site_id_sites")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_make_ups_made_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_make_ups")),
    )
    op.create_index(op.f("ix_make_ups_study_session_id"), "make_ups", ["study_session_id"])
    op.create_table(
        "make_up_studies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("make_up_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_make_up_studies_attendee_id_attendees")
        ),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_make_up_studies_study_session_id_study_sessions")
        ),
        sa.ForeignKeyConstraint(["make_up_id"], ["make_ups.id"], name=op.f("fk_make_up_studies_make_up_id_make_ups")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["accounts.id"], name=op.f("fk_make_up_studies_confirmed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_make_up_studies")),
        sa.UniqueConstraint(
            "attendee_id", "study_session_id", name=op.f("uq_make_up_studies_attendee_id_study_session_id")
        ),
    )
    op.create_index(op.f("ix_make_up_studies_make_up_id"), "make_up_studies", ["make_up_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
