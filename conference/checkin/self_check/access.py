"""The only ways from an id to a screen with a rotating code, and to what was counted by it."""

from __future__ import annotations

from uuid import UUID

from conference.checkin import access
from conference.checkin.models import Scan
from conference.checkin.queries import sessions_at
from conference.checkin.rules import SessionTimes
from conference.checkin.self_check import queries
from conference.foundation.actor import Actor
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite


def screen_for(actor: Actor, code: str, site_id: int, study_session_id: int) -> tuple[ConferenceSite, StudySession]:
    """A door whose conference allows self check-in. Raises ``not_found`` or ``self_check_in_off``."""
    door = access.door_for(actor, code, site_id)
    study_session = access.study_session_of(door.conference, study_session_id)
    if not door.conference.self_check_in:
        raise DomainError("self_check_in_off")
    return door, study_session


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
