"""Plan rehearsals and keep where devices were tried in them. Old code keeps working: it never looks at these tables."""

import sqlalchemy as sa
from alembic import op

revision = "0050_rehearsals"
down_revision = "0049_modules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_for_all", sa.Boolean(), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_rehearsals_times_in_order")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_rehearsals_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
    )
    op.create_index(op.f("ix_rehearsals_conference_id"), "rehearsals", ["conference_id"])
    op.create_table(
        "rehearsal_sites",
        sa.Column("rehearsal_id", sa.Integer(), nullable=False),
        sa.Column("conference_site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"],
            ["rehearsals.id"],
            name=op.f("fk_rehearsal_sites_rehearsal_id_rehearsals"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conference_site_id"],
            ["conference_sites.id"],
            name=op.f("fk_rehearsal_sites_conference_site_id_conference_sites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rehearsal_id", "conference_site_id", name=op.f("pk_rehearsal_sites")),
    )
    op.create_index(op.f("ix_rehearsal_sites_conference_site_id"), "rehearsal_sites", ["conference_site_id"])
    op.create_table(
        "rehearsal_tests",
        sa.Column("rehearsal_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"],
            ["rehearsals.id"],
            name=op.f("fk_rehearsal_tests_rehearsal_id_rehearsals"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_rehearsal_tests_device_id_devices")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_rehearsal_tests_site_id_sites")),
        sa.PrimaryKeyConstraint("rehearsal_id", "device_id", name=op.f("pk_rehearsal_tests")),
    )
    op.create_index(op.f("ix_rehearsal_tests_device_id"), "rehearsal_tests", ["device_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
