"""Rows of a spreadsheet as plain values: what an adapter reads and an area understands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from conference.foundation.legacy_text import Encoding
from conference.foundation.text import clean

Cell = str | int | float | bool | date | datetime | time | timedelta | None  # an empty cell is "" or None


def cell_text(cell: Cell) -> str:
    """A cell as text; a number without the decimals that a spreadsheet adds."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


@dataclass(slots=True)
class Sheet:
    """One sheet; its rows begin with the first row of the sheet, so that index + 1 is what people see."""

    name: str
    rows: Sequence[Sequence[Cell]]


@dataclass(slots=True)
class Workbook:
    """A file of sheets, with the encoding its text was found or chosen to be in."""

    name: str
    sheets: list[Sheet]
    encoding: Encoding = Encoding.UNICODE


@dataclass(slots=True)
class Table:
    """Rows to be written as one sheet under one head row. Text stays text, whatever it begins with."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[float] = field(default_factory=tuple)  # in characters; the rest keep the default
    hidden: Sequence[int] = field(default_factory=tuple)  # columns for programs
    is_hidden: bool = False  # the whole sheet is
