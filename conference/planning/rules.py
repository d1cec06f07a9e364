"""What can be wrong with a programme, decided without a database. Moments are aware; everything arrives as data."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
LONGEST_SESSION = timedelta(hours=6)
LONGEST_CONFERENCE_DAYS = 31
HALF_HOUR = timedelta(minutes=30)
TIME_TO_TRAVEL = timedelta(minutes=60)
"""Between two places; nobody knows how far they lie apart, so less is worth a look and stops nothing."""


class FaultKind(StrEnum):
    """What may be wrong. Each has its sentence in ``words.py``."""

    NO_SESSION = "no_session"
    NO_TOPIC = "no_topic"
    OVERLAP = "overlap"
    OUTSIDE_SESSION = "outside_session"
    PRESENTER_TWICE = "presenter_twice"
    PRESENTER_ELSEWHERE = "presenter_elsewhere"
    PRESENTER_HURRIES = "presenter_hurries"
    NO_PRESENTER = "no_presenter"
    SESSION_TOO_LONG = "session_too_long"
    SESSIONS_OVERLAP = "sessions_overlap"
    OUTSIDE_CONFERENCE = "outside_conference"
    STARTS_UNLIKE_TOPICS = "starts_unlike_topics"


WARNINGS = frozenset(
    {
        FaultKind.NO_PRESENTER,
        FaultKind.PRESENTER_HURRIES,
        FaultKind.SESSION_TOO_LONG,
        FaultKind.STARTS_UNLIKE_TOPICS,
    }
)
"""They are shown and do not stop a publication; all others do."""


@dataclass(frozen=True)
class Span:
    """From a moment until another, the end not included: two that only touch do not overlap."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Item:
    """One item of a programme. Reception may run before the session begins."""

    id: int
    title: str
    span: Span
    presenter: str = ""
    presenter_id: int | None = None
    needs_presenter: bool = False
    is_reception: bool = False


@dataclass(frozen=True)
class Half:
    """A study session with its items."""

    id: int
    held_on: date
    span: Span
    items: Sequence[Item] = ()


