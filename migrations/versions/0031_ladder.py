"""Keep what a conference asks of its sites at each rung of readiness, and what was found there.

Old code keeps working: the tables are empty and unread; technician and room are empty at every site.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031_ladder"
down_revision = "0030_roster_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conference_sites") as sites:
        sites.add_column(sa.Column("technician_name", sa.Text(), server_default="", nullable=False))
        sites.add_column(sa.Column("technician_phone", sa.Text(), server_default="", nullable=False))
        sites.add_column(sa.Column("room_url", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "ladder_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_ladder_rules_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_rules")),
        sa.UniqueConstraint("conference_id", "rung", name=op.f("uq_ladder_rules_conference_id_rung")),
    )
    op.create_table(
        "site_rungs",
        *_of_a_site("site_rungs"),
        sa.Column("rung", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(32), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["accounts.id"], name=op.f("fk_site_rungs_confirmed_by_id_accounts")
        ),
        sa.UniqueConstraint("conference_site_id", "rung", name=op.f("uq_site_rungs_conference_site_id_rung")),
    )
    op.create_table(
        "line_tests",
        *_of_a_site("line_tests"),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("median_ms", sa.Integer(), nullable=False),
        sa.Column("worst_ms", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.CheckConstraint("lost <= rounds", name=op.f("ck_line_tests_rounds_hold_the_lost")),
    )
    op.create_index(op.f("ix_line_tests_conference_site_id"), "line_tests", ["conference_site_id"])
    op.create_table(
        "check_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_check_items_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_items")),
        sa.UniqueConstraint("conference_id", "key", name=op.f("uq_check_items_conference_id_key")),
    )
    op.create_table(
        "site_checks",
        *_of_a_site("site_checks"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("conference_site_id", "key", name=op.f("uq_site_checks_conference_site_id_key")),
    )


def _of_a_site(table: str) -> list[sa.schema.SchemaItem]:
    """Rows that leave with their site."""
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_site_id"],
            ["conference_sites.id"],
            name=op.f(f"fk_{table}_conference_site_id_conference_sites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
