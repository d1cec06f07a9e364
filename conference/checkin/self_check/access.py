"""The only ways from an id to a screen with a rotating code, and to what was counted by it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from conference.checkin import access
from conference.checkin.models import Scan
from conference.checkin.queries import sessions_at
from conference.checkin.rules import SessionTimes
from conference.checkin.self_check import queries
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite


def screen_for(actor: Actor, code: str, site_id: int, study_session_id: int) -> tuple[ConferenceSite, StudySession]:
    """A door whose conference allows self check-in, for who may count there. Raises ``not_found`` or
    ``self_check_in_off``."""
    door = _allowing(access.door_for(actor, code, site_id))
    return door, access.study_session_of(door.conference, study_session_id)


def screen_shown_to(
    actor: Actor, code: str, site_id: int, study_session_id: int, *, at: datetime
) -> tuple[ConferenceSite, StudySession]:
    """``screen_for``, for a device of the door too, while it is in use: on the screen there are no names."""
    if actor.kind is not ActorKind.DEVICE:
        return screen_for(actor, code, site_id, study_session_id)
    door = _allowing(access.door_of_device(actor, code, site_id, at=at))
    access.device_at(door, actor.id, at=at)
    return door, access.study_session_of(door.conference, study_session_id)


def site_to_stop(actor: Actor, code: str, site_id: int) -> ConferenceSite:
    """A door for who may close it: its host and the organizer. Raises as ``screen_for`` does, and ``forbidden``."""
    return _allowing(access.closing_door_for(actor, code, site_id))


def _allowing(door: ConferenceSite) -> ConferenceSite:
    if not door.conference.self_check_in:
        raise DomainError("self_check_in_off")
    return door


def own_scan_at(door: ConferenceSite, study_session: StudySession, scan_id: UUID) -> Scan:
    """A self check-in of this door. Raises ``not_found``."""
    found = queries.own_scan(scan_id, site_id=door.site_id, study_session_id=study_session.id)
    if found is None:
        raise DomainError("not_found")
    return found


def open_conference_of(attendee: Attendee) -> Conference:
    """The attendee's conference while it lets people check in alone. Raises ``self_check_in_off``."""
    conference = attendee.conference
    if conference.state is not ConferenceState.PUBLISHED or not conference.self_check_in:
        raise DomainError("self_check_in_off")
    return conference


def place_of(
    attendee: Attendee, site_id: int, study_session_id: int
) -> tuple[ConferenceSite, StudySession, SessionTimes]:
    """A site and study session of the attendee's own conference. Raises ``self_check_in_elsewhere``."""
    conference = open_conference_of(attendee)
    joined = queries.joined_site(conference.id, site_id)
    if joined is not None:
        for study_session, times in sessions_at(conference, site_id):
            if study_session.id == study_session_id:
                return joined, study_session, times
    raise DomainError("self_check_in_elsewhere")
