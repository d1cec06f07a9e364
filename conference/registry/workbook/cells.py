"""What a cell of the workbook may say, sheet by sheet. No database."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from conference.directory.models import UnitKind
from conference.foundation.text import fold, phone_digits, row_number
from conference.planning.models import DayPart, TopicKind
from conference.registry.naming.rules import MOST_PLACES
from conference.registry.seats.rules import MOST_A_ROW, MOST_BLOCKS, MOST_ROWS, Block, seats_of_place
from conference.registry.workbook.rules import FIELDS, NEW_TOPIC, Kind, Known, Values, Why
from conference.sites.models import SiteLevel

LEVEL_WORDS = {
    "Trung tâm": SiteLevel.CENTRAL,
    "Cấp tỉnh": SiteLevel.PROVINCIAL,
    "Cấp huyện": SiteLevel.DISTRICT,
    "Cấp xã": SiteLevel.COMMUNE,
}
UNIT_WORDS = {
    "Trung ương": UnitKind.CENTRAL,
    "Công đoàn ngành": UnitKind.SECTOR,
    "Tỉnh, thành phố": UnitKind.PROVINCE,
    "Cấp huyện": UnitKind.DISTRICT,
    "Xã, phường": UnitKind.COMMUNE,
    "Công đoàn cơ sở": UnitKind.GRASSROOTS,
    "Khác": UnitKind.OTHER,
}
PART_WORDS = {"sáng": DayPart.MORNING, "chiều": DayPart.AFTERNOON, "tối": DayPart.EVENING}
TOPIC_WORDS = {
    "Đón tiếp": TopicKind.RECEPTION,
    "Khai mạc": TopicKind.OPENING,
    "Chuyên đề": TopicKind.TOPIC,
    "Nghỉ": TopicKind.BREAK,
    "Bế mạc": TopicKind.CLOSING,
}
"""The workbook speaks Vietnamese whatever the reader's language: it comes back as it went."""

BLOCK_NAME = re.compile(r"[A-ZÀ-ỸĐ]{1,8}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
UNIT_CODE = re.compile(r"[^\s|+][^\s|]{0,39}")
SITE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,29}")
NUMBERS = {
    "capacity": (1, 100_000),
    "rows": (1, MOST_ROWS),
    "seats_per_row": (1, MOST_A_ROW),
    "quota": (1, 100_000),
    "places": (0, MOST_PLACES),
    "number": (1, 999_999),
}
PATTERNS = {
    "manager_email": (EMAIL, Why.EMAIL),
    "room_url": (WEB_ADDRESS, Why.ADDRESS),
    "starts": (HOUR, Why.HOUR),
    "ends": (HOUR, Why.HOUR),
}
LISTS: Mapping[str, tuple[Collection[str], Why]] = {
    "level": (LEVEL_WORDS, Why.LEVEL),
    "part": (PART_WORDS, Why.PART),
}
KINDS: Mapping[Kind, tuple[Collection[str], Why]] = {
    Kind.UNIT: (UNIT_WORDS, Why.UNIT_KIND),
    Kind.TOPIC: (TOPIC_WORDS, Why.TOPIC_KIND),
}
NEEDED = frozenset(
    {"name", "level", "host", "rows", "seats_per_row", "places", "day", "part", "kind", "title", "starts", "ends"}
)
COUNTED = {Kind.QUOTA: "places", Kind.GUEST: "quota"}
"""Where a 0 takes a row away."""
FIXED = {Kind.UNIT: ("parent", "kind")}
"""Of what is there already only its own page changes these: a unit's place in the tree has a history."""

LONGEST = 500


Fault = tuple[Why, str]
"""Why a row can't be taken, and the field to look at."""


def is_taken_away(kind: Kind, values: Values) -> bool:
    """Whether the row, with these values, says that there is to be no such thing: a 0, or a seat kept for nobody."""
    if kind in COUNTED:
        return values.get(COUNTED[kind]) == "0"
    return kind is Kind.PIN and not (values["number"] or values["note"])


def fault_of_new(kind: Kind, key: str, values: Values, known: Known) -> Fault | None:
    if kind is Kind.UNIT and not known.may_change_units:
        return Why.NOT_YOURS, ""
    why = _fault_of_key(kind, key, known)
    return (why, "") if why is not None else _fault_of_values(kind, key, values, set(FIELDS[kind]), known)


def fault_of(kind: Kind, key: str, values: Values, changed: set[str], known: Known) -> Fault | None:
    """The same of a row that stands already: its values as they would be, and which of them differ."""
    if kind is Kind.UNIT and not known.may_change_units:
        return Why.NOT_YOURS, ""
    if kind is Kind.BLOCK and key.partition("|")[0] in known.other_hall:
        return Why.OTHER_HALL, ""  # this khu is one of the hall before
    if is_taken_away(kind, values):
        return None
    fixed = next((name for name in FIXED.get(kind, ()) if name in changed), None)
    return (Why.FIXED, fixed) if fixed is not None else _fault_of_values(kind, key, values, changed, known)


