"""Reading the seats of a site: the plan of its hall, what is reserved, and who sits where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page
from conference.foundation.text import fold, sort_key
from conference.registry.called import called_by_site
from conference.registry.models import Attendee
from conference.registry.seats.models import SeatPin
from conference.registry.seats.rules import Block, HallState, state_of_hall
from conference.sites.models import ConferenceSite, Hall, HallBlock, Site


@dataclass(frozen=True)
class Sitter:
    """Somebody who is called to a site, in the order of units and names."""

    attendee_id: int
    number: int
    name: str
    unit_id: int
    unit: str
    seat: str | None
    wave_id: int | None


def blocks_of(hall_id: int | None) -> list[Block]:
    """The plan of a hall; empty when it has none."""
    rows = db.session.scalars(select(HallBlock).where(HallBlock.hall_id == hall_id).order_by(HallBlock.position))
    return [Block(row.name, row.rows, row.seats_per_row) for row in rows]


def pins_of(joined: ConferenceSite) -> Sequence[SeatPin]:
    return db.session.scalars(
        select(SeatPin)
        .where(SeatPin.conference_site_id == joined.id)
        .options(joinedload(SeatPin.attendee))
        .order_by(SeatPin.id)
    ).all()


def sitters_at(joined: ConferenceSite, host_unit_id: int) -> list[Sitter]:
    """Everybody who is called to a site: the host unit's people first, then unit by unit, each by given name."""
    rows = db.session.execute(
        select(Attendee.id, Attendee.number, Person.full_name, Unit.id, Unit.name, Attendee.seat, Attendee.wave_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(
            Attendee.conference_id == joined.conference_id,
            Attendee.site_id == joined.site_id,
            Attendee.withdrawn_at.is_(None),
        )
        .order_by(case((Unit.id == host_unit_id, 0), else_=1), Unit.sort_key, Unit.id, Person.sort_key, Attendee.number)
    )
    return [Sitter(*row) for row in rows]


def count_seats(joined: ConferenceSite) -> tuple[int, int]:
    """How many are called to a site, and how many of them have a seat."""
    called, seated = db.session.execute(
        select(func.count(), func.count(Attendee.seat)).where(
            Attendee.conference_id == joined.conference_id,
            Attendee.site_id == joined.site_id,
            Attendee.withdrawn_at.is_(None),
        )
    ).one()
    return called, seated


def attendees_numbered(joined: ConferenceSite, numbers: Sequence[int]) -> dict[int, int]:
    """Number -> id, of those called to this site."""
    rows = db.session.execute(
        select(Attendee.number, Attendee.id).where(
            Attendee.conference_id == joined.conference_id,
            Attendee.site_id == joined.site_id,
            Attendee.withdrawn_at.is_(None),
            Attendee.number.in_(numbers),
        )
    )
    return {row.number: row.id for row in rows}


def by_name(sitters: Sequence[Sitter]) -> list[Sitter]:
    """The same people by given name, as a list at the door has them."""
    return sorted(sitters, key=lambda sitter: (sort_key(sitter.name), sitter.number))


def sites_with_halls(conference_id: int) -> Sequence[int]:
    """The sites that have a hall, in the order of the conference's list."""
    return db.session.scalars(
        select(ConferenceSite.site_id)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.hall_id.is_not(None))
        .order_by(ConferenceSite.position, ConferenceSite.id)
    ).all()


@dataclass(frozen=True)
class HallSeats:
    """A hall in figures."""

    site_id: int
    name: str
    province: str
    hall: str | None
    capacity: int | None
    planned: int
    called: int
    seated: int
    at_once: int  # of those called

    @property
    def state(self) -> HallState:
        return state_of_hall(
            has_hall=self.hall is not None,
            planned=self.planned,
            called=self.called,
            at_once=self.at_once,
            seated=self.seated,
        )


def halls(conference_id: int) -> list[HallSeats]:
    """Every site with its hall, what is planned there and who has a seat: what needs a hand first, in one query."""
    people = (
        select(Attendee.site_id, func.count().label("called"), func.count(Attendee.seat).label("seated"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id)
        .subquery()
    )
    called = called_by_site(conference_id)
    plans = (
        select(HallBlock.hall_id, func.sum(HallBlock.rows * HallBlock.seats_per_row).label("seats"))
        .group_by(HallBlock.hall_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Site.id,
            Site.name,
            Site.province,
            Hall.name,
            Hall.capacity,
            func.coalesce(plans.c.seats, 0),
            func.coalesce(people.c.called, 0),
            func.coalesce(people.c.seated, 0),
            func.coalesce(called.c.at_once, 0),
        )
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .outerjoin(plans, plans.c.hall_id == ConferenceSite.hall_id)
        .outerjoin(people, people.c.site_id == Site.id)
        .outerjoin(called, called.c.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.position, ConferenceSite.id)
    )
    order = list(HallState)
    return sorted((HallSeats(*row) for row in rows), key=lambda hall: order.index(hall.state))


def page_of_halls(found: Sequence[HallSeats], ask: Ask) -> Page[HallSeats]:
    """One page of them. Filters: ``q`` (words of the site or province), ``state``."""
    words, state = fold(ask.query.get("q", "")).split(), ask.query.get("state", "")
    shown = [
        hall
        for hall in found
        if state in ("", hall.state) and all(word in fold(f"{hall.name} {hall.province}") for word in words)
    ]
    number = min(ask.number, max(1, -(-len(shown) // ask.size)))
    first = (number - 1) * ask.size
    return Page(shown[first : first + ask.size], len(shown), replace(ask, number=number, sort=""))
