"""What people decided about possible doubles: lines of a list that were merged, and people who were told apart.

Old code keeps working: it reads neither table; somebody merged meanwhile is off the list for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037_merges"
down_revision = "0036_moved_at_doors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_merges_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["kept_id"], ["attendees.id"], name=op.f("fk_merges_kept_id_attendees")),
        sa.ForeignKeyConstraint(["gone_id"], ["attendees.id"], name=op.f("fk_merges_gone_id_attendees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_conference_id"), "merges", ["conference_id"])
    op.create_index(op.f("ix_merges_kept_id"), "merges", ["kept_id"])
    op.create_index(
        "ix_merges_standing",
        "merges",
        ["gone_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "told_apart",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        _key("told_apart", "first_id", "people"),
        _key("told_apart", "second_id", "people"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_told_apart")),
    )


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
