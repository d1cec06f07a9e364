"""Rows that a unit's officer pastes or sends as a sheet: read as imports read lists, each row judged by itself."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from io import StringIO

from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import fold, phone_digits
from conference.registry.lists.columns import Column, ListKind
from conference.registry.lists.delegates import DelegateRow, read_delegates
from conference.registry.lists.layout import Layout, find_layout
from conference.registry.lists.rejects import Reject, Why
from conference.registry.lists.sites import SiteEntry, SiteIndex
from conference.registry.lists.units import UnitEntry, UnitIndex

MOST_ROWS = 2_000
LONGEST_PASTE = 600_000
_NAMES = {Column.FULL_NAME, Column.GIVEN_NAME}


class Problem(StrEnum):
    """What is wrong with a row that a person should mend."""

    NO_NAME = "no_name"
    SHORT_NAME = "short_name"
    UNKNOWN_SITE = "unknown_site"
    NO_SITE = "no_site"
    UNKNOWN_UNIT = "unknown_unit"
    BAD_PHONE = "bad_phone"
    REPEATED = "repeated"
    CALLED = "called"
    NAMED = "named"


MENDABLE = frozenset(Problem) - {Problem.REPEATED, Problem.CALLED, Problem.NAMED}
"""The others need nothing: the person is there already."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not taken, as it was pasted."""

    row: int
    cells: str
    problem: Problem
    subject: str = ""
    nearest: str = ""


@dataclass(slots=True)
class Pasted:
    """What a paste holds. ``columns`` are those recognised; without a name among them nothing is read."""

    columns: dict[int, Column] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    head: str = ""  # the lines above the first row of data
    good: list[DelegateRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    lines: dict[int, str] = field(default_factory=dict)  # row -> the line as pasted

    @property
    def has_names(self) -> bool:
        return bool(_NAMES & set(self.columns.values()))


def rows_in(text: str) -> list[list[str]]:
    """The cells of pasted text: by tabs, as spreadsheets copy them, else by semicolons, else by commas."""
    delimiter = next((sign for sign in "\t;" if sign in text), ",")
    return [[cell.strip() for cell in row] for row in csv.reader(StringIO(text), delimiter=delimiter)]


def as_text(rows: Sequence[Sequence[Cell]]) -> str:
    """The cells of a sheet as if they had been copied from it, so that both ways go on alike."""
    return "\n".join("\t".join(_plain(cell) for cell in row) for row in rows if any(row))


def _plain(cell: Cell) -> str:
    if isinstance(cell, date | datetime):
        return cell.strftime("%d/%m/%Y")
    return " ".join(cell_text(cell).replace('"', "”").split())


def read_pasted(
    text: str, *, units: Sequence[UnitEntry], sites: Sequence[SiteEntry], sender: str, usual_site: str | None
) -> Pasted:
    """Judge every row. ``sender`` is the code of the unit that names; ``usual_site`` is meant where no site stands."""
    rows: list[Sequence[Cell]] = [row for row in rows_in(text) if any(row)]
    layout = find_layout(Sheet("", rows)) if rows else None
    if layout is None or (layout.kind is not ListKind.DELEGATES and not layout.needs_mapping):
        return Pasted()
    found = Pasted(
        {position: column for column, position in layout.columns.items()},
        layout.heads,
        "\n".join("\t".join(map(str, row)) for row in rows[: layout.first_row]),
    )
    if not found.has_names:
        return found
    found.lines = {index + 1: "\t".join(map(str, row)) for index, row in enumerate(rows)}
    layout.kind = ListKind.DELEGATES
    index = UnitIndex(units)
    sheet = Sheet("", _with_site(rows, layout, usual_site))
    listed = read_delegates("", sheet, layout, index, SiteIndex(sites, index), sender)
    found.bad = [_bad(found, reject) for reject in listed.rejects]
    for row in listed.rows:
        problem = _problem_of(row, index)
        if problem is None:
            found.good.append(row)
        else:
            found.bad.append(BadRow(row.row, found.lines[row.row], problem, row.unit_text or row.phone))
    _tell_repeated(found)
    found.bad.sort(key=lambda bad: bad.row)
    return found


def _with_site(rows: Sequence[Sequence[Cell]], layout: Layout, usual: str | None) -> list[list[Cell]]:
    """The same rows with the usual site where none stands."""
    width = max(len(row) for row in rows)
    position = layout.columns.setdefault(Column.SITE, width)
    filled = []
    for number, row in enumerate(rows):
        cells: list[Cell] = [*row, *[""] * (max(width, position + 1) - len(row))]
        if number >= layout.first_row and not cells[position] and usual and _has_facts(cells):
            cells[position] = usual
        filled.append(cells)
    return filled


def _has_facts(cells: Sequence[Cell]) -> bool:
    return sum(1 for cell in cells if cell) > 1


_WHY = {
    Why.NO_NAME: Problem.NO_NAME,
    Why.NO_SITE: Problem.NO_SITE,
    Why.UNKNOWN_SITE: Problem.UNKNOWN_SITE,
    Why.AMBIGUOUS_SITE: Problem.UNKNOWN_SITE,
    Why.UNKNOWN_UNIT: Problem.UNKNOWN_UNIT,
    Why.AMBIGUOUS_UNIT: Problem.UNKNOWN_UNIT,
}


def _bad(found: Pasted, reject: Reject) -> BadRow:
    return BadRow(reject.row, found.lines[reject.row], _WHY[reject.why], reject.subject, reject.nearest)


def _problem_of(row: DelegateRow, units: UnitIndex) -> Problem | None:
    if len(row.full_name.split()) < 2:
        return Problem.SHORT_NAME
    if row.unit_text and units.find(row.unit_text, row.sender) != row.unit:
        return Problem.UNKNOWN_UNIT  # an import lists such a person under the sender; here the officer is at hand
    if row.phone and phone_digits(row.phone) is None:
        return Problem.BAD_PHONE
    return None


def _tell_repeated(found: Pasted) -> None:
    """The second row of one person: the same name, and the same birth date or phone, or nothing but the name."""
    seen: set[tuple[str, object]] = set()
    kept = []
    for row in found.good:
        keys: set[tuple[str, object]] = {
            (row.name_key, key) for key in (row.birth_date, row.phone_digits) if key is not None
        } or {(row.name_key, fold(row.position))}
        if keys & seen:
            found.bad.append(BadRow(row.row, found.lines[row.row], Problem.REPEATED, row.full_name))
        else:
            kept.append(row)
        seen |= keys
    found.good = kept
