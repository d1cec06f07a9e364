"""The only way from a conference's code to the conference."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState

MANAGING = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
"""They see every conference in their scope, drafts too."""


def conference_for(actor: Actor, code: str) -> Conference:
    """The conference with this code, for someone of the staff who may see it. Raises ``not_found``."""
    conference = db.session.scalars(
        select(Conference)
        .where(Conference.code == code)
        .options(joinedload(Conference.host_unit), joinedload(Conference.resolution))
    ).first()
    if conference is None or not may_see(actor, conference):
        raise DomainError("not_found")
    return conference


def may_see(actor: Actor, conference: Conference) -> bool:
    if any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in MANAGING):
        return True
    has_part = bool(actor.roles & {Role.UNIT_OFFICER, Role.SITE_HOST, Role.SCANNER, Role.GRADER})
    return has_part and conference.state is not ConferenceState.DRAFT
