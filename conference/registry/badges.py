"""What stands on the badges of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Row, Subquery, case, cast, func, or_, select

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import fold
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


def _called(conference_id: int) -> Subquery:
    return (
        select(Attendee.site_id, func.count().label("people"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id)
        .subquery()
    )


def _sites(conference_id: int, only: frozenset[int] | None) -> AnySelect:
    called = _called(conference_id)
    statement = (
        select(Site.id, Site.code, Site.name, Site.province, func.coalesce(called.c.people, 0).label("people"))
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .outerjoin(called, called.c.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
    )
    return statement if only is None else statement.where(Site.id.in_(only))


def sites_with_people(conference_id: int) -> Sequence[Row[Any]]:
    """(id, code, name, province, people) of the sites that join, as the organiser's list has them."""
    return db.session.execute(_sites(conference_id, None).order_by(ConferenceSite.position, Site.id)).all()


def site_with_people(conference_id: int, site_id: int) -> Row[Any]:
    """The same of one site. Raises ``not_found`` when it does not join (any more)."""
    found = db.session.execute(_sites(conference_id, frozenset({site_id}))).first()
    if found is None:
        raise DomainError("not_found")
    return found


def sites_page(conference_id: int, ask: Ask, only: frozenset[int] | None) -> Page[Any]:
    """The same of one page. ``only``: of these sites, None for all. Filter: q (in the name, or the whole code)."""
    statement = _sites(conference_id, only)
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(
            or_(Site.name_folded.contains(words, autoescape=True), func.lower(Site.code) == words)
        )
    return page_of(
        statement, ask, sorts={"position": (ConferenceSite.position,)}, default="position", last=ConferenceSite.id
    )


def totals(conference_id: int, only: frozenset[int] | None) -> Row[int, int, int]:
    """(sites, peopled, people) over the sites that join: how many there are, to how many somebody is called, and how
    many people that is. ``only``: of these sites, None for all."""
    sites = _sites(conference_id, only).subquery()
    return db.session.execute(
        select(
            func.count().label("sites"),
            func.count(case((sites.c.people > 0, 1))).label("peopled"),
            cast(func.coalesce(func.sum(sites.c.people), 0), Integer).label("people"),
        ).select_from(sites)
    ).one()


def heading(conference: Conference) -> dict[str, str]:
    """The two lines above the code: who issues, and what for."""
    return {"superior": conference.host_unit.name, "body": conference.title, "title": conference.title}
