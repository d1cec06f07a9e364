"""Text from outside into typed values, with a sentence for each field that can't be read. What was typed is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from unicodedata import normalize
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from conference.foundation.text import row_number
from conference.web.words import _

Choice = TypeVar("Choice", bound=StrEnum)
GROUPED = re.compile(r"[0-9]{1,3}(?:[. \u00a0][0-9]{3})+")  # 24.814: a dot that stands elsewhere is no such dot
NOT_DIGIT = re.compile(r"[^0-9]")
PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,2})?")  # two places are all that is kept
MOST_TICKED = 10_000
FIRST_YEAR, LAST_YEAR = 1900, 2100
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Form:
    """What was sent, field by field. Each reader returns the value, or None after noting what is wrong."""

    def __init__(self, sent: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, str] = {name: value for name, value in (sent or {}).items() if name != "csrf_token"}
        self.errors: dict[str, str] = {}
        self._labels: dict[str, str] = {}

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def summary(self) -> list[tuple[str, str, str]]:
        """(field, label, sentence) for each fault, in the order the fields were read."""
        return [(name, self._labels.get(name, name), sentence) for name, sentence in self.errors.items()]

    def fault(self, name: str, sentence: str, label: str = "") -> None:
        self.errors.setdefault(name, sentence)
        self._labels.setdefault(name, label or name)

    def text(self, name: str, label: str, *, required: bool = False, most: int = 500, lines: bool = False) -> str:
        value = normalize("NFC", self.values.get(name, "")).strip()
        if not lines:
            value = " ".join(value.split())
        if CONTROL.search(value):
            self.fault(name, _("%(label)s có ký tự điều khiển, mời gõ lại.", label=label), label)
        elif len(value) > most:
            self.fault(name, _("%(label)s dài quá %(most)s ký tự.", label=label, most=most), label)
        elif required and not value:
            self.fault(name, _("Mời ghi %(label)s.", label=_lower_first(label)), label)
        return value

    def whole(self, name: str, label: str, *, low: int, high: int, required: bool = True) -> int | None:
        value = self.values.get(name, "").strip()
        if not value and not required:
            return None
        if GROUPED.fullmatch(value):
            value = NOT_DIGIT.sub("", value)
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            self.fault(
                name,
                _(
                    "Ghi %(label)s bằng số từ %(low)s đến %(high)s.",
                    label=_lower_first(label),
                    low=low,
                    high=high,
                ),
                label,
            )
            return None
        return int(value)

    def decimal(
        self, name: str, label: str, *, low: Decimal, high: Decimal, step: Decimal | None = None
    ) -> Decimal | None:
        """A number written as 8,5 or 8.5."""
        sent = self.values.get(name, "").strip()
        value = Decimal(sent.replace(",", ".")) if PLAIN_DECIMAL.fullmatch(sent) else None
        if value is None or not low <= value <= high or (step is not None and value % step):
            self.fault(
                name,
                _(
                    "Ghi %(label)s bằng số từ %(low)s đến %(high)s, như 8,5.",
                    label=_lower_first(label),
                    low=low,
                    high=high,
                ),
                label,
            )
            return None
        return value

    def day(self, name: str, label: str, *, required: bool = True) -> date | None:
        value = self.values.get(name, "").strip()
        if not value and not required:
            return None
        parsed = read_day(value)
        if parsed is None:
            self.fault(name, _("Ghi %(label)s như 03/11/1964.", label=_lower_first(label)), label)
        return parsed

    def hour(self, name: str, label: str, *, required: bool = True) -> time | None:
        value = self.values.get(name, "").strip()
        if not value and not required:
            return None
        found = re.fullmatch(r"([01]?[0-9]|2[0-3])\s*[:hg.]\s*([0-5][0-9])", value)
        if not found:
            self.fault(name, _("Ghi %(label)s như 07:30.", label=_lower_first(label)), label)
            return None
        return time(int(found[1]), int(found[2]))

    def choice(self, name: str, label: str, among: type[Choice]) -> Choice | None:
        try:
            return among(self.values.get(name, ""))
        except ValueError:
            self.fault(name, _("Mời chọn %(label)s trong danh sách.", label=_lower_first(label)), label)
            return None

    def one_of(self, name: str, label: str, among: Iterable[str], *, required: bool = True) -> str | None:
        value = self.values.get(name, "")
        if not value and not required:
            return None
        if value not in set(among):
            self.fault(name, _("Mời chọn %(label)s trong danh sách.", label=_lower_first(label)), label)
            return None
        return value

    def ticked(self, name: str) -> bool:
        return self.values.get(name, "") in ("1", "on", "true")


def ticked_rows(sent: MultiDict[str, str], name: str) -> list[int]:
    """The rows of a list that were ticked, in order and each once; what is no number is none. No page has more."""
    return sorted({id for text in sent.getlist(name)[:MOST_TICKED] if (id := row_number(text)) is not None})


def read_day(value: str) -> date | None:
    """03/11/1964, 3-11-1964, 3.11.1964 or 1964-11-03; None for anything else."""
    found = re.fullmatch(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})", value)
    order = (3, 2, 1)
    if not found:
        found, order = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", value), (1, 2, 3)
    if not found:
        return None
    year, month, day = (int(found[part]) for part in order)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def moment_of(day: date, hour: time, timezone: str) -> datetime:
    """The aware moment at which this hour strikes on this day in the conference's zone."""
    return datetime.combine(day, hour, ZoneInfo(timezone))


def _lower_first(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label
