"""Who is called to a conference."""

import sqlalchemy as sa
from alembic import op

revision = "0006_registry"
down_revision = "0005_sites"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", BYTEWISE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_categories_name_folded")),
    )
    op.create_table(
        "attendees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("seat", sa.Text(), nullable=True),
        sa.Column("must_write", sa.Boolean(), nullable=False),
        sa.Column("ticket_issue", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("ticket_reissued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_issue", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_attendees_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_attendees_person_id_people")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_attendees_site_id_sites")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_attendees_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendees")),
        sa.UniqueConstraint("conference_id", "number", name=op.f("uq_attendees_conference_id_number")),
        sa.UniqueConstraint("conference_id", "person_id", name=op.f("uq_attendees_conference_id_person_id")),
        sa.UniqueConstraint("ticket", name=op.f("uq_attendees_ticket")),
    )
    op.create_index("ix_attendees_conference_id_site_id", "attendees", ["conference_id", "site_id"], unique=False)
    op.create_index("ix_attendees_conference_id_unit_id", "attendees", ["conference_id", "unit_id"], unique=False)
    op.create_index(op.f("ix_attendees_person_id"), "attendees", ["person_id"], unique=False)
    op.create_table(
        "attendee_categories",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_attendee_categories_attendee_id_attendees")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_attendee_categories_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("attendee_id", "category_id", name=op.f("pk_attendee_categories")),
    )
    op.create_index(op.f("ix_attendee_categories_category_id"), "attendee_categories", ["category_id"], unique=False)
    op.create_table(
        "leaves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_leaves_attendee_id_attendees")),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_leaves_study_session_id_study_sessions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    op.create_index(op.f("ix_leaves_attendee_id"), "leaves", ["attendee_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
