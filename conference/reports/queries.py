"""What a report is made of, and the people behind one of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.paging import AnySelect, Ask, Page
from conference.grading.models import ReleasedMark
from conference.grading.releasing import latest_release
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.reports.ledger import ledger_of, units_under
from conference.reports.rules import Figure, figures_of
from conference.reports.tables import NO_WAVE, By, Sheaf
from conference.sites.models import Site


def study_sessions(conference_id: int) -> list[StudySession]:
    return list(
        db.session.scalars(
            select(StudySession).where(StudySession.conference_id == conference_id).order_by(StudySession.starts_at)
        )
    )


def sheaf_of(conference: Conference, reach: Reach) -> Sheaf:
    """The figures of a conference as far as ``reach`` goes; marks are those published last."""
    sessions = study_sessions(conference.id)
    release = latest_release(conference.id)
    ledger = ledger_of(conference, sessions, release_id=release.id if release else None, reach=reach)
    return Sheaf(conference, sessions, ledger, reach)


def in_wave(sheaf: Sheaf, key: str) -> Sheaf:
    """The figures of one wave's people alone; of everybody without a key. Raises ``not_found``."""
    if not key:
        return sheaf
    if key != NO_WAVE and key not in {str(one.id) for one in sheaf.waves}:
        raise DomainError("not_found")
    return sheaf.of_wave(key)


@dataclass(frozen=True)
class Place:
    """Part of a conference that a row of the table is about; ``by`` None is all of it."""

    by: By | None
    key: str
    label: str


def place_of(sheaf: Sheaf, by: str, key: str) -> Place:
    """Raises ``not_found`` for a place that there is not, or that lies out of reach."""
    if not by and not key:
        return Place(None, "", "")
    if by == By.PROVINCE:
        found = db.session.scalar(select(Site.province).where(Site.province == key).limit(1))
        if found is not None:
            return Place(By.PROVINCE, key, key)
    elif by in (By.SITE, By.UNIT, By.OWN) and key.isascii() and key.isdigit() and len(key) < 10:
        if by == By.SITE:
            name = db.session.scalar(select(Site.name).where(Site.id == int(key)))
            if name is not None:
                return Place(By.SITE, key, name)
        unit = unit_within(sheaf.reach, int(key))
        if by != By.SITE and unit is not None:
            return Place(By(by), key, unit.name)
    raise DomainError("not_found")


def unit_within(reach: Reach, unit_id: int) -> Unit | None:
    unit = db.session.get(Unit, unit_id)
    return unit if unit is not None and reach.covers(unit.path) else None


def figure_named(sheaf: Sheaf, key: str) -> Figure:
    found = figures_of([one.id for one in sheaf.study_sessions]).get(key)
    if found is None:
        raise DomainError("not_found")
    return found


def people_of(sheaf: Sheaf, figure: Figure, place: Place) -> AnySelect:
    """Exactly the rows that the table counts for this figure in this place, with what a list shows of each."""
    release = latest_release(sheaf.conference.id)
    return (
        narrowed(sheaf.ledger.people(figure), place)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .join(Person, Person.id == Attendee.person_id)
        .outerjoin(
            ReleasedMark,
            (ReleasedMark.attendee_id == Attendee.id) & (ReleasedMark.release_id == (release.id if release else 0)),
        )
        .with_only_columns(
            Attendee.id,
            Attendee.number,
            Attendee.position,
            Person.full_name,
            Person.sort_key,
            Unit.name.label("unit_name"),
            Site.name.label("site_name"),
            ReleasedMark.mark,
            *(column.label(name) for name, column in sheaf.ledger.dimensions.items()),
            maintain_column_froms=True,
        )
    )


def narrowed(statement: AnySelect, place: Place) -> AnySelect:
    """Only people of this place."""
    if place.by is By.PROVINCE:
        return statement.where(Attendee.site_id.in_(select(Site.id).where(Site.province == place.key)))
    if place.by is By.SITE:
        return statement.where(Attendee.site_id == int(place.key))
    if place.by is By.OWN:
        return statement.where(Attendee.unit_id == int(place.key))
    if place.by is By.UNIT:
        path = db.session.scalars(select(Unit.path).where(Unit.id == int(place.key))).one()
        return statement.where(Attendee.unit_id.in_(units_under([path])))
    return statement


def people_in_order(sheaf: Sheaf, figure: Figure, place: Place) -> AnySelect:
    """The same people by given name."""
    return people_of(sheaf, figure, place).order_by(Person.sort_key, Attendee.id)


def people_page(sheaf: Sheaf, figure: Figure, place: Place, ask: Ask) -> Page[Any]:
    """One page of those people by given name: one pass over everybody says who is on it, and how many there are in
    all; what is shown is worked out for those on it."""
    everybody = (
        narrowed(sheaf.ledger.people(figure), place)
        .join(Person, Person.id == Attendee.person_id)
        .with_only_columns(Attendee.id, func.count().over(), maintain_column_froms=True)
        .order_by(Person.sort_key, Attendee.id)
        .limit(ask.size)
    )
    number = ask.number
    found = db.session.execute(everybody.offset((number - 1) * ask.size)).all()
    if not found and number > 1:  # beyond the last page the last one is shown
        first = db.session.execute(everybody).first()
        number = -(-first[1] // ask.size) if first else 1
        found = db.session.execute(everybody.offset((number - 1) * ask.size)).all()
    shown = people_in_order(sheaf, figure, place).where(Attendee.id.in_([id for id, _total in found]))
    total = found[0][1] if found else 0
    return Page(db.session.execute(shown).all(), total, Ask(number, ask.size, "", "asc", ask.query))
