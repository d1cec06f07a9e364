"""Dates as people write them in lists: habits of text, real dates, a spreadsheet's serial numbers, a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?!\d)")
_IN_WORDS = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_SERIAL_EPOCH = date(1899, 12, 30)  # day 0 of the common serial numbers, with their invented leap day of 1900
_FIRST_SERIAL, _LAST_SERIAL = 2_200, 73_415  # 1906 to 2100: numbers below are years or counts


@dataclass(frozen=True, slots=True)
class LooseDate:
    """A day, or no more than its year. ``day`` implies ``year``."""

    year: int
    day: date | None = None


def read_date(value: object) -> LooseDate | None:
    """The date a cell means, day before month; None when it means none."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return LooseDate(value.year, value)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_number(float(value))
    return _from_text(str(value).strip())


def _from_number(number: float) -> LooseDate | None:
    if 1900 <= number <= 2100 and number.is_integer():
        return LooseDate(int(number))
    if _FIRST_SERIAL <= number <= _LAST_SERIAL:
        day = _SERIAL_EPOCH + timedelta(days=int(number))
        return LooseDate(day.year, day)
    return None


def _from_text(text: str) -> LooseDate | None:
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal() and text.isascii():
        return _from_number(float(text)) if text.count(".") == 0 or text.endswith(".0") else None
    if found := _IN_WORDS.search(text) or _DAY_FIRST.search(text):
        return _checked(found[1], found[2], _full_year(found[3]))
    if found := _YEAR_FIRST.search(text):
        return _checked(found[3], found[2], int(found[1]))
    found = _YEAR.search(text)
    return LooseDate(int(found[1])) if found else None


def _full_year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (1900 if year > 30 else 2000)


def _checked(day: str, month: str, year: int) -> LooseDate | None:
    """A real day; its year alone when day or month are 00; month before day when only that can be."""
    if not 1900 <= year <= 2100:
        return None
    first, second = int(day), int(month)
    if second > 12 and 1 <= first <= 12:
        first, second = second, first
    try:
        return LooseDate(year, date(year, second, first))
    except ValueError:
        return LooseDate(year) if first == 0 or second == 0 else None
