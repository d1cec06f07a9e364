"""Pins and proposals of who sits where. Old code keeps working: it reads none of these tables."""

import sqlalchemy as sa
from alembic import op

revision = "0039_seating"
down_revision = "0038_report_zones"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seating_pins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_seating_pins_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_seating_pins_unit_id_units")),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_seating_pins_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_seating_pins_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seating_pins")),
        sa.UniqueConstraint("conference_id", "attendee_id", name=op.f("uq_seating_pins_conference_id_attendee_id")),
    )
    op.create_index(
        "ix_seating_pins_of_units",
        "seating_pins",
        ["conference_id", "unit_id"],
        unique=True,
        sqlite_where=sa.text("attendee_id IS NULL"),
        postgresql_where=sa.text("attendee_id IS NULL"),
    )
    op.create_index(op.f("ix_seating_pins_unit_id"), "seating_pins", ["unit_id"])
    op.create_index(op.f("ix_seating_pins_attendee_id"), "seating_pins", ["attendee_id"])
    op.create_table(
        "seating_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("parted", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_seating_proposals_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seating_proposals")),
    )
    op.create_index("ix_seating_proposals_conference_id_state", "seating_proposals", ["conference_id", "state"])
    op.create_table(
        "seating_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_site_id", sa.Integer(), nullable=False),
        sa.Column("to_site_id", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("attendee_ids", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
        sa.Column("km", sa.Integer(), nullable=False),
        sa.Column("is_taken", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_seating_moves_of_somebody")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["seating_proposals.id"], name=op.f("fk_seating_moves_proposal_id_seating_proposals")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_seating_moves_unit_id_units")),
        sa.ForeignKeyConstraint(["from_site_id"], ["sites.id"], name=op.f("fk_seating_moves_from_site_id_sites")),
        sa.ForeignKeyConstraint(["to_site_id"], ["sites.id"], name=op.f("fk_seating_moves_to_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seating_moves")),
    )
    op.create_index(op.f("ix_seating_moves_proposal_id"), "seating_moves", ["proposal_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
