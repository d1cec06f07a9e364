"""Plans as they were given out, and which of them each letter told.

Old code keeps working: it reads none of it. A conference without a release shows its working plan, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035_plan_releases"
down_revision = "0034_erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("programme", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_plan_releases_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["released_by"], ["accounts.id"], name=op.f("fk_plan_releases_released_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_releases")),
        sa.UniqueConstraint("conference_id", "number", name=op.f("uq_plan_releases_conference_id_number")),
    )
    op.create_table(
        "released_places",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("hall", sa.Text(), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("host_phone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["plan_releases.id"], name=op.f("fk_released_places_release_id_plan_releases")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_released_places_site_id_sites")),
        sa.PrimaryKeyConstraint("release_id", "site_id", name=op.f("pk_released_places")),
    )
    op.create_table(
        "released_seats",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["plan_releases.id"], name=op.f("fk_released_seats_release_id_plan_releases")
        ),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_released_seats_attendee_id_attendees")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_released_seats_site_id_sites")),
        sa.PrimaryKeyConstraint("release_id", "attendee_id", name=op.f("pk_released_seats")),
    )
    op.create_index(op.f("ix_released_seats_attendee_id"), "released_seats", ["attendee_id"])
    op.add_column("conferences", sa.Column("release_number", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox_mails", sa.Column("told_release", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
