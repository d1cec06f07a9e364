"""Quotas of units, whom units name, the frozen list and what changed since.

Old code keeps working: it reads none of these tables, and a conference without a rule has no naming and no freeze.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_naming"
down_revision = "0031_ladder"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _quotas()
    op.create_table(
        "naming_rules",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("approver", sa.String(32), nullable=False),
        sa.Column("freezes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_count", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("naming_rules", "conference_id", "conferences"),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_naming_rules")),
    )
    _nominations()
    op.create_table(
        "list_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("nomination_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        _key("list_changes", "conference_id", "conferences"),
        _key("list_changes", "attendee_id", "attendees"),
        _key("list_changes", "nomination_id", "nominations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_changes")),
    )
    op.create_index("ix_list_changes_conference_id_id", "list_changes", ["conference_id", "id"])
    op.create_index(op.f("ix_list_changes_attendee_id"), "list_changes", ["attendee_id"])


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _quotas() -> None:
    op.create_table(
        "quotas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.CheckConstraint("places > 0", name=op.f("ck_quotas_has_places")),
        _key("quotas", "conference_id", "conferences"),
        _key("quotas", "unit_id", "units"),
        _key("quotas", "category_id", "categories"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotas")),
        sa.UniqueConstraint(
            "conference_id", "unit_id", "category_id", name=op.f("uq_quotas_conference_id_unit_id_category_id")
        ),
    )
    op.create_index(op.f("ix_quotas_unit_id"), "quotas", ["unit_id"])
    op.create_index(
        "ix_quotas_of_any_category",
        "quotas",
        ["conference_id", "unit_id"],
        unique=True,
        sqlite_where=sa.text("category_id IS NULL"),
        postgresql_where=sa.text("category_id IS NULL"),
    )


def _nominations() -> None:
    op.create_table(
        "nominations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("sort_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(32), nullable=True),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("leaving_id", sa.Integer(), nullable=True),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("is_after_freeze", sa.Boolean(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        _key("nominations", "conference_id", "conferences"),
        _key("nominations", "unit_id", "units"),
        _key("nominations", "site_id", "sites"),
        _key("nominations", "leaving_id", "attendees"),
        _key("nominations", "attendee_id", "attendees"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
    )
    op.create_index("ix_nominations_conference_id_state", "nominations", ["conference_id", "state"])
    for column in ("unit_id", "leaving_id", "attendee_id"):
        op.create_index(op.f(f"ix_nominations_{column}"), "nominations", [column])
    op.create_table(
        "nomination_categories",
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        _key("nomination_categories", "nomination_id", "nominations"),
        _key("nomination_categories", "category_id", "categories"),
        sa.PrimaryKeyConstraint("nomination_id", "category_id", name=op.f("pk_nomination_categories")),
    )
    op.create_index(op.f("ix_nomination_categories_category_id"), "nomination_categories", ["category_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
