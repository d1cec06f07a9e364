"""Keep what is decided about a case as facts of their own, from which attendance follows.

Old code keeps working: the tables are empty and unread. A case that was decided before had a note and no effect,
and still has none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_case_decisions"
down_revision = "0015_preflight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("moved_from", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_decisions_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_case_decisions_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_case_decisions_site_id_sites")),
        sa.ForeignKeyConstraint(["moved_from"], ["sites.id"], name=op.f("fk_case_decisions_moved_from_sites")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_case_decisions_decided_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_decisions")),
        sa.UniqueConstraint("case_id", "ordinal", name=op.f("uq_case_decisions_case_id_ordinal")),
    )
    op.create_index(op.f("ix_case_decisions_conference_id"), "case_decisions", ["conference_id"])
    op.create_table(
        "ruled_scans",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("given_to", sa.Integer(), nullable=True),
        sa.Column("study_session_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["case_decisions.id"], name=op.f("fk_ruled_scans_decision_id_case_decisions")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_ruled_scans_scan_id_scans")),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_ruled_scans_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["given_to"], ["attendees.id"], name=op.f("fk_ruled_scans_given_to_attendees")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_ruled_scans_study_session_id_study_sessions")
        ),
        sa.PrimaryKeyConstraint("decision_id", "scan_id", name=op.f("pk_ruled_scans")),
    )
    for column in ("scan_id", "attendee_id", "given_to"):
        op.create_index(op.f(f"ix_ruled_scans_{column}"), "ruled_scans", [column])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
