"""People without a ticket, as a group of deliveries brings them: one who is called after all, or one who is added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from conference.checkin.forms import Stranger
from conference.checkin.looked_up import CalledPerson, CountingDevice
from conference.checkin.statements import BY_ID, LOCK_CONFERENCES, NAMESAKES
from conference.directory.models import Unit
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.text import fold, phone_digits
from conference.planning.models import Conference
from conference.registry import actions as registry
from conference.registry.models import Attendee
from conference.registry.tickets import KeyRing
from conference.sites.models import Site

Namesake = tuple[int, date | None, str | None]
"""An attendee with birth date and phone."""


class WalkIns:
    """Filled by ``look_up``; grows with whom the group itself adds, so that nobody is added twice."""

    def __init__(self, connection: Connection, keys: KeyRing) -> None:
        self.connection = connection
        self.keys = keys
        self.namesakes: dict[tuple[int, str], list[Namesake]] = defaultdict(list)
        self.rows: dict[int, CalledPerson] = {}

    def look_up(self, people: Iterable[tuple[Stranger, int]]) -> set[int]:
        """Who is called and could be one of these (person, conference). Gives the attendees that are.

        Two doors that bring the same person wait for each other here, and the second finds whom the first added.
        """
        asked = list(people)
        if not asked:
            return set()
        conferences = sorted({conference for _person, conference in asked})
        self.connection.execute(LOCK_CONFERENCES, {"ids": conferences}).all()
        names = sorted({fold(person.name) for person, _conference in asked})
        for row in self.connection.execute(NAMESAKES, {"conferences": conferences, "names": names}):
            self.namesakes[row.conference_id, row.name_folded].append((row.id, row.birth_date, row.phone_digits))
        found = {id for person, conference in asked if (id := self._same_id(person, conference)) is not None}
        self._read(found)
        return found

    def same_as(self, person: Stranger, conference_id: int) -> CalledPerson | None:
        """Who this is by the rule: the same folded name, and the same full birth date or the same phone."""
        id = self._same_id(person, conference_id)
        return None if id is None else self.rows[id]

    def _same_id(self, person: Stranger, conference_id: int) -> int | None:
        digits = phone_digits(person.phone) if person.phone else None
        for id, born, phone in self.namesakes.get((conference_id, fold(person.name)), ()):
            if (person.birth_date and born == person.birth_date) or (digits and phone == digits):
                return id
        return None

    def add(self, person: Stranger, device: CountingDevice, wave_id: int | None, *, at: datetime) -> CalledPerson:
        """Call somebody who is on no list to the site of this door, in the wave that is there now."""
        conference = db.session.get_one(Conference, device.conference_id)
        who = new_person(person, site_id=device.site_id, conference_id=conference.id, wave_id=wave_id)
        by = Actor(ActorKind.DEVICE, device.id)
        added = registry.add_walk_in(conference=conference, who=who, ring=self.keys, by=by, at=at)
        digits = phone_digits(person.phone) if person.phone else None
        self.namesakes[conference.id, fold(person.name)].append((added.id, person.birth_date, digits))
        self._read({added.id})
        return self.rows[added.id]

    def _read(self, ids: set[int]) -> None:
        if ids:
            found = map(CalledPerson._make, self.connection.execute(BY_ID, {"ids": sorted(ids)}))
            self.rows |= {one.id: one for one in found}


def new_person(person: Any, *, site_id: int, conference_id: int, wave_id: int | None) -> registry.NewPerson:
    """Somebody as a host wrote them down, ready to be called: with the unit of that name, else the site's own."""
    return registry.NewPerson(
        full_name=getattr(person, "name", None) or person.full_name,
        unit_id=_unit_named(person.unit, site_id, conference_id),
        site_id=site_id,
        wave_id=wave_id,
        position=person.position,
        birth_date=person.birth_date,
        birth_year=person.birth_year,
        phone=person.phone,
        must_write=False,
    )


def _unit_named(words: str, site_id: int, conference_id: int) -> int:
    """The unit with this name: one that has people at the site before others, and then only when there is just one."""
    host = db.session.get_one(Site, site_id).host_unit_id
    if not words:
        return host
    here = (
        select(func.count())
        .where(Attendee.conference_id == conference_id, Attendee.site_id == site_id, Attendee.unit_id == Unit.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Unit.id, here.label("here"))
        .where(Unit.name_folded == fold(words))
        .order_by(here.desc(), Unit.id)
        .limit(2)
    ).all()
    if not rows or (not rows[0].here and len(rows) > 1):
        return host
    return int(rows[0].id)


def walk_in_row(id: UUID, person: Stranger, device: CountingDevice) -> dict[str, Any]:
    """What was written down, as its table keeps it."""
    return {
        "scan_id": id,
        "conference_id": device.conference_id,
        "full_name": person.name,
        "birth_date": person.birth_date,
        "birth_year": person.birth_year,
        "phone": person.phone,
        "unit": person.unit,
        "position": person.position,
    }
