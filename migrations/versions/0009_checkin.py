"""Devices, scans, the attendance derived from them, cases and closings."""

import sqlalchemy as sa
from alembic import op

revision = "0009_checkin"
down_revision = "0008_notices"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# A fact is never changed, not even by somebody with the database in hand who does not mean it.
SQLITE_GUARD = """
CREATE TRIGGER scans_are_facts BEFORE UPDATE ON scans
BEGIN SELECT RAISE(ABORT, 'a scan is a fact and is never changed'); END
"""
POSTGRESQL_GUARD = (
    """
    CREATE FUNCTION scans_are_facts() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a scan is a fact and is never changed'; END $$
    """,
    "CREATE TRIGGER scans_are_facts BEFORE UPDATE ON scans FOR EACH ROW EXECUTE FUNCTION scans_are_facts()",
)


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("enrolled_by", sa.Integer(), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_offset_ms", BIG_ID, nullable=True),
        sa.Column("queue_length", sa.Integer(), nullable=True),
        sa.Column("app_version", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_devices_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["enrolled_by"], ["accounts.id"], name=op.f("fk_devices_enrolled_by_accounts")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_devices_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_devices_token_hash")),
    )
    op.create_index("ix_devices_conference_id_site_id", "devices", ["conference_id", "site_id"], unique=False)
    op.create_table(
        "door_versions",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_door_versions_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_door_versions_site_id_sites")),
        sa.PrimaryKeyConstraint("conference_id", "site_id", name=op.f("pk_door_versions")),
    )
    op.create_table(
        "attendances",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_out", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_attendances_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_attendances_device_id_devices")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_attendances_site_id_sites")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_attendances_study_session_id_study_sessions")
        ),
        sa.PrimaryKeyConstraint("attendee_id", "study_session_id", name=op.f("pk_attendances")),
    )
    op.create_index(
        "ix_attendances_study_session_id_first_at", "attendances", ["study_session_id", "first_at"], unique=False
    )
    op.create_index(
        "ix_attendances_study_session_id_site_id", "attendances", ["study_session_id", "site_id"], unique=False
    )
    op.create_table(
        "quarantined_scans",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_quarantined_scans_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_quarantined_scans_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_scans")),
        sa.UniqueConstraint("device_id", "body_hash", name=op.f("uq_quarantined_scans_device_id_body_hash")),
    )
    op.create_index(op.f("ix_quarantined_scans_conference_id"), "quarantined_scans", ["conference_id"], unique=False)
    op.create_index(op.f("ix_quarantined_scans_scan_id"), "quarantined_scans", ["scan_id"], unique=False)
    op.create_table(
        "scans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("study_session_id", sa.Integer(), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_offset_ms", BIG_ID, nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_seq", BIG_ID, nullable=True),
        sa.Column("verdict_shown", sa.String(32), nullable=True),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("target", sa.Uuid(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("is_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("failure", sa.String(32), nullable=True),
        sa.Column("first_seen", sa.Uuid(), nullable=True),
        sa.Column("came_after_end", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("failure IS NOT NULL OR corrected_at IS NOT NULL", name=op.f("ck_scans_has_a_time")),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_scans_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_scans_conference_id_conferences")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_scans_device_id_devices")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_scans_site_id_sites")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_scans_study_session_id_study_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
    )
    op.create_index("ix_scans_attendee_id_study_session_id", "scans", ["attendee_id", "study_session_id"], unique=False)
    op.create_index(op.f("ix_scans_conference_id"), "scans", ["conference_id"], unique=False)
    op.create_index("ix_scans_site_id_version", "scans", ["site_id", "version"], unique=False)
    op.create_index(
        "ix_scans_target",
        "scans",
        ["target"],
        unique=False,
        sqlite_where=sa.text("target IS NOT NULL"),
        postgresql_where=sa.text("target IS NOT NULL"),
    )
    op.create_table(
        "site_closings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["accounts.id"], name=op.f("fk_site_closings_closed_by_accounts")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_closings_site_id_sites")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_site_closings_study_session_id_study_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_closings")),
        sa.UniqueConstraint("study_session_id", "site_id", name=op.f("uq_site_closings_study_session_id_site_id")),
    )
    op.create_index(op.f("ix_site_closings_site_id"), "site_closings", ["site_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("study_session_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("scan_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_cases_attendee_id_attendees")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_cases_conference_id_conferences")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_cases_decided_by_accounts")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_cases_device_id_devices")),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_cases_scan_id_scans")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_cases_site_id_sites")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_cases_study_session_id_study_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("key", name=op.f("uq_cases_key")),
    )
    op.create_index(op.f("ix_cases_attendee_id"), "cases", ["attendee_id"], unique=False)
    op.create_index("ix_cases_conference_id_state", "cases", ["conference_id", "state"], unique=False)
    op.create_index(op.f("ix_cases_site_id"), "cases", ["site_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_GUARD)
    else:
        for statement in POSTGRESQL_GUARD:
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
