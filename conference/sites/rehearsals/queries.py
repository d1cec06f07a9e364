"""Reading rehearsals: those of a conference, those of a site, and who took part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, bindparam, case, func, or_, select

from conference.foundation.db import Moment, db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import fold
from conference.sites.models import ConferenceSite, Site
from conference.sites.rehearsals.models import Rehearsal, RehearsalSite
from conference.sites.rehearsals.rules import SETTING_UP, Part, Planned


def rehearsals_of(conference_id: int) -> Sequence[Rehearsal]:
    """In the order of their times; those called off stay in calendars and are left out here."""
    return db.session.scalars(
        select(Rehearsal)
        .where(Rehearsal.conference_id == conference_id, Rehearsal.cancelled_at.is_(None))
        .order_by(Rehearsal.starts_at, Rehearsal.id)
    ).all()


def all_rehearsals(conference_id: int) -> Sequence[Rehearsal]:
    """Also those that were called off: calendars must be told."""
    return db.session.scalars(
        select(Rehearsal).where(Rehearsal.conference_id == conference_id).order_by(Rehearsal.starts_at, Rehearsal.id)
    ).all()


def _is_for(joined: Any) -> ColumnElement[bool]:
    """Whether a rehearsal is for this site of its conference."""
    named = (
        select(RehearsalSite.rehearsal_id)
        .where(RehearsalSite.rehearsal_id == Rehearsal.id, RehearsalSite.conference_site_id == joined.id)
        .exists()
    )
    return and_(Rehearsal.conference_id == joined.conference_id, or_(Rehearsal.is_for_all, named))


def rehearsals_at(conference_site_id: int, *, with_cancelled: bool = False) -> Sequence[Rehearsal]:
    statement = (
        select(Rehearsal)
        .join(ConferenceSite, _is_for(ConferenceSite))
        .where(ConferenceSite.id == conference_site_id)
        .order_by(Rehearsal.starts_at, Rehearsal.id)
    )
    return db.session.scalars(statement if with_cancelled else statement.where(Rehearsal.cancelled_at.is_(None))).all()


_PLANNED = (
    select(ConferenceSite.conference_id, ConferenceSite.site_id, Rehearsal.id, Rehearsal.starts_at, Rehearsal.ends_at)
    .join(Rehearsal, _is_for(ConferenceSite))
    .where(
        ConferenceSite.conference_id.in_(bindparam("conferences", expanding=True)),
        ConferenceSite.site_id.in_(bindparam("sites", expanding=True)),
        Rehearsal.cancelled_at.is_(None),
    )
)


def planned_at_doors(doors: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[Planned]]:
    """What the rules look at, for each of these (conference id, site id); one statement, put together once."""
    planned: dict[tuple[int, int], list[Planned]] = {door: [] for door in doors}
    asked = {"conferences": sorted({door[0] for door in planned}), "sites": sorted({door[1] for door in planned})}
    for conference_id, site_id, id, starts_at, ends_at in db.session.connection().execute(_PLANNED, asked):
        if (conference_id, site_id) in planned:  # two conferences may meet at one site
            planned[conference_id, site_id].append(Planned(id, starts_at, ends_at))
    return planned


def planned_at(conference_id: int, site_id: int) -> list[Planned]:
    """What the rules look at, for one site."""
    door = (conference_id, site_id)
    return planned_at_doors([door])[door]


def last_by_site(conference_id: int) -> Subquery:
    """conference_site_id, and when the last rehearsal planned for it ends; no row where there is none."""
    return (
        select(
            ConferenceSite.id.label("conference_site_id"), func.max(Rehearsal.ends_at, type_=Moment()).label("ends_at")
        )
        .join(Rehearsal, _is_for(ConferenceSite))
        .where(ConferenceSite.conference_id == conference_id, Rehearsal.cancelled_at.is_(None))
        .group_by(ConferenceSite.id)
        .subquery()
    )


def sites_named(rehearsal_id: int) -> frozenset[int]:
    """Ids of the places of a conference that a rehearsal names one by one."""
    return frozenset(
        db.session.scalars(select(RehearsalSite.conference_site_id).where(RehearsalSite.rehearsal_id == rehearsal_id))
    )


def places_to_choose(conference_id: int) -> dict[str, list[tuple[int, str]]]:
    """province -> (id of the place, name), in the organiser's order."""
    rows = db.session.execute(
        select(Site.province, ConferenceSite.id, Site.name)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.position, Site.id)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for province, id, name in rows:
        found.setdefault(province, []).append((id, name))
    return found


# ---- who took part


@dataclass(frozen=True)
class Taken:
    """At how many sites of a rehearsal a device was tried in time, later, or not at all."""

    sites: int
    came: int
    later: int

    @property
    def absent(self) -> int:
        return self.sites - self.came - self.later


def _part(rehearsal: Rehearsal, tried: Subquery) -> ColumnElement[str]:
    return case(
        (tried.c.first_at <= rehearsal.ends_at + SETTING_UP, Part.CAME.value),
        (tried.c.first_at.is_not(None), Part.LATER.value),
        else_=Part.ABSENT.value,
    )


def _sites(rehearsal: Rehearsal, tried: Subquery, visible: ColumnElement[bool]) -> AnySelect:
    statement: AnySelect = (
        select(ConferenceSite.id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .outerjoin(tried, tried.c.site_id == ConferenceSite.site_id)
        .where(ConferenceSite.conference_id == rehearsal.conference_id, visible)
    )
    if rehearsal.is_for_all:
        return statement
    named = select(RehearsalSite.conference_site_id).where(RehearsalSite.rehearsal_id == rehearsal.id)
    return statement.where(ConferenceSite.id.in_(named))


def count_taken(rehearsal: Rehearsal, tried: Subquery, visible: ColumnElement[bool]) -> Taken:
    part = _part(rehearsal, tried)
    row = db.session.execute(
        _sites(rehearsal, tried, visible).with_only_columns(
            func.count(),
            func.coalesce(func.sum(case((part == Part.CAME.value, 1), else_=0)), 0),
            func.coalesce(func.sum(case((part == Part.LATER.value, 1), else_=0)), 0),
            maintain_column_froms=True,
        )
    ).one()
    return Taken(*row)


def sites_page(rehearsal: Rehearsal, tried: Subquery, visible: ColumnElement[bool], ask: Ask) -> Page[Any]:
    """(site_id, name, province, host, telephone, part, first_at, devices). Filters: ``q``, ``part``."""
    part = _part(rehearsal, tried)
    statement = _sites(rehearsal, tried, visible).with_only_columns(
        ConferenceSite.site_id,
        Site.name,
        Site.province,
        ConferenceSite.manager_name,
        ConferenceSite.manager_phone,
        part.label("part"),
        tried.c.first_at,
        func.coalesce(tried.c.devices, 0).label("devices"),
        maintain_column_froms=True,
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Site.name_folded.contains(words, autoescape=True))
    if ask.query.get("part") in list(Part):
        statement = statement.where(part == ask.query["part"])
    return page_of(
        statement,
        ask,
        sorts={"position": (ConferenceSite.position,), "site": (Site.sort_key,), "at": (tried.c.first_at,)},
        default="position",
        last=ConferenceSite.id,
    )