@dataclass(frozen=True)
class Elsewhere:
    """An item of another conference that has a presenter of this one."""

    presenter_id: int
    conference: str
    title: str
    span: Span


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, and the facts its sentence needs."""

    kind: FaultKind
    topic_id: int | None = None
    study_session_id: int | None = None
    facts: dict[str, object] = field(default_factory=dict, compare=False)

    @property
    def blocks(self) -> bool:
        return self.kind not in WARNINGS


def faults_of_programme(
    halves: Sequence[Half], *, first_day: date, last_day: date, elsewhere: Sequence[Elsewhere] = ()
) -> list[Fault]:
    """Everything wrong with a programme, in the order in which the day runs."""
    if not halves:
        return [Fault(FaultKind.NO_SESSION)]
    found: list[Fault] = []
    for half in halves:
        found += _faults_of_half(half, first_day, last_day)
    for first, second in combinations(halves, 2):
        if first.span.overlaps(second.span):
            found.append(Fault(FaultKind.SESSIONS_OVERLAP, study_session_id=second.id))
    found += _overlaps(halves)
    found += _presenters_twice(halves)
    found += _presenters_elsewhere(halves, elsewhere)
    return found


def _faults_of_half(half: Half, first_day: date, last_day: date) -> list[Fault]:
    found = []
    if not first_day <= half.held_on <= last_day:
        found.append(Fault(FaultKind.OUTSIDE_CONFERENCE, study_session_id=half.id, facts={"day": half.held_on}))
    if half.span.ends_at - half.span.starts_at > LONGEST_SESSION:
        hours = int(LONGEST_SESSION.total_seconds() // 3600)
        found.append(Fault(FaultKind.SESSION_TOO_LONG, study_session_id=half.id, facts={"hours": hours}))
    if not half.items:
        found.append(Fault(FaultKind.NO_TOPIC, study_session_id=half.id))
    begins = [item.span.starts_at for item in half.items if not item.is_reception]
    if begins and min(begins) > half.span.starts_at:
        found.append(
            Fault(FaultKind.STARTS_UNLIKE_TOPICS, study_session_id=half.id, facts={"first": min(begins)}),
        )
    for item in half.items:
        opens = item.span.starts_at if item.is_reception else half.span.starts_at
        if item.span.starts_at < opens or item.span.ends_at > half.span.ends_at:
            found.append(
                Fault(
                    FaultKind.OUTSIDE_SESSION,
                    topic_id=item.id,
                    study_session_id=half.id,
                    facts={"title": item.title, "opens": opens, "ends": half.span.ends_at},
                )
            )
        if item.needs_presenter and item.presenter_id is None:
            found.append(
                Fault(
                    FaultKind.NO_PRESENTER,
                    topic_id=item.id,
                    study_session_id=half.id,
                    facts={"title": item.title},
                )
            )
    return found


def _overlaps(halves: Sequence[Half]) -> list[Fault]:
    """Two items at the same time. The later one is named, for that is the one to move."""
    found = []
    for half in halves:
        for one, other in combinations(sorted(half.items, key=lambda item: (item.span.starts_at, item.id)), 2):
            if one.span.overlaps(other.span):
                found.append(
                    Fault(
                        FaultKind.OVERLAP,
                        topic_id=other.id,
                        study_session_id=half.id,
                        facts={"title": other.title, "other": one.title, "until": one.span.ends_at},
                    )
                )
    return found


def _presenters_twice(halves: Sequence[Half]) -> list[Fault]:
    """One presenter in two sessions of this conference at once; inside one session it is an overlap already."""
    items = [(half, item) for half in halves for item in half.items if item.presenter_id is not None]
    found = []
    for (half, one), (other_half, other) in combinations(items, 2):
        if half.id != other_half.id and one.presenter_id == other.presenter_id and one.span.overlaps(other.span):
            found.append(
                Fault(
                    FaultKind.PRESENTER_TWICE,
                    topic_id=other.id,
                    study_session_id=other_half.id,
                    facts={"title": other.title, "presenter": other.presenter, "other": one.title},
                )
            )
    return found


def _presenters_elsewhere(halves: Sequence[Half], elsewhere: Sequence[Elsewhere]) -> list[Fault]:
    """Each item and other conference once, with the moment from which the presenter is free."""
    found: dict[tuple[int, str], Fault] = {}
    for half in halves:
        for item in half.items:
            busy = [other for other in elsewhere if other.presenter_id == item.presenter_id]
            for other in sorted(busy, key=lambda other: other.span.ends_at):
                if item.span.overlaps(other.span):
                    found[item.id, other.conference] = Fault(
                        FaultKind.PRESENTER_ELSEWHERE,
                        topic_id=item.id,
                        study_session_id=half.id,
                        facts={
                            "title": item.title,
                            "presenter": item.presenter,
                            "conference": other.conference,
                            "until": other.span.ends_at,
                        },
                    )
            if not any(item.span.overlaps(other.span) for other in busy):
                found |= _hurries(half, item, busy)
    return list(found.values())


def _hurries(half: Half, item: Item, busy: Sequence[Elsewhere]) -> dict[tuple[int, str], Fault]:
    """From another conference to this item, or from it to another, in less time than the way may take."""
    found = {}
    for other in busy:
        gaps = (item.span.starts_at - other.span.ends_at, other.span.starts_at - item.span.ends_at)
        gap = min((one for one in gaps if one >= timedelta(0)), default=TIME_TO_TRAVEL)
        if gap < TIME_TO_TRAVEL:
            found[item.id, other.conference] = Fault(
                FaultKind.PRESENTER_HURRIES,
                topic_id=item.id,
                study_session_id=half.id,
                facts={
                    "title": item.title,
                    "presenter": item.presenter,
                    "conference": other.conference,
                    "minutes": int(gap.total_seconds() // 60),
                },
            )
    return found


def put_at(order: Sequence[int], id: int, place: int) -> list[int]:
    """The same ids with this one at a place, counted from one; before the first is first, beyond the last is last."""
    found = [one for one in order if one != id]
    found.insert(max(0, place - 1), id)
    return found


def doors_open(starts_at: datetime, minutes_before: int) -> datetime:
    return starts_at - timedelta(minutes=minutes_before)


def weeks_of_month(year: int, month: int) -> list[list[date]]:
    """Whole weeks from Thứ Hai to Chủ nhật that hold the month."""
    return calendar.Calendar(firstweekday=calendar.MONDAY).monthdatescalendar(year, month)


def month_around(first: date, *, months: int) -> date:
    """The first day of the month so many months away."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Block:
    """Where an item stands on the drawn scale: minutes from the top of its column, and its lane when two clash."""

    id: int
    top: int
    height: int
    lane: int
    lanes: int


def laid_out(spans: Sequence[tuple[int, Span]], *, top: datetime, shortest: int = 5) -> list[Block]:
    """Place items on a time scale. Items that run at the same time get lanes side by side."""
    order = sorted(spans, key=lambda entry: (entry[1].starts_at, entry[1].ends_at, entry[0]))
    blocks: list[Block] = []
    group: list[tuple[int, Span, int]] = []
    group_ends: datetime | None = None

    def close() -> None:
        lanes = 1 + max((lane for _, _, lane in group), default=0)
        for id, span, lane in group:
            start = int((span.starts_at - top).total_seconds() // 60)
            length = int((span.ends_at - span.starts_at).total_seconds() // 60)
            blocks.append(Block(id, start, max(shortest, length), lane, lanes))
        group.clear()

    for id, span in order:
        if group_ends is not None and span.starts_at >= group_ends:
            close()
            group_ends = None
        taken = {lane for _, other, lane in group if other.overlaps(span)}
        lane = next(number for number in range(len(group) + 1) if number not in taken)
        group.append((id, span, lane))
        group_ends = max(group_ends or span.ends_at, span.ends_at)
    close()
    return blocks
