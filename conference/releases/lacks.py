"""What a plan still lacks beyond its programme and halls: people and things in two places, gaps in the lists.

Each question is one statement, or two, whatever the size of the conference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from conference.directory.models import Person
from conference.foundation.db import db
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.registry.called import is_summoned
from conference.registry.models import Attendee
from conference.registry.naming.quotas import by_unit, quota_lines, seats_of_units, usual_site
from conference.registry.rules import Reach
from conference.sites.models import ConferenceSite, Site

NO_SITE = "site"
"""The filter of the list of people for who has no site here; the id of a conference is for whom it calls, too."""

Rows = Sequence[Row[*tuple[Any, ...]]]


def hosts_twice(conference_id: int) -> Rows:
    """(manager_name, manager_phone, site id, site name) of who is in charge of several sites, by their telephone."""
    phones = (
        select(ConferenceSite.manager_phone)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.manager_phone != "")
        .group_by(ConferenceSite.manager_phone)
        .having(func.count() > 1)
    )
    return db.session.execute(
        select(ConferenceSite.manager_name, ConferenceSite.manager_phone, Site.id, Site.name)
        .join(Site, Site.id == ConferenceSite.site_id)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.manager_phone.in_(phones))
        .order_by(ConferenceSite.manager_phone, ConferenceSite.position)
    ).all()


def at_the_same_time(conference: Conference, visible: ColumnElement[bool]) -> dict[int, str]:
    """Other conferences of which a study session runs while one of this does: id to title, empty where not visible.

    One that is called off is in nobody's way.
    """
    mine, other = aliased(StudySession), aliased(StudySession)
    rows = db.session.execute(
        select(Conference.id, case((visible, Conference.title), else_="").label("title"))
        .join(other, other.conference_id == Conference.id)
        .join(mine, and_(mine.doors_open_at < other.ends_at, other.doors_open_at < mine.ends_at))
        .where(
            mine.conference_id == conference.id,
            Conference.id != conference.id,
            Conference.state != ConferenceState.CALLED_OFF,
        )
        .distinct()
    )
    return {row.id: row.title for row in rows}


def taken_by_others(conference_id: int, others: Sequence[int]) -> Rows:
    """(site id, site name, other conference, manager_name, is_site) of sites and hosts that others have, too.

    A hall that two conferences take is told apart, for it stops a publication.
    """
    mine, other = aliased(ConferenceSite), aliased(ConferenceSite)
    same_site = and_(mine.site_id == other.site_id, func.coalesce(mine.hall_id, 0) != func.coalesce(other.hall_id, 0))
    same_host = and_(mine.site_id != other.site_id, mine.manager_phone != "", mine.manager_phone == other.manager_phone)
    return db.session.execute(
        select(
            Site.id,
            Site.name,
            other.conference_id.label("other"),
            mine.manager_name,
            (mine.site_id == other.site_id).label("is_site"),
        )
        .select_from(mine)
        .join(Site, Site.id == mine.site_id)
        .join(other, or_(same_site, same_host))
        .where(mine.conference_id == conference_id, other.conference_id.in_(others))
        .order_by(mine.position, other.conference_id)
    ).all()


def called_by_others(conference_id: int, others: Sequence[int]) -> dict[int, int]:
    """How many people of this list each of these conferences calls, too, to a study session at the same time."""
    mine, other = aliased(Attendee), aliased(Attendee)
    rows = db.session.execute(
        select(other.conference_id, func.count())
        .select_from(other)
        .join(mine, mine.person_id == other.person_id)
        .where(
            mine.conference_id == conference_id,
            mine.withdrawn_at.is_(None),
            other.conference_id.in_(others),
            other.withdrawn_at.is_(None),
            _meet(mine, other),
        )
        .group_by(other.conference_id)
    )
    return dict(rows.all())


def is_called_by(conference_id: int) -> ColumnElement[bool]:
    """True of people of a list whom this other conference calls, too, to a study session at the same time."""
    other = aliased(Attendee)
    return exists().where(
        other.conference_id == conference_id,
        other.person_id == Attendee.person_id,
        other.withdrawn_at.is_(None),
        _meet(Attendee, other),
    )


def _meet(one: type[Attendee], other: type[Attendee]) -> ColumnElement[bool]:
    """True where a study session of the one's wave runs while one of the other's does."""
    mine, theirs = aliased(StudySession), aliased(StudySession)
    pair = exists().where(
        mine.conference_id == one.conference_id,
        theirs.conference_id == other.conference_id,
        mine.doors_open_at < theirs.ends_at,
        theirs.doors_open_at < mine.ends_at,
        or_(mine.wave_id.is_(None), mine.wave_id == one.wave_id),
        or_(theirs.wave_id.is_(None), theirs.wave_id == other.wave_id),
    )
    return pair.correlate(one, other)


def has_no_site() -> ColumnElement[bool]:
    """True of people called to a site that does not join."""
    joined = select(ConferenceSite.site_id).where(
        ConferenceSite.conference_id == Attendee.conference_id, ConferenceSite.site_id == Attendee.site_id
    )
    return and_(is_summoned(), ~joined.exists())


def without_site(conference_id: int) -> int:
    counted = select(func.count()).select_from(Attendee)
    return db.session.scalar(counted.where(Attendee.conference_id == conference_id, has_no_site())) or 0


def called_twice(conference_id: int) -> list[str]:
    """Names that stand on the list more than once with the same full birth date or the same telephone."""
    found: set[str] = set()
    for same in (Person.birth_date, Person.phone_digits):
        found |= set(
            db.session.scalars(
                select(func.min(Person.full_name))
                .join(Attendee, Attendee.person_id == Person.id)
                .where(Attendee.conference_id == conference_id, is_summoned(), same.is_not(None))
                .group_by(Person.name_folded, same)
                .having(func.count() > 1)
            )
        )
    return sorted(found)


@dataclass(frozen=True)
class QuotaGap:
    """Places that nobody fills, the units that they belong to, and units with quotas that have no site."""

    places: int
    units: Sequence[str]
    homeless: Sequence[str]


def quota_gap(conference_id: int) -> QuotaGap:
    lines = quota_lines(conference_id, Reach(is_whole=True))
    if not lines:
        return QuotaGap(0, (), ())
    seats, paths = seats_of_units(conference_id), {line.unit_id: line.unit_path for line in lines}
    units = by_unit(lines)
    open_units = [unit for unit in units if unit.missing]
    return QuotaGap(
        sum(unit.missing for unit in open_units),
        [unit.unit_name for unit in open_units],
        [unit.unit_name for unit in units if usual_site(paths[unit.unit_id], seats) is None],
    )
