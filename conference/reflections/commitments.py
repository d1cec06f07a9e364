"""What people have said they will do, as handed in: their units gather it for the plan by which they carry it out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import false, or_, select

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.reflections.content import Commitment, from_canonical
from conference.reflections.models import Reflection, Submission
from conference.reflections.rules import ReflectionState
from conference.registry.models import Attendee

AT_ONCE = 500
BY_UNIT = (Unit.sort_key, Person.sort_key)


@dataclass(frozen=True)
class Promised:
    """One person's lines."""

    number: int
    full_name: str
    position: str
    unit: str
    lines: tuple[Commitment, ...]


def commitments_page(conference_id: int, ask: Ask, *, within: Iterable[str] | None) -> Page[Promised]:
    """People with lines in the paper that counts, of these units and the units below them; everybody without any.

    First whose turn it is, then what only those few have written.
    """
    papers = _papers_with_lines(conference_id, within)
    page = page_of(
        _named(papers),
        ask,
        sorts={"unit": BY_UNIT, "name": (Person.sort_key,)},
        default="unit",
        last=Reflection.id,
        total_of=papers,
    )
    return Page(_promised([row.id for row in page.items]), page.total, page.ask)


def all_commitments(conference_id: int, *, within: Iterable[str] | None) -> Iterator[Promised]:
    """The same for a sheet, unit by unit, a few at a time. Sorted here: the database would do it in one go, and nobody
    else would be served meanwhile."""
    named = _named(_papers_with_lines(conference_id, within)).add_columns(*BY_UNIT).execution_options(yield_per=AT_ONCE)
    rows = []
    for some in db.session.execute(named).partitions():
        rows += [(unit, person, id) for id, unit, person in some]
        time.sleep(0)
    ids = [id for _unit, _person, id in sorted(rows)]
    for begin in range(0, len(ids), AT_ONCE):
        yield from _promised(ids[begin : begin + AT_ONCE])
        time.sleep(0)


def _papers_with_lines(conference_id: int, within: Iterable[str] | None) -> AnySelect:
    statement = (
        select(Reflection.id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .where(
            Attendee.conference_id == conference_id,
            Attendee.withdrawn_at.is_(None),
            Reflection.state == ReflectionState.SUBMITTED,
            Reflection.commitments > 0,
        )
    )
    if within is not None:
        paths = [Unit.path.startswith(path, autoescape=True) for path in within]
        statement = statement.where(Attendee.unit_id.in_(select(Unit.id).where(or_(false(), *paths))))
    return statement


def _named(papers: AnySelect) -> AnySelect:
    return papers.join(Person, Person.id == Attendee.person_id).join(Unit, Unit.id == Attendee.unit_id)


def _promised(reflection_ids: Sequence[int]) -> list[Promised]:
    """What these papers promise, in this order."""
    rows = db.session.execute(
        select(
            Reflection.id,
            Attendee.number,
            Person.full_name,
            Attendee.position,
            Unit.name.label("unit"),
            Submission.content,
        )
        .select_from(Submission)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(Reflection.id.in_(reflection_ids), Submission.version == Reflection.current_version)
    )
    found = {
        row.id: Promised(row.number, row.full_name, row.position, row.unit, from_canonical(row.content).commitments)
        for row in rows
    }
    return [found[id] for id in reflection_ids]
