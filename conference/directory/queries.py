"""Reading units and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.sql.elements import ColumnElement

from conference.directory.models import Person, Unit, UnitKind
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold, row_number

MOST_CANDIDATES = 5


def below(path: str) -> ColumnElement[bool]:
    """The unit of this path and every unit under it. Paths hold digits and slashes only."""
    return Unit.path.like(f"{path}%")


def valid_on(day: date) -> ColumnElement[bool]:
    """Units that exist on a day: the first day is theirs, the last is not."""
    return and_(
        or_(Unit.valid_from.is_(None), Unit.valid_from <= day),
        or_(Unit.valid_to.is_(None), Unit.valid_to > day),
    )


def units_page(visible: ColumnElement[bool], ask: Ask) -> Page[Any]:
    """(unit, name of its parent). Filters: ``q`` (name, short name or code), ``level``, ``kind``, ``under``."""
    parent = aliased(Unit)
    statement = (
        select(Unit, parent.name.label("parent_name")).outerjoin(parent, parent.id == Unit.parent_id).where(visible)
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(
            Unit.name_folded.contains(words, autoescape=True) | (func.lower(Unit.code) == words)
        )
    if (level := row_number(ask.query.get("level", ""))) is not None:
        statement = statement.where(Unit.level == level)
    if ask.query.get("kind") in list(UnitKind):
        statement = statement.where(Unit.kind == UnitKind(ask.query["kind"]))
    if (under := row_number(ask.query.get("under", ""))) is not None:
        statement = statement.where(Unit.path.like(f"%/{under}/%"))
    return page_of(
        statement,
        ask,
        sorts={"tree": (Unit.level, Unit.sort_key), "name": (Unit.sort_key,), "code": (Unit.code,)},
        default="tree",
        last=Unit.id,
    )


def levels(visible: ColumnElement[bool]) -> Sequence[int]:
    return db.session.scalars(select(Unit.level).where(visible).distinct().order_by(Unit.level)).all()


@dataclass(frozen=True)
class PeopleCount:
    """People of a unit itself, and with everything below it."""

    own: int = 0
    all: int = 0


def people_counts(visible: ColumnElement[bool] | None = None) -> dict[int, PeopleCount]:
    """For every unit, in one query: each unit's own people are added to all units on its path."""
    rows = db.session.execute(
        select(Unit.id, Unit.path, func.count(Person.id))
        .join(Person, Person.unit_id == Unit.id)
        .where(true() if visible is None else visible)
        .group_by(Unit.id, Unit.path)
    )
    own: dict[int, int] = {}
    everything: dict[int, int] = {}
    for id, path, count in rows:
        own[id] = count
        for above in path.strip("/").split("/"):
            everything[int(above)] = everything.get(int(above), 0) + count
    return {id: PeopleCount(own.get(id, 0), total) for id, total in everything.items()}


def unit_with_parent(unit_id: int, visible: ColumnElement[bool]) -> Unit | None:
    return db.session.scalars(
        select(Unit)
        .where(Unit.id == unit_id, visible)
        .options(joinedload(Unit.parent))
        .execution_options(populate_existing=True)
    ).first()


def line_of(unit: Unit, visible: ColumnElement[bool]) -> Sequence[Unit]:
    """The units from the root down to this one's parent, as far as they may be seen."""
    ids = [int(part) for part in unit.path.strip("/").split("/") if part][:-1]
    return db.session.scalars(select(Unit).where(Unit.id.in_(ids), visible).order_by(Unit.level)).all() if ids else []


def children_of(unit_id: int) -> Sequence[Unit]:
    return db.session.scalars(select(Unit).where(Unit.parent_id == unit_id).order_by(Unit.sort_key, Unit.id)).all()


def people_page(unit: Unit, ask: Ask) -> Page[Any]:
    """(person, unit name) of a unit and everything below it. Filter: ``q``."""
    statement = (
        select(Person, Unit.name.label("unit_name")).join(Unit, Unit.id == Person.unit_id).where(below(unit.path))
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Person.name_folded.contains(words, autoescape=True))
    return page_of(
        statement,
        ask,
        sorts={"name": (Person.sort_key,), "unit": (Unit.sort_key, Person.sort_key)},
        default="name",
        last=Person.id,
    )


def units_called(words: str) -> Sequence[Unit]:
    """The units with this code, or else with this name or short name; several when the name is not unique."""
    by_code = db.session.scalars(select(Unit).where(func.lower(Unit.code) == words.lower())).all()
    if by_code:
        return by_code
    folded = fold(words)
    return db.session.scalars(
        select(Unit)
        .where((Unit.name_folded == folded) | (Unit.short_name == words))
        .order_by(Unit.level, Unit.sort_key)
        .limit(MOST_CANDIDATES)
    ).all()


def leading_units() -> Sequence[Unit]:
    """The central body and those right below it: offered while a host is typed."""
    return db.session.scalars(select(Unit).where(Unit.level <= 2).order_by(Unit.level, Unit.sort_key)).all()


def unit_names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {row.id: row.name for row in rows}


def own_people(unit_id: int, most: int) -> Sequence[Person]:
    """The first of a unit's own people by given name."""
    return db.session.scalars(
        select(Person).where(Person.unit_id == unit_id).order_by(Person.sort_key, Person.id).limit(most)
    ).all()


def own_count(unit_id: int) -> int:
    return db.session.scalar(select(func.count(Person.id)).where(Person.unit_id == unit_id)) or 0


def predecessors_of(unit_id: int) -> Sequence[Unit]:
    """The units whose place this one has taken."""
    return db.session.scalars(select(Unit).where(Unit.successor_id == unit_id).order_by(Unit.sort_key, Unit.id)).all()


def living_children(unit_id: int) -> int:
    return db.session.scalar(select(func.count(Unit.id)).where(Unit.parent_id == unit_id, Unit.valid_to.is_(None))) or 0
