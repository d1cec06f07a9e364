"""Keep from where somebody was barred when they were handed a spare badge, so that a reading of it which arrived first
means the same; and guard scans against being deleted, and these columns against being changed, as all others are.

Old code keeps working: the column is empty and unread, and it only ever added rows. Erasing a person still empties the
body of what failed, and a restore fills an empty table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053_spare_bars"
down_revision = "0052_questioned_readings"
branch_labels = None
depends_on = None

KEPT = (
    "id, kind, device_id, site_id, conference_id, attendee_id, study_session_id, ticket, direction, method, scanned_at,"
    " clock_offset_ms, corrected_at, device_seq, verdict_shown, decision, target, spare_read, spare_handed, spare_bars,"
    " body_hash, flagged, is_elsewhere, verdict, failure, first_seen, came_after_end, received_at, version"
)
GUARDS = {"scans_are_facts": f"BEFORE UPDATE OF {KEPT} ON scans", "scans_stay": "BEFORE DELETE ON scans"}


def upgrade() -> None:
    op.add_column("scans", sa.Column("spare_bars", sa.Text(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER scans_are_facts" if is_sqlite else "DROP TRIGGER scans_are_facts ON scans")
    for name, when in GUARDS.items():
        if is_sqlite:
            refusal = "SELECT RAISE(ABORT, 'a scan is a fact and is never changed')"
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN {refusal}; END")
        else:
            op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION scans_are_facts()")


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
