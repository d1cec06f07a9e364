"""What is unusual about a device: who marks people present by hand, in bursts, takes much back, or turns the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import String, and_, case, cast, func, select

from conference.checkin.models import Device, Scan
from conference.checkin.rules import BY_HAND, ItemKind
from conference.foundation.db import db
from conference.sites.models import Site

SHARE_BY_HAND = 0.3
FEWEST_BY_HAND = 10
FASTEST_MINUTE = 40
"""A camera with a practised host reads 20 to 25 badges a minute."""

FASTEST_BY_HAND = 10
SHARE_UNDONE = 0.1
FEWEST_UNDONE = 5
MOST_CLOCK_MOVED_MS = 120_000
"""A clock that is wrong is as wrong at every scan; one whose error changes was turned while people were counted."""


class Sign(StrEnum):
    """What a person should ask about. None of them proves anything."""

    BY_HAND = "by_hand"
    TOO_FAST = "too_fast"
    BURST_BY_HAND = "burst_by_hand"
    UNDONE = "undone"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Watched:
    """One device in figures, over the whole conference."""

    device_id: int
    label: str
    site: str
    readings: int
    by_hand: int
    fastest: int  # readings in one minute of the device's clock
    fastest_by_hand: int
    undone: int
    clock_moved_ms: int  # between the least and the greatest correction of its scans

    @property
    def clock_moved_seconds(self) -> int:
        return round(self.clock_moved_ms / 1000)

    @property
    def share_by_hand(self) -> float:
        return self.by_hand / self.readings if self.readings else 0.0

    @property
    def signs(self) -> tuple[Sign, ...]:
        return signs_of(self)


def signs_of(one: Watched) -> tuple[Sign, ...]:
    found = []
    if one.by_hand >= FEWEST_BY_HAND and one.share_by_hand >= SHARE_BY_HAND:
        found.append(Sign.BY_HAND)
    if one.fastest >= FASTEST_MINUTE:
        found.append(Sign.TOO_FAST)
    if one.fastest_by_hand >= FASTEST_BY_HAND:
        found.append(Sign.BURST_BY_HAND)
    if one.undone >= FEWEST_UNDONE and one.undone >= SHARE_UNDONE * one.readings:
        found.append(Sign.UNDONE)
    if one.clock_moved_ms > MOST_CLOCK_MOVED_MS:
        found.append(Sign.CLOCK)
    return tuple(found)


def watched_devices(conference_id: int) -> list[Watched]:
    """Every device that has read something, those with signs first; one grouped query, however many scans."""
    minute = func.substr(cast(Scan.corrected_at, String), 1, 16)  # 2018-12-06 00:40, in both databases
    is_reading = and_(Scan.kind != ItemKind.UNDO, Scan.failure.is_(None))
    is_by_hand = and_(is_reading, Scan.method.in_(sorted(BY_HAND)))
    by_minute = (
        select(
            Scan.device_id,
            func.sum(case((is_reading, 1), else_=0)).label("readings"),
            func.sum(case((is_by_hand, 1), else_=0)).label("by_hand"),
            func.sum(case((Scan.kind == ItemKind.UNDO, 1), else_=0)).label("undone"),
            func.min(Scan.clock_offset_ms).label("least"),
            func.max(Scan.clock_offset_ms).label("greatest"),
        )
        .where(Scan.conference_id == conference_id, Scan.corrected_at.is_not(None))
        .group_by(Scan.device_id, minute)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Device.id,
            Device.label,
            Site.name,
            func.sum(by_minute.c.readings).label("readings"),
            func.sum(by_minute.c.by_hand).label("by_hand"),
            func.max(by_minute.c.readings).label("fastest"),
            func.max(by_minute.c.by_hand).label("fastest_by_hand"),
            func.sum(by_minute.c.undone).label("undone"),
            (func.max(by_minute.c.greatest) - func.min(by_minute.c.least)).label("clock_moved_ms"),
        )
        .join(by_minute, by_minute.c.device_id == Device.id)
        .join(Site, Site.id == Device.site_id)
        .group_by(Device.id, Device.label, Site.name)
    )
    found = [
        Watched(
            device_id=row.id,
            label=row.label,
            site=row.name,
            readings=int(row.readings),
            by_hand=int(row.by_hand),
            fastest=int(row.fastest),
            fastest_by_hand=int(row.fastest_by_hand),
            undone=int(row.undone),
            clock_moved_ms=int(row.clock_moved_ms),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-len(one.signs), -one.share_by_hand, -one.undone, one.device_id))
