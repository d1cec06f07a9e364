"""Reflections: tasks, drafts, submissions with their receipts, and what was allowed to single people."""

import sqlalchemy as sa
from alembic import op

revision = "0010_reflections"
down_revision = "0009_checkin"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What was handed in is never changed, not even by somebody with the database in hand who does not mean it.
SQLITE_GUARD = """
CREATE TRIGGER submissions_are_kept BEFORE UPDATE ON submissions
BEGIN SELECT RAISE(ABORT, 'a submission is never changed'); END
"""
POSTGRESQL_GUARD = (
    """
    CREATE FUNCTION submissions_are_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a submission is never changed'; END $$
    """,
    "CREATE TRIGGER submissions_are_kept BEFORE UPDATE ON submissions "
    "FOR EACH ROW EXECUTE FUNCTION submissions_are_kept()",
)


def upgrade() -> None:
    op.create_table(
        "reflection_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("min_words", sa.Integer(), nullable=False),
        sa.Column("max_words", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("late_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("least_sessions", sa.Integer(), nullable=False),
        sa.Column("holidays", sa.JSON(), nullable=False),
        sa.Column("guidance", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 < min_words AND min_words <= max_words", name=op.f("ck_reflection_tasks_words_in_order")),
        sa.CheckConstraint("grace_seconds >= 0 AND least_sessions >= 0", name=op.f("ck_reflection_tasks_not_negative")),
        sa.CheckConstraint(
            "opens_at <= due_at AND due_at <= late_until", name=op.f("ck_reflection_tasks_times_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_reflection_tasks_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflection_tasks")),
        sa.UniqueConstraint("conference_id", name=op.f("uq_reflection_tasks_conference_id")),
    )
    op.create_table(
        "admissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_admissions_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_admissions_given_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
        sa.UniqueConstraint("attendee_id", name=op.f("uq_admissions_attendee_id")),
    )
    op.create_table(
        "exemptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_exemptions_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_exemptions_given_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemptions")),
        sa.UniqueConstraint("attendee_id", name=op.f("uq_exemptions_attendee_id")),
    )
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_extensions_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_extensions_given_by_accounts")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_extensions_site_id_sites")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["reflection_tasks.id"], name=op.f("fk_extensions_task_id_reflection_tasks")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_extensions_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    op.create_index(op.f("ix_extensions_task_id"), "extensions", ["task_id"], unique=False)
    op.create_table(
        "reflections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_seq", BIG_ID, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("submitted_revision", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_reflections_attendee_id_attendees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflections")),
        sa.UniqueConstraint("attendee_id", name=op.f("uq_reflections_attendee_id")),
    )
    op.create_table(
        "task_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("min_words", sa.Integer(), nullable=False),
        sa.Column("takes_commitments", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["reflection_tasks.id"], name=op.f("fk_task_parts_task_id_reflection_tasks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_parts")),
        sa.UniqueConstraint("task_id", "position", name=op.f("uq_task_parts_task_id_position")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("commitments", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflections.id"], name=op.f("fk_submissions_reflection_id_reflections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_submissions_receipt_number")),
        sa.UniqueConstraint("reflection_id", "revision", name=op.f("uq_submissions_reflection_id_revision")),
        sa.UniqueConstraint("reflection_id", "version", name=op.f("uq_submissions_reflection_id_version")),
    )

    guards = (SQLITE_GUARD,) if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARD
    for guard in guards:
        op.execute(guard)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
