"""Devices, scans and undos as append-only facts, the attendance derived from them, and what needs a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.accounts.models import Account
from conference.checkin.rules import (
    CaseKind,
    CaseState,
    Decision,
    Direction,
    Failure,
    ItemKind,
    Method,
    Outcome,
    Verdict,
)
from conference.foundation.db import BigId, db
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee
from conference.sites.models import Site
from conference.sites.rehearsals.models import Rehearsal


class Device(db.Model):
    """A phone, laptop or program at one door. It shows its token; only the hash is kept here."""

    __tablename__ = "devices"
    __table_args__ = (Index("ix_devices_conference_id_site_id", "conference_id", "site_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    label: Mapped[str] = mapped_column(Text)
    enrolled_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # none: by the command line
    enrolled_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    clock_offset_ms: Mapped[int | None] = mapped_column(BigId)
    queue_length: Mapped[int | None]
    app_version: Mapped[str | None] = mapped_column(Text)
    preflight: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # its last, as preflight.Preflight.as_json says it
    roster_at: Mapped[datetime | None]  # when it last had the roster of its door, by its own word

    conference: Mapped[Conference] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")
    account: Mapped[Account | None] = relationship(lazy="raise")


class OwnDevice(db.Model):
    """A device that is no phone: the server itself, through which people count at a site without a host's hand."""

    __tablename__ = "own_devices"
    __table_args__ = (UniqueConstraint("device_id"),)

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    method: Mapped[Method] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))

    device: Mapped[Device] = relationship(lazy="raise")


