"""Keep seats for people whom units have still to name. Old code keeps working: the column has a value of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0046_seats_for_the_unnamed"
down_revision = "0045_spare_badges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("seating_moves") as moves:
        moves.add_column(sa.Column("unnamed", sa.Integer(), server_default="0", nullable=False))
        moves.alter_column("from_site_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
