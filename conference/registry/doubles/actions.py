"""Merging two lines of a list into one, undoing it exactly, and telling two people apart."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, UniqueConstraint, Uuid, and_, delete, func, insert, select, update

from conference.directory.models import Person
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.registry.doubles.models import Merge, ToldApart
from conference.registry.models import Attendee, attendee_categories
from conference.registry.naming.freezing import counts_as, note_change, settle
from conference.registry.naming.rules import ListChangeKind
from conference.registry.signals import roster_changed

FACTS = ("scans", "attendances", "reflections", "papers", "released_marks", "make_up_studies")
"""Tables of what somebody did. They are never moved: who has such rows is the one that is kept."""

STAYING = frozenset({*FACTS, "attendee_categories", "imported_values", "list_changes", "merges", "case_rulings"})
"""Tables whose rows stay with the line they are about."""

GAPS = ("birth_date", "birth_year", "sex", "position", "phone", "phone_digits", "email")


def merge(*, conference: Conference, first: Attendee, second: Attendee, by: Actor, at: datetime) -> Merge:
    """Make one of two lines: ``first`` is kept, unless only ``second`` has been counted or has written.

    The other goes off the list; requests and answers move, categories and gaps in what is known are filled. Raises
    ``merge_both_counted`` when both have facts of their own, which nobody may alter, and ``attendee_withdrawn``.
    """
    db.session.execute(select(Conference.id).where(Conference.id == conference.id).with_for_update())
    if first.id == second.id or not first.conference_id == second.conference_id == conference.id:
        raise DomainError("bad_request")
    if first.withdrawn_at is not None or second.withdrawn_at is not None:
        raise DomainError("attendee_withdrawn")
    settle(conference.id, at)
    kept, gone = first, second
    acted = with_facts((kept.id, gone.id))
    if gone.id in acted:
        if kept.id in acted:
            raise DomainError("merge_both_counted")
        kept, gone = gone, kept
    moved = [*_move_rows(kept.id, gone.id), *_fill_gaps(kept.person_id, gone.person_id)]
    moved += _add_categories(kept.id, gone.id)
    moved += _restand(kept, gone)
    db.session.execute(
        update(Attendee)
        .where(Attendee.id == gone.id)
        .values(withdrawn_at=at, calendar_sequence=Attendee.calendar_sequence + 1)
    )
    found = Merge(
        conference_id=conference.id,
        kept_id=kept.id,
        gone_id=gone.id,
        moved=moved,
        merged_at=at,
        merged_by=_account(by),
    )
    db.session.add(found)
    db.session.flush()
    db.session.expire_all()
    kind, delta = ListChangeKind.MERGED, -1 if counts_as(gone) and counts_as(kept) else 0
    note_change(gone, kind, delta=delta, by=by, at=at)
    _note(found, "attendee.merge", by=by, at=at)
    _announce(conference.id, kept, gone)
    return found


def undo(*, merge: Merge, by: Actor, at: datetime) -> None:
    """Restore both lines as they were. What was changed since by somebody stays. Raises ``changed_meanwhile``."""
    settle(merge.conference_id, at)
    changed = changed_rows(
        update(Merge)
        .where(Merge.id == merge.id, Merge.undone_at.is_(None))
        .values(undone_at=at, undone_by=_account(by))
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    for step in reversed(merge.moved):
        _take_back(step)
    db.session.execute(
        update(Attendee)
        .where(Attendee.id == merge.gone_id)
        .values(withdrawn_at=None, calendar_sequence=Attendee.calendar_sequence + 1)
    )
    db.session.expire_all()
    kept, gone = db.session.get_one(Attendee, merge.kept_id), db.session.get_one(Attendee, merge.gone_id)
    delta = 1 if counts_as(gone) and counts_as(kept) else 0
    note_change(gone, ListChangeKind.UNMERGED, delta=delta, by=by, at=at)
    _note(merge, "attendee.unmerge", by=by, at=at)
    _announce(merge.conference_id, kept, gone)


def tell_apart(*, first: Attendee, second: Attendee, by: Actor, at: datetime) -> None:
    """Remember that these are two people. Repeatable."""
    low, high = sorted((first.person_id, second.person_id))
    if db.session.get(ToldApart, (low, high)) is None:
        db.session.add(ToldApart(first_id=low, second_id=high, decided_at=at, decided_by=_account(by)))
        db.session.flush()
        record(by=by, at=at, action="person.tell_apart", subject=("person", low), after={"other": high})


def _account(by: Actor) -> int | None:
    return by.id if by.kind is ActorKind.ACCOUNT else None


def _note(merge: Merge, action: str, *, by: Actor, at: datetime) -> None:
    record(
        by=by,
        at=at,
        action=action,
        subject=("attendee", merge.kept_id),
        after={"merge": merge.id, "gone": merge.gone_id},
    )


def _announce(conference_id: int, kept: Attendee, gone: Attendee) -> None:
    roster_changed.announce(conference_id=conference_id, site_ids=frozenset({kept.site_id, gone.site_id}))


# ---- what refers to a line of the list


def _references() -> list[tuple[Table, Column[Any]]]:
    """Every column of every table, of whatever area, that names an attendee."""
    attendees = db.metadata.tables["attendees"]
    return [
        (table, column)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is attendees for key in column.foreign_keys)
    ]


def with_facts(attendee_ids: Collection[int]) -> set[int]:
    """Which of them have been counted, have written or have a mark; a query a table, however many they are."""
    return {
        id
        for table, column in _references()
        if table.name in FACTS
        for id in db.session.scalars(select(column).where(column.in_(attendee_ids)).distinct())
    }


def _move_rows(kept_id: int, gone_id: int) -> list[dict[str, Any]]:
    """Let requests and answers be the kept one's. Where only one row is allowed and there is one, the other stays."""
    moved: list[dict[str, Any]] = []
    for table, column in _references():
        if table.name in STAYING or column.primary_key:
            continue
        has_one = select(func.count()).select_from(table).where(column == kept_id)
        if _is_single(table, column) and db.session.scalar(has_one):
            continue
        keys = list(table.primary_key.columns)
        for key in db.session.execute(select(*keys).where(column == gone_id)).all():
            moved.append(_step(table.name, _key_of(table, key), column.name, gone_id, kept_id))
        db.session.execute(update(table).where(column == gone_id).values({column.name: kept_id}))
    return moved


