"""Personal links for people whom no letter reaches: by unit, for its officer to hand on. A link is a secret of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect
from conference.registry.models import Attendee

MOST = 600
"""So many people's links are shown or printed at once; more are handed over unit by unit."""

AT_ONCE = 15
"""So many people stand in one message: longer ones are cut off or unread in a chat."""


@dataclass(frozen=True)
class Group:
    """A unit and those of its people whose links are handed on."""

    unit_name: str
    people: Sequence[Row[Any]]

    @property
    def messages(self) -> list[Sequence[Row[Any]]]:
        """The people, as many at a time as one message holds."""
        return [self.people[begin : begin + AT_ONCE] for begin in range(0, len(self.people), AT_ONCE)]


def unit_counts(statement: AnySelect) -> list[tuple[str, int]]:
    """How many of these people (rows of the registry's list) each unit has, in the order of the tree."""
    inner = statement.add_columns(Unit.path).order_by(None).subquery()
    groups = (inner.c.path, inner.c.unit_name)
    found = db.session.execute(select(*groups, func.count()).group_by(*groups).order_by(*groups))
    return [(name, count) for _path, name, count in found]


def groups_of(statement: AnySelect) -> list[Group]:
    """The people with what their links are made of, by unit. Raises ``too_many_links``."""
    rows = db.session.execute(
        statement.add_columns(Attendee.link_issue, Unit.path).order_by(None).order_by(Unit.path).limit(MOST + 1)
    ).all()
    if len(rows) > MOST:
        raise DomainError("too_many_links")
    units: dict[str, list[Row[Any]]] = {}
    for row in rows:
        units.setdefault(row.path, []).append(row)
    return [Group(people[0].unit_name, sorted(people, key=_by_name)) for people in units.values()]


def _by_name(row: Row[Any]) -> tuple[str, int]:
    return row.sort_key, row.id


def note_hand_over(*, conference_id: int, groups: Sequence[Group], way: str, by: Actor, at: datetime) -> None:
    """Who saw whose links is in the journal: opening one is acting as that person."""
    ids = sorted(row.id for group in groups for row in group.people)
    after = {"way": way, "people": len(ids), "attendees": ids}
    record(by=by, at=at, action="notices.hand_over", subject=("conference", conference_id), after=after)


def note_papers(*, conference_id: int, people: int, by: Actor, at: datetime) -> None:
    """Who had how many people's papers made."""
    after = {"people": people}
    record(by=by, at=at, action="notices.papers", subject=("conference", conference_id), after=after)
