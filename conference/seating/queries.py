"""Reading who sits where, the choices that are kept, and what a proposal would change."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import Row, Subquery, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import collation_key, fold
from conference.planning.models import Wave
from conference.planning.queries import waves_of
from conference.registry.called import called_by_site, is_summoned
from conference.registry.models import Attendee
from conference.registry.naming.quotas import ToCome, quota_lines, still_to_come
from conference.registry.rules import Reach, place_name
from conference.seating.arranging import NOWHERE, Conference, Place, Seated, UnitPlace, spot_of
from conference.seating.models import SeatingMove, SeatingPin, SeatingProposal
from conference.seating.rules import ProposalState
from conference.sites.models import ConferenceSite, Hall, Site


def conference_to_seat(conference_id: int, present: Subquery) -> Conference:
    """Everything a proposal is made from. ``present`` (column attendee_id) are those who have come already."""
    rows = db.session.execute(
        select(
            Attendee.id,
            Attendee.unit_id,
            Attendee.site_id,
            Attendee.wave_id,
            or_(Attendee.is_walk_in, Attendee.is_substitute, present.c.attendee_id.is_not(None)),
        )
        .outerjoin(present, present.c.attendee_id == Attendee.id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .order_by(Attendee.id)
    )
    named = [
        Seated(id, unit_id, spot_of(site_id, wave_id), bool(is_fixed))
        for id, unit_id, site_id, wave_id, is_fixed in rows
    ]
    people = (*named, *_unnamed(conference_id))
    places = _places(conference_id)
    pins = db.session.execute(
        select(SeatingPin.unit_id, SeatingPin.attendee_id, SeatingPin.site_id).where(
            SeatingPin.conference_id == conference_id
        )
    ).all()
    return Conference(
        people,
        places,
        _units(people, places),
        unit_pins={unit_id: site_id for unit_id, one, site_id in pins if one is None},
        person_pins={one: site_id for _unit, one, site_id in pins if one is not None},
    )


def _unnamed(conference_id: int) -> Iterator[Seated]:
    """A seat for each open place of a quota, as if somebody sat where the unit's people will sit."""
    number, waves = count(FIRST_UNNAMED), _usual_waves(conference_id)
    for coming in to_come(conference_id):
        for _ in range(coming.people):
            yield Seated(next(number), coming.unit_id, _spot_to_come(coming, waves), is_named=False)


def _spot_to_come(coming: ToCome, waves: Mapping[int, int]) -> int:
    return NOWHERE if coming.site_id is None else spot_of(coming.site_id, waves.get(coming.unit_id))


def _usual_waves(conference_id: int) -> dict[int, int]:
    """Unit -> the wave in which most of its people come; units without one are left out."""
    rows = db.session.execute(
        select(Attendee.unit_id, Attendee.wave_id, func.count())
        .where(Attendee.conference_id == conference_id, Attendee.wave_id.is_not(None), is_summoned())
        .group_by(Attendee.unit_id, Attendee.wave_id)
        .order_by(func.count(), Attendee.wave_id.desc())
    )
    return {unit_id: wave_id for unit_id, wave_id, _people in rows if wave_id is not None}


def to_come(conference_id: int) -> list[ToCome]:
    return still_to_come(conference_id, quota_lines(conference_id, EVERYBODY))


EVERYBODY = Reach(is_whole=True)
FIRST_UNNAMED = 2**40
"""Beyond the id of any attendee."""


def _places(conference_id: int) -> dict[int, Place]:
    """The sites that join, and those that people are called to although they do not; each once for every wave."""
    called = select(Attendee.site_id).where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
    rows = db.session.execute(
        select(Site.id, Hall.capacity, Site.province, Site.host_unit_id, ConferenceSite.id)
        .outerjoin(
            ConferenceSite, (ConferenceSite.site_id == Site.id) & (ConferenceSite.conference_id == conference_id)
        )
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .where(or_(ConferenceSite.id.is_not(None), Site.id.in_(called)))
        .order_by(Site.id)
    )
    waves = [one.id for one in waves_of(conference_id)]
    places = {}
    for id, seats, province, host, joined in rows:
        place = Place(id, seats, province, host, joined is not None, is_of_no_wave=bool(waves))
        places[spot_of(id, None)] = place
        places |= {spot_of(id, wave_id): replace(place, is_of_no_wave=False) for wave_id in waves}
    return places


def _units(people: Sequence[Seated], places: dict[int, Place]) -> dict[int, UnitPlace]:
    """Where units are at home; those of no province, such as central ones, where most of their people sit."""
    sits: dict[int, Counter[str]] = {}
    for one in people:
        sits.setdefault(one.unit_id, Counter())
        if (place := places.get(one.spot)) is not None:
            sits[one.unit_id][place.province] += 1
    rows = db.session.execute(select(Unit.id, Unit.province).where(Unit.id.in_(sits)))
    return {id: UnitPlace(id, province or _most(sits[id])) for id, province in rows}


