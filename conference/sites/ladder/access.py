"""Whose ladder somebody may climb: organizers that of every site, a host the own one."""

from __future__ import annotations

from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.errors import DomainError
from conference.planning.access import may_change
from conference.planning.models import Conference, ConferenceState
from conference.sites.access import site_for
from conference.sites.models import ConferenceSite


def may_climb(actor: Actor, conference: Conference, site_id: int) -> bool:
    is_theirs = may_change(actor, conference) or actor.holds(Role.SITE_HOST, ScopeKind.SITE, site_id)
    return is_theirs and conference.state is not ConferenceState.CLOSED


def site_to_climb(actor: Actor, conference: Conference, site_id: int) -> ConferenceSite:
    """A site for who says how far it has come. Raises ``not_found``, ``forbidden`` or ``conference_closed``."""
    joined = site_for(actor, conference, site_id)
    if not may_climb(actor, conference, site_id):
        raise DomainError("conference_closed" if conference.state is ConferenceState.CLOSED else "forbidden")
    return joined
