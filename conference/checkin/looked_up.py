"""What the hot path reads of devices, people and earlier scans, as tuples with names.

A field of one costs a twentieth of what a field of SQLAlchemy's rows does, and a check-in looks at forty of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from conference.checkin.rules import Decision, Direction, Failure, ItemKind, Method, Verdict


class CountingDevice(NamedTuple):
    """A device with what its conference and site say; in the order of ``statements.DEVICES``."""

    id: int
    token_hash: str
    conference_id: int
    site_id: int
    expires_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    timezone: str
    late_after_minutes: int
    site_name: str


class CalledPerson(NamedTuple):
    """An attendee as a door needs it; in the order of ``statements.BY_TICKET`` and its like."""

    id: int
    conference_id: int
    number: int
    site_id: int
    ticket: str | None
    ticket_issue: int
    ticket_reissued_at: datetime | None
    withdrawn_at: datetime | None
    called_site_id: int | None
    seat: str | None
    position: str
    full_name: str
    unit_name: str
    site_name: str
    wave_id: int | None


class EarlierScan(NamedTuple):
    """What a fact is made of; nothing else is read of the scans that came before."""

    id: UUID
    kind: ItemKind
    site_id: int
    device_id: int
    corrected_at: datetime | None
    attendee_id: int | None
    study_session_id: int | None
    flagged: bool
    direction: Direction
    method: Method
    verdict: Verdict
    verdict_shown: Verdict | None
    decision: Decision | None
    is_elsewhere: bool
    is_other_session: bool
    failure: Failure | None
    target: UUID | None
    spare_read: int | None
    spare_handed: int | None
    spare_bars: str | None