def _most(provinces: Counter[str]) -> str:
    return min(provinces, key=lambda name: (-provinces[name], name), default="")


def fingerprint(conference_id: int) -> str:
    """What a proposal was made from, in 64 letters: whatever changes it makes the proposal out of date."""
    sits = db.session.execute(
        select(
            Attendee.unit_id,
            Attendee.site_id,
            Attendee.wave_id,
            func.count(),
            func.sum(Attendee.id),
            func.sum(Attendee.number),
        )
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.unit_id, Attendee.site_id, Attendee.wave_id)
        .order_by(Attendee.unit_id, Attendee.site_id, func.coalesce(Attendee.wave_id, 0))
    )
    waves = [(one.id,) for one in waves_of(conference_id)]
    seats = db.session.execute(
        select(ConferenceSite.site_id, Hall.capacity)
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.site_id)
    )
    pins = db.session.execute(
        select(SeatingPin.unit_id, SeatingPin.attendee_id, SeatingPin.site_id)
        .where(SeatingPin.conference_id == conference_id)
        .order_by(SeatingPin.id)
    )
    coming = [(one.unit_id, one.site_id, one.people) for one in to_come(conference_id)]
    content = [[[int(value or 0) for value in row] for row in part] for part in (sits, seats, pins, coming, waves)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


# ---- the state of the seats


@dataclass(frozen=True)
class Standing:
    """Whether everybody has a seat, at a glance."""

    people: int
    coming: int  # whom units have still to name
    seats: int
    without: int  # at a site without a hall, or one that does not join
    too_many: int  # beyond the seats of their sites
    pins: int


@dataclass(frozen=True)
class Trouble:
    """A site where people have no seat."""

    site_id: int
    name: str
    province: str
    seats: int | None
    called: int
    is_joined: bool

    at_once: int

    @property
    def without(self) -> int:
        return self.at_once - (self.seats or 0) if self.is_joined else self.at_once


def without_wave(conference_id: int) -> int:
    """How many of those summoned are in no wave yet, where there are waves."""
    if not waves_of(conference_id):
        return 0
    people = select(func.count()).select_from(Attendee)
    mine = (Attendee.conference_id == conference_id, Attendee.wave_id.is_(None), is_summoned())
    return db.session.scalar(people.where(*mine)) or 0


def troubles(conference_id: int) -> list[Trouble]:
    """The sites where somebody has no seat, the most people first: one statement."""
    called = called_by_site(conference_id)
    rows = db.session.execute(
        select(Site.id, Site.name, Site.province, Hall.capacity, called.c.called, ConferenceSite.id, called.c.at_once)
        .join(called, called.c.site_id == Site.id)
        .outerjoin(
            ConferenceSite, (ConferenceSite.site_id == Site.id) & (ConferenceSite.conference_id == conference_id)
        )
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .where(called.c.at_once > func.coalesce(Hall.capacity, 0))
    )
    found = [
        Trouble(id, place_name(name), where, seats, n, join is not None, at_once)
        for id, name, where, seats, n, join, at_once in rows
    ]
    return sorted(found, key=lambda one: (-one.without, one.name))


def standing(conference_id: int, troubled: Sequence[Trouble], provinces: Sequence[ProvinceSeats]) -> Standing:
    called = called_by_site(conference_id)
    people = db.session.scalar(select(func.coalesce(func.sum(called.c.called), 0))) or 0
    seats = db.session.scalar(
        select(func.coalesce(func.sum(Hall.capacity), 0))
        .join(ConferenceSite, ConferenceSite.hall_id == Hall.id)
        .where(ConferenceSite.conference_id == conference_id)
    )
    pins = db.session.scalar(select(func.count()).where(SeatingPin.conference_id == conference_id)) or 0
    return Standing(
        people=int(people),
        coming=sum(one.coming for one in provinces),
        seats=int(seats or 0),
        without=sum(one.without for one in troubled if not one.seats),
        too_many=sum(one.without for one in troubled if one.seats),
        pins=pins,
    )


def expected_at(conference_id: int) -> dict[int, int]:
    """Who is called to each spot, and who will be."""
    rows = db.session.execute(
        select(Attendee.site_id, Attendee.wave_id, func.count())
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id, Attendee.wave_id)
    )
    found = Counter({spot_of(site_id, wave_id): people for site_id, wave_id, people in rows})
    waves = _usual_waves(conference_id)
    for coming in to_come(conference_id):
        if coming.site_id is not None:
            found[_spot_to_come(coming, waves)] += coming.people
    return found


