"""What an edited workbook changes: each cell against what was exported and against what stands now.

A cell that was not edited changes nothing, whatever happened on the screen since; a cell edited in both places is for a
person to decide; a row that is missing is never taken away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conference.foundation.text import phone_digits


class Kind(StrEnum):
    """The sheets of a workbook, in their order."""

    UNIT = "unit"
    SITE = "site"
    BLOCK = "block"
    GUEST = "guest"
    TOPIC = "topic"


FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.UNIT: ("name", "short_name", "province"),
    Kind.SITE: (
        "name",
        "level",
        "province",
        "host",
        "address",
        "hall",
        "capacity",
        "manager_name",
        "manager_phone",
        "manager_email",
        "technician_name",
        "technician_phone",
        "room_url",
    ),
    Kind.BLOCK: ("rows", "seats_per_row"),
    Kind.GUEST: ("quota",),
    Kind.TOPIC: ("title", "presenter", "starts", "ends"),
}
MAY_BE_NEW = frozenset({Kind.SITE, Kind.BLOCK, Kind.GUEST})
NEEDED = frozenset({"name", "level", "host", "rows", "seats_per_row", "title", "starts", "ends"})

Key = tuple[Kind, str]
Values = Mapping[str, str]


class Why(StrEnum):
    """Why a row is given back."""

    NO_KEY = "no_key"
    SAME_KEY = "same_key"
    UNKNOWN = "unknown"
    UNKNOWN_SITE = "unknown_site"
    UNKNOWN_UNIT = "unknown_unit"
    NO_HALL = "no_hall"
    NEEDED = "needed"
    NUMBER = "number"
    LEVEL = "level"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    HOUR = "hour"
    HOURS = "hours"
    TOO_LONG = "too_long"
    BLOCK_NAME = "block_name"
    HOST_IS_GUEST = "host_is_guest"


@dataclass(frozen=True)
class Row:
    """A thing as it stands now; the label names it to people."""

    kind: Kind
    key: str
    label: str
    values: Values


@dataclass(frozen=True)
class Sent:
    """A row of the file. Only the columns that the sheet has stand in ``values``."""

    kind: Kind
    key: str
    values: Values
    sheet: str
    row: int


@dataclass(frozen=True)
class Change:
    kind: Kind
    key: str
    label: str
    field: str
    before: str
    after: str
    is_conflict: bool  # edited on the screen too, since the export

    @property
    def name(self) -> str:
        return f"{self.kind}|{self.key}|{self.field}"


@dataclass(frozen=True)
class Rejected:
    sheet: str
    row: int
    why: Why
    field: str
    said: str


@dataclass
class Differences:
    changes: list[Change] = field(default_factory=list)
    new: list[Sent] = field(default_factory=list)
    missing: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True)
class Known:
    """What a cell may name."""

    units: frozenset[str]
    sites: frozenset[str]
    sites_with_hall: frozenset[str]
    host_of: Mapping[str, str]


def compare(now: Mapping[Key, Row], base: Mapping[Key, Values], sent: Sequence[Sent], known: Known) -> Differences:
    """The differences that the file asks for. ``base`` is what was exported; empty when the file lost it."""
    found = Differences()
    seen: set[Key] = set()
    for row in sent:
        key = (row.kind, row.key)
        if not row.key.strip("|"):
            found.rejected.append(Rejected(row.sheet, row.row, Why.NO_KEY, "", ""))
            continue
        if key in seen:
            found.rejected.append(Rejected(row.sheet, row.row, Why.SAME_KEY, "", row.key.replace("|", " · ")))
            continue
        seen.add(key)
        if key in now:
            _compare_row(now[key], base.get(key), row, known, found)
        else:
            _look_at_new(row, known, found)
    kinds = {row.kind for row in sent}
    found.missing = [row for key, row in now.items() if key not in seen and row.kind in kinds]
    return found


def _compare_row(now: Row, base: Values | None, row: Sent, known: Known, found: Differences) -> None:
    changes = []
    for name, said in row.values.items():
        current = now.values.get(name, "")
        if said == current:
            continue
        if base is None:
            if not said:
                continue  # without the export beside it, an empty cell says nothing
            changes.append(Change(now.kind, now.key, now.label, name, current, said, False))
        elif said != base.get(name, ""):
            is_conflict = current != base.get(name, "")
            changes.append(Change(now.kind, now.key, now.label, name, current, said, is_conflict))
    merged = {**now.values, **{change.field: change.after for change in changes}}
    fault = next((fault for change in changes if (fault := fault_of(row, change.field, merged, known))), None)
    if fault is not None:
        why, name = fault
        found.rejected.append(Rejected(row.sheet, row.row, why, name, merged.get(name, "")))
    elif changes:
        found.changes += changes
    else:
        found.unchanged += 1


def _look_at_new(row: Sent, known: Known, found: Differences) -> None:
    site, _, other = row.key.partition("|")
    why: Why | None = None
    if row.kind not in MAY_BE_NEW:
        why = Why.UNKNOWN
    elif row.kind in (Kind.BLOCK, Kind.GUEST) and site not in known.sites:
        why = Why.UNKNOWN_SITE
    elif row.kind is Kind.BLOCK and site not in known.sites_with_hall:
        why = Why.NO_HALL
    elif row.kind is Kind.BLOCK and not BLOCK_NAME.fullmatch(other):
        why = Why.BLOCK_NAME
    elif row.kind is Kind.GUEST and other not in known.units:
        why = Why.UNKNOWN_UNIT
    elif row.kind is Kind.GUEST and known.host_of.get(site) == other:
        why = Why.HOST_IS_GUEST
    if why is not None:
        found.rejected.append(Rejected(row.sheet, row.row, why, "", row.key.replace("|", " · ")))
        return
    values = {name: row.values.get(name, "") for name in FIELDS[row.kind]}
    fault = next((fault for name in values if (fault := fault_of(row, name, values, known))), None)
    if fault is not None:
        found.rejected.append(Rejected(row.sheet, row.row, fault[0], fault[1], values[fault[1]]))
    else:
        found.new.append(Sent(row.kind, row.key, values, row.sheet, row.row))


BLOCK_NAME = re.compile(r"[A-ZÀ-ỸĐ]{1,8}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
LEVEL_WORDS = {"Trung tâm": "central", "Cấp tỉnh": "provincial", "Cấp huyện": "district", "Cấp xã": "commune"}
NUMBERS = {"capacity": 100_000, "rows": 200, "seats_per_row": 200, "quota": 100_000}
PATTERNS = {
    "manager_email": (EMAIL, Why.EMAIL),
    "room_url": (WEB_ADDRESS, Why.ADDRESS),
    "starts": (HOUR, Why.HOUR),
    "ends": (HOUR, Why.HOUR),
}
LONGEST = 500


def fault_of(row: Sent, name: str, values: Values, known: Known) -> tuple[Why, str] | None:
    """Why a cell can't be taken, with the field to look at; None when it can."""
    said = values.get(name, "")
    why: Why | None = None
    if not said:
        why = Why.NEEDED if name in NEEDED or (name == "capacity" and values.get("hall")) else None
    elif len(said) > LONGEST or not said.isprintable():
        why = Why.TOO_LONG
    elif name in NUMBERS:
        is_number = said.isascii() and said.isdigit() and len(said) < 9 and 1 <= int(said) <= NUMBERS[name]
        why = None if is_number else Why.NUMBER
    elif name == "level":
        why = None if said in LEVEL_WORDS else Why.LEVEL
    elif name == "host":
        why = None if said in known.units else Why.UNKNOWN_UNIT
    elif name.endswith("_phone"):
        why = None if phone_digits(said) else Why.PHONE
    elif name in PATTERNS and not PATTERNS[name][0].fullmatch(said):
        why = PATTERNS[name][1]
    if why is None and row.kind is Kind.TOPIC and name in ("starts", "ends") and values["starts"] >= values["ends"]:
        why = Why.HOURS
    return (why, name) if why is not None else None
