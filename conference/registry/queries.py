"""Reading who is called: the long list, its filters, one person, and what is written to a sheet."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, SQLColumnExpression, String, and_, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import ColumnElement

from conference.directory.models import Person, Sex, Unit
from conference.directory.queries import valid_on
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.sheets import Cell, Table
from conference.foundation.text import fold, format_phone, phone_digits
from conference.planning.queries import waves_of
from conference.registry.imports.marks import MARK_HEAD, MARKS_SHEET, ONLINE, WAVE, marks_of, numbers_sheet
from conference.registry.imports.rules import Value
from conference.registry.models import (
    Attendee,
    AttendeeRole,
    Category,
    Leave,
    LeaveState,
    Substitute,
    SubstituteState,
    attendee_categories,
)
from conference.registry.rules import SHORTEST_PHONE_PART, Reach, place_name
from conference.sites.models import ConferenceSite, Hall, Site

Statement: TypeAlias = AnySelect
Narrow = Callable[[Statement, str], Statement]

SORTS: Mapping[str, Sequence[SQLColumnExpression[Any]]] = {
    "name": (Person.sort_key,),
    "unit": (Unit.sort_key, Person.sort_key),
    "site": (Site.sort_key, Person.sort_key),
    "number": (Attendee.number,),
}
OWN_FILTERS = ("q", "site", "unit", "category", "role", "leave", "called")
AT_ONCE = 500


def people(conference_id: int, reach: Reach) -> Statement:
    """Everybody of a conference whom ``reach`` covers, a row each, joined with person, unit and site."""
    statement = (
        select(
            Attendee.id,
            Attendee.number,
            Attendee.position,
            Attendee.role,
            Attendee.seat,
            Attendee.withdrawn_at,
            Attendee.is_walk_in,
            Attendee.site_id,
            Attendee.wave_id,
            Person.code,
            Person.full_name,
            Person.birth_date,
            Person.birth_year,
            Person.sex,
            Person.phone,
            Person.phone_digits,
            Person.email,
            Unit.name.label("unit_name"),
            Unit.code.label("unit_code"),
            Site.code.label("site_code"),
            Site.name.label("site_name"),
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .where(Attendee.conference_id == conference_id)
    )
    if not reach.is_whole:
        statement = statement.where(or_(false(), *(Unit.path.startswith(path) for path in sorted(reach.unit_paths))))
    return statement


def narrowed(
    statement: Statement, query: Mapping[str, str], reach: Reach, further: Mapping[str, Narrow] | None = None
) -> Statement:
    """The people that the filters of an address leave. Later areas give ``further`` filters by name.

    Those who were withdrawn are left out, unless they are what is asked for.
    """
    if query.get("called") == "withdrawn":
        statement = statement.where(Attendee.withdrawn_at.is_not(None))
    else:
        statement = statement.where(Attendee.withdrawn_at.is_(None))
    if query.get("called") == "walk_in":
        statement = statement.where(Attendee.is_walk_in)
    if query.get("called") == "substitute":
        statement = statement.where(Attendee.is_substitute)
    if query.get("called") == "asked_substitute":
        asked = (Substitute.attendee_id == Attendee.id, Substitute.state == SubstituteState.REQUESTED)
        statement = statement.where(exists().where(*asked))
    if query.get("called") == "moved":
        statement = statement.where(Attendee.called_site_id.is_not(None))
    if query.get("called") == "asked_leave":
        statement = statement.where(_has_leave(LeaveState.REQUESTED))
    if words := query.get("q"):
        statement = statement.where(*_matches(words, reach))
    if (site_id := _number(query.get("site"))) is not None:
        statement = statement.where(Attendee.site_id == site_id)
    if (unit_id := _number(query.get("unit"))) is not None:
        inside = select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
        statement = statement.where(func.substr(Unit.path, 1, func.length(inside)) == inside)
    if (category_id := _number(query.get("category"))) is not None:
        statement = statement.where(
            exists().where(
                attendee_categories.c.attendee_id == Attendee.id, attendee_categories.c.category_id == category_id
            )
        )
    if query.get("role") in list(AttendeeRole):
        statement = statement.where(Attendee.role == AttendeeRole(query["role"]))
    if query.get("leave") in list(LeaveState):
        statement = statement.where(_has_leave(LeaveState(query["leave"])))
    for name, narrow in (further or {}).items():
        if value := query.get(name):
            statement = narrow(statement, value)
    return statement


def _has_leave(state: LeaveState) -> ColumnElement[bool]:
    return exists().where(Leave.attendee_id == Attendee.id, Leave.state == state)


def _matches(words: str, reach: Reach) -> list[ColumnElement[bool]]:
    """Each word begins a word of the name or the unit; or the whole is a code, a number or part of a phone number.

    Who may not see phone numbers can't find people by them either.
    """
    folded = fold(words)
    haystack = literal(" ") + Person.name_folded + literal(" ") + Unit.name_folded
    ways: list[ColumnElement[bool]] = [func.lower(Person.code) == folded]
    digits = "".join(filter(str.isdigit, words))
    if digits and not any(letter.isalpha() for letter in words):
        ways.append(cast(Attendee.number, String) == digits)
        if reach.sees_contacts and len(digits) >= SHORTEST_PHONE_PART:
            ways.append(Person.phone_digits.contains(phone_digits(words) or digits, autoescape=True))
    named = [haystack.contains(f" {word}", autoescape=True) for word in folded.split()]
    if not named:
        return ways
    return [or_(*ways, and_(*named))]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def people_page(statement: Statement, ask: Ask) -> Page[Row[Any]]:
    return page_of(statement, ask, sorts=SORTS, default="name", last=Attendee.id)


def count_called(conference_id: int, reach: Reach) -> int:
    """How many are called; the denominator of every list."""
    inner = people(conference_id, reach).where(Attendee.withdrawn_at.is_(None)).subquery()
    return db.session.scalar(select(func.count()).select_from(inner)) or 0


def categories_by_attendee(attendee_ids: Iterable[int]) -> dict[int, list[str]]:
    """The names of several people's categories, in one query."""
    found: dict[int, list[str]] = defaultdict(list)
    ids = list(attendee_ids)
    if ids:
        rows = db.session.execute(_category_rows().where(attendee_categories.c.attendee_id.in_(ids)))
        for attendee_id, name in rows:
            found[attendee_id].append(name)
    return found


