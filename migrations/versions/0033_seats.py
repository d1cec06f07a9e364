"""Keep plans of seats and which of them are reserved. Old code keeps working: the tables are empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0033_seats"
down_revision = "0032_naming"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hall_blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seats_per_row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.id"], name=op.f("fk_hall_blocks_hall_id_halls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hall_blocks")),
        sa.UniqueConstraint("hall_id", "name", name=op.f("uq_hall_blocks_hall_id_name")),
    )
    op.create_table(
        "seat_pins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_site_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_site_id"],
            ["conference_sites.id"],
            name=op.f("fk_seat_pins_conference_site_id_conference_sites"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_seat_pins_attendee_id_attendees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_pins")),
        sa.UniqueConstraint("conference_site_id", "place", name=op.f("uq_seat_pins_conference_site_id_place")),
    )
    op.create_index(op.f("ix_seat_pins_attendee_id"), "seat_pins", ["attendee_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
