"""The outbox of letters, and a number that rises when an attendee's calendar entry changes."""

import sqlalchemy as sa
from alembic import op

revision = "0008_notices"
down_revision = "0007_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Old code keeps working: the new column fills itself."""
    with op.batch_alter_table("attendees") as attendees:
        attendees.add_column(sa.Column("calendar_sequence", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "outbox_mails",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_outbox_mails_attendee_id_attendees")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_outbox_mails_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mails_message_id")),
        sa.UniqueConstraint(
            "attendee_id",
            "kind",
            "release",
            "occasion",
            name=op.f("uq_outbox_mails_attendee_id_kind_release_occasion"),
        ),
    )
    op.create_index("ix_outbox_mails_conference_id_state", "outbox_mails", ["conference_id", "state"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
