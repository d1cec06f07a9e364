"""Keep beside each paper how many tasks it names. Old code keeps working: papers it takes in show none until later."""

import sqlalchemy as sa
from alembic import op

revision = "0055_commitments_of_papers"
down_revision = "0054_waves"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reflections") as reflections:
        reflections.add_column(sa.Column("commitments", sa.Integer(), nullable=False, server_default="0"))
    reflections = sa.table(
        "reflections", sa.column("id"), sa.column("current_version"), sa.column("commitments", sa.Integer)
    )
    submissions = sa.table(
        "submissions",
        sa.column("reflection_id"),
        sa.column("version"),
        sa.column("commitments", sa.Integer),
        sa.column("erased_at"),
    )
    named = (
        sa.select(submissions.c.commitments)
        .where(
            submissions.c.reflection_id == reflections.c.id,
            submissions.c.version == reflections.c.current_version,
            submissions.c.erased_at.is_(None),
        )
        .scalar_subquery()
    )
    op.execute(reflections.update().values(commitments=sa.func.coalesce(named, 0)))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
