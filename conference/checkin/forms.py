"""What devices send, read strictly: each item by itself, so that one that can't be read harms no other."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from conference.checkin.preflight import Preflight, read_preflight
from conference.checkin.rules import Decision, Direction, ItemKind, Method, Verdict
from conference.foundation.errors import DomainError
from conference.foundation.text import clean, phone_digits
from conference.foundation.values import value

MOST_ITEMS = 500
LONGEST_KEPT = 256
MOST_SEQ = 2**53
MOST_ID = 2**31 - 1
MOST_IN_A_HALL = 50_000
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NOT_PRINTABLE = re.compile(r"[^ -~]")
MILLISECOND = timedelta(milliseconds=1)
NORMAL_FORM = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DELIVERY_FIELDS = frozenset({"items", "cursor", "roster_cursor", "device", "carried_for"})
HALL_COUNT_FIELDS = frozenset({"id", "study_session", "people", "counted_at", "clock_offset_ms"})
ITEM_FIELDS = frozenset(
    {
        "id",
        "kind",
        "ticket",
        "study_session",
        "direction",
        "scanned_at",
        "clock_offset_ms",
        "device_seq",
        "method",
        "verdict_shown",
        "decision",
        "target",
        "person",
        "spare",
    }
)
PERSON_FIELDS = frozenset({"name", "birth", "phone", "unit", "position"})
BIRTH_FORM = re.compile(r"(19[0-9]{2}|20[0-9]{2})(-[0-9]{2}-[0-9]{2})?")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME, LONGEST_WORDS, LONGEST_PHONE = 120, 200, 30
Word = TypeVar("Word", bound=StrEnum)
# An enum takes forty times as long to find a word of its own.
WORDS: dict[type[StrEnum], dict[str, Any]] = {
    among: {word.value: word for word in among} for among in (ItemKind, Direction, Method, Verdict, Decision)
}


@dataclass(frozen=True, slots=True)
class Stranger:
    """What a host writes down of somebody without a ticket."""

    name: str
    birth_date: date | None
    birth_year: int | None
    phone: str
    unit: str
    position: str


@value
class ScanItem:
    """One scan or undo, as a device sent it."""

    id: UUID
    kind: ItemKind
    ticket: str
    study_session: int | None
    direction: Direction
    scanned_at: datetime
    clock_offset_ms: int
    t: datetime
    device_seq: int | None
    method: Method
    verdict_shown: Verdict | None
    decision: Decision | None
    target: UUID | None
    person: Stranger | None
    spare: str | None
    body: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class MalformedItem:
    """Something that is no item. With an id it is kept as a failed scan, without one in quarantine."""

    id: UUID | None
    given_id: str | None
    body: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """How a device is doing, by its own word."""

    queue: int | None
    clock_offset_ms: int | None
    app: str | None
    roster_at: datetime | None
    preflight: Preflight | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one request brings from one device."""

    device_id: int
    token_hash: str
    items: tuple[ScanItem | MalformedItem, ...]
    cursor: int | None = None
    report: DeviceReport | None = None


def read_delivery(sent: object, *, device_id: int, token_hash: str) -> Delivery:
    """Raises ``DomainError`` ``scans_not_an_object``, ``scans_unknown_field``, ``scans_no_items`` or
    ``scans_too_many`` when the whole can't be read; what is wrong with an item stays with the item."""
    if not isinstance(sent, dict):
        raise DomainError("scans_not_an_object")
    if unknown := sorted(set(sent) - DELIVERY_FIELDS):
        raise DomainError("scans_unknown_field", field=_shown(unknown[0]))
    items = sent.get("items")
    if not isinstance(items, list) or not items:
        raise DomainError("scans_no_items")
    if len(items) > MOST_ITEMS:
        raise DomainError("scans_too_many", most=MOST_ITEMS)
    return Delivery(
        device_id=device_id,
        token_hash=token_hash,
        items=tuple(read_item(item) for item in items),
        cursor=_cursor(sent.get("cursor") or sent.get("roster_cursor")),
        report=read_report(sent.get("device")) if sent.get("carried_for") is None else None,
    )


def read_item(sent: object) -> ScanItem | MalformedItem:
    body = NORMAL_FORM.encode(sent)
    body_hash = hashlib.sha256(body.encode("ascii")).digest()
    fields: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    id = read_uuid(fields.get("id"))
    try:
        if id is None or not fields.keys() <= ITEM_FIELDS:
            raise ValueError
        return _item(id, fields, body, body_hash)
    except (ValueError, OverflowError):
        given = fields.get("id")
        return MalformedItem(id, _shown(given) if isinstance(given, str) else None, body, body_hash)


@dataclass(frozen=True, slots=True)
class HallCountItem:
    """How many people were seen in the hall, as a program sent it."""

    id: UUID
    study_session: int
    people: int
    counted_at: datetime


def read_hall_count(sent: object) -> HallCountItem:
    """Raises ``headcount_unreadable`` with the name of the field."""
    fields: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    if unknown := sorted(set(fields) - HALL_COUNT_FIELDS):
        raise DomainError("headcount_unreadable", field=_shown(unknown[0]))
    id = read_uuid(fields.get("id"))
    field = "id"
    try:
        if id is None:
            raise ValueError
        field = "study_session"
        study_session = _whole(fields.get(field), low=1, high=MOST_ID)
        field = "people"
        people = _whole(fields.get(field), low=0, high=MOST_IN_A_HALL)
        if study_session is None or people is None:
            raise ValueError
        field = "clock_offset_ms"
        offset = _whole(fields.get(field), low=-MOST_SEQ, high=MOST_SEQ) or 0
        field = "counted_at"
        counted_at = _moment(fields.get(field)) + offset * MILLISECOND
    except (ValueError, OverflowError) as error:
        raise DomainError("headcount_unreadable", field=field) from error
    return HallCountItem(id, study_session, people, counted_at)


