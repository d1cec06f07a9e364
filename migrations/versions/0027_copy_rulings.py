"""Decisions about papers that are like others, and their place in released marks.

Old code keeps working: it reads neither the table nor the column, and releases made before have no ruling.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027_copy_rulings"
down_revision = "0026_similarity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "copy_rulings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("points >= 0", name=op.f("ck_copy_rulings_takes_nothing_back")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_copy_rulings_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_copy_rulings_decided_by_accounts")),
        sa.ForeignKeyConstraint(["other_id"], ["submissions.id"], name=op.f("fk_copy_rulings_other_id_submissions")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_copy_rulings_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_rulings")),
    )
    op.create_index(op.f("ix_copy_rulings_conference_id"), "copy_rulings", ["conference_id"])
    op.create_index(
        "ix_copy_rulings_standing",
        "copy_rulings",
        ["submission_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    with op.batch_alter_table("released_marks") as released_marks:
        released_marks.add_column(sa.Column("ruling", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
