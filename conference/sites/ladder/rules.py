"""The rungs of readiness, who climbs them and by when, and the technical checklist. No database, no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median


class Rung(StrEnum):
    """What a site climbs before its conference, in this order."""

    HALL = "hall"
    HOST = "host"
    DEVICES = "devices"
    LINE = "line"
    REHEARSAL = "rehearsal"
    DOORS = "doors"
    QUORUM = "quorum"


class Owner(StrEnum):
    """Whose rung it is."""

    ORGANIZER = "organizer"
    UNIT = "unit"
    HOST = "host"
    TECHNICIAN = "technician"


class Standing(StrEnum):
    """How a rung stands at a moment."""

    DONE = "done"
    OVERDUE = "overdue"
    OPEN = "open"


class CheckState(StrEnum):
    GOOD = "good"
    FAULT = "fault"


BY_HAND = (Rung.DEVICES, Rung.LINE, Rung.REHEARSAL, Rung.DOORS, Rung.QUORUM)
"""Rungs that a person may confirm where no evidence can exist. Hall and host are entered, never asserted."""

OF_COUNTING = frozenset({Rung.DEVICES, Rung.REHEARSAL, Rung.DOORS, Rung.QUORUM})
"""What is asked only where people are counted at the doors."""

HOUR, DAY = 60, 24 * 60
LONGEST_BEFORE = 365 * DAY
MOST_MILLISECONDS, MOST_PERCENT = 60_000, 100


@dataclass(frozen=True)
class RungRule:
    """What a conference asks at one rung. ``bound``: the most milliseconds of a line, the least percent of a quorum."""

    owner: Owner
    minutes_before: int  # the start of the first study session
    bound: int | None = None


DEFAULTS: Mapping[Rung, RungRule] = {
    Rung.HALL: RungRule(Owner.ORGANIZER, 10 * DAY),
    Rung.HOST: RungRule(Owner.UNIT, 7 * DAY),
    Rung.DEVICES: RungRule(Owner.HOST, 2 * DAY),
    Rung.LINE: RungRule(Owner.TECHNICIAN, 15 * HOUR, 800),
    Rung.REHEARSAL: RungRule(Owner.HOST, 12 * HOUR),
    Rung.DOORS: RungRule(Owner.HOST, 40),
    Rung.QUORUM: RungRule(Owner.HOST, 10, 67),
}
"""A full link test on the afternoon before, doors open three quarters of an hour before, people seated ten minutes
before; a quorum is two thirds."""


def due_at(starts_at: datetime | None, rule: RungRule) -> datetime | None:
    """When a rung is due at every site that has no time of its own; None while the programme has no study session."""
    return None if starts_at is None else starts_at - timedelta(minutes=rule.minutes_before)


def standing(*, is_done: bool, due: datetime | None, at: datetime) -> Standing:
    if is_done:
        return Standing.DONE
    return Standing.OVERDUE if due is not None and due < at else Standing.OPEN


# ---- the line, as the host's page measures it

ROUNDS = 10
MOST_LOST = 1


@dataclass(frozen=True)
class LineResult:
    median_ms: int
    worst_ms: int
    lost: int
    rounds: int


def line_result(times: Sequence[int | None]) -> LineResult | None:
    """What a test of the line comes to; a round that never came back is None. None when nothing came back."""
    heard = sorted(time for time in times if time is not None)
    if not heard:
        return None
    return LineResult(round(median(heard)), heard[-1], len(times) - len(heard), len(times))


def is_good_line(result: LineResult, most_ms: int) -> bool:
    return result.median_ms <= most_ms and result.lost <= MOST_LOST
