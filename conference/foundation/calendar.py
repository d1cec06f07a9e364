"""What stands in a calendar, as plain data: what an area knows and an adapter writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """What a calendar asks of its reader: take part, forget it, or just know."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One thing with a beginning and an end. The UID is for life; a higher sequence replaces a lower one."""

    uid: str
    sequence: int
    changed_at: datetime  # DTSTAMP
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    organizer: Mailbox | None = None
    attendee: Mailbox | None = None
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    name: str
    timezone: str
    events: Sequence[CalendarEvent]
    method: Method = Method.PUBLISH
