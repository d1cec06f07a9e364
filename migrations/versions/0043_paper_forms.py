"""Keep what stands on a conference's printed summonses. Old code keeps working: the table is empty and unread."""

import sqlalchemy as sa
from alembic import op

revision = "0043_paper_forms"
down_revision = "0042_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_forms",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("superior", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("signer_position", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_paper_forms_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_paper_forms")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
