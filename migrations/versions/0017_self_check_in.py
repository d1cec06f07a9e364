"""Let people check in alone where a conference allows it. Old code keeps working: it never asks for either.

A conference says whether it does; the server counts through devices of its own, one a site and way of counting.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017_self_check_in"
down_revision = "0016_case_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conferences") as conferences:
        conferences.add_column(sa.Column("self_check_in", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "own_devices",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_own_devices_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_own_devices_device_id_devices")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_own_devices_site_id_sites")),
        sa.PrimaryKeyConstraint("conference_id", "site_id", "method", name=op.f("pk_own_devices")),
        sa.UniqueConstraint("device_id", name=op.f("uq_own_devices_device_id")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
