"""Keep tests that are sat instead of an essay, and in releases the points a mark follows from.

Old code keeps working: the new tables are empty and unread, every task there is asks for an essay, and releases made
before name no test.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047_quizzes"
down_revision = "0046_seats_for_the_unnamed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quiz_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_quiz_grants_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_quiz_grants_given_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_grants")),
    )
    op.create_index(op.f("ix_quiz_grants_attendee_id"), "quiz_grants", ["attendee_id"])
    op.create_table(
        "quizzes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("shuffles_questions", sa.Boolean(), nullable=False),
        sa.Column("shuffles_choices", sa.Boolean(), nullable=False),
        sa.Column("weighting", sa.String(32), nullable=False),
        sa.Column("shows", sa.String(32), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_quizzes_takes_time")),
        sa.ForeignKeyConstraint(["task_id"], ["reflection_tasks.id"], name=op.f("fk_quizzes_task_id_reflection_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quizzes")),
        sa.UniqueConstraint("task_id", name=op.f("uq_quizzes_task_id")),
    )
    op.create_table(
        "quiz_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.id"], name=op.f("fk_quiz_questions_quiz_id_quizzes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_questions")),
    )
    op.create_index(op.f("ix_quiz_questions_quiz_id"), "quiz_questions", ["quiz_id"])
    op.create_table(
        "quiz_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_quiz_slots_times_in_order")),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.id"], name=op.f("fk_quiz_slots_quiz_id_quizzes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_slots")),
    )
    op.create_index(op.f("ix_quiz_slots_quiz_id"), "quiz_slots", ["quiz_id"])
    op.create_table(
        "quiz_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("grant_id", sa.Integer(), nullable=True),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(32), nullable=True),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_quiz_attempts_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["grant_id"], ["quiz_grants.id"], name=op.f("fk_quiz_attempts_grant_id_quiz_grants")),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.id"], name=op.f("fk_quiz_attempts_quiz_id_quizzes")),
        sa.ForeignKeyConstraint(["slot_id"], ["quiz_slots.id"], name=op.f("fk_quiz_attempts_slot_id_quiz_slots")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_quiz_attempts_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_attempts")),
        sa.UniqueConstraint("attendee_id", "number", name=op.f("uq_quiz_attempts_attendee_id_number")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_quiz_attempts_grant_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_quiz_attempts_submission_id")),
    )
    op.create_index("ix_quiz_attempts_open", "quiz_attempts", ["finished_at", "ends_at"])
    op.create_index(op.f("ix_quiz_attempts_quiz_id"), "quiz_attempts", ["quiz_id"])
    op.create_table(
        "quiz_key_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("marks_changed", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name=op.f("fk_quiz_key_changes_changed_by_accounts")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["quiz_questions.id"], name=op.f("fk_quiz_key_changes_question_id_quiz_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_key_changes")),
    )
    op.create_index(op.f("ix_quiz_key_changes_question_id"), "quiz_key_changes", ["question_id"])
    op.create_table(
        "quiz_slot_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_quiz_slot_groups_site_id_sites")),
        sa.ForeignKeyConstraint(["slot_id"], ["quiz_slots.id"], name=op.f("fk_quiz_slot_groups_slot_id_quiz_slots")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_quiz_slot_groups_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_slot_groups")),
    )
    op.create_index(op.f("ix_quiz_slot_groups_slot_id"), "quiz_slot_groups", ["slot_id"])
    op.create_table(
        "quiz_taps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["quiz_attempts.id"], name=op.f("fk_quiz_taps_attempt_id_quiz_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_taps")),
        sa.UniqueConstraint("attempt_id", "page", "seq", name=op.f("uq_quiz_taps_attempt_id_page_seq")),
    )
    with op.batch_alter_table("reflection_tasks") as reflection_tasks:
        reflection_tasks.add_column(sa.Column("form", sa.String(32), nullable=False, server_default="essay"))
    with op.batch_alter_table("released_marks") as released_marks:
        released_marks.add_column(sa.Column("quiz", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
