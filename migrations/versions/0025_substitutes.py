"""Keep who is sent instead of whom, who came without a ticket, and which site somebody was called to before.

Old code keeps working: the tables are empty and unread, and nobody is a substitute or was moved.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_substitutes"
down_revision = "0024_make_ups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attendees") as attendees:
        attendees.add_column(sa.Column("is_substitute", sa.Boolean(), server_default=sa.false(), nullable=False))
        attendees.add_column(sa.Column("called_site_id", sa.Integer(), nullable=True))
        attendees.add_column(sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
        attendees.create_foreign_key(op.f("fk_attendees_called_site_id_sites"), "sites", ["called_site_id"], ["id"])
    op.create_index(
        "ix_attendees_substitutes",
        "attendees",
        ["conference_id"],
        sqlite_where=sa.text("is_substitute"),
        postgresql_where=sa.text("is_substitute"),
    )
    op.create_table(
        "substitutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_substitutes_attendee_id_attendees")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_substitutes_study_session_id_study_sessions")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["attendees.id"], name=op.f("fk_substitutes_substitute_id_attendees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutes")),
    )
    op.create_table(
        "walk_ins",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_walk_ins_scan_id_scans")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_walk_ins_conference_id_conferences")
        ),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_walk_ins")),
    )
    op.create_index(op.f("ix_walk_ins_conference_id"), "walk_ins", ["conference_id"])
    op.create_index(op.f("ix_substitutes_attendee_id"), "substitutes", ["attendee_id"])
    op.create_index(op.f("ix_substitutes_substitute_id"), "substitutes", ["substitute_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
