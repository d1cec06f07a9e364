"""Reading bridge points: those of a conference with halls, guests and called people, and the whole catalogue.

How many people are called is known by a later area; it arrives as a subquery with the columns ``site_id``, ``called``
and ``at_once`` (how many sit there at the same time), so that one statement pages, filters and sorts with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import collation_key, fold
from conference.planning.models import Conference, StudySession
from conference.sites.models import ConferenceSite, GuestUnit, Hall, Site, SiteLevel
from conference.sites.rules import Booking, DoorStep, Lack, Readiness

MOST_CANDIDATES = 2
LEVEL_ORDER = {level: number for number, level in enumerate(SiteLevel)}


def every_site() -> ColumnElement[bool]:
    return true()


def _missing(called: Subquery) -> dict[Lack, ColumnElement[bool]]:
    """``rules.lacks`` as conditions, for filters and counts over all sites at once."""
    return {
        Lack.HALL: ConferenceSite.hall_id.is_(None),
        Lack.SEATS: func.coalesce(called.c.at_once, 0) > Hall.capacity,
        Lack.HOST: ConferenceSite.manager_name == "",
        Lack.PHONE: and_(ConferenceSite.manager_name != "", ConferenceSite.manager_phone == ""),
    }


def _joined(conference_id: int, visible: ColumnElement[bool], called: Subquery) -> AnySelect:
    guests = (
        select(GuestUnit.conference_site_id, func.count().label("guests"))
        .group_by(GuestUnit.conference_site_id)
        .subquery()
    )
    return (
        select(
            ConferenceSite,
            Site,
            Hall,
            Unit.name.label("host_unit"),
            func.coalesce(called.c.called, 0).label("called"),
            func.coalesce(called.c.at_once, 0).label("at_once"),
            func.coalesce(guests.c.guests, 0).label("guests"),
        )
        .join(Site, Site.id == ConferenceSite.site_id)
        .join(Unit, Unit.id == Site.host_unit_id)
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .outerjoin(called, called.c.site_id == ConferenceSite.site_id)
        .outerjoin(guests, guests.c.conference_site_id == ConferenceSite.id)
        .where(ConferenceSite.conference_id == conference_id, visible)
    )


def sites_page(
    conference_id: int, visible: ColumnElement[bool], ask: Ask, called: Subquery, doors: Subquery | None = None
) -> Page[Any]:
    """(conference site, site, hall, host_unit, called, at_once, guests).

    Filters: q, province, level, state, lack, hall. ``doors`` has the columns site_id, devices and ready: what a later
    area knows of the devices at each door. With it come the columns devices and devices_ready and the filter door.
    """
    level = case(LEVEL_ORDER, value=Site.level, else_=len(LEVEL_ORDER))
    return page_of(
        _matching(conference_id, visible, ask, called, doors),
        ask,
        sorts={
            "position": (ConferenceSite.position,),
            "name": (Site.sort_key,),
            "province": (Site.province, Site.sort_key),
            "level": (level, Site.sort_key),
            "seats": (func.coalesce(Hall.capacity, 0),),
            "called": (func.coalesce(called.c.called, 0),),
        },
        default="position",
        last=ConferenceSite.id,
    )


def matching_ids(
    conference_id: int, visible: ColumnElement[bool], ask: Ask, called: Subquery, doors: Subquery
) -> Sequence[int]:
    """Ids of all conference sites that the filters of a list match, on whichever page."""
    statement = _matching(conference_id, visible, ask, called, doors)
    return db.session.scalars(statement.with_only_columns(ConferenceSite.id, maintain_column_froms=True)).all()


def _matching(
    conference_id: int, visible: ColumnElement[bool], ask: Ask, called: Subquery, doors: Subquery | None
) -> AnySelect:
    missing = _missing(called)
    statement = _joined(conference_id, visible, called)
    if doors is not None:
        statement = _with_doors(statement, doors, ask.query.get("door", ""))
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(
            or_(
                Site.name_folded.contains(words, autoescape=True),
                func.lower(Site.code) == words,
                Unit.name_folded.contains(words, autoescape=True),
            )
        )
    if province := ask.query.get("province"):
        statement = statement.where(Site.province == province)
    if ask.query.get("level") in list(SiteLevel):
        statement = statement.where(Site.level == SiteLevel(ask.query["level"]))
    if ask.query.get("state") == Readiness.READY:
        statement = statement.where(~func.coalesce(or_(*missing.values()), false()))
    elif ask.query.get("state") == Readiness.NOT_READY:
        statement = statement.where(func.coalesce(or_(*missing.values()), false()))
    if ask.query.get("lack") in list(Lack):
        statement = statement.where(missing[Lack(ask.query["lack"])])
    return statement


def _with_doors(statement: AnySelect, doors: Subquery, wanted: str) -> AnySelect:
    devices, ready = func.coalesce(doors.c.devices, 0), func.coalesce(doors.c.ready, 0)
    statement = statement.outerjoin(doors, doors.c.site_id == ConferenceSite.site_id).add_columns(
        devices.label("devices"), ready.label("devices_ready")
    )
    conditions = {DoorStep.NOT_ENROLLED: devices == 0, DoorStep.NOT_READY: ready == 0, DoorStep.READY: ready > 0}
    return statement.where(conditions[DoorStep(wanted)]) if wanted in list(DoorStep) else statement


@dataclass(frozen=True)
class SitesCount:
    """All sites of a conference at a glance."""

    sites: int
    ready: int
    seats: int
    called: int
    guests: int
    missing: dict[Lack, int]


def count_sites(conference_id: int, visible: ColumnElement[bool], called: Subquery) -> SitesCount:
    """One statement, whatever the number of sites."""
    missing = _missing(called)
    any_missing = func.coalesce(or_(*missing.values()), false())
    counted = {lack: func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for lack, condition in missing.items()}
    joined = _joined(conference_id, visible, called)
    row = db.session.execute(
        joined.with_only_columns(
            func.count(),
            func.coalesce(func.sum(case((any_missing, 0), else_=1)), 0),
            func.coalesce(func.sum(Hall.capacity), 0),
            func.coalesce(func.sum(called.c.called), 0),
            func.coalesce(func.sum(joined.selected_columns.guests), 0),
            *counted.values(),
            maintain_column_froms=True,
        ).order_by(None)
    ).one()
    sites, ready, seats, people, guests, *lacking = row
    return SitesCount(sites, ready, seats, people, guests, dict(zip(counted, lacking, strict=True)))


def provinces_of(conference_id: int, visible: ColumnElement[bool]) -> Sequence[str]:
    found = db.session.scalars(
        select(Site.province)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id, Site.province != "", visible)
        .distinct()
    )
    return sorted(found, key=collation_key)


def conference_site(conference_id: int, site_id: int, visible: ColumnElement[bool]) -> ConferenceSite | None:
    """One site of a conference with its hall, host unit and guests."""
    return db.session.scalars(
        select(ConferenceSite)
        .join(Site, Site.id == ConferenceSite.site_id)
        .join(Unit, Unit.id == Site.host_unit_id)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.site_id == site_id, visible)
        .options(
            joinedload(ConferenceSite.site).joinedload(Site.host_unit),
            joinedload(ConferenceSite.hall),
            selectinload(ConferenceSite.guest_units).joinedload(GuestUnit.unit),
        )
        .execution_options(populate_existing=True)
    ).first()


def halls_of(site_id: int) -> Sequence[Hall]:
    return db.session.scalars(select(Hall).where(Hall.site_id == site_id).order_by(Hall.name)).all()


def called_to(site_id: int, called: Subquery) -> tuple[int, int]:
    """How many are called to a site, and how many of them at the same time."""
    row = db.session.execute(select(called.c.called, called.c.at_once).where(called.c.site_id == site_id)).first()
    return (row.called, row.at_once) if row else (0, 0)


def sites_outside(conference_id: int, ask: Ask) -> Page[Any]:
    """(site, host unit name, most seats) of the catalogue that do not join this conference yet. Filter: q."""
    seats = select(Hall.site_id, func.max(Hall.capacity).label("seats")).group_by(Hall.site_id).subquery()
    inside = select(ConferenceSite.site_id).where(ConferenceSite.conference_id == conference_id)
    statement = (
        select(Site, Unit.name.label("host_unit"), seats.c.seats)
        .join(Unit, Unit.id == Site.host_unit_id)
        .outerjoin(seats, seats.c.site_id == Site.id)
        .where(Site.id.not_in(inside))
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(
            or_(Site.name_folded.contains(words, autoescape=True), func.lower(Site.code) == words)
        )
    if province := ask.query.get("province"):
        statement = statement.where(Site.province == province)
    return page_of(
        statement,
        ask,
        sorts={"name": (Site.province, Site.sort_key)},
        default="name",
        last=Site.id,
    )


def known_provinces() -> Sequence[str]:
    found = db.session.scalars(select(Site.province).where(Site.province != "").distinct())
    return sorted(found, key=collation_key)


def conferences_sharing_halls(conference: Conference) -> Sequence[int]:
    """Other conferences of about the same days that take a hall of this one."""
    mine, other = aliased(ConferenceSite), aliased(ConferenceSite)
    return db.session.scalars(
        select(other.conference_id)
        .distinct()
        .join(mine, mine.hall_id == other.hall_id)
        .join(Conference, Conference.id == other.conference_id)
        .where(
            mine.conference_id == conference.id,
            other.conference_id != conference.id,
            Conference.starts_on <= conference.ends_on,
            Conference.ends_on >= conference.starts_on,
        )
    ).all()


def bookings_of(conference: Conference, others: Sequence[int]) -> list[Booking]:
    """When the halls of these conferences are taken on the days of this one."""
    rows = db.session.execute(
        select(ConferenceSite.hall_id, ConferenceSite.conference_id, StudySession.doors_open_at, StudySession.ends_at)
        .join(StudySession, StudySession.conference_id == ConferenceSite.conference_id)
        .where(
            ConferenceSite.hall_id.is_not(None),
            ConferenceSite.conference_id.in_([conference.id, *others]),
            StudySession.held_on >= conference.starts_on,
            StudySession.held_on <= conference.ends_on,
        )
    )
    return [Booking(hall, owner, begins, ends) for hall, owner, begins, ends in rows if hall is not None]


def halls_by_id(ids: set[int]) -> dict[int, tuple[int, str, str]]:
    """Hall id to (site id, site name, hall name)."""
    rows = db.session.execute(
        select(Hall.id, Site.id, Site.name, Hall.name).join(Site, Site.id == Hall.site_id).where(Hall.id.in_(ids))
    )
    return {hall: (site, site_name, hall_name) for hall, site, site_name, hall_name in rows}


def conference_titles(ids: set[int], visible: ColumnElement[bool]) -> dict[int, str]:
    rows = db.session.execute(select(Conference.id, Conference.title).where(Conference.id.in_(ids), visible))
    return {row.id: row.title for row in rows}


def lacking_sites(
    conference_id: int, lack: Lack, called: Subquery, *, most: int
) -> Sequence[tuple[int, str, int | None, int]]:
    """(site id, name, seats, called at once) of the sites that lack this, the shortest of seats first."""
    short = func.coalesce(called.c.at_once, 0) - func.coalesce(Hall.capacity, 0)
    rows = db.session.execute(
        select(Site.id, Site.name, Hall.capacity, func.coalesce(called.c.at_once, 0))
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .outerjoin(called, called.c.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id, _missing(called)[lack])
        .order_by(short.desc(), ConferenceSite.position)
        .limit(most)
    )
    return [(id, name, seats, people) for id, name, seats, people in rows]


def site_names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Site.id, Site.name).where(Site.id.in_(ids)))
    return {row.id: row.name for row in rows}


def sites_called(words: str) -> list[int]:
    """The sites with this code, or else with this name; at most two, for then it is not clear."""
    by_code = db.session.scalars(select(Site.id).where(func.lower(Site.code) == words.lower())).all()
    if by_code:
        return list(by_code)
    return list(db.session.scalars(select(Site.id).where(Site.name_folded == fold(words)).limit(MOST_CANDIDATES)))
