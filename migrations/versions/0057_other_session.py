"""Keep with each scan whether the study session was not one of the person's own, as is kept whether the site was not:
the host of a door may let in who is called to another wave. The column is guarded as all others are.

Old code keeps working: it never reads the column, and what it adds stands on the default, by which scans mean what they
meant before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057_other_session"
down_revision = "0056_topic_documents"
branch_labels = None
depends_on = None

KEPT = (
    "id, kind, device_id, site_id, conference_id, attendee_id, study_session_id, ticket, direction, method, scanned_at,"
    " clock_offset_ms, corrected_at, device_seq, verdict_shown, decision, target, spare_read, spare_handed, spare_bars,"
    " body_hash, flagged, is_elsewhere, is_other_session, verdict, failure, first_seen, came_after_end, received_at,"
    " version"
)


def upgrade() -> None:
    column = sa.Column("is_other_session", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("scans", column)
    when = f"BEFORE UPDATE OF {KEPT} ON scans"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER scans_are_facts")
        refusal = "SELECT RAISE(ABORT, 'a scan is a fact and is never changed')"
        op.execute(f"CREATE TRIGGER scans_are_facts {when} BEGIN {refusal}; END")
    else:
        op.execute("DROP TRIGGER scans_are_facts ON scans")
        op.execute(f"CREATE TRIGGER scans_are_facts {when} FOR EACH ROW EXECUTE FUNCTION scans_are_facts()")


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