def _is_single(table: Table, column: Column[Any]) -> bool:
    """True where somebody may have one row only, alone or together with something else."""
    unique = [constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    unique += [index.columns for index in table.indexes if index.unique]
    return any(column.name in columns for columns in unique)


def _key_of(table: Table, values: Any) -> dict[str, Any]:
    return {
        column.name: str(value) if not isinstance(value, int) else value
        for column, value in zip(table.primary_key.columns, values, strict=True)
    }


def _step(table: str, key: dict[str, Any], column: str, before: Any, after: Any) -> dict[str, Any]:
    return {"table": table, "key": key, "column": column, "before": before, "after": after}


def _fill_gaps(kept_id: int, gone_id: int) -> list[dict[str, Any]]:
    """What is known of one and not of the other is known of both. What it is does not go into the record of the merge:
    undoing it looks at the other person.
    """
    kept, gone = db.session.get_one(Person, kept_id), db.session.get_one(Person, gone_id)
    steps = []
    for name in GAPS:
        mine, theirs = getattr(kept, name), getattr(gone, name)
        if mine in (None, "") and theirs not in (None, ""):
            setattr(kept, name, theirs)
            steps.append(_step("people", {"id": kept_id}, name, mine, gone_id))
    db.session.flush()
    return steps


def _add_categories(kept_id: int, gone_id: int) -> list[dict[str, Any]]:
    def of(attendee_id: int) -> set[int]:
        column = attendee_categories.c
        return set(db.session.scalars(select(column.category_id).where(column.attendee_id == attendee_id)))

    new = sorted(of(gone_id) - of(kept_id))
    if new:
        rows = [{"attendee_id": kept_id, "category_id": id} for id in new]
        db.session.execute(insert(attendee_categories), rows)
    return [_step("attendee_categories", {"attendee_id": kept_id, "category_id": id}, "", None, None) for id in new]


def _restand(kept: Attendee, gone: Attendee) -> list[dict[str, Any]]:
    """Who is on a list under one name is on it under both: a walk-in who was called is no walk-in."""
    steps = []
    for name in ("is_walk_in", "is_substitute"):
        if getattr(kept, name) and counts_as(gone):
            setattr(kept, name, False)
            steps.append(_step("attendees", {"id": kept.id}, name, True, False))
    db.session.flush()
    return steps


def _take_back(step: dict[str, Any]) -> None:
    table = db.metadata.tables[step["table"]]
    here = and_(*(_column_is(table.c[name], value) for name, value in step["key"].items()))
    if step["table"] == "attendee_categories":
        db.session.execute(delete(table).where(here))
        return
    column, after = table.c[step["column"]], step["after"]
    if step["table"] == "people":
        other = table.alias()
        after = select(other.c[column.name]).where(other.c.id == after).scalar_subquery()
    db.session.execute(update(table).where(here, column == after).values({column.name: step["before"]}))


def _column_is(column: Column[Any], value: Any) -> Any:
    """Keys that JSON kept as text (an id of 128 bits) are compared as what they are."""
    return column == (UUID(value) if isinstance(column.type, Uuid) else value)
