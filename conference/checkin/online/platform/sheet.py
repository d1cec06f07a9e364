"""The participant report of a meeting as Zoom and Teams export it, from plain rows to stays of named participants.

Heads are recognised by their words in English and Vietnamese, wherever the table begins. A Teams file holds several
tables: the last one with rows tells each coming and going. Days are read month first or day first, whichever puts
the rows on the day of the study session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conference.checkin.online.rules import Interval
from conference.foundation.errors import DomainError
from conference.foundation.sheets import Cell, Workbook
from conference.foundation.text import clean, fold

LONGEST_NAME = 200
LONGEST_STAY = timedelta(hours=24)
MOST_PARTICIPANTS = 20_000
NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp]\.?\s?[Mm]\.?|SA|CH)?")
NUMBERS = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})")
LEFT = ("left", "roi")

Moment = Callable[[Cell], datetime | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table says what; ``action`` and ``at`` are those of Teams' oldest form, one row an event."""

    name: int
    email: int | None
    joined: int | None
    left: int | None
    action: int | None
    at: int | None


@dataclass(slots=True)
class Participant:
    """One name, with its address, as the platform knew it, and when it was there."""

    name: str
    email: str
    stays: list[Interval] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    participants: Sequence[Participant]
    unreadable: int  # rows without a name or a time that can be read
    other_day: int  # rows of another day than the study session's


def read_report(book: Workbook, *, held_on: date, zone: ZoneInfo, written_in: ZoneInfo | None = None) -> Report:
    """What a platform kept of a day in ``zone``, in that zone's hours, whatever zone it was ``written_in``.

    Raises ``report_no_table`` when nothing in the file is a list of participants, ``report_other_day`` when none
    of its rows is of this day."""
    tables = [table for sheet in book.sheets for table in _tables(sheet.rows)]
    filled = [table for table in tables if table[1]]
    if not filled:
        raise DomainError("report_no_table", file=book.name)
    columns, rows = filled[-1]
    readings = [
        _read(columns, rows, held_on, _moment_reader(written_in or zone, zone, month_first=first))
        for first in (True, False)
    ]
    best = max(readings, key=lambda one: sum(len(person.stays) for person in one.participants))
    if not best.participants:
        raise DomainError("report_other_day" if best.other_day else "report_no_table", file=book.name)
    if len(best.participants) > MOST_PARTICIPANTS:
        raise DomainError("report_too_many", most=MOST_PARTICIPANTS)
    return best


def _tables(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[Columns, list[Sequence[Cell]]]]:
    """Each table that has a head we know, with the rows under it down to an empty one or the next head."""
    columns: Columns | None = None
    under: list[Sequence[Cell]] = []
    for row in rows:
        found = _columns(row)
        is_empty = not any(str(cell or "").strip() for cell in row)
        if columns is not None and (found is not None or is_empty):
            yield columns, under
            columns, under = None, []
        if found is not None:
            columns = found
        elif columns is not None:
            under.append(row)
    if columns is not None:
        yield columns, under


def _columns(row: Sequence[Cell]) -> Columns | None:
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        kind = _kind_of_head(str(cell or ""))
        if kind:
            places.setdefault(kind, place)
    times = "joined" in places or {"action", "at"} <= places.keys()
    if "name" not in places or not times:
        return None
    return Columns(places["name"], *(places.get(kind) for kind in ("email", "joined", "left", "action", "at")))


def _kind_of_head(text: str) -> str | None:
    words = f" {NOT_A_LETTER.sub(' ', fold(text[:80])).strip()} "
    if " email " in words or " e mail " in words or " upn " in words:
        return "email"
    if " action " in words or " hanh dong " in words:
        return "action"
    if " timestamp " in words or " dau thoi gian " in words:
        return "at"
    if any(part in words for part in (" leave ", " left ", " roi ", " gio ra ", " thoi gian ra ")):
        return "left"
    if any(part in words for part in (" join ", " joined ", " tham gia ", " gio vao ", " thoi gian vao ")):
        # "Người tham gia" is who, not when.
        return "name" if words.startswith((" nguoi ", " ten ")) else "joined"
    starts = (" name ", " full name ", " ten ", " ho va ten ", " ho ten ", " display name ", " participant ")
    return "name" if words.startswith(starts) else None


