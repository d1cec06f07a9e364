"""The only ways from an id to a door, a device or a case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.checkin.models import Case, Device
from conference.foundation.actor import Actor, ActorKind, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.sites.models import ConferenceSite

AT_THE_DOOR = (Role.SITE_HOST, Role.SCANNER)
OVER_DOORS = (Role.ADMIN, Role.ORGANIZER)


def doors_for(actor: Actor) -> list[ConferenceSite]:
    """The doors where this person counts, of conferences that are published; newest conference first."""
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
    return list(db.session.scalars(found))


def door_for(actor: Actor, code: str, site_id: int) -> ConferenceSite:
    """One door, for who may count there. Raises ``not_found`` for any other."""
    door = db.session.scalars(
        select(ConferenceSite)
        .join(ConferenceSite.conference)
        .where(
            Conference.code == code,
            Conference.state == ConferenceState.PUBLISHED,
            ConferenceSite.site_id == site_id,
        )
        .options(
            joinedload(ConferenceSite.site),
            joinedload(ConferenceSite.conference),
            joinedload(ConferenceSite.hall),
        )
    ).first()
    if door is None or not may_count(actor, door):
        raise DomainError("not_found")
    return door


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


def device_for(actor: Actor, conference: Conference, device_id: int) -> Device:
    """A device, for who may end it."""
    device = db.session.get(Device, device_id)
    if device is None or device.conference_id != conference.id:
        raise DomainError("not_found")
    if not any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in OVER_DOORS):
        raise DomainError("not_found")
    return device


def case_for(actor: Actor, conference: Conference, case_id: int) -> Case:
    """A case, for who may decide it."""
    case = db.session.get(Case, case_id)
    if case is None or case.conference_id != conference.id:
        raise DomainError("not_found")
    if not any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in OVER_DOORS):
        raise DomainError("not_found")
    return case
