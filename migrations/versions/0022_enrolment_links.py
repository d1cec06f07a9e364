"""Let a phone enrol at a site by a one-time link, and keep how old each device's roster is.

Old code keeps working: the new table and the new column are unread by it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_enrolment_links"
down_revision = "0021_service_tokens"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_enrolment_links_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_enrolment_links_site_id_sites")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_enrolment_links_made_by_accounts")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_enrolment_links_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_links")),
    )
    op.create_index(
        "ix_enrolment_links_conference_id_site_id", "enrolment_links", ["conference_id", "site_id"], unique=False
    )
    with op.batch_alter_table("devices") as devices:
        devices.add_column(sa.Column("roster_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
