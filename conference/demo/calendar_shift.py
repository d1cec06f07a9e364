"""Moving the reference programme to another day, or to this very hour, without an item crossing midnight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from conference.registry.lists.programme import ProgrammeItem

MORNING_STARTS = time(8, 0)
EARLIEST_START, LATEST_START = time(1, 0), time(19, 30)
TO_OPENING = timedelta(minutes=20)
FIVE_MINUTES = 300


def moved_to_day(items: Sequence[ProgrammeItem], day: date) -> list[ProgrammeItem]:
    """The same hours on another day."""
    return [replace(item, held_on=day) for item in items]


def moved_to_now(items: Sequence[ProgrammeItem], now: datetime) -> list[ProgrammeItem]:
    """The morning opens in about twenty minutes of ``now`` (local time), so that its doors stand open.

    The afternoon keeps its distance, or its own hours on the next day where it would pass midnight.
    """
    begins = now + TO_OPENING
    seconds = int(begins.timestamp()) // FIVE_MINUTES * FIVE_MINUTES
    start = datetime.fromtimestamp(seconds, now.tzinfo).time() if begins.date() == now.date() else LATEST_START
    start = min(max(start, EARLIEST_START), LATEST_START)
    shift = _since_midnight(start) - _since_midnight(MORNING_STARTS)
    last = max(_since_midnight(item.ends) for item in items)
    fits = last + shift < timedelta(days=1)
    return [_moved(item, now.date(), shift, fits) for item in items]


def _moved(item: ProgrammeItem, day: date, shift: timedelta, fits: bool) -> ProgrammeItem:
    if item.part != "morning" and not fits:
        return replace(item, held_on=day + timedelta(days=1))
    return replace(item, held_on=day, starts=_later(item.starts, shift), ends=_later(item.ends, shift))


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _later(moment: time, shift: timedelta) -> time:
    minutes = (_since_midnight(moment) + shift) // timedelta(minutes=1)
    return time(minutes // 60, minutes % 60)
