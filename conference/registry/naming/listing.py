"""Pasted rows beside the conference: who is new, who is on the list already, and proposing all who are new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from conference.directory.models import Person, Sex, Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.text import fold, phone_digits
from conference.planning.models import Conference
from conference.registry.actions import NewPerson, is_same
from conference.registry.imports.queries import known_sites, known_units
from conference.registry.lists.delegates import DelegateRow
from conference.registry.models import Attendee
from conference.registry.naming.actions import Asked, propose
from conference.registry.naming.models import Nomination
from conference.registry.naming.pasted import BadRow, Pasted, Problem, read_pasted
from conference.registry.naming.quotas import category_ids
from conference.registry.naming.rules import OPEN_STATES
from conference.registry.rules import place_name
from conference.registry.tickets import KeyRing
from conference.sites.models import Site


def read_for_unit(text: str, *, conference: Conference, unit: Unit, site_ids: list[int]) -> Pasted:
    """Judge pasted rows for a unit: against its branch, the sites it may use, the list and what is proposed."""
    branch = set(db.session.scalars(select(Unit.code).where(Unit.path.startswith(unit.path))))
    codes = dict(db.session.execute(select(Site.id, Site.code).where(Site.id.in_(site_ids))).all())
    allowed = set(codes.values())
    pasted = read_pasted(
        text,
        units=[entry for entry in known_units(conference.id) if entry.code in branch],
        sites=[entry for entry in known_sites(conference.id) if entry.code in allowed],
        sender=unit.code,
        usual_site=codes[site_ids[0]] if site_ids else None,
    )
    _tell_known(pasted, conference.id)
    return pasted


def site_names(conference_id: int) -> list[tuple[str, str]]:
    """(code, name) of the sites that join, for a preview."""
    return [(entry.code, place_name(entry.name)) for entry in known_sites(conference_id)]


Keys = dict[str, list[tuple[date | None, str | None]]]


def _tell_known(pasted: Pasted, conference_id: int) -> None:
    """Take out whoever is on the list or proposed already: in two queries, however many rows there are."""
    names = {row.name_key for row in pasted.good}
    called, named = _called(conference_id, names), _named(conference_id, names)
    kept = []
    for row in pasted.good:
        problem = Problem.CALLED if _is_among(row, called) else Problem.NAMED if _is_among(row, named) else None
        if problem is None:
            kept.append(row)
        else:
            pasted.bad.append(BadRow(row.row, pasted.lines[row.row], problem, row.full_name))
    pasted.good = kept
    pasted.bad.sort(key=lambda bad: bad.row)


def _is_among(row: DelegateRow, known: Keys) -> bool:
    return any(is_same(day, phone, row.birth_date, row.phone_digits) for day, phone in known.get(row.name_key, ()))


def _called(conference_id: int, names: set[str]) -> Keys:
    found: Keys = defaultdict(list)
    rows = db.session.execute(
        select(Person.name_folded, Person.birth_date, Person.phone_digits)
        .join(Attendee, Attendee.person_id == Person.id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None), Person.name_folded.in_(names))
    )
    for name, day, phone in rows:
        found[name].append((day, phone))
    return found


def _named(conference_id: int, names: set[str]) -> Keys:
    found: Keys = defaultdict(list)
    rows = db.session.execute(
        select(Nomination.name_folded, Nomination.birth_date, Nomination.phone).where(
            Nomination.conference_id == conference_id,
            Nomination.state.in_(OPEN_STATES),
            Nomination.name_folded.in_(names),
        )
    )
    for name, day, phone in rows:
        found[name].append((day, phone_digits(phone) if phone else None))
    return found


def propose_rows(
    *, pasted: Pasted, conference: Conference, reason: str, is_decided: bool, ring: KeyRing, by: Actor, at: datetime
) -> int:
    """Propose everybody who is new. Who was named meanwhile is left out. Returns how many were proposed."""
    units = dict(db.session.execute(select(Unit.code, Unit.id)).all())
    sites = dict(db.session.execute(select(Site.code, Site.id)).all())
    categories = category_ids([name for row in pasted.good for name in row.categories])
    done = 0
    for row in pasted.good:
        asked = _asked(row, units, sites, categories, reason)
        try:
            with db.session.begin_nested():
                propose(conference=conference, asked=asked, is_decided=is_decided, ring=ring, by=by, at=at)
        except DomainError:
            continue
        done += 1
    return done


def _asked(
    row: DelegateRow,
    units: Mapping[str, int],
    sites: Mapping[str, int],
    categories: Mapping[str, int],
    reason: str,
) -> Asked:
    unit_id = units[row.unit or ""]
    who = NewPerson(
        full_name=row.full_name,
        unit_id=unit_id,
        site_id=sites[row.site],
        position=row.position,
        birth_date=row.birth_date,
        birth_year=row.birth_year,
        sex=Sex(row.sex) if row.sex else None,
        phone=row.phone,
        email=row.email,
    )
    chosen = [categories[key] for key in dict.fromkeys(fold(name) for name in row.categories)]
    return Asked(unit_id=unit_id, who=who, categories=chosen, reason=reason)
