"""The programme of a conference: half days, items with times, presenters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from conference.foundation.loose_dates import read_date
from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import fold
from conference.registry.lists.columns import Column
from conference.registry.lists.layout import Layout
from conference.registry.lists.rejects import Reject, Why

_TIME = re.compile(r"(?<!\d)(\d{1,2})\s*(?:giờ|gio|:|h|g)\s*(\d{2})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProgrammeItem:
    """One item. ``part`` is morning, afternoon or evening; ``kind`` as topics know it."""

    held_on: date | None
    part: str
    kind: str
    title: str
    presenter: str
    starts: time
    ends: time  # the same as ``starts`` while the list doesn't say


@dataclass(frozen=True, slots=True)
class Programme:
    title: str
    held_on: date | None
    items: tuple[ProgrammeItem, ...]


def read_programme(file: str, sheet: Sheet, layout: Layout) -> tuple[Programme, list[Reject]]:
    """The programme of one sheet. Half day and day carry on until another one is named."""
    columns = layout.columns
    heading = next((title for title in layout.titles if "chương trình" in title.casefold()), "")
    days = [found.day for title in layout.titles if (found := read_date(title)) and found.day]
    items: list[ProgrammeItem] = []
    rejects: list[Reject] = []
    part, day = "", days[0] if days else None

    def cell(row: Sequence[Cell], column: Column) -> Cell:
        position = columns.get(column)
        return row[position] if position is not None and position < len(row) else ""

    for index in range(layout.first_row, len(sheet.rows)):
        row = sheet.rows[index]
        title = cell_text(cell(row, Column.TITLE))
        named_day = read_date(cell(row, Column.DAY)) or read_date(cell(row, Column.PART))
        if named_day and named_day.day:
            day = named_day.day
        part = _part_named(cell_text(cell(row, Column.PART))) or part
        if not title:
            continue
        moments = _times(cell(row, Column.STARTS)) + _times(cell(row, Column.ENDS))
        moments = moments or _times(cell(row, Column.TIME))
        if not moments:
            if any(cell_text(cell(row, column)) for column in (Column.STARTS, Column.TIME)):
                rejects.append(Reject(file, sheet.name, index + 1, Why.BAD_TIME, title, tuple(row)))
            continue
        if not part or not columns.get(Column.PART, -1) >= 0:
            part = _part_at(moments[0])
        ends = moments[1] if len(moments) > 1 else moments[0]
        if ends < moments[0]:
            rejects.append(Reject(file, sheet.name, index + 1, Why.BAD_TIME, title, tuple(row)))
            continue
        kind = _kind_of(title)
        presenter = cell_text(cell(row, Column.PRESENTER))
        items.append(ProgrammeItem(day, part, kind, title, presenter, moments[0], ends))
    return Programme(heading, days[0] if days else None, _with_ends(items)), rejects


def _times(cell: Cell) -> list[time]:
    if isinstance(cell, datetime):
        return [cell.time()]
    if isinstance(cell, time):
        return [cell]
    if isinstance(cell, timedelta):
        cell = cell.total_seconds() / 86_400
    if isinstance(cell, float) and 0 <= cell < 1:  # a spreadsheet keeps a time as a share of the day
        minutes = round(cell * 1440)
        return [time(minutes // 60 % 24, minutes % 60)]
    found = [(int(match[1]), int(match[2] or 0)) for match in _TIME.finditer(str(cell))]
    return [time(hour, minute) for hour, minute in found if hour < 24 and minute < 60]


def _part_named(text: str) -> str:
    words = fold(text)
    for word, part in (("sang", "morning"), ("chieu", "afternoon"), ("toi", "evening")):
        if word in words.split():
            return part
    return ""


def _part_at(moment: time) -> str:
    return "morning" if moment.hour < 12 else "afternoon" if moment.hour < 18 else "evening"


_KINDS = (
    ("reception", r"^(?:don tiep|diem danh|tiep don|on dinh|don dai bieu)"),
    ("closing", r"be mac"),
    ("break", r"^(?:nghi|giai lao|giao lao)"),
    ("opening", r"khai mac|^chao co|^tuyen bo ly do"),
)


def _kind_of(title: str) -> str:
    words = fold(title)
    if re.match(r"chuyen de\b", words):
        return "topic"
    return next((kind for kind, pattern in _KINDS if re.search(pattern, words)), "topic")


def _with_ends(items: list[ProgrammeItem]) -> tuple[ProgrammeItem, ...]:
    """Where an item gives no end, it lasts until the next one of its half day begins."""
    settled = []
    for at, item in enumerate(items):
        ends = item.ends
        if ends == item.starts and at + 1 < len(items) and items[at + 1].part == item.part:
            ends = max(ends, items[at + 1].starts)
        if ends == item.starts:
            ends = (datetime.combine(date.min, item.starts) + timedelta(minutes=30)).time()
        settled.append(replace(item, ends=ends))
    return tuple(settled)
