"""Bridge points, and which of them join a conference."""

import sqlalchemy as sa
from alembic import op

revision = "0005_sites"
down_revision = "0004_planning"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", BYTEWISE, nullable=False),
        sa.Column("sort_key", BYTEWISE, nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("host_unit_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["host_unit_id"], ["units.id"], name=op.f("fk_sites_host_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("code", name=op.f("uq_sites_code")),
    )
    op.create_index("ix_sites_name_folded", "sites", ["name_folded"], unique=False)
    op.create_table(
        "halls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_halls_has_seats")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_halls_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halls")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_halls_site_id_name")),
    )
    op.create_table(
        "conference_sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("manager_name", sa.Text(), nullable=False),
        sa.Column("manager_phone", sa.Text(), nullable=False),
        sa.Column("manager_email", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_conference_sites_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.id"], name=op.f("fk_conference_sites_hall_id_halls")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_conference_sites_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference_sites")),
        sa.UniqueConstraint("conference_id", "site_id", name=op.f("uq_conference_sites_conference_id_site_id")),
    )
    op.create_index(op.f("ix_conference_sites_hall_id"), "conference_sites", ["hall_id"], unique=False)
    op.create_index(op.f("ix_conference_sites_site_id"), "conference_sites", ["site_id"], unique=False)
    op.create_table(
        "guest_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_site_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_site_id"],
            ["conference_sites.id"],
            name=op.f("fk_guest_units_conference_site_id_conference_sites"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_guest_units_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_units")),
        sa.UniqueConstraint("conference_site_id", "unit_id", name=op.f("uq_guest_units_conference_site_id_unit_id")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
