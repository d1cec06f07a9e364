"""Where a list stands in its sheet: title block, one or two head rows, columns, and where its rows begin."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import clean
from conference.registry.lists import content
from conference.registry.lists.columns import Column, ListKind, column_named, head_words

_DEEPEST_HEAD = 40  # rows; no title block is longer
_SAMPLE = 60

_REQUIRED: dict[ListKind, tuple[set[Column], ...]] = {
    # one of each set must be there
    ListKind.DELEGATES: (
        {Column.FULL_NAME, Column.GIVEN_NAME},
        {
            Column.BIRTH,
            Column.BIRTH_MALE,
            Column.SEX,
            Column.MALE,
            Column.POSITION,
            Column.UNIT,
            Column.SITE,
            Column.PHONE,
            Column.CATEGORY,
        },
    ),
    ListKind.SITES: ({Column.NAME}, {Column.HOST_UNIT, Column.CAPACITY, Column.ADDRESS, Column.MANAGER}),
    ListKind.UNITS: ({Column.NAME}, {Column.PARENT, Column.LEVEL}),
    ListKind.PROGRAMME: ({Column.TITLE}, {Column.STARTS, Column.TIME}),
}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a person said about a shape we did not know. Remembered by the sender and the look of its head."""

    kind: ListKind
    first_row: int  # index of the first row of data
    columns: Mapping[int, Column]


@dataclass(slots=True)
class Layout:
    """A recognised list in a sheet, or, with ``needs_mapping``, what a person has to tell us about it."""

    kind: ListKind
    columns: dict[Column, int]
    first_row: int  # index of the first row of data
    head_rows: tuple[int, ...] = ()  # indexes
    heads: dict[int, str] = field(default_factory=dict)  # what stood above each column
    titles: list[str] = field(default_factory=list)
    by_content: set[Column] = field(default_factory=set)  # recognised by what they hold, not by their head
    fingerprint: str = ""
    needs_mapping: bool = False


def find_layout(sheet: Sheet, mappings: Mapping[str, ColumnMapping] | None = None) -> Layout | None:
    """How to read a sheet; None for a sheet without anything like a list."""
    rows = sheet.rows
    if not any(any(row) for row in rows[: _DEEPEST_HEAD * 2]):
        return None
    mark = fingerprint(rows)
    if mappings and mark in mappings:
        return _mapped(rows, mappings[mark], mark)
    best: Layout | None = None
    for index in range(min(len(rows), _DEEPEST_HEAD)):
        candidates = [layout for kind in ListKind if (layout := _layout_at(rows, index, kind))]
        if candidates:
            best = max(candidates, key=lambda layout: len(layout.columns))
            break
    else:
        best = _asked(rows)
    if best is not None:
        best.fingerprint = mark
    return best


def _layout_at(rows: Sequence[Sequence[Cell]], index: int, kind: ListKind) -> Layout | None:
    """The layout if row ``index`` is the (first) head row of a list of this kind."""
    head = [cell_text(cell) for cell in rows[index]]
    if sum(1 for text in head if text) < 2:
        return None
    columns: dict[Column, int] = {}
    heads: dict[int, str] = {}
    below = [cell_text(cell) for cell in rows[index + 1]] if index + 1 < len(rows) else []
    is_double = _is_second_head(head, below, kind)
    above = ""
    for position, text in enumerate(head):
        under = below[position] if is_double and position < len(below) else ""
        above = text or (above if under else "")
        column = column_named(text or under, kind)
        if under and (text or above):
            column = _under(column_named(above, kind), column_named(under, kind)) or column
        heads[position] = " · ".join(part for part in (text or above, under) if part)
        if column and column not in columns:
            columns[column] = position
    if not all(required & columns.keys() for required in _REQUIRED[kind]):
        return None
    first = index + (2 if is_double else 1)
    if first < len(rows) and _is_numbering(rows[first]):
        first += 1
    layout = Layout(kind, columns, first, tuple(range(index, index + 1 + is_double)), heads)
    layout.titles = _titles(rows[:index])
    _settle_by_content(rows, layout)
    return layout


