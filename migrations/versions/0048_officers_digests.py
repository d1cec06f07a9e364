"""Let a letter be to an officer of a unit instead of an attendee.

Old code keeps working: it writes letters to attendees, and reads those alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048_officers_digests"
down_revision = "0047_quizzes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox_mails") as outbox_mails:
        outbox_mails.alter_column("attendee_id", existing_type=sa.Integer(), nullable=True)
        outbox_mails.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        outbox_mails.create_foreign_key(op.f("fk_outbox_mails_account_id_accounts"), "accounts", ["account_id"], ["id"])
        outbox_mails.create_unique_constraint(
            op.f("uq_outbox_mails_account_id_conference_id_kind_occasion"),
            ["account_id", "conference_id", "kind", "occasion"],
        )
        outbox_mails.create_check_constraint(
            op.f("ck_outbox_mails_has_one_addressee"), "(attendee_id IS NULL) <> (account_id IS NULL)"
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