def _category_rows() -> AnySelect:
    return (
        select(attendee_categories.c.attendee_id, Category.name)
        .join(Category, Category.id == attendee_categories.c.category_id)
        .order_by(attendee_categories.c.attendee_id, Category.id)
    )


def same_name(statement: Statement, words: str) -> int:
    """How many bear the last word of a search as their Tên: the nearest thing that exists when nothing fits."""
    given = fold(words).split()[-1:]
    if not given:
        return 0
    narrowed_to = statement.where(Person.name_folded.endswith(f" {given[0]}", autoescape=True)).order_by(None)
    return db.session.scalar(select(func.count()).select_from(narrowed_to.subquery())) or 0


# ---- what the filters offer


def sites_to_choose(conference_id: int, reach: Reach | None = None) -> list[tuple[int, str]]:
    """The sites that join, as the organiser's list has them; for a part of the people, the sites they are called to."""
    statement = (
        select(Site.id, Site.name)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(Site.sort_key, Site.id)
    )
    if reach is not None and not reach.is_whole:
        own = people(conference_id, reach).with_only_columns(Attendee.site_id).order_by(None)
        statement = statement.where(Site.id.in_(own))
    return [(id, place_name(name)) for id, name in db.session.execute(statement)]


def units_to_choose(reach: Reach, depth: int = 2) -> list[tuple[int, str]]:
    """Units down to a level, or the officer's own; deeper ones are found by their name."""
    statement = select(Unit.id, Unit.name).order_by(Unit.sort_key, Unit.id)
    if reach.is_whole:
        statement = statement.where(Unit.level <= depth)
    else:
        statement = statement.where(Unit.path.in_(reach.unit_paths))
    return [(id, name) for id, name in db.session.execute(statement)]


def categories_to_choose(conference_id: int) -> list[tuple[int, str]]:
    used = (
        select(attendee_categories.c.category_id)
        .join(Attendee, Attendee.id == attendee_categories.c.attendee_id)
        .where(Attendee.conference_id == conference_id)
    )
    statement = select(Category.id, Category.name).where(Category.id.in_(used)).order_by(Category.name_folded)
    return [(id, name) for id, name in db.session.execute(statement)]


