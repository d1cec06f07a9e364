"""Reminders by schedule: what is due when, decided without clock or database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LATEST = timedelta(days=1)
"""A reminder whose time passed longer ago, while no worker ran, is no use to anybody and is not written."""

MOST_DAYS = 60


class ReminderKind(StrEnum):
    """What people are reminded of. Days are counted from the conference's first day, or from the day a paper is due."""

    ANSWER = "answer"  # so many days before the conference: who has not answered
    DAY = "day"  # so many days before the conference: who comes, or may
    REFLECTION = "reflection"  # so many days before a paper is due
    OVERDUE = "overdue"  # so many days after it was due
    UNITS = "units"  # so many days before the conference: officers, of what is missing of their units
    UNITS_DUE = "units_due"  # so many days before papers are due: the same


USUAL = (
    (ReminderKind.UNITS, 7, time(8, 0)),
    (ReminderKind.ANSWER, 5, time(9, 0)),
    (ReminderKind.DAY, 1, time(8, 0)),
    (ReminderKind.REFLECTION, 3, time(8, 0)),
    (ReminderKind.UNITS_DUE, 2, time(8, 0)),
    (ReminderKind.REFLECTION, 1, time(8, 0)),
    (ReminderKind.OVERDUE, 1, time(8, 0)),
)
"""What most conferences do; an organizer takes all of it with one press and changes it afterwards."""


@dataclass(frozen=True)
class Rule:
    """One line of the schedule, as an organizer made it."""

    kind: ReminderKind
    days: int
    at_minute: int  # of the day, in the conference's zone

    @property
    def hour(self) -> time:
        return time(self.at_minute // 60, self.at_minute % 60)

    def fires_at(self, anchor: date, timezone: str) -> datetime:
        """When this rule is carried out for what happens, or is due, on ``anchor``."""
        days = self.days if self.kind is ReminderKind.OVERDUE else -self.days
        return datetime.combine(anchor + timedelta(days=days), self.hour, ZoneInfo(timezone))


class Turn(StrEnum):
    """Where one firing stands."""

    WAITS = "waits"
    DUE = "due"
    DONE = "done"
    PAST = "past"  # its time had passed before the rule was made or resumed, or nothing worked for a day


def turn_of(fires_at: datetime, *, active_since: datetime, is_done: bool, at: datetime) -> Turn:
    """A rule made after the hour of its day doesn't catch up: nobody expects letters from pressing "save"."""
    if is_done:
        return Turn.DONE
    if at < fires_at:
        return Turn.WAITS
    return Turn.DUE if active_since <= fires_at and at - fires_at < LATEST else Turn.PAST
