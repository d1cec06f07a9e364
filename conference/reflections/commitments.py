"""What people have said they will do, as handed in: their units gather it for the plan by which they carry it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import false, or_, select

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.reflections.content import Commitment, from_canonical
from conference.reflections.models import Reflection, Submission
from conference.reflections.rules import ReflectionState
from conference.registry.models import Attendee

AT_ONCE = 500


@dataclass(frozen=True)
class Promised:
    """One person's lines."""

    number: int
    full_name: str
    position: str
    unit: str
    lines: tuple[Commitment, ...]


def commitments_page(conference_id: int, ask: Ask, *, within: Iterable[str] | None) -> Page[Promised]:
    """People with lines in the paper that counts, of these units and the units below them; everybody without any."""
    page = page_of(
        _with_lines(conference_id, within),
        ask,
        sorts={"unit": (Unit.sort_key, Person.sort_key), "name": (Person.sort_key,)},
        default="unit",
        last=Attendee.id,
    )
    return Page([_promised(row) for row in page.items], page.total, page.ask)


def all_commitments(conference_id: int, *, within: Iterable[str] | None) -> Iterator[Promised]:
    """The same for a sheet, unit by unit."""
    statement = _with_lines(conference_id, within).order_by(Unit.sort_key, Person.sort_key, Attendee.id)
    for row in db.session.execute(statement.execution_options(yield_per=AT_ONCE)):
        yield _promised(row)


def _with_lines(conference_id: int, within: Iterable[str] | None) -> AnySelect:
    statement = (
        select(Attendee.number, Person.full_name, Attendee.position, Unit.name.label("unit"), Submission.content)
        .join(Reflection, Reflection.attendee_id == Attendee.id)
        .join(Submission, Submission.reflection_id == Reflection.id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(
            Attendee.conference_id == conference_id,
            Attendee.withdrawn_at.is_(None),
            Reflection.state == ReflectionState.SUBMITTED,
            Submission.version == Reflection.current_version,
            Submission.commitments > 0,
            Submission.erased_at.is_(None),
        )
    )
    if within is not None:
        paths = [Unit.path.startswith(path, autoescape=True) for path in within]
        statement = statement.where(or_(false(), *paths))
    return statement


def _promised(row: Any) -> Promised:
    return Promised(row.number, row.full_name, row.position, row.unit, from_canonical(row.content).commitments)
