"""What stands on the badges of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Site


def _rows() -> AnySelect:
    return (
        select(
            Attendee.number,
            Attendee.position,
            Attendee.seat,
            Attendee.ticket,
            Person.full_name,
            Unit.name.label("unit_name"),
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(Attendee.withdrawn_at.is_(None), Attendee.ticket.is_not(None))
        .order_by(Person.sort_key, Attendee.id)
    )


def people_at(conference_id: int, site_id: int) -> Sequence[Row[Any]]:
    """Everybody at a site who has a ticket, sorted by Tên as the reception desk lays the badges out."""
    return db.session.execute(_rows().where(Attendee.conference_id == conference_id, Attendee.site_id == site_id)).all()


def one_person(attendee_id: int) -> Sequence[Row[Any]]:
    return db.session.execute(_rows().where(Attendee.id == attendee_id)).all()


def sites_with_people(conference_id: int) -> Sequence[Row[Any]]:
    """(id, code, name, province, people) of the sites that join, as the organiser's list has them."""
    called = (
        select(Attendee.site_id, func.count().label("people"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id)
        .subquery()
    )
    return db.session.execute(
        select(Site.id, Site.code, Site.name, Site.province, func.coalesce(called.c.people, 0).label("people"))
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .outerjoin(called, called.c.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.position, Site.id)
    ).all()


def heading(conference: Conference) -> dict[str, str]:
    """The two lines above the code: who issues, and what for."""
    return {"superior": conference.host_unit.name, "body": conference.title, "title": conference.title}
