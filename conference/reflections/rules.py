"""Who may write, until when, and what a deadline means. No clock, no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from conference.foundation.documents import DocumentKind

DUE_WORKING_DAYS = 10
DUE_HOUR = time(17, 0)
LATE_DAYS = 10
GRACE_SECONDS = 60
LEAST_WORDS, MOST_WORDS = 800, 3_000
FIXED_HOLIDAYS = ((1, 1), (4, 30), (5, 1), (9, 2))
"""Day and month are the same each year; Tết and the day beside National Day are added by the organizer."""


MOST_PHOTOS = 12
"""Pages of handwriting that a paper may have."""


@dataclass(frozen=True)
class Forms:
    """In which forms the papers of a conference are taken."""

    typed: bool = True
    files: bool = True
    photos: bool = True
    on_behalf: bool = True

    @property
    def only_typed(self) -> bool:
        return not (self.files or self.photos)

    def fault_of(self, kinds: Sequence[DocumentKind], *, has_text: bool) -> str | None:
        """Why a paper of these files, with or without typed text, is not taken; None for one that is.

        A paper is what was typed, or one document, or up to twelve photos; text may stand beside either of these.
        """
        photos = kinds.count(DocumentKind.PHOTO)
        documents = len(kinds) - photos
        if documents and not self.files:
            return "files_not_taken"
        if photos and not self.photos:
            return "photos_not_taken"
        if documents and photos:
            return "document_or_photos"
        if documents > 1:
            return "one_document"
        if photos > MOST_PHOTOS:
            return "too_many_photos"
        if has_text and not kinds and not self.typed:
            return "typing_not_taken"
        return None


class TaskForm(StrEnum):
    """What a conference asks of its people: to write, or to sit a test instead."""

    ESSAY = "essay"
    QUIZ = "quiz"


class ReflectionState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"


class Standing(StrEnum):
    """Where one attendee stands with the reflection. Each has exactly one, so the counts add up."""

    NOT_REQUIRED = "not_required"
    EXEMPT = "exempt"
    ABSENT = "absent"
    NOT_STARTED = "not_started"
    DRAFT = "draft"
    RETURNED = "returned"
    SUBMITTED = "submitted"
    LATE = "late"


HANDED_IN = (Standing.SUBMITTED, Standing.LATE)
MISSING = (Standing.NOT_STARTED, Standing.DRAFT, Standing.RETURNED)
MUST_WRITE = (*MISSING, *HANDED_IN)


class Timing(StrEnum):
    """How a moment of receipt stands to the deadline."""

    NOT_OPEN = "not_open"
    ON_TIME = "on_time"
    LATE = "late"
    CLOSED = "closed"


class Bar(StrEnum):
    """Why somebody does not write."""

    NO_TASK = "no_task"
    NOT_REQUIRED = "not_required"
    EXEMPT = "exempt"
    ABSENT = "absent"
    NOT_OPEN = "not_open"
    QUIZ = "quiz"  # a test is sat instead


class ScopeOfExtension(StrEnum):
    PERSON = "person"
    UNIT = "unit"
    SITE = "site"
    WAVE = "wave"


@dataclass(frozen=True)
class Window:
    """The moments that bind one person: those of the task, moved by the extensions that reach that person."""

    opens_at: datetime
    due_at: datetime
    grace: timedelta
    late_until: datetime

    def extended(self, until: Iterable[datetime]) -> Window:
        """Extensions only ever give time; the late window never ends before the deadline."""
        due_at = max([self.due_at, *until])
        return Window(self.opens_at, due_at, self.grace, max(self.late_until, due_at))

    def judge(self, received_at: datetime) -> Timing:
        """By the server's moment of receipt alone. On time up to and including due + grace; late up to late_until."""
        if received_at < self.opens_at:
            return Timing.NOT_OPEN
        if received_at <= self.due_at + self.grace:
            return Timing.ON_TIME
        return Timing.LATE if received_at <= self.late_until else Timing.CLOSED


def grace_of(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


@dataclass(frozen=True)
class Facts:
    """What the rule of entry looks at."""

    must_write: bool
    is_exempt: bool
    is_admitted: bool  # let in by hand, after make-up study
    sessions_present: int
    least_sessions: int | None  # none: the conference has no writing task
    opens_at: datetime | None
    form: TaskForm | None = TaskForm.ESSAY


def bar_to(facts: Facts) -> Bar | None:
    """Why this person does not write, or None for who may. The published rule: present in enough study sessions."""
    if facts.least_sessions is None:
        return Bar.NO_TASK
    if not facts.must_write:
        return Bar.NOT_REQUIRED
    if facts.is_exempt:
        return Bar.EXEMPT
    if facts.sessions_present < facts.least_sessions and not facts.is_admitted:
        return Bar.ABSENT
    return None


def bar_now(facts: Facts, at: datetime) -> Bar | None:
    """The same at a moment: before the opening nobody writes."""
    bar = bar_to(facts)
    if bar is None and facts.opens_at is not None and at < facts.opens_at:
        return Bar.NOT_OPEN
    return bar


def bar_to_writing(facts: Facts, at: datetime) -> Bar | None:
    """The same for the form in which one writes: where a test is sat instead, nobody writes."""
    return Bar.QUIZ if facts.form is TaskForm.QUIZ else bar_now(facts, at)


class MakeUpKind(StrEnum):
    AT_SITE = "at_site"
    RECORDING = "recording"


class Watched(StrEnum):
    """What comes of saying that one has watched a recording."""

    DONE = "done"
    TOO_SOON = "too_soon"
    WRONG = "wrong"


MOST_TRIES = 3
"""Wrong answers after which the recording is to be watched once more: nobody gets through by guessing."""


def judge_watching(
    *, started_at: datetime, least_minutes: int, right: int | None, chosen: int | None, at: datetime
) -> Watched:
    """The evidence of a recording: enough minutes since it was begun, and the right answer where one is asked for."""
    if at - started_at < timedelta(minutes=least_minutes):
        return Watched.TOO_SOON
    return Watched.DONE if right is None or chosen == right else Watched.WRONG


def working_days_after(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """The day that is ``count`` working days later: no Saturdays, Sundays or holidays of the conference."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            count -= 1
    return day


def working_days_between(first: date, last: date, holidays: Collection[date] = ()) -> int:
    """How many working days the last of the two days is later, as ``working_days_after`` counts them."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 and day not in holidays for day in days)


def fixed_holidays(years: Iterable[int]) -> list[date]:
    return [date(year, month, day) for year in years for month, day in FIXED_HOLIDAYS]


def deadline_at(day: date, hour: time, timezone: str) -> datetime:
    """The moment, in UTC, at which a deadline falls by the clocks of the conference's zone.

    Where clocks are set back and an hour comes twice, the later one binds; where they are set forward and the
    hour does not come at all, the moment at which it would have come by the clocks of before.
    """
    zone = ZoneInfo(timezone)
    moments = [datetime.combine(day, hour, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(moments)


def time_left(now: datetime, due_at: datetime, timezone: str) -> tuple[str, int]:
    """("days", 3), ("hours", 5), ("minutes", 12) or ("over", 0); days as a calendar on the wall shows them."""
    if now > due_at:
        return ("over", 0)
    zone = ZoneInfo(timezone)
    days = (due_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days >= 1 and due_at - now >= timedelta(hours=12):
        return ("days", days)
    minutes = int((due_at - now).total_seconds() // 60)
    return ("hours", minutes // 60) if minutes >= 60 else ("minutes", max(1, minutes))
