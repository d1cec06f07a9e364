"""What becomes of each person on the day: who comes when, who stays away, whose badge is read twice or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID

SHARE_EXCUSED = 0.021
SHARE_ABSENT = 0.018
SHARE_AFTERNOON_GONE = 0.022
SHARE_LATE = 0.034
SHARE_TWICE = 0.012
SHARE_ELSEWHERE = 0.004
SHARE_SENT_BACK = 0.3
SHARE_BY_NAME = 0.015
SHARE_OUT_EARLY = 0.008
SHARE_TWO_PLACES = 0.0006

REASONS = (
    "Ốm, có giấy của bệnh viện",
    "Đi công tác theo quyết định của cơ quan",
    "Việc gia đình",
    "Dự lớp bồi dưỡng đã có kế hoạch trước",
    "Nghỉ thai sản",
)


class Fate(StrEnum):
    COMES = "comes"
    EXCUSED = "excused"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Called:
    """One attendee as the demo's day needs it."""

    id: int
    number: int
    ticket: str
    site_id: int


@dataclass(frozen=True, slots=True)
class Hours:
    """A study session's hours."""

    id: int
    is_first: bool
    doors_open_at: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """A badge read at a door: where, when, and the item a device would send."""

    site_id: int
    at: datetime
    item: dict[str, Any]


def fate_of(seed: str, person: Called) -> tuple[Fate, Random]:
    """Whether someone comes at all, and the chance that decides the rest of the day for them."""
    chance = Random(f"{seed}:{person.number}")
    drawn = chance.random()
    if drawn < SHARE_EXCUSED:
        return Fate.EXCUSED, chance
    if drawn < SHARE_EXCUSED + SHARE_ABSENT:
        return Fate.ABSENT, chance
    return Fate.COMES, chance


def readings_of(person: Called, hours: Hours, chance: Random, sites: list[int]) -> Iterator[Reading]:
    """The readings of one person's badge in one study session, in order of time."""
    if not hours.is_first and chance.random() < SHARE_AFTERNOON_GONE:
        return
    at = _arrival(hours, chance)
    site = person.site_id
    if chance.random() < SHARE_ELSEWHERE:
        elsewhere = chance.choice(sites)
        if elsewhere != site:
            stays = chance.random() >= SHARE_SENT_BACK
            yield _reading(person, hours, chance, elsewhere, at, decision="guest" if stays else None)
            if stays:
                return
            at += timedelta(minutes=chance.uniform(8, 20))
    yield _reading(person, hours, chance, site, at)
    if chance.random() < SHARE_TWICE:
        yield _reading(person, hours, chance, site, at + timedelta(seconds=chance.uniform(6, 900)))
    if chance.random() < SHARE_TWO_PLACES:
        yield _reading(person, hours, chance, chance.choice(sites), at + timedelta(minutes=25), decision="guest")
    if chance.random() < SHARE_OUT_EARLY:
        out = hours.ends_at - timedelta(minutes=chance.uniform(20, 70))
        yield _reading(person, hours, chance, site, max(out, at + timedelta(minutes=5)), direction="out")


def _arrival(hours: Hours, chance: Random) -> datetime:
    if chance.random() < SHARE_LATE:
        return hours.starts_at + timedelta(minutes=chance.uniform(15, 55))
    window = hours.starts_at - hours.doors_open_at + timedelta(minutes=6)
    return hours.doors_open_at + window * chance.betavariate(2.6, 2.4)


def _reading(
    person: Called,
    hours: Hours,
    chance: Random,
    site_id: int,
    at: datetime,
    *,
    decision: str | None = None,
    direction: str = "in",
) -> Reading:
    by_name = site_id == person.site_id and chance.random() < SHARE_BY_NAME
    item: dict[str, Any] = {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "kind": "scan",
        "ticket": str(person.number) if by_name else person.ticket,
        "study_session": hours.id,
        "direction": direction,
        "scanned_at": at.isoformat(timespec="milliseconds"),
        "clock_offset_ms": chance.randint(-800, 800),
        "method": "name" if by_name else "camera",
    }
    if decision:
        item["decision"] = decision
    return Reading(site_id, at, item)
