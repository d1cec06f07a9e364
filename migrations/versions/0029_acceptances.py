"""Keep who said that they come. Old code keeps working: the table is empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0029_acceptances"
down_revision = "0028_decisions_are_facts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acceptances",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_acceptances_attendee_id_attendees")),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_acceptances")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