def unit_name(unit_id: int, reach: Reach) -> str:
    """The name of a unit within reach, or nothing."""
    unit = db.session.get(Unit, unit_id)
    return unit.name if unit is not None and reach.covers(unit.path) else ""


def site_name(site_id: int) -> str:
    return db.session.scalar(select(Site.name).where(Site.id == site_id)) or ""


def category_name(category_id: int) -> str:
    return db.session.scalar(select(Category.name).where(Category.id == category_id)) or ""


def units_named(words: str, reach: Reach, day: date, most: int = 20) -> list[tuple[int, str, str]]:
    """(id, name, name of the unit above) of units whose name holds these words and that exist on a day, for a form."""
    above = Unit.__table__.alias("above")
    statement = (
        select(Unit.id, Unit.name, func.coalesce(above.c.name, ""))
        .outerjoin(above, above.c.id == Unit.parent_id)
        .where(valid_on(day), *(Unit.name_folded.contains(word, autoescape=True) for word in fold(words).split()))
        .order_by(Unit.level, Unit.sort_key, Unit.id)
        .limit(most)
    )
    if not reach.is_whole:
        statement = statement.where(or_(false(), *(Unit.path.startswith(path) for path in sorted(reach.unit_paths))))
    return [(id, name, parent) for id, name, parent in db.session.execute(statement)]


# ---- one person, or a few


def attendees_among(conference_id: int, reach: Reach, ids: Sequence[int]) -> Sequence[Attendee]:
    """Those of these who are called and within reach, with name and site, sorted by Tên."""
    statement = (
        select(Attendee)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(
            Attendee.conference_id == conference_id,
            Attendee.id.in_(ids),
            Attendee.withdrawn_at.is_(None),
        )
        .options(joinedload(Attendee.person), joinedload(Attendee.unit), joinedload(Attendee.site))
        .order_by(Person.sort_key, Attendee.id)
    )
    if not reach.is_whole:
        statement = statement.where(or_(false(), *(Unit.path.startswith(path) for path in sorted(reach.unit_paths))))
    return db.session.scalars(statement).all()


def leaves_of(attendee_id: int) -> Sequence[Leave]:
    return db.session.scalars(
        select(Leave)
        .where(Leave.attendee_id == attendee_id)
        .options(joinedload(Leave.study_session))
        .order_by(Leave.requested_at.desc(), Leave.id.desc())
    ).all()


def place_of(attendee: Attendee) -> tuple[ConferenceSite | None, Hall | None]:
    """Where the attendee sits: the site's part in the conference with its host, and the hall."""
    joined = db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.conference_id == attendee.conference_id, ConferenceSite.site_id == attendee.site_id)
        .options(joinedload(ConferenceSite.hall))
    ).first()
    return joined, joined.hall if joined else None


# ---- sheets

EXPORT_HEAD = (
    "Mã",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Chức vụ",
    "Đơn vị",
    "Điểm cầu",
    "Thành phần",
    "Số điện thoại",
    "Thư điện tử",
)
EXPORT_WIDTHS = (12, 26, 12, 9, 32, 44, 34, 34, 15, 30)
ONLINE_HEAD, ONLINE_WIDTH, MARK_WIDTH = "Được theo dõi trực tuyến", 14, 10
WAVE_HEAD, WAVE_WIDTH = "Đợt", 12
SEX_WORDS = {Sex.MALE: "Nam", Sex.FEMALE: "Nữ"}


def people_table(statement: Statement, conference_id: int, reach: Reach) -> Table:
    """One row a person, sorted by Tên: what a unit gets back is what it can send in again. Who may follow online is a
    column of conferences in which somebody may, the wave one of those that have waves."""
    categories: dict[int, list[str]] = defaultdict(list)
    of_conference = _category_rows().join(Attendee, Attendee.id == attendee_categories.c.attendee_id)
    for attendee_id, name in _in_turns(of_conference.where(Attendee.conference_id == conference_id)):
        categories[attendee_id].append(name)
    may_follow = set(
        db.session.scalars(
            select(Attendee.id).where(Attendee.conference_id == conference_id, Attendee.may_follow_online)
        )
    )
    waves = {one.id: one.title for one in waves_of(conference_id)}
    head = (*EXPORT_HEAD, *([ONLINE_HEAD] if may_follow else []), *([WAVE_HEAD] if waves else []), MARK_HEAD)
    further = (*([ONLINE_WIDTH] if may_follow else []), *([WAVE_WIDTH] if waves else []))
    widths = (*EXPORT_WIDTHS, *further, MARK_WIDTH)
    rows = (
        _export_row(
            row,
            categories.get(row.id, []),
            sees_contacts=reach.sees_contacts,
            may_follow=row.id in may_follow if may_follow else None,
            waves=waves,
        )
        for row in _by_name(statement)
    )
    return Table("Đại biểu", head, rows, widths, hidden=(head.index(MARK_HEAD),))


