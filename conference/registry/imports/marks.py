"""How an exported list finds back: a code for each person, and a mark of each value as it was when it was exported.

Of three values (then, now, in the sheet) the marks tell which side was edited since. They are in a column that is
hidden; a sheet of their own names all who were exported, so that rows that were taken out can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from conference.foundation.sheets import Cell, Sheet
from conference.foundation.text import clean
from conference.registry.imports.rules import FieldChange, Settled, Value

MARK_HEAD = "Dấu đối chiếu"
MARKS_SHEET = "_doi_chieu"
ONLINE, WAVE = "online", "wave"
FIELDS = ("name", "birth", "sex", "position", "unit", "site", "phone", "email", "categories")
_DIGITS = 6  # of sixteen million marks, so that an edit is hardly ever taken for none
_NUMBERS_A_CELL = 2_000


def plain(field: str, value: Value) -> Value:
    """A value in the one spelling that a sheet gives back."""
    if isinstance(value, list):
        return sorted(filter(None, map(clean, value)))
    text = clean(str(value or ""))
    if field == "email":
        return text.lower() if "@" in text else ""
    return text


def mark_of(field: str, value: Value) -> str:
    spelled = plain(field, value)
    return _mark("\n".join(spelled) if isinstance(spelled, list) else str(spelled), field)


@lru_cache(maxsize=8_192)
def _mark(text: str, field: str) -> str:
    return sha256(f"{field} {text}".encode()).hexdigest()[:_DIGITS]


def marks_of(values: Mapping[str, Value]) -> str:
    """The marks of all values of one person, one after the other; last, where they are known, who may follow online
    and in which wave somebody comes, which never stands without the former."""
    return "".join(mark_of(field, values[field]) for field in (*FIELDS, ONLINE, WAVE) if field in values)


def are_marks(text: str) -> bool:
    lengths = [_DIGITS * (len(FIELDS) + further) for further in range(3)]
    return len(text) in lengths and set(text) <= set("0123456789abcdef")


def settle_marked(current: Mapping[str, Value], said: Mapping[str, Value], marks: str) -> Settled:
    """What a sheet that came back does to somebody. An emptied cell erases nothing and is shown."""
    settled = Settled()
    for place, field in enumerate((*FIELDS, ONLINE, WAVE)):
        if field in (ONLINE, WAVE) and not said.get(field):
            continue  # the column is not there, or says nothing
        then = marks[place * _DIGITS : (place + 1) * _DIGITS]
        given, now = plain(field, said[field]), current.get(field)
        if field == ONLINE:
            now = now or "no"
        if mark_of(field, given) == then or given == plain(field, now):
            continue  # not edited in the sheet, or to what stands by now
        change = FieldChange(field, now, said[field])
        if given and (mark_of(field, now) == then or not then):  # written into a list that had no such column
            settled.updates.append(change)
        else:
            settled.kept.append(change)
    return settled


# ---- who was exported


def numbers_sheet(conference_code: str, numbers: Iterable[int]) -> list[list[Cell]]:
    """Rows of one cell: the conference, then the numbers of all who were exported, as ranges."""
    ranges = list(_ranges(sorted(numbers)))
    rows: list[list[Cell]] = [[conference_code]]
    for start in range(0, len(ranges), _NUMBERS_A_CELL):
        rows.append([",".join(ranges[start : start + _NUMBERS_A_CELL])])
    return rows


def _ranges(numbers: Sequence[int]) -> Iterable[str]:
    start = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if start is not None:
            yield f"{start}-{last}"
        start = last = number
    if start is not None:
        yield f"{start}-{last}"


def exported_in(sheet: Sheet) -> tuple[str, frozenset[int]]:
    """(code of the conference, numbers) that such a sheet names; nonsense names nobody."""
    texts = [str(row[0]) for row in sheet.rows if row and row[0]]
    numbers: set[int] = set()
    for text in texts[1:]:
        for part in text.split(","):
            first, _, last = part.partition("-")
            if first.isdecimal() and last.isdecimal() and len(last) < 8 and int(last) - int(first) < 1_000_000:
                numbers.update(range(int(first), int(last) + 1))
    return (texts[0] if texts else ""), frozenset(numbers)
