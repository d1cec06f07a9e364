"""Laying out a hall, reserving seats, and giving everybody one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, update

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.registry.models import Attendee
from conference.registry.seats import queries
from conference.registry.seats.models import SeatPin
from conference.registry.seats.rules import Block, Party, Seating, allocate, seats_of_place, usual_plan
from conference.registry.signals import roster_changed
from conference.sites.models import ConferenceSite, HallBlock
from conference.sites.queries import conference_site, every_site


def lay_out(*, joined: ConferenceSite, blocks: Sequence[Block], by: Actor, at: datetime) -> None:
    """Replace the plan of the site's hall. Nobody moves until seats are given anew. Raises ``hall_is_missing``."""
    if joined.hall_id is None:
        raise DomainError("hall_is_missing")
    db.session.execute(delete(HallBlock).where(HallBlock.hall_id == joined.hall_id))
    db.session.add_all(
        HallBlock(
            hall_id=joined.hall_id,
            position=position,
            name=block.name,
            rows=block.rows,
            seats_per_row=block.seats_per_row,
        )
        for position, block in enumerate(blocks, start=1)
    )
    db.session.flush()
    record(
        by=by,
        at=at,
        action="hall.lay_out",
        subject=("hall", joined.hall_id),
        after={"blocks": len(blocks), "seats": sum(block.seats for block in blocks)},
    )


@dataclass(frozen=True)
class Pin:
    """A place that one attendee gets, or that stays free for what the note says."""

    place: str
    attendee_id: int | None
    note: str


def reserve(*, joined: ConferenceSite, pins: Sequence[Pin], by: Actor, at: datetime) -> None:
    """Replace what is reserved at a site. Nobody moves until seats are given anew."""
    db.session.execute(delete(SeatPin).where(SeatPin.conference_site_id == joined.id))
    db.session.add_all(
        SeatPin(conference_site_id=joined.id, place=pin.place, attendee_id=pin.attendee_id, note=pin.note)
        for pin in pins
    )
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference_site.reserve_seats",
        subject=("conference_site", joined.id),
        after={"places": [pin.place for pin in pins]},
    )


@dataclass(frozen=True)
class Seated:
    """What came of giving seats."""

    seated: int
    moved: int
    unseated: int
    split: int


def give_seats(*, joined: ConferenceSite, host_unit_id: int, anew: bool, by: Actor, at: datetime) -> Seated:
    """Give everybody called to a site a seat. Announces ``roster_changed``. Raises ``hall_has_no_plan``.

    Repeatable: who has a seat keeps it unless it is gone or reserved meanwhile; ``anew`` forgets all but what is
    reserved. Who found no seat has none afterwards.
    """
    blocks = queries.blocks_of(joined.hall_id)
    if not blocks:
        raise DomainError("hall_has_no_plan")
    sitters = queries.sitters_at(joined, host_unit_id)
    pins = queries.pins_of(joined)
    seating = Seating()
    for wave_id in dict.fromkeys(sitter.wave_id for sitter in sitters):  # one after the other on the same seats
        parties: dict[int, list[int]] = {}
        for sitter in sitters:
            if sitter.wave_id == wave_id:
                parties.setdefault(sitter.unit_id, []).append(sitter.attendee_id)
        seating = seating.and_then(
            allocate(
                blocks,
                [Party(tuple(people)) for people in parties.values()],
                reserved={seat for pin in pins for seat in seats_of_place(blocks, pin.place)},
                pinned={pin.attendee_id: pin.place for pin in pins if pin.attendee_id is not None},
                kept={} if anew else {sitter.attendee_id: sitter.seat for sitter in sitters if sitter.seat},
            )
        )
    before = {sitter.attendee_id: sitter.seat for sitter in sitters}
    changed = {id: seating.seats.get(id) for id, seat in before.items() if seating.seats.get(id) != seat}
    if changed:
        db.session.connection().execute(
            update(Attendee.__table__)
            .where(Attendee.__table__.c.id == bindparam("id_"))
            .values(seat=bindparam("seat_")),
            [{"id_": id, "seat_": seat} for id, seat in changed.items()],
        )
        db.session.expire_all()
        roster_changed.announce(conference_id=joined.conference_id, site_ids=frozenset({joined.site_id}))
    moved = sum(before[id] is not None for id in changed)
    record(
        by=by,
        at=at,
        action="conference_site.give_seats",
        subject=("conference_site", joined.id),
        after={"seated": len(seating.seats), "moved": moved, "unseated": len(seating.unseated)},
    )
    return Seated(len(seating.seats), moved, len(seating.unseated), seating.split)


def give_seats_of_site(
    *, conference_id: int, site_id: int, lay_out_usual: bool, by: Actor, at: datetime
) -> Seated | None:
    """The same for one of many sites; None when its hall has no plan, or nobody is called there.

    With ``lay_out_usual`` a hall of which only the number of seats is known gets rows of the usual length first.
    """
    joined = conference_site(conference_id, site_id, every_site())
    if joined is None or joined.hall is None or not queries.count_seats(joined)[0]:
        return None
    if not queries.blocks_of(joined.hall_id):
        if not lay_out_usual:
            return None
        lay_out(joined=joined, blocks=usual_plan(joined.hall.capacity), by=by, at=at)
    return give_seats(joined=joined, host_unit_id=joined.site.host_unit_id, anew=False, by=by, at=at)
