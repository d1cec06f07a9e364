"""Reading devices and enrolment links: those of a site, of all sites, and what needs a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from conference.checkin.device_rules import CLOCK_WARNING_MS, ROSTER_IS_OLD_AFTER, SILENT_AFTER, Look
from conference.checkin.models import Device, EnrolmentLink, OwnDevice
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold
from conference.planning.models import Conference, ConferenceState
from conference.sites.models import ConferenceSite, Site


def count_of(conference_id: int, site_id: int) -> int:
    return db.session.scalars(
        select(func.count()).where(Device.conference_id == conference_id, Device.site_id == site_id)
    ).one()


def is_counting(conference_id: int, site_id: int) -> bool:
    """Whether devices may count at this site: the conference is published and the site joins it."""
    joined = exists().where(
        ConferenceSite.conference_id == conference_id,
        ConferenceSite.site_id == site_id,
        ConferenceSite.conference_id == Conference.id,
        Conference.state == ConferenceState.PUBLISHED,
    )
    return bool(db.session.scalar(select(joined)))


# ---- links


def link_with_place(link_id: int | None) -> EnrolmentLink | None:
    """A link with its site and conference."""
    if link_id is None:
        return None
    return db.session.scalars(
        select(EnrolmentLink)
        .where(EnrolmentLink.id == link_id)
        .options(joinedload(EnrolmentLink.site), joinedload(EnrolmentLink.conference))
    ).first()


def _is_open(at: datetime) -> ColumnElement[bool]:
    return and_(EnrolmentLink.used_at.is_(None), EnrolmentLink.revoked_at.is_(None), EnrolmentLink.expires_at > at)


def open_links(conference_id: int, site_ids: Sequence[int], at: datetime) -> dict[int, EnrolmentLink]:
    """Site id -> its newest unused link, for those of these sites that have one."""
    rows = db.session.scalars(
        select(EnrolmentLink)
        .where(EnrolmentLink.conference_id == conference_id, EnrolmentLink.site_id.in_(site_ids), _is_open(at))
        .order_by(EnrolmentLink.id)
    )
    return {link.site_id: link for link in rows}


def links_of(conference_id: int, site_id: int) -> Sequence[EnrolmentLink]:
    """Every link of a site with what came of it, the newest first."""
    return db.session.scalars(
        select(EnrolmentLink)
        .where(EnrolmentLink.conference_id == conference_id, EnrolmentLink.site_id == site_id)
        .options(joinedload(EnrolmentLink.device))
        .order_by(EnrolmentLink.id.desc())
    ).all()


# ---- sites


Sites: TypeAlias = frozenset[int] | None
"""The ids of the sites that are somebody's concern; None is all of them."""


def sites_page(conference_id: int, own: Sites, ask: Ask, at: datetime) -> Page[Any]:
    """(id, name, devices in use, unused links) of each site. Filters: ``q``, the site's name; ``state``: ``none``
    for sites without a device, ``some`` for the others."""
    devices = (
        select(Device.site_id, func.count().label("devices"))
        .where(Device.conference_id == conference_id, is_active(at), is_at_a_door())
        .group_by(Device.site_id)
        .subquery()
    )
    links = (
        select(EnrolmentLink.site_id, func.count().label("links"))
        .where(EnrolmentLink.conference_id == conference_id, _is_open(at))
        .group_by(EnrolmentLink.site_id)
        .subquery()
    )
    statement = (
        select(
            Site.id,
            Site.name,
            func.coalesce(devices.c.devices, 0).label("devices"),
            func.coalesce(links.c.links, 0).label("links"),
        )
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .outerjoin(devices, devices.c.site_id == Site.id)
        .outerjoin(links, links.c.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
    )
    if own is not None:
        statement = statement.where(Site.id.in_(own))
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Site.name_folded.contains(words, autoescape=True))
    if ask.query.get("state") == "none":
        statement = statement.where(devices.c.devices.is_(None))
    elif ask.query.get("state") == "some":
        statement = statement.where(devices.c.devices > 0)
    return page_of(
        statement,
        ask,
        sorts={
            "position": (ConferenceSite.position,),
            "site": (Site.sort_key,),
            "devices": (func.coalesce(devices.c.devices, 0),),
            "links": (func.coalesce(links.c.links, 0),),
        },
        default="position",
        last=Site.id,
    )


def sites_in_order(conference_id: int, wanted: Sequence[int] | None) -> Sequence[Site]:
    """The sites of a conference as the organiser's list has them: the wanted ones, or all."""
    statement = (
        select(Site)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.position, Site.id)
    )
    if wanted is not None:
        statement = statement.where(Site.id.in_(wanted))
    return db.session.scalars(statement).all()


# ---- devices


def is_active(at: datetime) -> ColumnElement[bool]:
    return and_(Device.revoked_at.is_(None), Device.expires_at > at)


def is_at_a_door() -> ColumnElement[bool]:
    """Not the server's own devices, through which people check in by themselves: nobody carries one."""
    return Device.id.not_in(select(OwnDevice.device_id))


def look_conditions(at: datetime) -> dict[Look, ColumnElement[bool]]:
    """``device_rules.looks`` as conditions, for filters over all devices at once."""
    is_silent = or_(Device.last_seen_at.is_(None), Device.last_seen_at < at - SILENT_AFTER)
    return {
        Look.QUEUE: and_(Device.queue_length > 0, is_silent),
        Look.CLOCK: and_(is_active(at), func.abs(Device.clock_offset_ms) > CLOCK_WARNING_MS),
        Look.ROSTER: and_(is_active(at), Device.roster_at < at - ROSTER_IS_OLD_AFTER),
        Look.PREFLIGHT: and_(is_active(at), Device.preflight["is_ready"].as_boolean().is_(False)),
    }


def devices_page(conference_id: int, own: Sites, ask: Ask, at: datetime) -> Page[Any]:
    """(device, name of its site). Filters: ``q``, the site's name; ``site``, its id; ``state``: ``active``,
    ``ended``, ``look`` for whatever needs one, or one kind of it."""
    statement = (
        select(Device, Site.name.label("site_name"))
        .join(Site, Site.id == Device.site_id)
        .where(Device.conference_id == conference_id, is_at_a_door())
    )
    if own is not None:
        statement = statement.where(Device.site_id.in_(own))
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Site.name_folded.contains(words, autoescape=True))
    if (site := ask.query.get("site", "")).isdecimal() and len(site) < 10:
        statement = statement.where(Device.site_id == int(site))
    conditions = {
        "active": is_active(at),
        "ended": ~is_active(at),
        "look": or_(*look_conditions(at).values()),
        **{look.value: condition for look, condition in look_conditions(at).items()},
    }
    if ask.query.get("state") in conditions:
        statement = statement.where(conditions[ask.query["state"]])
    return page_of(
        statement,
        ask,
        sorts={
            "site": (Site.sort_key,),
            "seen": (Device.last_seen_at,),
            "queue": (func.coalesce(Device.queue_length, 0),),
            "clock": (func.abs(func.coalesce(Device.clock_offset_ms, 0)),),
            "roster": (Device.roster_at,),
        },
        default="site",
        last=Device.id,
    )


def active_devices_at(conference_id: int, site_id: int, at: datetime) -> Sequence[Device]:
    """The devices in use at one site, who spoke last first."""
    return db.session.scalars(
        select(Device)
        .where(Device.conference_id == conference_id, Device.site_id == site_id, is_active(at), is_at_a_door())
        .order_by(Device.last_seen_at.desc(), Device.id)
    ).all()
