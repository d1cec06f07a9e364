"""The sheets of the workbook and their columns, a row of them, and what may differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """The sheets of a workbook, in their order: a row may name what stands on an earlier sheet."""

    UNIT = "unit"
    SITE = "site"
    BLOCK = "block"
    PIN = "pin"
    GUEST = "guest"
    QUOTA = "quota"
    HALF = "half"
    TOPIC = "topic"


FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.UNIT: ("name", "short_name", "kind", "parent", "province"),
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
    Kind.PIN: ("number", "note"),
    Kind.GUEST: ("quota",),
    Kind.QUOTA: ("places",),
    Kind.HALF: ("starts", "ends", "wave"),
    Kind.TOPIC: ("day", "part", "kind", "title", "presenter", "starts", "ends"),
}
NEW_TOPIC = "+"
"""Begins the key of an item that has no number yet; the row of the sheet follows."""

Key = tuple[Kind, str]
Values = Mapping[str, str]


class Why(StrEnum):
    """Why a row is given back."""

    NO_KEY = "no_key"
    SAME_KEY = "same_key"
    UNKNOWN = "unknown"
    UNKNOWN_SITE = "unknown_site"
    UNKNOWN_UNIT = "unknown_unit"
    AMBIGUOUS_UNIT = "ambiguous_unit"
    UNKNOWN_HALF = "unknown_half"
    NOT_YOURS = "not_yours"
    FIXED = "fixed"
    CODE = "code"
    NO_HALL = "no_hall"
    OTHER_HALL = "other_hall"
    NEEDED = "needed"
    NUMBER = "number"
    LEVEL = "level"
    UNIT_KIND = "unit_kind"
    TOPIC_KIND = "topic_kind"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    DAY = "day"
    DAY_OUTSIDE = "day_outside"
    PART = "part"
    HOUR = "hour"
    HOURS = "hours"
    CLOSED = "closed"
    BEGUN = "begun"
    NO_WAVE = "no_wave"
    TOO_LONG = "too_long"
    BLOCK_NAME = "block_name"
    HOST_IS_GUEST = "host_is_guest"
    NO_PLACE = "no_place"
    PLACE_TAKEN = "place_taken"
    FOR_NOBODY = "for_nobody"
    ONE_SEAT = "one_seat"
    NOT_CALLED = "not_called"
    SEATED_TWICE = "seated_twice"


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
    taken_away: list[Row] = field(default_factory=list)  # by what stands in its cells, which is among the changes
    new_categories: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unchanged: int = 0


Plans = dict[str, dict[str, tuple[int, int]]]
"""Site to the khu of its hall: how many rows of how many seats."""


@dataclass
class Known:
    """What a cell may name: what stands, and what earlier rows of the file bring."""

    units: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    host_of: dict[str, str] = field(default_factory=dict)
    hall_of: dict[str, str] = field(default_factory=dict)
    other_hall: set[str] = field(default_factory=set)  # sites whose hall this file changes
    plans: Plans = field(default_factory=dict)
    numbers: Mapping[str, set[int]] = field(default_factory=dict)  # site to who is called there
    places: dict[str, set[str]] = field(default_factory=dict)  # site to the rows and seats that are reserved
    categories: set[str] = field(default_factory=set)  # folded
    halves: set[str] = field(default_factory=set)
    closed_halves: frozenset[str] = frozenset()
    begun_halves: frozenset[str] = frozenset()
    waves: frozenset[str] = frozenset()  # their titles, folded
    days: tuple[date, date] = (date.min, date.max)
    may_change_units: bool = True

    def learn(self, kind: Kind, key: str, values: Values) -> None:
        """What a row that is taken adds to what later rows may name."""
        site, _, other = key.partition("|")
        if kind is Kind.UNIT:
            self.units.add(key)
        elif kind is Kind.SITE:
            self.sites.add(key)
            self.host_of[key] = values["host"]
            if self.hall_of.get(key, values["hall"]) != values["hall"]:
                self.other_hall.add(key)
                self.plans.pop(key, None)
            self.hall_of[key] = values["hall"]
        elif kind is Kind.BLOCK:
            self.plans.setdefault(site, {})[other] = (int(values["rows"]), int(values["seats_per_row"]))
        elif kind is Kind.PIN:
            self.places.setdefault(site, set()).add(other)
        elif kind is Kind.HALF:
            self.halves.add(key)
