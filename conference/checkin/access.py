"""The only ways from an id to a door, a device or a case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from conference.checkin.known import is_over_for_good
from conference.checkin.models import Case, Device, EnrolmentLink
from conference.checkin.queries import device_by_hash, earliest, token_hash
from conference.foundation.actor import Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.sites.models import ConferenceSite

AT_THE_DOOR = (Role.SITE_HOST, Role.SCANNER)
OVER_DOORS = (Role.ADMIN, Role.ORGANIZER)


def doors_for(actor: Actor, today: date) -> list[ConferenceSite]:
    """The doors where this person counts, of conferences that are published: those of today and of the days to come
    as they come, then those that are over, the last one first."""
    found = (
        select(ConferenceSite)
        .join(ConferenceSite.conference)
        .where(Conference.state == ConferenceState.PUBLISHED)
        .options(joinedload(ConferenceSite.site), joinedload(ConferenceSite.conference))
        .order_by(Conference.starts_on.desc(), Conference.id, ConferenceSite.position)
        .limit(500)
    )
    everywhere = any(actor.holds_everywhere(role) for role in (*AT_THE_DOOR, *OVER_DOORS))
    if not everywhere:
        own = {id for role in AT_THE_DOOR for id in actor.ids(role, ScopeKind.SITE)}
        found = found.where(ConferenceSite.site_id.in_(sorted(own)))
    return sorted(db.session.scalars(found), key=lambda door: _turn(door.conference, today))


def _turn(conference: Conference, today: date) -> tuple[bool, int]:
    is_over = conference.ends_on < today
    return is_over, ((today - conference.ends_on) if is_over else (conference.starts_on - today)).days


def door_for(actor: Actor, code: str, site_id: int) -> ConferenceSite:
    """One door, for who may count there. Raises ``not_found`` for any other."""
    door = _published_door(Conference.code == code, site_id)
    if door is None or not may_count(actor, door):
        raise DomainError("not_found")
    return door


def _published_door(conference: ColumnElement[bool], site_id: int) -> ConferenceSite | None:
    return db.session.scalars(
        select(ConferenceSite)
        .join(ConferenceSite.conference)
        .where(conference, Conference.state == ConferenceState.PUBLISHED, ConferenceSite.site_id == site_id)
        .options(
            joinedload(ConferenceSite.site),
            joinedload(ConferenceSite.conference),
            joinedload(ConferenceSite.hall),
        )
    ).first()


def door_of_device(actor: Actor, code: str, site_id: int, *, at: datetime) -> ConferenceSite:
    """The door of the device that asks. Also for one that has ended, while it may still deliver what it holds."""
    device = device_of(actor, at=at)
    if device is None or device.site_id != site_id:
        raise DomainError("not_found")
    door = _published_door((Conference.code == code) & (Conference.id == device.conference_id), site_id)
    if door is None:
        raise DomainError("not_found")
    return door


def device_at(door: ConferenceSite, device_id: int | None, *, at: datetime) -> Device:
    """A device in use at this door."""
    device = db.session.get(Device, device_id) if device_id is not None else None
    is_here = device is not None and (device.conference_id, device.site_id) == (door.conference_id, door.site_id)
    if device is None or not is_here or device.revoked_at is not None or device.expires_at <= at:
        raise DomainError("not_found")
    return device


def actor_of(device: Device) -> Actor:
    return Actor(ActorKind.DEVICE, device.id, frozenset({Scope(Role.DEVICE, ScopeKind.SITE, device.site_id)}))


def device_with_token(token: str, *, at: datetime) -> Device | None:
    """The device that shows this token, while it is good."""
    device = device_by_hash(token_hash(token))
    is_good = device is not None and device.expires_at > at and device.revoked_at is None
    return device if is_good else None


def ended_devices(ids: Collection[int], *, at: datetime) -> frozenset[int]:
    """Those of these devices whose token is no longer good."""
    over = or_(Device.expires_at <= at, Device.revoked_at.is_not(None))
    return frozenset(db.session.scalars(select(Device.id).where(Device.id.in_(ids), over)))


def device_of(actor: Actor, *, at: datetime) -> Device | None:
    """The device that asks, until it may not even deliver any more; with its conference."""
    device = db.session.get(Device, actor.id, options=[joinedload(Device.conference)])
    return None if device is None or is_over_for_good(device, at) else device


def devices_with_tokens(tokens: list[str], *, at: datetime) -> list[Device]:
    """The devices that a browser is, one a door, until they may not even deliver any more; the latest first."""
    found = db.session.scalars(
        select(Device)
        .where(Device.token_hash.in_([token_hash(token) for token in tokens]))
        .options(joinedload(Device.conference), joinedload(Device.site))
        .order_by(Device.enrolled_at.desc(), Device.id.desc())
    ).all()
    latest: dict[tuple[int, int], Device] = {}
    for device in found:
        if not is_over_for_good(device, at):
            latest.setdefault((device.conference_id, device.site_id), device)
    return list(latest.values())


def may_count(actor: Actor, door: ConferenceSite) -> bool:
    return any(actor.holds(role, ScopeKind.SITE, door.site_id) for role in AT_THE_DOOR) or any(
        actor.holds(role, ScopeKind.CONFERENCE, door.conference_id) for role in OVER_DOORS
    )


def may_close(actor: Actor, door: ConferenceSite) -> bool:
    """Who only scans does not say who is absent."""
    return actor.holds(Role.SITE_HOST, ScopeKind.SITE, door.site_id) or any(
        actor.holds(role, ScopeKind.CONFERENCE, door.conference_id) for role in OVER_DOORS
    )


def closing_door_for(actor: Actor, code: str, site_id: int) -> ConferenceSite:
    door = door_for(actor, code, site_id)
    if not may_close(actor, door):
        raise DomainError("forbidden")
    return door


def study_session_of(conference: Conference, study_session_id: int) -> StudySession:
    """Raises ``not_found`` for a study session of another conference."""
    found = db.session.get(StudySession, study_session_id)
    if found is None or found.conference_id != conference.id:
        raise DomainError("not_found")
    return found


def living_device(actor: Actor, token_hash: str, *, at: datetime) -> Device:
    """The device that asks, while its token is good. Raises ``device_ended``."""
    device = db.session.get(Device, actor.id) if actor.kind is ActorKind.DEVICE else None
    is_good = device is not None and device.token_hash == token_hash and device.expires_at > at
    if device is None or not is_good or device.revoked_at is not None:
        raise DomainError("device_ended")
    return device


def device_that_counted(actor: Actor, token_hash: str, counted_at: datetime, *, at: datetime) -> Device:
    """The device that asks; one that has ended may still deliver what it counted before, as it may its scans.

    Raises ``device_ended``.
    """
    device = device_of(actor, at=at) if actor.kind is ActorKind.DEVICE else None
    if device is None or device.token_hash != token_hash:
        raise DomainError("device_ended")
    ended_at = earliest(device.expires_at, device.revoked_at)
    if ended_at is not None and ended_at <= min(at, counted_at):
        raise DomainError("device_ended")
    return device


def sites_to_equip(actor: Actor, conference: Conference) -> frozenset[int] | None:
    """The sites whose devices this person lets in and ends: all for organizers (None), a host's own.

    Raises ``not_found`` for a host of none of the sites of this conference.
    """
    if any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in OVER_DOORS):
        return None
    if actor.holds_everywhere(Role.SITE_HOST):
        return None
    own = db.session.scalars(
        select(ConferenceSite.site_id).where(
            ConferenceSite.conference_id == conference.id,
            ConferenceSite.site_id.in_(actor.ids(Role.SITE_HOST, ScopeKind.SITE)),
        )
    ).all()
    if not own:
        raise DomainError("not_found")
    return frozenset(own)


def may_equip(actor: Actor, conference: Conference, site_id: int) -> bool:
    return actor.holds(Role.SITE_HOST, ScopeKind.SITE, site_id) or any(
        actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in OVER_DOORS
    )


def site_to_equip(actor: Actor, conference: Conference, site_id: int) -> ConferenceSite:
    """A site of the conference, for who may let devices in there. Raises ``not_found`` for any other."""
    found = None
    if may_equip(actor, conference, site_id):
        found = db.session.scalars(
            select(ConferenceSite)
            .where(ConferenceSite.conference_id == conference.id, ConferenceSite.site_id == site_id)
            .options(joinedload(ConferenceSite.site))
        ).first()
    if found is None:
        raise DomainError("not_found")
    return found


def device_carried_by(actor: Actor, token_hash: str, device_id: object, *, at: datetime) -> tuple[int, str]:
    """(id, token hash) of a device of the same door, whose scans this one delivers.

    Raises ``device_ended`` when the one that asks has ended, ``carried_elsewhere`` for a device of another door.
    """
    carrier = living_device(actor, token_hash, at=at)
    if type(device_id) is not int or not 0 < device_id < 2**31:
        raise DomainError("carried_elsewhere")
    device = carried_device(carrier.conference_id, carrier.site_id, device_id)
    found = device.id, device.token_hash
    db.session.rollback()  # who waits for a group to be written must not hold a connection meanwhile
    return found


def carried_device(conference_id: int, site_id: int, device_id: int) -> Device:
    """A device of this door whose scans somebody else delivers, whatever became of it. Raises ``carried_elsewhere``."""
    device = db.session.get(Device, device_id)
    if device is None or (device.conference_id, device.site_id) != (conference_id, site_id):
        raise DomainError("carried_elsewhere")
    return device


def device_for(actor: Actor, conference: Conference, device_id: int) -> Device:
    """A device, for who may end it."""
    device = db.session.get(Device, device_id)
    if device is None or device.conference_id != conference.id or not may_equip(actor, conference, device.site_id):
        raise DomainError("not_found")
    return device


def link_for(actor: Actor, conference: Conference, site_id: int, link_id: int) -> EnrolmentLink:
    """An enrolment link of a site, for who may revoke it."""
    joined = site_to_equip(actor, conference, site_id)
    link = db.session.get(EnrolmentLink, link_id)
    if link is None or (link.conference_id, link.site_id) != (conference.id, joined.site_id):
        raise DomainError("not_found")
    return link


def case_for(actor: Actor, conference: Conference, case_id: int) -> Case:
    """A case, for who may decide it."""
    case = db.session.get(Case, case_id)
    if case is None or case.conference_id != conference.id:
        raise DomainError("not_found")
    if not any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in OVER_DOORS):
        raise DomainError("not_found")
    return case
