"""What stands in the pack of papers that a site gets: who is called there, when, and who answers for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.planning.documents.queries import documents_of
from conference.planning.models import Conference
from conference.planning.queries import programme_of
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Site

ROWS_FOR_OTHERS = 6
"""Empty rows at the end of a sheet, for substitutes, guests and who is not on the list."""

SPARES_A_PAGE = 4
SPARE_SHARE = 0.02


def conference_of(conference_id: int) -> Conference | None:
    return db.session.scalars(
        select(Conference).where(Conference.id == conference_id).options(joinedload(Conference.host_unit))
    ).first()


@dataclass(frozen=True)
class Readings:
    """What there is to read of one topic."""

    title: str
    names: Sequence[str]


def readings_of(conference_id: int) -> list[Readings]:
    """The documents of topics, in the order of the programme; a fixed number of queries."""
    found = documents_of(conference_id)
    topics = [topic for half in programme_of(conference_id) for topic in half.topics if topic.id in found]
    return [Readings(topic.title, [one.name for one in found[topic.id]]) for topic in topics]


def people_of(conference_id: int, site_id: int) -> Sequence[Any]:
    """Everybody called to a site, sorted by Tên as the lists and the badges are."""
    return db.session.execute(
        select(
            Attendee.number,
            Attendee.position,
            Attendee.seat,
            Attendee.wave_id,
            Person.full_name,
            Person.birth_date,
            Person.birth_year,
            Unit.name.label("unit_name"),
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(Attendee.conference_id == conference_id, Attendee.site_id == site_id, Attendee.withdrawn_at.is_(None))
        .order_by(Person.sort_key, Attendee.id)
    ).all()


def joined_site(conference_id: int, site_id: int) -> ConferenceSite:
    return db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.site_id == site_id)
        .options(joinedload(ConferenceSite.site).joinedload(Site.host_unit), joinedload(ConferenceSite.hall))
    ).one()


def spares_for(people: int) -> int:
    """How many spare badges: two in a hundred, in whole pages."""
    return SPARES_A_PAGE * max(1, math.ceil(people * SPARE_SHARE / SPARES_A_PAGE))
