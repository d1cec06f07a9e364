"""People who were erased at their wish, and who has asked for it.

What is kept for ever may lose what it says of a person, and nothing else: a submission its text, a scan that failed
the body that was sent, a line of the journal its reason. Old code keeps working: it reads none of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034_erasures"
down_revision = "0033_seats"
branch_labels = None
depends_on = None

KEPT_OF_SUBMISSIONS = (
    "id, reflection_id, version, revision, sha256, words, commitments, received_at, written_at, is_late,"
    " receipt_number, signature"
)
KEPT_OF_SCANS = (
    "id, kind, device_id, site_id, conference_id, attendee_id, study_session_id, ticket, direction, method, scanned_at,"
    " clock_offset_ms, corrected_at, device_seq, verdict_shown, decision, target, body_hash, flagged, is_elsewhere,"
    " verdict, failure, first_seen, came_after_end, received_at, version"
)
NOTHING = b'{"commitments":[],"files":[],"parts":[]}'.hex()
"""An empty paper in the form in which papers are kept."""

SQLITE = (
    "DROP TRIGGER submissions_are_kept",
    f"CREATE TRIGGER submissions_are_kept BEFORE UPDATE OF {KEPT_OF_SUBMISSIONS} ON submissions "
    "BEGIN SELECT RAISE(ABORT, 'a submission is never changed'); END",
    "CREATE TRIGGER submissions_are_only_erased BEFORE UPDATE OF content, erased_at ON submissions "
    f"WHEN OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL OR NEW.content <> X'{NOTHING}' "
    "BEGIN SELECT RAISE(ABORT, 'a submission is never changed'); END",
    "DROP TRIGGER scans_are_facts",
    f"CREATE TRIGGER scans_are_facts BEFORE UPDATE OF {KEPT_OF_SCANS} ON scans "
    "BEGIN SELECT RAISE(ABORT, 'a scan is a fact and is never changed'); END",
    "CREATE TRIGGER scans_are_only_erased BEFORE UPDATE OF body ON scans WHEN NEW.body IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'a scan is a fact and is never changed'); END",
)
POSTGRESQL = (
    "DROP TRIGGER submissions_are_kept ON submissions",
    f"CREATE TRIGGER submissions_are_kept BEFORE UPDATE OF {KEPT_OF_SUBMISSIONS} ON submissions "
    "FOR EACH ROW EXECUTE FUNCTION submissions_are_kept()",
    "CREATE TRIGGER submissions_are_only_erased BEFORE UPDATE OF content, erased_at ON submissions FOR EACH ROW "
    f"WHEN (OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL OR NEW.content <> '\\x{NOTHING}'::bytea) "
    "EXECUTE FUNCTION submissions_are_kept()",
    "DROP TRIGGER scans_are_facts ON scans",
    f"CREATE TRIGGER scans_are_facts BEFORE UPDATE OF {KEPT_OF_SCANS} ON scans "
    "FOR EACH ROW EXECUTE FUNCTION scans_are_facts()",
    "CREATE TRIGGER scans_are_only_erased BEFORE UPDATE OF body ON scans FOR EACH ROW "
    "WHEN (NEW.body IS NOT NULL) EXECUTE FUNCTION scans_are_facts()",
)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["erased_by"], ["accounts.id"], name=op.f("fk_erasures_erased_by_accounts")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_erasures_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "erasure_requests",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_erasure_requests_attendee_id_attendees")
        ),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_erasure_requests")),
    )
    op.add_column("submissions", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "journal_entries", sa.Column("reason_erased", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade: a downgrade would bring people back")
