"""What hangs on units that are to end, and who of a merger has gone along already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.journal import JournalEntry
from conference.planning.models import Conference, ConferenceState
from conference.registry.called import is_summoned
from conference.registry.models import Attendee
from conference.registry.naming.models import Quota
from conference.sites.models import ConferenceSite, Site


@dataclass(frozen=True)
class Part:
    """One of the units, with what hangs on it."""

    id: int
    code: str
    name: str
    people: int
    below: int  # units right below that still exist
    sites: int


@dataclass
class Touched:
    """A conference that is not over on the day of the merger, and what of it belongs to the units."""

    code: str
    title: str
    starts_on: date
    called: int = 0
    places: int = 0
    sites: int = 0


def parts_of(unit_ids: Sequence[int]) -> list[Part]:
    """These units in the order of their names; one query."""
    child = aliased(Unit)
    people = select(func.count(Person.id)).where(Person.unit_id == Unit.id).scalar_subquery()
    below = select(func.count(child.id)).where(child.parent_id == Unit.id, child.valid_to.is_(None)).scalar_subquery()
    sites = select(func.count(Site.id)).where(Site.host_unit_id == Unit.id).scalar_subquery()
    rows = db.session.execute(
        select(Unit.id, Unit.code, Unit.name, people, below, sites)
        .where(Unit.id.in_(unit_ids))
        .order_by(Unit.sort_key, Unit.id)
    )
    return [Part(*row) for row in rows]


def touched(unit_ids: Sequence[int], day: date) -> list[Touched]:
    """The conferences on that day or later in which these units have people, quotas or sites; four queries."""
    conferences = {
        row.id: Touched(row.code, row.title, row.starts_on)
        for row in db.session.scalars(
            select(Conference)
            .where(Conference.ends_on >= day, Conference.state != ConferenceState.CLOSED)
            .order_by(Conference.starts_on, Conference.id)
        )
    }
    mine = Attendee.unit_id.in_(unit_ids)
    called = select(Attendee.conference_id, func.count()).where(mine, is_summoned()).group_by(Attendee.conference_id)
    for id, count in db.session.execute(called):
        if id in conferences:
            conferences[id].called = count
    places = select(Quota.conference_id, func.sum(Quota.places)).where(Quota.unit_id.in_(unit_ids))
    for id, count in db.session.execute(places.group_by(Quota.conference_id)):
        if id in conferences:
            conferences[id].places = count
    sites = (
        select(ConferenceSite.conference_id, func.count())
        .join(Site, Site.id == ConferenceSite.site_id)
        .where(Site.host_unit_id.in_(unit_ids))
        .group_by(ConferenceSite.conference_id)
    )
    for id, count in db.session.execute(sites):
        if id in conferences:
            conferences[id].sites = count
    return [one for one in conferences.values() if one.called or one.places or one.sites]


def merged_into(successor_id: int, day: date) -> Sequence[Unit]:
    """The units that this one took the place of on a day."""
    return db.session.scalars(
        select(Unit)
        .where(Unit.successor_id == successor_id, Unit.valid_to == day)
        .order_by(Unit.sort_key, Unit.id)
        .execution_options(populate_existing=True)
    ).all()


def have_gone_along(unit_ids: Sequence[int]) -> bool:
    """Whether people of these units have followed the successor since the units were last closed."""
    newest = select(func.max(JournalEntry.id)).where(
        JournalEntry.subject_kind == "unit", JournalEntry.subject_id.in_(unit_ids)
    )
    followed = db.session.scalar(newest.where(JournalEntry.action == "unit.follow")) or 0
    ended = db.session.scalar(newest.where(JournalEntry.action == "unit.end")) or 0
    return followed > ended
