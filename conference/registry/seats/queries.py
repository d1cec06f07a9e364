"""Reading the seats of a site: the plan of its hall, what is reserved, and who sits where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.text import sort_key
from conference.registry.models import Attendee
from conference.registry.seats.models import SeatPin
from conference.registry.seats.rules import Block
from conference.sites.models import ConferenceSite, HallBlock


@dataclass(frozen=True)
class Sitter:
    """Somebody who is called to a site, in the order of units and names."""

    attendee_id: int
    number: int
    name: str
    unit_id: int
    unit: str
    seat: str | None


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
        select(Attendee.id, Attendee.number, Person.full_name, Unit.id, Unit.name, Attendee.seat)
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
