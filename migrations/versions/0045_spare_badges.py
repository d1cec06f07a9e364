"""Keep which spare badge was read or handed over. Old code keeps working: the columns are empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0045_spare_badges"
down_revision = "0044_erased_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("spare_read", "spare_handed"):
        op.add_column("scans", sa.Column(name, sa.BigInteger(), nullable=True))
        where = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_scans_{name}", "scans", [name], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
