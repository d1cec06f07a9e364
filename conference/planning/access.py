"""The only way from a conference's code to the conference, and to what stands in its programme."""

from __future__ import annotations

from sqlalchemy import or_, select, true
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import ColumnElement

from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning import queries
from conference.planning.models import Conference, ConferenceState, StudySession, Topic, Wave

MANAGING = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
"""They see every conference in their scope, drafts too."""

CHANGING = (Role.ADMIN, Role.ORGANIZER)
TAKING_PART = frozenset({Role.UNIT_OFFICER, Role.SITE_HOST, Role.SCANNER, Role.GRADER})


def conference_for(actor: Actor, code: str) -> Conference:
    """The conference with this code, for someone of the staff who may see it. Raises ``not_found``."""
    conference = db.session.scalars(
        select(Conference)
        .where(Conference.code == code)
        .options(joinedload(Conference.host_unit), joinedload(Conference.resolution))
        .execution_options(populate_existing=True)
    ).first()
    if conference is None or not may_see(actor, conference):
        raise DomainError("not_found")
    return conference


def conference_to_change(actor: Actor, code: str) -> Conference:
    """The same for someone who may change it. Raises ``not_found``, ``forbidden`` or ``conference_closed``."""
    conference = conference_for(actor, code)
    if not may_change(actor, conference):
        raise DomainError("forbidden")
    if conference.state is ConferenceState.CLOSED:
        raise DomainError("conference_closed")
    return conference


def may_see(actor: Actor, conference: Conference) -> bool:
    if may_manage(actor, conference):
        return True
    return bool(actor.roles & TAKING_PART) and conference.state is not ConferenceState.DRAFT


def may_manage(actor: Actor, conference: Conference) -> bool:
    """True for those who see drafts, faults and every site; a leader among them changes nothing."""
    return any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in MANAGING)


def may_change(actor: Actor, conference: Conference) -> bool:
    return any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in CHANGING)


def may_create(actor: Actor) -> bool:
    """A conference that does not exist yet lies in no one's scope but everyone's."""
    return any(actor.holds_everywhere(role) for role in CHANGING)


def visible_conferences(actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition for lists."""
    if any(actor.holds_everywhere(role) for role in MANAGING):
        return true()
    managed = {id for role in MANAGING for id in actor.ids(role, ScopeKind.CONFERENCE)}
    conditions: list[ColumnElement[bool]] = [Conference.id.in_(managed)]
    if actor.roles & TAKING_PART:
        conditions.append(Conference.state != ConferenceState.DRAFT)
    return or_(*conditions)


def study_session_in(conference: Conference, study_session_id: int) -> StudySession:
    """Raises ``not_found`` for a study session of another conference."""
    found = queries.study_session_of(conference.id, study_session_id)
    if found is None:
        raise DomainError("not_found")
    return found


def wave_in(conference: Conference, wave_id: int) -> Wave:
    """Raises ``not_found`` for a wave of another conference."""
    found = queries.wave_of(conference.id, wave_id)
    if found is None:
        raise DomainError("not_found")
    return found


def topic_in(conference: Conference, topic_id: int) -> Topic:
    """Raises ``not_found`` for a topic of another conference."""
    found = queries.topic_of(conference.id, topic_id)
    if found is None:
        raise DomainError("not_found")
    return found
