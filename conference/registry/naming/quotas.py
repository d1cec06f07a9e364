"""Quotas of units: reading them beside what is filled, and setting them one by one or in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import delete, false, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import ColumnElement

from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect, Ask, Page
from conference.foundation.text import clean, fold
from conference.planning.models import Conference
from conference.registry.called import called_by_site, is_summoned
from conference.registry.models import Attendee, Category, attendee_categories
from conference.registry.naming.models import Nomination, Quota, nomination_categories
from conference.registry.naming.rules import MOST_PLACES, NominationKind, NominationState, QuotaKey, filled
from conference.registry.rules import Reach
from conference.sites.models import ConferenceSite, GuestUnit, Hall, Site

ANY = None
"""The category of a quota that counts everybody."""


@dataclass(slots=True)
class QuotaLine:
    """One quota: how many are asked for, called, and proposed but not yet approved."""

    unit_id: int
    unit_name: str
    unit_path: str
    category_id: int | None
    category_name: str
    places: int
    called: int = 0
    proposed: int = 0

    @property
    def missing(self) -> int:
        return max(0, self.places - self.called - self.proposed)


@dataclass(slots=True)
class UnitQuotas:
    """All quotas of one unit."""

    unit_id: int
    unit_name: str
    lines: list[QuotaLine] = field(default_factory=list)

    @property
    def places(self) -> int:
        return sum(line.places for line in self.lines)

    @property
    def named(self) -> int:
        return sum(min(line.places, line.called + line.proposed) for line in self.lines)

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)


def quota_lines(conference_id: int, reach: Reach) -> list[QuotaLine]:
    """Every quota within reach beside what fills it, by unit and category; a fixed number of queries."""
    rows = db.session.execute(
        select(Quota, Unit.name, Unit.path, Category.name)
        .join(Unit, Unit.id == Quota.unit_id)
        .outerjoin(Category, Category.id == Quota.category_id)
        .where(Quota.conference_id == conference_id)
        .order_by(Unit.level, Unit.sort_key, Unit.id, Category.id)
    ).all()
    lines = {
        QuotaKey(quota.unit_id, quota.category_id): QuotaLine(
            quota.unit_id, unit, path, quota.category_id, category or "", quota.places
        )
        for quota, unit, path, category in rows
    }
    if lines:
        called, proposed = _called(conference_id, reach), _proposed(conference_id, reach)
        paths = _paths({unit for unit, _category in (*called, *proposed)})
        for key, count in filled(lines, called, paths).items():
            lines[key].called = count
        for key, count in filled(lines, proposed, paths).items():
            lines[key].proposed = count
    return [line for line in lines.values() if reach.covers(line.unit_path)]


def by_unit(lines: Sequence[QuotaLine]) -> list[UnitQuotas]:
    """The lines under their units, in the same order."""
    units: dict[int, UnitQuotas] = {}
    for line in lines:
        units.setdefault(line.unit_id, UnitQuotas(line.unit_id, line.unit_name)).lines.append(line)
    return list(units.values())


def page_of_units(units: Sequence[UnitQuotas], ask: Ask) -> Page[UnitQuotas]:
    """One page of them. Filters: ``q`` (words of the name), ``lack=missing`` (who has still to name)."""
    words = fold(ask.query.get("q", "")).split()
    found = [
        unit
        for unit in units
        if (ask.query.get("lack") != "missing" or unit.missing) and all(word in fold(unit.unit_name) for word in words)
    ]
    number = min(ask.number, max(1, -(-len(found) // ask.size)))
    first = (number - 1) * ask.size
    return Page(found[first : first + ask.size], len(found), replace(ask, number=number, sort=""))


Counts = Mapping[tuple[int, int | None], int]


def _branch(reach: Reach) -> AnySelect:
    """The units within reach: whoever stands above fills no quota of theirs."""
    return select(Unit.id).where(or_(false(), *(Unit.path.startswith(path) for path in sorted(reach.unit_paths))))


def _called(conference_id: int, reach: Reach) -> Counts:
    """People called, by unit and category, and by unit alone; who has two categories counts in each of them once."""
    mine = [Attendee.conference_id == conference_id, is_summoned()]
    return _counts(Attendee, attendee_categories.c.attendee_id, attendee_categories.c.category_id, mine, reach)


def _proposed(conference_id: int, reach: Reach) -> Counts:
    """The same of people who are proposed and not yet called. Who comes instead of somebody adds nobody."""
    mine = [
        Nomination.conference_id == conference_id,
        Nomination.state == NominationState.PROPOSED,
        Nomination.kind == NominationKind.ADD,
    ]
    links = nomination_categories.c
    return _counts(Nomination, links.nomination_id, links.category_id, mine, reach)


def _counts(
    of: type[Attendee] | type[Nomination],
    link: ColumnElement[int],
    category: ColumnElement[int],
    mine: list[ColumnElement[bool]],
    reach: Reach,
) -> Counts:
    if not reach.is_whole:
        mine.append(of.unit_id.in_(_branch(reach)))
    alone = select(of.unit_id, func.count()).where(*mine).group_by(of.unit_id)
    counts: dict[tuple[int, int | None], int] = {(unit, ANY): count for unit, count in db.session.execute(alone)}
    by_category = select(of.unit_id, category, func.count()).join(of, of.id == link).where(*mine)
    for unit, kind, count in db.session.execute(by_category.group_by(of.unit_id, category)):
        counts[unit, kind] = count
    return counts


def _paths(unit_ids: set[int]) -> dict[int, str]:
    return dict(db.session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(unit_ids))).all())


# ---- seats


@dataclass(slots=True)
class SiteQuotas:
    """Whom a site has to expect, beside its seats: who is called there, and whom units have still to name."""

    site_id: int
    site_name: str
    seats: int | None
    called: int = 0
    at_once: int = 0  # of them at the same time
    coming: int = 0  # quotas of the units that sit there, as far as nobody is called for them

    @property
    def expected(self) -> int:
        return self.called + self.coming

    @property
    def short(self) -> int:
        return max(0, self.at_once + self.coming - self.seats) if self.seats is not None else 0


def by_site(conference_id: int, lines: Sequence[QuotaLine]) -> list[SiteQuotas]:
    """The sums by site, each unit's own where it usually sits; those too many for the hall first."""
    found = {
        id: SiteQuotas(id, name, seats)
        for id, name, seats in db.session.execute(
            select(Site.id, Site.name, Hall.capacity)
            .join(ConferenceSite, ConferenceSite.site_id == Site.id)
            .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
            .where(ConferenceSite.conference_id == conference_id)
            .order_by(Site.sort_key, Site.id)
        )
    }
    for coming in still_to_come(conference_id, lines):
        if coming.site_id is not None:
            found[coming.site_id].coming += coming.people
    for site_id, called, at_once in db.session.execute(select(called_by_site(conference_id))):
        if site_id in found:
            found[site_id].called, found[site_id].at_once = called, at_once
    return sorted((site for site in found.values() if site.expected), key=lambda site: (-site.short, -site.coming))


