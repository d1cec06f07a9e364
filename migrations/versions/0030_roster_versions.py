"""Keep at which version of a door its roster was last another one, so that its devices ask for it at once.

Old code keeps working: it reads and raises the version alone, and its devices take a new roster every minute.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030_roster_versions"
down_revision = "0029_acceptances"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("door_versions") as door_versions:
        door_versions.add_column(sa.Column("roster_version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
