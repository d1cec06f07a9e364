"""What a column holds, judged by its values alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from conference.foundation.loose_dates import read_date
from conference.foundation.sheets import Cell
from conference.foundation.text import fold, phone_digits
from conference.registry.lists.columns import Column

_SURE = 0.7  # of the values seen

_FAMILY_NAME = re.compile(
    r"(?:nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|truong|dinh|doan|dao|mai|"
    r"trinh|lam|ha|luong|luu|cao|chu|to|ta|quach|thai|tang|vuong|kieu|la|phung|vi|lo|giang|sung|vang|"
    r"thao|hau|khuat|nong|cam|tong|ma|than|an|ton|tieu|nghiem|bach|chau|trieu|hua|bo)\b"
)
_POSITIONS = re.compile(
    r"\b(chu tich|pho chu tich|uy vien|truong ban|pho truong|chuyen vien|can bo|chanh|bi thu|giam doc|chu nhiem)\b"
)
_BODIES = re.compile(r"^(lien doan|ldld|cong doan|cd |cdcs|co quan|so |ban |phong |truong |cong ty|ubnd)")
_SITES = re.compile(r"^(diem cau|dc )")
_SEXES = frozenset(("nam", "nu"))


def _is_name(text: str) -> bool:
    words = text.split()
    return (
        2 <= len(words) <= 6
        and _FAMILY_NAME.match(text) is not None
        and not any(sign.isdigit() for sign in text)
        and not _POSITIONS.search(text)
    )


_TEXT_TESTS: tuple[tuple[Column, Callable[[str], object]], ...] = (
    (Column.EMAIL, lambda text: "@" in text),
    (Column.SEX, lambda text: text in _SEXES),
    (Column.SITE, _SITES.search),
    (Column.POSITION, _POSITIONS.search),
    (Column.UNIT, _BODIES.search),
    (Column.FULL_NAME, _is_name),
)


def holds_dates(values: Sequence[Cell]) -> bool:
    """Whether most values are dates, years or serial numbers of dates."""
    return bool(values) and sum(_is_date(value) for value in values) >= len(values) * _SURE


def _is_date(value: Cell) -> bool:
    if isinstance(value, date):
        return True
    read = read_date(value) if isinstance(value, str | float | int) else None
    return read is not None and 1900 <= read.year <= 2030


def _is_running_number(values: Sequence[Cell]) -> bool:
    numbers = [number for value in values if (number := _whole_number(value)) is not None]
    return len(numbers) >= len(values) * _SURE and numbers == sorted(numbers) and max(numbers, default=0) < 100_000


def _whole_number(value: Cell) -> int | None:
    if isinstance(value, float | int):
        return int(value)
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() else None


def column_of(values: Sequence[Cell]) -> Column | None:
    """What most of the values are, or None when nothing is clear."""
    if len(values) < 2:
        return None
    needed = max(2, len(values) * _SURE)
    if holds_dates(values) and not (_is_running_number(values) and len(set(values)) == len(values)):
        return Column.BIRTH
    if sum(phone_digits(value) is not None for value in values if not isinstance(value, date)) >= needed:
        return Column.PHONE
    if _is_running_number(values):
        return Column.NUMBER
    texts = [fold(value) for value in values if isinstance(value, str)]
    for column, test in _TEXT_TESTS:
        if sum(bool(test(text)) for text in texts) >= needed:
            return column
    return None