@dataclass(frozen=True, slots=True)
class ToCome:
    """People of a unit who are not called yet: so many places of its quotas are still open."""

    unit_id: int
    site_id: int | None  # where they would sit; none when the unit has no site and nobody is called of it
    people: int


def still_to_come(conference_id: int, lines: Sequence[QuotaLine]) -> list[ToCome]:
    """Where the open places of quotas will sit: on the seats that a unit was given as a guest, else at its usual site.

    In the order of the lines; a fixed number of queries.
    """
    open_places: dict[int, int] = {}
    for line in lines:
        open_places[line.unit_id] = open_places.get(line.unit_id, 0) + max(0, line.places - line.called)
    paths = {line.unit_id: line.unit_path for line in lines}
    homes, given = _homes(conference_id), _seats_left_to_guests(conference_id)
    usual = {unit_id: usual_site(path, homes) for unit_id, path in paths.items()}
    usual |= _where_most_sit(conference_id, {unit_id: paths[unit_id] for unit_id in usual if usual[unit_id] is None})
    found = []
    for unit_id, waiting in open_places.items():
        for site_id, left in given.get(unit_id, ()):
            if count := min(waiting, left):
                found.append(ToCome(unit_id, site_id, count))
                waiting -= count
        if waiting:
            found.append(ToCome(unit_id, usual[unit_id], waiting))
    return found


def _where_most_sit(conference_id: int, paths: Mapping[int, str]) -> dict[int, int | None]:
    """Of units that have no site themselves: where most people of their branches are called to."""
    if not paths:
        return {}
    rows = db.session.execute(
        select(Unit.path, Attendee.site_id, func.count())
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(
            Attendee.conference_id == conference_id,
            is_summoned(),
            or_(*(Unit.path.startswith(path) for path in paths.values())),
        )
        .group_by(Unit.path, Attendee.site_id)
    ).all()
    found: dict[int, int | None] = {}
    for unit_id, path in paths.items():
        sits: Counter[int] = Counter()
        for below, site_id, people in rows:
            if below.startswith(path):
                sits[site_id] += people
        found[unit_id] = min(sits, key=lambda site_id: (-sits[site_id], site_id), default=None)
    return found


