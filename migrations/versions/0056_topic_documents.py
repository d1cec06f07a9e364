"""Let a topic have documents. Old code keeps working: there are none yet."""

import sqlalchemy as sa
from alembic import op

revision = "0056_topic_documents"
down_revision = "0055_commitments_of_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topic_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_topic_documents_topic_id_topics"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_documents")),
        sa.UniqueConstraint("topic_id", "name", name=op.f("uq_topic_documents_topic_id_name")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