def _read(columns: Columns, rows: Sequence[Sequence[Cell]], held_on: date, moment: Moment) -> Report:
    people: dict[tuple[str, str], Participant] = {}
    unreadable = other_day = 0
    found = _stays(columns, rows, moment) if columns.joined is not None else _events(columns, rows, moment)
    for name, email, stay in found:
        if not name or stay is None or not timedelta() <= stay.until_at - stay.from_at <= LONGEST_STAY:
            unreadable += 1
        elif held_on not in (stay.from_at.date(), stay.until_at.date()):
            other_day += 1
        else:
            people.setdefault((fold(name), email), Participant(name, email)).stays.append(stay)
    return Report(list(people.values()), unreadable, other_day)


Found = tuple[str, str, Interval | None]


def _stays(columns: Columns, rows: Sequence[Sequence[Cell]], moment: Moment) -> Iterator[Found]:
    """One row a stay; without a time of leaving it has no length."""
    for row in rows:
        joined = moment(_cell(row, columns.joined))
        left = moment(_cell(row, columns.left)) or joined
        yield *_who(columns, row), Interval(joined, left) if joined and left else None


def _events(columns: Columns, rows: Sequence[Sequence[Cell]], moment: Moment) -> Iterator[Found]:
    """One row an event, each leaving put to the joining before it; who never left stayed for a moment."""
    joined_at: dict[tuple[str, str], datetime] = {}
    for row in rows:
        who, at = _who(columns, row), moment(_cell(row, columns.at))
        if not who[0] or at is None:
            yield *who, None
        elif _leaves(_text(row, columns.action)):
            yield *who, Interval(joined_at.pop(who, at), at)
        else:
            joined_at.setdefault(who, at)
    for who, at in joined_at.items():
        yield *who, Interval(at, at)


def _who(columns: Columns, row: Sequence[Cell]) -> tuple[str, str]:
    email = _text(row, columns.email).strip().lower()[:LONGEST_NAME]
    return clean(_text(row, columns.name))[:LONGEST_NAME], email if "@" in email else ""


def _leaves(action: str) -> bool:
    return any(word in fold(action) for word in LEFT)


def _cell(row: Sequence[Cell], place: int | None) -> Cell:
    return row[place] if place is not None and place < len(row) else None


def _text(row: Sequence[Cell], place: int | None) -> str:
    return str(_cell(row, place) or "")


def _moment_reader(written_in: ZoneInfo, zone: ZoneInfo, *, month_first: bool) -> Moment:
    def read(cell: Cell) -> datetime | None:
        if isinstance(cell, datetime):
            return (cell.replace(tzinfo=written_in) if cell.tzinfo is None else cell).astimezone(zone)
        if not isinstance(cell, str) or len(cell) > 60:
            return None
        day, clock = NUMBERS.search(cell), CLOCK.search(cell)
        if not day or not clock:
            return None
        first, second, third = (int(part) for part in day.groups())
        year, month, of_month = (
            (first, second, third)
            if first > 31
            else ((third, first, second) if month_first else (third, second, first))
        )
        hour, minute = int(clock[1]), int(clock[2])
        half = (clock[4] or "").upper().replace(".", "").replace(" ", "")
        if half in ("PM", "CH") and hour < 12:
            hour += 12
        if half in ("AM", "SA") and hour == 12:
            hour = 0
        try:
            year = year + 2000 if year < 100 else year
            found = datetime(year, month, of_month, hour, minute, int(clock[3] or 0), tzinfo=written_in)
            return found.astimezone(zone)
        except (ValueError, OverflowError):
            return None

    return read
