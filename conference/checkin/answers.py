"""What devices are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from conference.checkin.headcounts import Compared
from conference.checkin.looked_up import CalledPerson
from conference.checkin.rules import Verdict
from conference.checkin.statements import CHANGES


@dataclass(slots=True)
class ItemAnswer:
    """What became of one item; durable once the transaction is."""

    id: str | None
    status: int
    verdict: Verdict
    counts: bool = False
    attendee: dict[str, Any] | None = None
    first_seen: dict[str, Any] | None = None
    minutes_late: int | None = None
    case: int | None = None
    spare: int | None = None  # the number of the spare badge that was shown or handed over
    row: dict[str, Any] | None = None  # what was kept; not told

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "verdict": self.verdict.value,
            "counts": self.counts,
            "attendee": self.attendee,
            "first_seen": self.first_seen,
            "minutes_late": self.minutes_late,
            "case": self.case,
            **({} if self.spare is None else {"spare": self.spare}),
        }


@dataclass(slots=True)
class DeliveryAnswer:
    """What one device is told: its items, and what it has not seen of its own door."""

    items: list[ItemAnswer] = field(default_factory=list)
    cursor: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    roster_changed: bool = False  # since the cursor: the device should ask for the roster again
    headcounts: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self, server_time: datetime) -> dict[str, Any]:
        return {
            "items": [item.as_json() for item in self.items],
            "cursor": self.cursor,
            "changes": self.changes,
            "roster_changed": self.roster_changed,
            "headcounts": self.headcounts,
            "server_time": iso(server_time),
        }


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def changes_since(connection: Connection, site_id: int, cursor: int) -> list[dict[str, Any]]:
    """Whose presence was touched at this door since the cursor, as it stands now."""
    return [
        {
            "number": row.number,
            "study_session": row.study_session_id,
            "present": row.first_at is not None,
            "at": iso(row.first_at) if row.first_at is not None else None,
            "site": row.site_id,
        }
        for row in connection.execute(CHANGES, {"site": site_id, "cursor": cursor})
    ]


def described_hall(hall: Compared) -> dict[str, Any]:
    """What a host saw in the hall, and what the door had counted by then."""
    return {"people": hall.people, "counted_at": iso(hall.counted_at), "present_then": hall.scanned}


def described(attendee: CalledPerson, *, with_name: bool) -> dict[str, Any]:
    """Who stands there. A number that was only typed does not open the name of another site's person."""
    described: dict[str, Any] = {
        "number": attendee.number,
        "site": attendee.site_id,
        "site_name": attendee.site_name,
    }
    if with_name:
        described |= {
            "name": attendee.full_name,
            "position": attendee.position,
            "unit": attendee.unit_name,
            "seat": attendee.seat,
        }
    return described