def _seats_left_to_guests(conference_id: int) -> dict[int, list[tuple[int, int]]]:
    """Unit -> the sites where it was given seats, with how many of them its people don't take."""
    taken = (
        select(Attendee.unit_id, Attendee.site_id, func.count().label("people"))
        .where(Attendee.conference_id == conference_id, is_summoned())
        .group_by(Attendee.unit_id, Attendee.site_id)
        .subquery()
    )
    sits_there = (taken.c.unit_id == GuestUnit.unit_id) & (taken.c.site_id == ConferenceSite.site_id)
    rows = db.session.execute(
        select(GuestUnit.unit_id, ConferenceSite.site_id, GuestUnit.quota, func.coalesce(taken.c.people, 0))
        .join(ConferenceSite, ConferenceSite.id == GuestUnit.conference_site_id)
        .outerjoin(taken, sits_there)
        .where(ConferenceSite.conference_id == conference_id, GuestUnit.quota.is_not(None))
        .order_by(GuestUnit.id)
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for unit_id, site_id, quota, people in rows:
        if quota > people:
            found.setdefault(unit_id, []).append((site_id, quota - people))
    return found


def seats_of_units(conference_id: int) -> dict[int, int]:
    """Unit -> the site where it sits: where it is a guest, else the site that it hosts."""
    guests = [(unit_id, site_id) for unit_id, site_id, _quota in _guests(conference_id)]
    return dict((*_hosts(conference_id), *guests))  # a guest's seat goes before an own site


def _hosts(conference_id: int) -> Sequence[tuple[int, int]]:
    rows = db.session.execute(
        select(Site.host_unit_id, Site.id)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.position.desc(), Site.id.desc())
    )
    return [(unit_id, site_id) for unit_id, site_id in rows]


def _guests(conference_id: int) -> Sequence[tuple[int, int, int | None]]:
    rows = db.session.execute(
        select(GuestUnit.unit_id, ConferenceSite.site_id, GuestUnit.quota)
        .join(ConferenceSite, ConferenceSite.id == GuestUnit.conference_site_id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(GuestUnit.id.desc())
    )
    return [(unit_id, site_id, quota) for unit_id, site_id, quota in rows]


def _homes(conference_id: int) -> dict[int, int]:
    """Unit -> where those sit who find no place among the seats that it was given by number."""
    guests = _guests(conference_id)
    counted = [(unit_id, site_id) for unit_id, site_id, quota in guests if quota is not None]
    free = [(unit_id, site_id) for unit_id, site_id, quota in guests if quota is None]
    return dict((*counted, *_hosts(conference_id), *free))


def usual_site(path: str, seats: Mapping[int, int]) -> int | None:
    """Where people of a unit sit unless said otherwise: with the unit, or with the nearest above that has a site."""
    return next((seats[int(unit)] for unit in reversed(path.strip("/").split("/")) if int(unit) in seats), None)


# ---- setting


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """What a person says of one quota; no places takes it away."""

    unit_id: int
    category: str  # its name; empty for everybody
    places: int


def set_quotas(*, conference: Conference, facts: Sequence[QuotaFacts], by: Actor, at: datetime) -> int:
    """Write quotas; those of other units and categories stay. Repeatable; returns how many were changed."""
    if any(not 0 <= one.places <= MOST_PLACES for one in facts):
        raise DomainError("bad_request")
    ids = category_ids([one.category for one in facts])
    db.session.execute(select(Conference.id).where(Conference.id == conference.id).with_for_update())
    standing = {
        (quota.unit_id, quota.category_id): quota
        for quota in db.session.scalars(select(Quota).where(Quota.conference_id == conference.id))
    }
    changed = 0
    for one in facts:
        key = (one.unit_id, ids.get(fold(one.category)))
        quota = standing.get(key)
        before = quota.places if quota else 0
        if before == one.places:
            continue
        if quota is None:
            quota = Quota(conference_id=conference.id, unit_id=key[0], category_id=key[1], places=one.places)
            db.session.add(quota)
            standing[key] = quota
        elif one.places:
            quota.places = one.places
        else:
            db.session.execute(delete(Quota).where(Quota.id == quota.id))
            del standing[key]
        changed += 1
        record(
            by=by,
            at=at,
            action="quota.set",
            subject=("unit", one.unit_id),
            before={"places": before},
            after={"conference": conference.id, "category": key[1], "places": one.places},
        )
    db.session.flush()
    return changed


def category_ids(names: Sequence[str]) -> dict[str, int]:
    """Folded name -> category, made where there was none; an empty name is none."""
    wanted = {fold(name): clean(name) for name in reversed(names) if clean(name)}
    known = dict(
        db.session.execute(select(Category.name_folded, Category.id).where(Category.name_folded.in_(wanted))).all()
    )
    for folded, name in wanted.items():
        if folded not in known:
            category = Category(name=name, name_folded=folded)
            db.session.add(category)
            db.session.flush()
            known[folded] = category.id
    return known


def categories() -> list[tuple[int, str]]:
    """Every category that there is, for forms."""
    return [(row.id, row.name) for row in db.session.execute(select(Category.id, Category.name).order_by(Category.id))]


def quotas_of_unit(conference_id: int, unit_id: int) -> Sequence[Quota]:
    return db.session.scalars(
        select(Quota)
        .where(Quota.conference_id == conference_id, Quota.unit_id == unit_id)
        .options(joinedload(Quota.category))
        .order_by(Quota.category_id)
    ).all()


def unit_codes(ids: set[int]) -> dict[int, str]:
    return dict(db.session.execute(select(Unit.id, Unit.code).where(Unit.id.in_(ids))).all())
