"""Lists of quotas as organizers hand them over: units by categories, or a line for each unit and category."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import clean, fold
from conference.registry.lists.columns import head_words
from conference.registry.lists.rejects import Reject, Why
from conference.registry.lists.units import Ambiguous, UnitIndex

_DEEPEST_HEAD = 40  # rows; no title block is longer
_CODES = {"ma", "ma don vi", "ma dv", "ma so"}
_UNITS = {"don vi", "ten don vi", "ten", "don vi cu", "don vi cu dai bieu", "cong doan", "co quan don vi"}
_CATEGORIES = {"thanh phan", "doi tuong", "thanh phan dai bieu", "thanh phan du", "doi tuong trieu tap"}
_PLACES = {
    *("chi tieu", "chi tieu phan bo", "so luong", "so nguoi", "so dai bieu", "phan bo", "so luong dai bieu"),
    *("so luong phan bo", "tong so", "tong", "tong cong", "cong", "so cho"),
}
_PASSED_OVER = {
    *("", "stt", "tt", "so tt", "so thu tu", "ghi chu", "da trieu tap", "cho duyet", "con phai cu", "da cu"),
    *("tinh thanh pho", "tinh", "cap", "diem cau", "trong do"),
}
_TOTALS = {"tong", "tong so", "tong cong", "cong", "toan quoc", "tong chi tieu"}
_NUMBER = re.compile(r"[0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]{1,9}")
_NOTHING = {"", "-", "–", "x", "/"}


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """So many people of a category, which is empty when it does not matter, from a unit."""

    sheet: str
    row: int
    unit: str  # its code
    category: str
    places: str  # as written; the workbook's rules judge it


@dataclass(frozen=True, slots=True)
class _Head:
    first_row: int
    code: int | None
    unit: int | None
    category: int | None
    places: dict[int, str]  # column to the category that its head names


def read_quotas(file: str, sheet: Sheet, units: UnitIndex) -> tuple[list[QuotaRow], list[Reject]] | None:
    """The quotas of one sheet; None when it has no list of any. An empty cell or a dash says nothing, 0 says none."""
    head = next((found for index in range(min(len(sheet.rows), _DEEPEST_HEAD)) if (found := _head(sheet, index))), None)
    if head is None:
        return None
    rows: list[QuotaRow] = []
    rejects: list[Reject] = []
    for index in range(head.first_row, len(sheet.rows)):
        cells = [cell_text(cell) for cell in sheet.rows[index]]

        def text(column: int | None, cells: list[str] = cells) -> str:
            return cells[column] if column is not None and column < len(cells) else ""

        name = text(head.code) or text(head.unit)
        said = {column: text(column) for column in head.places if text(column).lower() not in _NOTHING}
        is_total = any(fold(text(column)) in _TOTALS for column in (0, head.code, head.unit, head.category))
        if not said or is_total or not name:
            continue  # a heading between the units, a sum, a signature
        unit = units.find(name, None)
        if not isinstance(unit, str):
            why = Why.AMBIGUOUS_UNIT if isinstance(unit, Ambiguous) else Why.UNKNOWN_UNIT
            rejects.append(Reject(file, sheet.name, index + 1, why, name, tuple(sheet.rows[index])))
            continue
        for column, places in said.items():
            category = text(head.category) if head.category is not None else head.places[column]
            rows.append(QuotaRow(sheet.name, index + 1, unit, category, _plain(places)))
    return rows, rejects


def _plain(places: str) -> str:
    """1.200 as 1200; what is no number stays as it was written."""
    return re.sub(r"[. ]", "", places) if _NUMBER.fullmatch(places) else places


def _head(sheet: Sheet, index: int) -> _Head | None:
    """The columns if a head begins in this row. A second row names what the first spans."""
    above = [_text(cell) for cell in sheet.rows[index]]
    words = [head_words(text) for text in above]
    unit = next((at for at, word in enumerate(words) if word in _UNITS), None)
    code = next((at for at, word in enumerate(words) if word in _CODES), None)
    if unit is None and code is None:
        return None
    below = [_text(cell) for cell in sheet.rows[index + 1]] if index + 1 < len(sheet.rows) else []
    is_double = _is_second_row(below, unit, code)
    heads = _joined(above, below if is_double else [])
    first = index + (2 if is_double else 1)
    if first < len(sheet.rows) and _is_numbering(sheet.rows[first]):
        first += 1
    words = [head_words(text) for text in heads]
    category = next((at for at, word in enumerate(words) if word in _CATEGORIES), None)
    plain = [at for at, word in enumerate(words) if word in _PLACES]
    if category is not None:
        places = dict.fromkeys(plain[:1], "")
    else:
        named = {at: head for at, head in enumerate(heads) if _names_a_category(sheet, first, at, head, {unit, code})}
        places = named or dict.fromkeys(plain[:1], "")
    return _Head(first, code, unit, category, places) if places else None


def _text(cell: Cell) -> str:
    return clean(cell) if isinstance(cell, str) else ""


def _is_second_row(below: Sequence[str], unit: int | None, code: int | None) -> bool:
    """Words under what spans several columns, and none under the unit."""
    is_free = all(at is None or at >= len(below) or not below[at] for at in (unit, code))
    return is_free and sum(1 for text in below if text) > 1


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    width = max(len(above), len(below))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*below, *[""] * (width - len(below))]
    return [under or over for over, under in zip(upper, lower, strict=True)]


def _is_numbering(row: Sequence[Cell]) -> bool:
    """The row (1) (2) (3) that some forms put under their head, or A B 1 2."""
    texts = [cell_text(cell).strip("()") for cell in row if cell_text(cell)]
    counted = [text for text in texts if text.isdigit()]
    begins = [int(text) for text in counted]
    return len(texts) > 2 and all(len(text) < 3 for text in texts) and begins == list(range(1, len(begins) + 1))


def _names_a_category(sheet: Sheet, first: int, at: int, head: str, keys: set[int | None]) -> bool:
    """Whether numbers stand below a head that is none of the usual ones."""
    words = head_words(head)
    if at in keys or words in _PLACES or words in _PASSED_OVER or not words:
        return False
    below = [cell_text(row[at]) for row in sheet.rows[first:] if at < len(row)]
    filled = [text for text in below if text.lower() not in _NOTHING]
    return bool(filled) and 2 * sum(1 for text in filled if _NUMBER.fullmatch(text)) > len(filled)
