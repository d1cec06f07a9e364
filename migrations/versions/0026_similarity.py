"""Similarity of papers: their runs, what they have in common, limits of a conference, texts that may be quoted.

Old code keeps working: it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026_similarity"
down_revision = "0025_substitutes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "similarity_indexes",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Integer(), nullable=False),
        sa.Column("suspect", sa.Integer(), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("stock", sa.LargeBinary(), nullable=False),
        sa.Column("allowed_digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 < watch AND watch <= suspect AND suspect <= 100",
            name=op.f("ck_similarity_indexes_limits_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_similarity_indexes_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_similarity_indexes")),
    )
    op.create_table(
        "official_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_official_texts_added_by_accounts")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_official_texts_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_texts")),
    )
    op.create_index(op.f("ix_official_texts_conference_id"), "official_texts", ["conference_id"])
    op.create_table(
        "paper_prints",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("runs", sa.LargeBinary(), nullable=False),
        sa.Column("own", sa.Integer(), nullable=True),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("closest_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closest_id"], ["submissions.id"], name=op.f("fk_paper_prints_closest_id_submissions")
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_paper_prints_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_paper_prints_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_paper_prints")),
    )
    op.create_index("ix_paper_prints_conference_id_share", "paper_prints", ["conference_id", "share"])
    op.create_index("ix_paper_prints_closest_id", "paper_prints", ["closest_id"])
    for name, columns, condition in (
        ("ix_paper_prints_group", ["conference_id", "group_id"], "group_id IS NOT NULL"),
        ("ix_paper_prints_not_compared", ["conference_id"], "own IS NULL"),
    ):
        some = sa.text(condition)
        op.create_index(name, "paper_prints", columns, sqlite_where=some, postgresql_where=some)
    op.create_table(
        "likenesses",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("common", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["submissions.id"], name=op.f("fk_likenesses_other_id_submissions")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_likenesses_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("submission_id", "other_id", name=op.f("pk_likenesses")),
    )
    op.create_index("ix_likenesses_other_id", "likenesses", ["other_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
