"""Letting sites join a conference and leave it; their halls, hosts and guests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.text import collation_key, fold
from conference.planning.actions import programme_changed
from conference.planning.models import Conference, ConferenceState
from conference.sites.models import ConferenceSite, GuestUnit, Hall, Site, SiteLevel


@dataclass(frozen=True)
class HallFacts:
    """A hall that is known by its id, or one that gets a name and seats now."""

    hall_id: int | None
    name: str
    capacity: int | None


@dataclass(frozen=True)
class HostFacts:
    """Who answers for a site, who keeps its line up, and where it joins the video link."""

    name: str
    phone: str
    email: str
    technician_name: str
    technician_phone: str
    room_url: str


@dataclass(frozen=True)
class SiteFacts:
    code: str
    name: str
    level: SiteLevel
    province: str
    host_unit_id: int
    address: str


def create_site(*, facts: SiteFacts, hall: HallFacts, by: Actor, at: datetime) -> Site:
    """Add a site to the catalogue with its first hall. Raises ``site_code_taken``."""
    site = Site(
        code=facts.code,
        name=facts.name,
        name_folded=fold(facts.name),
        sort_key=collation_key(facts.name),
        level=facts.level,
        province=facts.province,
        host_unit_id=facts.host_unit_id,
        address=facts.address,
    )
    try:
        with db.session.begin_nested():
            db.session.add(site)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError("site_code_taken", taken=facts.code) from error
    if hall.capacity is not None:
        db.session.add(Hall(site_id=site.id, name=hall.name, capacity=hall.capacity))
        db.session.flush()
    record(by=by, at=at, action="site.create", subject=("site", site.id))
    return site


def join_sites(*, conference: Conference, site_ids: Sequence[int], by: Actor, at: datetime) -> int:
    """Let sites join, each with its largest hall, after those that are there. Repeatable; gives how many came new."""
    known = set(
        db.session.scalars(
            select(ConferenceSite.site_id).where(
                ConferenceSite.conference_id == conference.id, ConferenceSite.site_id.in_(site_ids)
            )
        )
    )
    coming = db.session.scalars(
        select(Site.id).where(Site.id.in_(site_ids), Site.id.not_in(known)).order_by(Site.province, Site.sort_key)
    ).all()
    halls: dict[int, int] = {}
    for hall in db.session.scalars(select(Hall).where(Hall.site_id.in_(coming)).order_by(Hall.capacity, Hall.id)):
        halls[hall.site_id] = hall.id
    last = db.session.scalar(
        select(func.max(ConferenceSite.position)).where(ConferenceSite.conference_id == conference.id)
    )
    db.session.add_all(
        ConferenceSite(
            conference_id=conference.id,
            site_id=site_id,
            hall_id=halls.get(site_id),
            position=(last or 0) + number,
            version=1,
        )
        for number, site_id in enumerate(coming, start=1)
    )
    db.session.flush()
    if coming:
        record(
            by=by,
            at=at,
            action="conference.join_sites",
            subject=("conference", conference.id),
            after={"sites": list(coming)},
        )
        _tell(conference)
    return len(coming)


def leave(*, conference: Conference, joined: ConferenceSite, called: int, by: Actor, at: datetime) -> None:
    """Take a site out of a conference. Raises ``site_has_people`` while people are called there."""
    if called:
        raise DomainError("site_has_people", count=called)
    for guest in db.session.scalars(select(GuestUnit).where(GuestUnit.conference_site_id == joined.id)):
        db.session.delete(guest)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference.leave_site",
        subject=("conference", conference.id),
        before={"site": joined.site_id},
    )
    db.session.delete(joined)
    db.session.flush()
    _tell(conference)


def equip(
    *,
    conference: Conference,
    joined: ConferenceSite,
    version: int,
    hall: HallFacts,
    host: HostFacts,
    by: Actor,
    at: datetime,
) -> None:
    """Write hall and host of a site. Raises ``hall_name_taken``, ``not_found`` and ``changed_meanwhile``."""
    _next_version(joined, version)
    before = {"hall": joined.hall_id}
    joined.hall_id = _hall(joined.site_id, hall)
    joined.manager_name, joined.manager_phone, joined.manager_email = host.name, host.phone, host.email
    joined.technician_name, joined.technician_phone = host.technician_name, host.technician_phone
    joined.room_url = host.room_url
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference_site.equip",
        subject=("conference_site", joined.id),
        before=before,
        after={"hall": joined.hall_id, "seats": hall.capacity},
    )
    _tell(conference)


def _hall(site_id: int, facts: HallFacts) -> int | None:
    """The hall that was chosen, with its seats corrected, or a new one. None when neither was given."""
    if facts.hall_id is not None:
        hall = db.session.scalars(select(Hall).where(Hall.id == facts.hall_id, Hall.site_id == site_id)).first()
        if hall is None:
            raise DomainError("not_found")
        if facts.capacity is not None:
            hall.capacity = facts.capacity
        return hall.id
    if not facts.name or facts.capacity is None:
        return None
    hall = Hall(site_id=site_id, name=facts.name, capacity=facts.capacity)
    try:
        with db.session.begin_nested():
            db.session.add(hall)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError("hall_name_taken") from error
    return hall.id


def seat_guest_unit(*, joined: ConferenceSite, unit: Unit, quota: int | None, by: Actor, at: datetime) -> None:
    """Give a unit seats at a site it does not host; a second time changes the number. Raises ``host_is_no_guest``."""
    if unit.id == joined.site.host_unit_id:
        raise DomainError("host_is_no_guest")
    guest = db.session.scalars(
        select(GuestUnit).where(GuestUnit.conference_site_id == joined.id, GuestUnit.unit_id == unit.id)
    ).first()
    before = {"quota": guest.quota} if guest else {}
    if guest is None:
        guest = GuestUnit(conference_site_id=joined.id, unit_id=unit.id)
        db.session.add(guest)
    guest.quota = quota
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference_site.seat_guests",
        subject=("conference_site", joined.id),
        before=before,
        after={"unit": unit.id, "quota": quota},
    )


def send_guest_unit_away(*, joined: ConferenceSite, guest_id: int, by: Actor, at: datetime) -> None:
    """Take a guest unit's seats back. Repeatable."""
    guest = db.session.scalars(
        select(GuestUnit).where(GuestUnit.id == guest_id, GuestUnit.conference_site_id == joined.id)
    ).first()
    if guest is None:
        return
    record(
        by=by,
        at=at,
        action="conference_site.send_guests_away",
        subject=("conference_site", joined.id),
        before={"unit": guest.unit_id, "quota": guest.quota},
    )
    db.session.delete(guest)
    db.session.flush()


def _next_version(joined: ConferenceSite, version: int) -> None:
    changed = changed_rows(
        update(ConferenceSite)
        .where(ConferenceSite.id == joined.id, ConferenceSite.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(joined, ["version"])


def _tell(conference: Conference) -> None:
    if conference.state is ConferenceState.PUBLISHED:
        programme_changed.announce(conference_id=conference.id)