@dataclass
class ProvinceSeats:
    """A province in figures: its units' people, and the seats of its sites."""

    province: str
    called: int = 0
    coming: int = 0
    seats: int = 0

    @property
    def missing(self) -> int:
        return max(0, self.called + self.coming - self.seats)


def seats_by_province(conference_id: int) -> list[ProvinceSeats]:
    """Every province with somebody or some seats, those that lack the most first; a fixed number of queries.

    A unit of no province, such as a central one, counts where its people sit.
    """
    found: dict[str, ProvinceSeats] = {}

    def of(province: str) -> ProvinceSeats:
        return found.setdefault(province, ProvinceSeats(province))

    called = (
        select(Unit.province, Site.province, func.count())
        .select_from(Attendee)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .where(Attendee.conference_id == conference_id, is_summoned())
        .group_by(Unit.province, Site.province)
    )
    for home, where, people in db.session.execute(called):
        of(home or where).called += people
    seats = (
        select(Site.province, func.sum(Hall.capacity))
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .join(Hall, Hall.id == ConferenceSite.hall_id)
        .where(ConferenceSite.conference_id == conference_id)
        .group_by(Site.province)
    )
    times = max(1, len(waves_of(conference_id)))  # each wave sits on them anew
    for province, number in db.session.execute(seats):
        of(province).seats += number * times
    coming = to_come(conference_id)
    unit_ids, site_ids = {one.unit_id for one in coming}, {one.site_id for one in coming if one.site_id}
    homes = dict(db.session.execute(select(Unit.id, Unit.province).where(Unit.id.in_(unit_ids))).all())
    sites = dict(db.session.execute(select(Site.id, Site.province).where(Site.id.in_(site_ids))).all())
    for one in coming:
        of(homes[one.unit_id] or sites.get(one.site_id or NOWHERE, "")).coming += one.people
    return sorted(found.values(), key=lambda one: (-one.missing, collation_key(one.province)))


def seats_at(conference_id: int) -> dict[int, int | None]:
    """Seats of each spot: the hall's in every wave."""
    rows = db.session.execute(
        select(ConferenceSite.site_id, Hall.capacity)
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .where(ConferenceSite.conference_id == conference_id)
    )
    waves: list[int | None] = [one.id for one in waves_of(conference_id)]
    return {spot_of(site_id, wave_id): seats for site_id, seats in rows for wave_id in waves or [None]}


def called_of_unit(conference_id: int, unit_id: int, site_id: int) -> int:
    """How many of a unit are called to a site."""
    mine = (Attendee.conference_id == conference_id, Attendee.unit_id == unit_id, Attendee.site_id == site_id)
    return db.session.scalar(select(func.count()).where(*mine, is_summoned())) or 0


# ---- pins


def pins_of(conference_id: int) -> Sequence[SeatingPin]:
    return db.session.scalars(
        select(SeatingPin)
        .where(SeatingPin.conference_id == conference_id)
        .options(
            joinedload(SeatingPin.unit),
            joinedload(SeatingPin.attendee).joinedload(Attendee.person),
            joinedload(SeatingPin.site),
        )
        .order_by(SeatingPin.id.desc())
    ).all()


def attendee_numbered(conference_id: int, number: int) -> Attendee | None:
    return db.session.scalars(
        select(Attendee).where(
            Attendee.conference_id == conference_id, Attendee.number == number, Attendee.withdrawn_at.is_(None)
        )
    ).first()


# ---- proposals


def open_proposal(conference_id: int) -> SeatingProposal | None:
    return db.session.scalars(
        select(SeatingProposal)
        .where(SeatingProposal.conference_id == conference_id, SeatingProposal.state == ProposalState.OPEN)
        .order_by(SeatingProposal.id.desc())
        .limit(1)
    ).first()


def proposals_before(conference_id: int, most: int = 10) -> Sequence[Row[Any]]:
    """(proposal, people who would move, people who did) of those that are not open, the latest first."""
    counted = (
        select(
            SeatingMove.proposal_id,
            func.sum(SeatingMove.people).label("people"),
            func.sum(SeatingMove.people).filter(SeatingMove.is_taken).label("taken"),
        )
        .where(SeatingMove.to_site_id.is_not(None))
        .group_by(SeatingMove.proposal_id)
        .subquery()
    )
    return db.session.execute(
        select(SeatingProposal, func.coalesce(counted.c.people, 0), func.coalesce(counted.c.taken, 0))
        .outerjoin(counted, counted.c.proposal_id == SeatingProposal.id)
        .where(SeatingProposal.conference_id == conference_id, SeatingProposal.state != ProposalState.OPEN)
        .order_by(SeatingProposal.id.desc())
        .limit(most)
    ).all()


@dataclass(frozen=True)
class Totals:
    """A proposal in figures."""

    moves: int
    units: int
    people: int
    unseated: int
    taken: int
    provinces: int
    unnamed: int


