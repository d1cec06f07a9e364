"""Changing what the directory says about a unit, and its history: it begins, it ends, another takes its place."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import update

from conference.directory.models import Person, Unit, UnitKind
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.text import collation_key, fold


def rename_unit(*, unit: Unit, was: str, name: str, short_name: str, by: Actor, at: datetime) -> None:
    """Write a unit's names. ``was`` is the name that was on the screen: raises ``changed_meanwhile`` for another."""
    changed = changed_rows(
        update(Unit)
        .where(Unit.id == unit.id, Unit.name == was)
        .values(name=name, short_name=short_name, name_folded=fold(name), sort_key=collation_key(name))
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(unit, ["name", "short_name", "name_folded", "sort_key"])
    record(by=by, at=at, action="unit.rename", subject=("unit", unit.id))


def found_unit(
    *,
    code: str,
    name: str,
    short_name: str,
    kind: UnitKind,
    parent: Unit,
    valid_from: date | None,
    by: Actor,
    at: datetime,
) -> Unit:
    """Add a unit below another. The code must be new."""
    unit = Unit(
        code=code,
        name=name,
        short_name=short_name,
        name_folded=fold(name),
        sort_key=collation_key(name),
        kind=kind,
        level=parent.level + 1,
        parent_id=parent.id,
        path="",
        province=parent.province,
        valid_from=valid_from,
    )
    db.session.add(unit)
    db.session.flush()
    unit.path = f"{parent.path}{unit.id}/"
    db.session.flush()
    record(by=by, at=at, action="unit.found", subject=("unit", unit.id), after={"parent": parent.id})
    return unit


def end_unit(*, unit: Unit, valid_to: date, successor: Unit | None, by: Actor, at: datetime) -> None:
    """Close a unit from a day on; its name and place stay as they were, for the conferences of its time.

    Raises ``units_in_a_circle`` when the successor was itself succeeded, in the end, by this unit.
    """
    seen = {unit.id}
    following = successor
    while following is not None:
        if following.id in seen:
            raise DomainError("units_in_a_circle")
        seen.add(following.id)
        following = db.session.get(Unit, following.successor_id) if following.successor_id else None
    before = {"valid_to": unit.valid_to.isoformat() if unit.valid_to else None, "successor": unit.successor_id}
    unit.valid_to, unit.successor_id = valid_to, successor.id if successor else None
    db.session.flush()
    after = {"valid_to": valid_to.isoformat(), "successor": unit.successor_id}
    record(by=by, at=at, action="unit.end", subject=("unit", unit.id), before=before, after=after)


def reopen_unit(*, unit: Unit, by: Actor, at: datetime) -> None:
    """Take the end of a unit back. People who have followed the successor stay there."""
    before = {"valid_to": unit.valid_to.isoformat() if unit.valid_to else None, "successor": unit.successor_id}
    unit.valid_to, unit.successor_id = None, None
    db.session.flush()
    record(by=by, at=at, action="unit.reopen", subject=("unit", unit.id), before=before)


def follow_successor(*, unit: Unit, by: Actor, at: datetime) -> int:
    """Let the people of a unit that has ended belong to its successor. Lists of conferences stay as they are.

    Raises ``unit_without_successor``. Repeatable; returns how many went.
    """
    if unit.valid_to is None or unit.successor_id is None:
        raise DomainError("unit_without_successor")
    moved = changed_rows(
        update(Person)
        .where(Person.unit_id == unit.id)
        .values(unit_id=unit.successor_id)
        .execution_options(synchronize_session=False)
    )
    if moved:
        after = {"successor": unit.successor_id, "people": moved}
        record(by=by, at=at, action="unit.follow", subject=("unit", unit.id), after=after)
    return moved