def _by_name(statement: Statement) -> Iterator[Row[Any]]:
    """People sorted by Tên, some at a time. Sorted here: the database would do it in one go, and nobody else would be
    served by this process meanwhile."""
    keys = statement.order_by(None).with_only_columns(Person.sort_key, Attendee.id, maintain_column_froms=True)
    ids = [id for _key, id in sorted((key, id) for key, id in _in_turns(keys))]
    for begin in range(0, len(ids), AT_ONCE):
        some = ids[begin : begin + AT_ONCE]
        found = {row.id: row for row in db.session.execute(statement.where(Attendee.id.in_(some)))}
        yield from (found[id] for id in some if id in found)
        time.sleep(0)


def _in_turns(statement: AnySelect) -> Iterator[tuple[Any, ...]]:
    """All rows; others are served between some of them."""
    for some in db.session.execute(statement.execution_options(yield_per=AT_ONCE)).partitions():
        yield from map(tuple, some)
        time.sleep(0)


def exported_table(statement: Statement, conference_code: str) -> Table:
    """The hidden sheet that names everybody in the list, so that rows that were taken out can be shown."""
    only_numbers = statement.order_by(None).with_only_columns(Attendee.number, maintain_column_froms=True)
    numbers = [number for (number,) in _in_turns(only_numbers)]
    head, *rows = numbers_sheet(conference_code, numbers)
    return Table(MARKS_SHEET, [str(head[0])], rows, is_hidden=True)


def _export_row(
    row: Row[Any],
    categories: Sequence[str],
    *,
    sees_contacts: bool,
    may_follow: bool | None,
    waves: Mapping[int, str],
) -> tuple[Cell, ...]:
    wave = {WAVE: waves.get(row.wave_id, "")} if waves else {}
    birth: date | int | None = row.birth_date or row.birth_year
    if not sees_contacts:
        birth = row.birth_date.year if row.birth_date else row.birth_year
    phone = (format_phone(row.phone_digits) if row.phone_digits else row.phone) if sees_contacts else None
    return (
        row.code,
        row.full_name,
        birth,
        SEX_WORDS.get(row.sex, ""),
        row.position,
        row.unit_name,
        row.site_name,
        "; ".join(categories),
        phone,
        row.email if sees_contacts else None,
        *([] if may_follow is None else ["Có" if may_follow else "Không"]),
        *wave.values(),
        marks_of(_values(row, categories) | _online(bool(may_follow) if waves else may_follow) | wave)
        if sees_contacts
        else "",
    )


def _online(may_follow: bool | None) -> dict[str, Value]:
    return {} if may_follow is None else {ONLINE: "yes" if may_follow else "no"}


def _values(row: Row[Any], categories: Sequence[str]) -> dict[str, Value]:
    """The same as an import compares."""
    return {
        "name": row.full_name,
        "birth": row.birth_date.isoformat() if row.birth_date else str(row.birth_year or ""),
        "sex": row.sex.value if row.sex else "",
        "position": row.position,
        "unit": row.unit_code,
        "site": row.site_code,
        "phone": row.phone_digits or row.phone or "",
        "email": row.email or "",
        "categories": list(categories),
    }


def moved_at_doors(conference_id: int, *, since: datetime) -> int:
    """How many were taken in for good by another door than the one they were called to."""
    moved = (
        Attendee.conference_id == conference_id,
        Attendee.called_site_id.is_not(None),
        Attendee.withdrawn_at.is_(None),
        Attendee.moved_at >= since,
    )
    return db.session.scalars(select(func.count()).select_from(Attendee).where(*moved)).one()