class RehearsalTest(db.Model):
    """A device that was found ready in a rehearsal, or after the last one: the first time of each."""

    __tablename__ = "rehearsal_tests"

    rehearsal_id: Mapped[int] = mapped_column(ForeignKey(Rehearsal.id, ondelete="CASCADE"), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    tested_at: Mapped[datetime]


class EnrolmentLink(db.Model):
    """Lets one device enrol at one site, once. What opens it follows from the id and the secret, so that a sheet can
    be printed again; this table alone opens nothing."""

    __tablename__ = "enrolment_links"
    __table_args__ = (Index("ix_enrolment_links_conference_id_site_id", "conference_id", "site_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # none: by the command line
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))  # what came of it

    conference: Mapped[Conference] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")
    device: Mapped[Device | None] = relationship(lazy="raise")


class Scan(db.Model):
    """One reading at a door, or the undoing of one: kept as it was sent and never changed.

    Attendance is derived from the set of them. What the roster said at receipt stands beside what was sent.
    """

    __tablename__ = "scans"
    __table_args__ = (
        Index("ix_scans_attendee_id_study_session_id", "attendee_id", "study_session_id"),
        Index("ix_scans_site_id_version", "site_id", "version"),
        Index(  # undos alone have one
            "ix_scans_target",
            "target",
            sqlite_where=text("target IS NOT NULL"),
            postgresql_where=text("target IS NOT NULL"),
        ),
        Index(
            "ix_scans_spare_read",
            "spare_read",
            sqlite_where=text("spare_read IS NOT NULL"),
            postgresql_where=text("spare_read IS NOT NULL"),
        ),
        Index(
            "ix_scans_spare_handed",
            "spare_handed",
            sqlite_where=text("spare_handed IS NOT NULL"),
            postgresql_where=text("spare_handed IS NOT NULL"),
        ),
        CheckConstraint("failure IS NOT NULL OR corrected_at IS NOT NULL", name="has_a_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the device: a replay adds no row
    kind: Mapped[ItemKind]
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"))  # an unknown ticket is a fact too
    study_session_id: Mapped[int | None] = mapped_column(ForeignKey("study_sessions.id"))
    ticket: Mapped[str] = mapped_column(Text)  # as read
    direction: Mapped[Direction]
    method: Mapped[Method]
    scanned_at: Mapped[datetime | None]  # by the device's clock
    clock_offset_ms: Mapped[int] = mapped_column(BigId)
    corrected_at: Mapped[datetime | None]  # t of the published rule; never the moment of arrival
    device_seq: Mapped[int | None] = mapped_column(BigId)
    verdict_shown: Mapped[Verdict | None]
    decision: Mapped[Decision | None]
    target: Mapped[UUID | None]  # what an undo takes back; it may come before its target
    spare_read: Mapped[int | None] = mapped_column(BigId)  # the spare badge that the ticket is, as Claim.spare
    spare_handed: Mapped[int | None] = mapped_column(BigId)  # the one that this person was handed with it
    spare_bars: Mapped[str | None] = mapped_column(Text)  # … and where the roster barred them then, as bars_kept
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # tells a replay from another body
    body: Mapped[str | None] = mapped_column(Text)  # of what failed: evidence for a person

    flagged: Mapped[bool]  # it happened outside the calendar day of the study session
    is_elsewhere: Mapped[bool]  # not the attendee's own site
    is_other_session: Mapped[bool] = mapped_column(default=False, server_default=false())  # not one they are called to
    verdict: Mapped[Verdict]
    failure: Mapped[Failure | None]
    first_seen: Mapped[UUID | None]  # the presence that stood when this was judged
    came_after_end: Mapped[bool]  # delivered with a token that was expired or revoked
    received_at: Mapped[datetime]
    version: Mapped[int]  # of the door, raised with each delivery: what other devices there have not seen yet


class WalkIn(db.Model):
    """What a host wrote down of somebody without a ticket; who it is taken for stands with the scan of this id."""

    __tablename__ = "walk_ins"

    scan_id: Mapped[UUID] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    full_name: Mapped[str] = mapped_column(Text)
    birth_date: Mapped[date | None]
    birth_year: Mapped[int | None]
    phone: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)  # as it was written
    position: Mapped[str] = mapped_column(Text)


class QuarantinedScan(db.Model):
    """What could not be kept as a scan: another body under a known id, or no id at all. Nothing is dropped."""

    __tablename__ = "quarantined_scans"
    __table_args__ = (UniqueConstraint("device_id", "body_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scan_id: Mapped[UUID | None] = mapped_column(index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]


class Attendance(db.Model):
    """One person's presence in one study session. Derived: it can be rebuilt from the scans at any time."""

    __tablename__ = "attendances"
    __table_args__ = (
        Index("ix_attendances_study_session_id_site_id", "study_session_id", "site_id"),
        Index("ix_attendances_study_session_id_first_at", "study_session_id", "first_at"),
    )

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))  # where first seen
    first: Mapped[UUID]
    first_at: Mapped[datetime]
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    method: Mapped[Method]
    flagged: Mapped[bool]
    duplicates: Mapped[int]
    last_seen_at: Mapped[datetime]
    last_out: Mapped[datetime | None]

    attendee: Mapped[Attendee] = relationship(lazy="raise")
    study_session: Mapped[StudySession] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")


class Case(db.Model):
    """Something that disagrees, for the organizer to look at. Opened once, never closed by itself."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_conference_id_state", "conference_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)  # what it is about: the same thing opens one case
    kind: Mapped[CaseKind]
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    study_session_id: Mapped[int | None] = mapped_column(ForeignKey("study_sessions.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)
    scan_id: Mapped[UUID | None] = mapped_column(ForeignKey("scans.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    opened_at: Mapped[datetime]
    state: Mapped[CaseState] = mapped_column(default=CaseState.OPEN)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[str] = mapped_column(Text, default="")

    attendee: Mapped[Attendee | None] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")
    study_session: Mapped[StudySession | None] = relationship(lazy="raise")


class CaseDecision(db.Model):
    """What a person decided about a case. Kept for good: a later one stands in its place, or takes it back."""

    __tablename__ = "case_decisions"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    ordinal: Mapped[int]  # counted within the case
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    outcome: Mapped[Outcome]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  # the place that was decided on
    moved_from: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class RuledScan(db.Model):
    """A scan that a decision is about, whose it was, and whose it is by the decision."""

    __tablename__ = "ruled_scans"

    decision_id: Mapped[int] = mapped_column(ForeignKey("case_decisions.id"), primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(ForeignKey("scans.id"), primary_key=True, index=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)
    given_to: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)
    study_session_id: Mapped[int | None] = mapped_column(ForeignKey("study_sessions.id"))  # with ``given_to``


class SiteClosing(db.Model):
    """A host has closed a study session at a site and confirmed who is absent without leave."""

    __tablename__ = "site_closings"
    __table_args__ = (UniqueConstraint("study_session_id", "site_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # none: the demo


class HallCount(db.Model):
    """How many people a host saw in the hall. Never changed; a later one stands beside it."""

    __tablename__ = "hall_counts"
    __table_args__ = (
        Index("ix_hall_counts_study_session_id_site_id", "study_session_id", "site_id", "counted_at"),
        CheckConstraint("people >= 0", name="no_fewer_than_none"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the page or device: sent again it adds nothing
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"))
    people: Mapped[int]
    counted_at: Mapped[datetime]  # the device's clock, corrected
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))  # one of the two counted
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    received_at: Mapped[datetime]


class DoorVersion(db.Model):
    """How often something was counted at a site, so that its devices ask only for what they have not seen.

    Writers take this row first: what happens at one door happens one after the other.
    """

    __tablename__ = "door_versions"

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    version: Mapped[int]
    roster_version: Mapped[int] = mapped_column(server_default="0")  # at which the roster was last another one