def _is_second_head(head: Sequence[str], below: Sequence[str], kind: ListKind) -> bool:
    """A second head row has words only where the first is empty or spans columns, and no data."""
    filled = [position for position, text in enumerate(below) if text]
    if not filled or len(filled) > max(8, len(head) // 2):
        return False
    if not all(column_named(below[position], kind) for position in filled):
        return False
    return any(position >= len(head) or not head[position] for position in filled)


def _under(above: Column | None, below: Column | None) -> Column | None:
    """What a column is whose head spans two: the birth year under 'Nam', the mark under 'Nữ'."""
    if above is Column.BIRTH and below in (Column.MALE, Column.FEMALE):
        return Column.BIRTH_MALE if below is Column.MALE else Column.BIRTH_FEMALE
    return below


_ENUMERATED = re.compile(r"\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})\)?")


def _is_numbering(row: Sequence[Cell]) -> bool:
    """The row (1) (2) (3) that some forms put under their head."""
    texts = [str(int(cell)) if isinstance(cell, float) else cell_text(cell) for cell in row]
    filled = [text for text in texts if text]
    return len(filled) > 2 and all(_ENUMERATED.fullmatch(text) for text in filled)


def _titles(rows: Sequence[Sequence[Cell]]) -> list[str]:
    return [text for row in rows for cell in row if isinstance(cell, str) and (text := clean(cell))]


def _settle_by_content(rows: Sequence[Sequence[Cell]], layout: Layout) -> None:
    """Let what stands in a column decide where its head did not, or said two things."""
    if layout.kind is not ListKind.DELEGATES:
        return
    columns = layout.columns
    for marked, dated in ((Column.MALE, Column.BIRTH_MALE), (Column.FEMALE, Column.BIRTH_FEMALE)):
        if marked in columns and content.holds_dates(_values(rows, layout, columns[marked])):
            columns[dated] = columns.pop(marked)
    if Column.GIVEN_NAME in columns and Column.FULL_NAME not in columns and Column.FAMILY_NAME not in columns:
        columns[Column.FULL_NAME] = columns.pop(Column.GIVEN_NAME)  # 'Tên' alone heads whole names
    if Column.FULL_NAME in columns and Column.GIVEN_NAME in columns and Column.FAMILY_NAME not in columns:
        columns[Column.FAMILY_NAME] = columns.pop(Column.FULL_NAME)  # 'Họ và tên' spanning two columns
    taken = set(columns.values())
    unnamed = [position for position, head in layout.heads.items() if position not in taken and not _is_known(head)]
    for position in unnamed:
        column = content.column_of(_values(rows, layout, position))
        if column and column not in columns and not (column is Column.BIRTH and Column.BIRTH_MALE in columns):
            if column is Column.FULL_NAME and Column.GIVEN_NAME in columns:
                continue
            columns[column] = position
            layout.by_content.add(column)


def _is_known(head: str) -> bool:
    return bool(head) and column_named(head, ListKind.DELEGATES) is not None


def _values(rows: Sequence[Sequence[Cell]], layout: Layout, position: int) -> list[Cell]:
    sample = rows[layout.first_row : layout.first_row + _SAMPLE]
    return [row[position] for row in sample if position < len(row) and row[position] not in ("", None)]


def fingerprint(rows: Sequence[Sequence[Cell]]) -> str:
    """Tells two shapes apart and the same shape again: the words above the numbers, and the number of columns."""
    width = max((len(row) for row in rows[:200]), default=0)
    head = next((row for row in rows[:_DEEPEST_HEAD] if sum(1 for cell in row if cell not in ("", None)) > 2), ())
    words = [head_words(cell) if isinstance(cell, str) else type(cell).__name__ for cell in head]
    if sum(any(sign.isdigit() for sign in word) for word in words) or not any(words):
        words = []  # a row of data: only the width of the sheet is stable
    return sha256(f"{width}|{'|'.join(words)}".encode()).hexdigest()[:32]


def _asked(rows: Sequence[Sequence[Cell]]) -> Layout | None:
    """A sheet without a head we know: guess by content, and ask."""
    first = next(
        (index for index, row in enumerate(rows) if sum(1 for cell in row if cell not in ("", None)) > 2), None
    )
    if first is None:
        return None
    layout = Layout(ListKind.DELEGATES, {}, first, needs_mapping=True, titles=_titles(rows[:first]))
    width = max(len(row) for row in rows[first : first + _SAMPLE])
    for position in range(width):
        cell = rows[first][position] if position < len(rows[first]) else ""
        layout.heads[position] = cell_text(cell)
        column = content.column_of(_values(rows, layout, position)) or column_named(cell_text(cell), ListKind.DELEGATES)
        if column and column not in layout.columns:
            layout.columns[column] = position
            layout.by_content.add(column)
    return layout


def _mapped(rows: Sequence[Sequence[Cell]], mapping: ColumnMapping, mark: str) -> Layout:
    layout = Layout(
        mapping.kind,
        {column: position for position, column in mapping.columns.items()},
        mapping.first_row,
        titles=_titles(rows[: mapping.first_row]),
        fingerprint=mark,
    )
    head = rows[mapping.first_row - 1] if mapping.first_row else ()
    layout.heads = {position: cell_text(cell) for position, cell in enumerate(head)}
    return layout