def _fault_of_values(kind: Kind, key: str, values: Values, changed: set[str], known: Known) -> Fault | None:
    for name in FIELDS[kind]:
        if name in changed and (why := _fault_of_cell(kind, name, values, known)) is not None:
            return why, name
    return _fault_of_row(kind, key, values, changed, known)


def _fault_of_key(kind: Kind, key: str, known: Known) -> Why | None:
    first, _, other = key.partition("|")
    if kind is Kind.UNIT:
        is_taken = key.lower() in {code.lower() for code in known.units}
        return Why.SAME_KEY if is_taken else None if UNIT_CODE.fullmatch(key) else Why.CODE
    if kind is Kind.SITE:
        return None if SITE_CODE.fullmatch(key) else Why.CODE
    if kind in (Kind.BLOCK, Kind.PIN, Kind.GUEST) and first not in known.sites:
        return Why.UNKNOWN_SITE
    if kind is Kind.BLOCK:
        if not known.hall_of.get(first):
            return Why.NO_HALL
        is_full = len(known.plans.get(first, ())) >= MOST_BLOCKS
        return Why.BLOCK_NAME if is_full or not BLOCK_NAME.fullmatch(other) else None
    if kind is Kind.GUEST:
        return Why.UNKNOWN_UNIT if other not in known.units else _host_is_guest(first, other, known)
    if kind is Kind.QUOTA:
        is_plain = len(other) <= LONGEST and other.isprintable()
        return Why.UNKNOWN_UNIT if first not in known.units else None if is_plain else Why.TOO_LONG
    if kind is Kind.HALF:
        return _fault_of_half(first, other, known)
    return Why.UNKNOWN if kind is Kind.TOPIC and not key.startswith(NEW_TOPIC) else None


def _host_is_guest(site: str, unit: str, known: Known) -> Why | None:
    return Why.HOST_IS_GUEST if known.host_of.get(site) == unit else None


def _fault_of_half(day: str, part: str, known: Known) -> Why | None:
    found = day_of(day)
    if found is None:
        return Why.DAY
    if not known.days[0] <= found <= known.days[1]:
        return Why.DAY_OUTSIDE
    return None if part in PART_WORDS else Why.PART


def _fault_of_cell(kind: Kind, name: str, values: Values, known: Known) -> Why | None:
    said = values.get(name, "")
    if not said:
        is_needed = name in NEEDED or (name == "capacity" and values.get("hall"))
        return Why.NEEDED if is_needed or (kind is Kind.UNIT and name == "parent") else None
    if len(said) > LONGEST or not said.isprintable():
        return Why.TOO_LONG
    if name in NUMBERS:
        low, high = NUMBERS[name]
        number = row_number(said)
        return None if number is not None and low <= number <= high else Why.NUMBER
    if name in ("host", "parent"):
        return None if said in known.units else Why.UNKNOWN_UNIT
    if name.endswith("_phone"):
        return None if phone_digits(said) else Why.PHONE
    if name == "wave":
        return None if fold(said) in known.waves else Why.NO_WAVE
    if name == "day":
        return None if day_of(said) else Why.DAY
    if name == "kind" or name in LISTS:
        words, why = KINDS[kind] if name == "kind" else LISTS[name]
        return None if said in words else why
    if name in PATTERNS and not PATTERNS[name][0].fullmatch(said):
        return PATTERNS[name][1]
    return None


def _fault_of_row(kind: Kind, key: str, values: Values, changed: set[str], known: Known) -> Fault | None:
    """What is wrong with cells that are right by themselves."""
    if kind is Kind.HALF and key in known.closed_halves:
        return Why.CLOSED, ""
    if kind is Kind.HALF and key in known.begun_halves and "wave" in changed:
        return Why.BEGUN, "wave"
    if kind is Kind.TOPIC and f"{values['day']}|{values['part']}" not in known.halves:
        return Why.UNKNOWN_HALF, "part"
    if kind in (Kind.HALF, Kind.TOPIC) and values["starts"] >= values["ends"]:
        return Why.HOURS, "starts"
    if kind is not Kind.PIN:
        return None
    if not (values["number"] or values["note"]):
        return Why.FOR_NOBODY, "note"
    return _fault_of_pin(key, values, known) if "number" in changed else None


def _fault_of_pin(key: str, values: Values, known: Known) -> Fault | None:
    site, _, place = key.partition("|")
    blocks = [Block(name, *size) for name, size in known.plans.get(site, {}).items()]
    seats, number = seats_of_place(blocks, place), row_number(values["number"])
    others = known.places.get(site, set()) - {place}
    if not seats:
        return Why.NO_PLACE, ""
    if set(seats) & {seat for other in others for seat in seats_of_place(blocks, other)}:
        return Why.PLACE_TAKEN, ""
    if number is None:
        return None
    if len(seats) > 1:
        return Why.ONE_SEAT, "number"
    return None if number in known.numbers.get(site, ()) else (Why.NOT_CALLED, "number")


def day_of(text: str) -> date | None:
    """The day that 05/12/2018 writes."""
    parts = [row_number(part) for part in text.split("/")]
    if len(parts) != 3:
        return None
    day, month, year = parts
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None
