"""Keep what letters of a conference say, in versions, and who reads which language.

Old code keeps working: a letter without a wording has the product's own, and letters are Vietnamese.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041_letter_wordings"
down_revision = "0040_feed_issues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_wordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_letter_wordings_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_letter_wordings_made_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_wordings")),
        sa.UniqueConstraint(
            "conference_id",
            "purpose",
            "language",
            "version",
            name=op.f("uq_letter_wordings_conference_id_purpose_language_version"),
        ),
    )
    op.create_table(
        "letter_languages",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_letter_languages_attendee_id_attendees")
        ),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_letter_languages")),
    )
    with op.batch_alter_table("outbox_mails") as outbox_mails:
        outbox_mails.add_column(sa.Column("language", sa.Text(), server_default="vi", nullable=False))
        outbox_mails.add_column(sa.Column("wording_id", sa.Integer(), nullable=True))
        outbox_mails.create_foreign_key(
            op.f("fk_outbox_mails_wording_id_letter_wordings"), "letter_wordings", ["wording_id"], ["id"]
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