def totals_of(proposal_id: int) -> Totals:
    is_way = SeatingMove.to_site_id.is_not(None)
    row = db.session.execute(
        select(
            func.count().filter(is_way),
            func.count(func.distinct(SeatingMove.unit_id)).filter(is_way),
            func.coalesce(func.sum(SeatingMove.people).filter(is_way), 0),
            func.coalesce(func.sum(SeatingMove.people).filter(~is_way), 0),
            func.coalesce(func.sum(SeatingMove.people).filter(SeatingMove.is_taken), 0),
            func.count(func.distinct(Site.province)).filter(is_way),
            func.coalesce(func.sum(SeatingMove.unnamed), 0),
        )
        .outerjoin(Site, Site.id == SeatingMove.from_site_id)
        .where(SeatingMove.proposal_id == proposal_id)
    ).one()
    return Totals(*map(int, row))


def moves_page(proposal_id: int, ask: Ask) -> Page[Any]:
    """(move, unit name, names and waves from and to, province) of a proposal. Filters: q, province, why, what."""
    to, came = aliased(Site), aliased(Site)
    to_wave, came_wave = aliased(Wave), aliased(Wave)
    statement = (
        select(
            SeatingMove,
            SeatingMove.id,
            Unit.name.label("unit_name"),
            came.name.label("from_name"),
            to.name.label("to_name"),
            came.province.label("province"),
            came_wave.title.label("from_wave"),
            to_wave.title.label("to_wave"),
        )
        .join(Unit, Unit.id == SeatingMove.unit_id)
        .outerjoin(came, came.id == SeatingMove.from_site_id)
        .outerjoin(to, to.id == SeatingMove.to_site_id)
        .outerjoin(came_wave, came_wave.id == SeatingMove.from_wave_id)
        .outerjoin(to_wave, to_wave.id == SeatingMove.to_wave_id)
        .where(SeatingMove.proposal_id == proposal_id)
    )
    if words := fold(ask.query.get("q", "")):
        named = (Unit.name_folded, came.name_folded, to.name_folded)
        statement = statement.where(or_(*(name.contains(words, autoescape=True) for name in named)))
    if province := ask.query.get("province"):
        statement = statement.where(came.province == province)
    if ask.query.get("what") == "unseated":
        statement = statement.where(SeatingMove.to_site_id.is_(None))
    elif ask.query.get("what") == "waiting":
        statement = statement.where(SeatingMove.to_site_id.is_not(None), SeatingMove.is_taken.is_(False))
    sorts = {
        "people": (SeatingMove.people.desc(), Unit.sort_key),
        "unit": (Unit.sort_key,),
        "from": (came.sort_key, Unit.sort_key),
        "to": (to.sort_key, Unit.sort_key),
        "km": (SeatingMove.km, Unit.sort_key),
    }
    return page_of(statement, ask, sorts=sorts, default="from", last=SeatingMove.id)


def provinces_in(proposal_id: int) -> Sequence[str]:
    found = db.session.scalars(
        select(Site.province)
        .join(SeatingMove, SeatingMove.from_site_id == Site.id)
        .where(SeatingMove.proposal_id == proposal_id, Site.province != "")
        .distinct()
    )
    return sorted(found, key=collation_key)


def ways_of(proposal_id: int, ids: Iterable[int] | None = None) -> Sequence[SeatingMove]:
    """The moves of a proposal that lead somewhere and are not taken yet: all, or those of these ids."""
    statement = select(SeatingMove).where(
        SeatingMove.proposal_id == proposal_id,
        SeatingMove.to_site_id.is_not(None),
        SeatingMove.is_taken.is_(False),
    )
    if ids is not None:
        statement = statement.where(SeatingMove.id.in_(list(ids)))
    return db.session.scalars(statement.order_by(SeatingMove.id)).all()


def people_of(move: SeatingMove) -> Sequence[Attendee]:
    """The people of a move with their names, sorted by Tên."""
    return db.session.scalars(
        select(Attendee)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.id.in_(move.attendee_ids))
        .options(joinedload(Attendee.person))
        .order_by(Person.sort_key, Attendee.id)
    ).all()


def attendees_to_move(ids: Sequence[int], present: Subquery) -> dict[int, Attendee]:
    """Those of these who are still called and have not come anywhere."""
    found: dict[int, Attendee] = {}
    for start in range(0, len(ids), 500):
        rows = db.session.scalars(
            select(Attendee)
            .outerjoin(present, present.c.attendee_id == Attendee.id)
            .where(
                Attendee.id.in_(ids[start : start + 500]),
                Attendee.withdrawn_at.is_(None),
                present.c.attendee_id.is_(None),
            )
            .execution_options(populate_existing=True)
        )
        found |= {one.id: one for one in rows}
    return found


def unit_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(db.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(set(ids)))).all())
