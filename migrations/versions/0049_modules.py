"""Let a conference do without parts of the product. Old code keeps working: whatever exists has all of them on."""

import sqlalchemy as sa
from alembic import op

revision = "0049_modules"
down_revision = "0048_officers_digests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conferences", sa.Column("modules_off", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
