"""When a site may open its doors, decided without a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations


class Lack(StrEnum):
    """What a site still lacks before a conference."""

    HALL = "hall"
    SEATS = "seats"
    HOST = "host"
    PHONE = "phone"


class Readiness(StrEnum):
    READY = "ready"
    NOT_READY = "not_ready"


class DoorStep(StrEnum):
    """How far a site has come with its devices, as a filter asks for it."""

    NOT_ENROLLED = "not_enrolled"  # no device may count there
    NOT_READY = "not_ready"  # none has proved that it can: not enrolled, or not tried out
    READY = "ready"


def lacks(*, seats: int | None, called: int, manager_name: str, manager_phone: str) -> list[Lack]:
    """What is missing, the gravest first. ``seats`` is None without a hall."""
    found = []
    if seats is None:
        found.append(Lack.HALL)
    elif called > seats:
        found.append(Lack.SEATS)
    if not manager_name:
        found.append(Lack.HOST)
    elif not manager_phone:
        found.append(Lack.PHONE)
    return found


def readiness(missing: list[Lack]) -> Readiness:
    return Readiness.NOT_READY if missing else Readiness.READY


@dataclass(frozen=True)
class Booking:
    """A hall taken by a conference while one of its study sessions lasts, from the doors on."""

    hall_id: int
    conference_id: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class DoubleBooking:
    hall_id: int
    other_conference_id: int
    from_: datetime
    until: datetime


def double_bookings(conference_id: int, bookings: Iterable[Booking]) -> list[DoubleBooking]:
    """Halls of this conference that another one takes at the same time: each hall and conference once."""
    by_hall: dict[int, list[Booking]] = {}
    for booking in bookings:
        by_hall.setdefault(booking.hall_id, []).append(booking)
    found: dict[tuple[int, int], DoubleBooking] = {}
    for hall_id, taken in by_hall.items():
        for one, other in combinations(sorted(taken, key=lambda b: b.conference_id != conference_id), 2):
            if one.conference_id != conference_id or other.conference_id == conference_id:
                continue
            if one.begins_at < other.ends_at and other.begins_at < one.ends_at:
                begins, ends = max(one.begins_at, other.begins_at), min(one.ends_at, other.ends_at)
                key = (hall_id, other.conference_id)
                if key not in found or begins < found[key].from_:
                    found[key] = DoubleBooking(hall_id, other.conference_id, begins, ends)
    return sorted(found.values(), key=lambda clash: (clash.from_, clash.hall_id, clash.other_conference_id))
