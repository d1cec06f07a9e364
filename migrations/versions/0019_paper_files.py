"""Papers as files: what was attached, which files belong to which submission, and who handed in for somebody.

Old code keeps working: tasks that were announced go on taking typed papers alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_paper_files"
down_revision = "0018_hall_counts"
branch_labels = None
depends_on = None

# Which files were handed in is part of the submission, and is kept like it.
SQLITE_GUARD = """
CREATE TRIGGER submission_files_are_kept BEFORE UPDATE ON submission_files
BEGIN SELECT RAISE(ABORT, 'a submission is never changed'); END
"""
POSTGRESQL_GUARD = (
    "CREATE TRIGGER submission_files_are_kept BEFORE UPDATE ON submission_files "
    "FOR EACH ROW EXECUTE FUNCTION submissions_are_kept()"
)


def upgrade() -> None:
    with op.batch_alter_table("reflection_tasks") as tasks:
        tasks.add_column(sa.Column("takes_typed", sa.Boolean(), nullable=False, server_default=sa.true()))
        for name in ("takes_files", "takes_photos", "takes_on_behalf"):
            tasks.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "paper_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("stored_as", sa.Text(), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflections.id"], name=op.f("fk_paper_files_reflection_id_reflections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_files")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_paper_files_stored_as")),
    )
    op.create_index(op.f("ix_paper_files_reflection_id"), "paper_files", ["reflection_id"])
    op.create_table(
        "submission_files",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_submission_files_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["paper_files.id"], name=op.f("fk_submission_files_file_id_paper_files")),
        sa.PrimaryKeyConstraint("submission_id", "position", name=op.f("pk_submission_files")),
    )
    op.create_index(op.f("ix_submission_files_file_id"), "submission_files", ["file_id"])
    op.create_table(
        "submissions_on_behalf",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_submissions_on_behalf_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_submissions_on_behalf_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_submissions_on_behalf")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_GUARD)
    else:
        op.execute(POSTGRESQL_GUARD)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