def _item(id: UUID, fields: Mapping[str, Any], body: str, body_hash: bytes) -> ScanItem:
    kind = _word(ItemKind, fields.get("kind"), ItemKind.SCAN)
    ticket = fields.get("ticket")
    target = read_uuid(fields.get("target"))
    is_undo = kind is ItemKind.UNDO
    if is_undo is (target is None) or (fields.get("target") is not None and target is None):
        raise ValueError
    is_walk_in = kind is ItemKind.WALK_IN
    if not isinstance(ticket, str) and not ((is_undo or is_walk_in) and ticket is None):
        raise ValueError
    if (is_walk_in and ticket) or is_walk_in is (fields.get("person") is None):
        raise ValueError
    spare = fields.get("spare")
    if spare is not None and (is_undo or not isinstance(spare, str) or len(spare) > LONGEST_KEPT):
        raise ValueError
    # When an undo was made plays no part, so it may be left out.
    scanned_at = EPOCH if is_undo and fields.get("scanned_at") is None else _moment(fields.get("scanned_at"))
    offset = _whole(fields.get("clock_offset_ms"), low=-MOST_SEQ, high=MOST_SEQ) or 0
    return ScanItem(
        id=id,
        kind=kind,
        ticket=ticket or "",
        study_session=_study_session(fields.get("study_session")),
        direction=_word(Direction, fields.get("direction"), Direction.IN),
        scanned_at=scanned_at,
        clock_offset_ms=offset,
        t=scanned_at + offset * MILLISECOND,
        device_seq=_whole(fields.get("device_seq"), low=0, high=MOST_SEQ),
        method=_word(Method, fields.get("method"), Method.TYPED if is_walk_in else Method.CAMERA),
        verdict_shown=_word(Verdict, fields.get("verdict_shown"), None),
        decision=_word(Decision, fields.get("decision"), None),
        target=target,
        person=_person(fields["person"]) if is_walk_in else None,
        spare=spare,
        body=body,
        body_hash=body_hash,
    )


def _person(sent: object) -> Stranger:
    if not isinstance(sent, dict) or not sent.keys() <= PERSON_FIELDS:
        raise ValueError
    name = _words(sent.get("name"), LONGEST_NAME)
    if not any(letter.isalpha() for letter in name):
        raise ValueError
    phone = _words(sent.get("phone"), LONGEST_PHONE)
    if phone and phone_digits(phone) is None:
        raise ValueError
    birth = sent.get("birth")
    if birth is not None and not (isinstance(birth, str) and BIRTH_FORM.fullmatch(birth)):
        raise ValueError
    born = date.fromisoformat(birth) if birth and len(birth) == 10 else None
    return Stranger(
        name=name,
        birth_date=born,
        birth_year=int(birth[:4]) if birth else None,
        phone=phone,
        unit=_words(sent.get("unit"), LONGEST_WORDS),
        position=_words(sent.get("position"), LONGEST_WORDS),
    )


def _words(value: object, most: int) -> str:
    """Text as typed, its blanks made plain; none gives nothing."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most or CONTROL.search(value):
        raise ValueError
    return clean(value)


def kept_text(ticket: str) -> str:
    """What was read, fit to be stored and shown: printable ASCII, bounded. The whole of it is in the body."""
    text = ticket[:LONGEST_KEPT]
    return text if text.isascii() and text.isprintable() else NOT_PRINTABLE.sub("?", text)


def _shown(text: str) -> str:
    return kept_text(text)[:40]


def _word(among: type[Word], value: object, default: Any) -> Any:
    if value is None:
        return default
    word = WORDS[among].get(value) if isinstance(value, str) else None
    if word is None:
        raise ValueError
    return word


def _whole(value: object, *, low: int, high: int) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not low <= value <= high:
        raise ValueError
    return value


def _study_session(value: object) -> int | None:
    """The id of a study session; None for a number that can't be one."""
    if value is None:
        return None
    if type(value) is not int:
        raise ValueError
    return value if 0 < value <= MOST_ID else None


def read_uuid(value: object) -> UUID | None:
    if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
        return None
    return UUID(int=int(value.replace("-", ""), 16))  # half the time of UUID(value)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _cursor(value: object) -> int | None:
    """A cursor that can't be read is as good as none: the device gets everything again."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value) else None


def read_report(value: object) -> DeviceReport | None:
    if not isinstance(value, dict):
        return None
    queue, offset, app = value.get("queue"), value.get("clock_offset_ms"), value.get("app")
    return DeviceReport(
        queue=queue if type(queue) is int and 0 <= queue <= MOST_ID else None,
        clock_offset_ms=offset if type(offset) is int and abs(offset) <= MOST_SEQ else None,
        app=_shown(app) if isinstance(app, str) else None,
        roster_at=_moment_or_none(value.get("roster_at")),
        preflight=read_preflight(value.get("preflight")),
    )


def _moment_or_none(value: object) -> datetime | None:
    try:
        return _moment(value)
    except (ValueError, OverflowError):
        return None
