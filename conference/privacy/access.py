"""Who may hand out what is kept of a person, and who may erase it."""

from __future__ import annotations

from dataclasses import dataclass

from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.privacy import queries
from conference.registry import access as registry
from conference.registry.models import Attendee

MANAGING = (Role.ORGANIZER, Role.ADMIN)


@dataclass(frozen=True)
class Reach:
    """What somebody of the staff may do with one person's data."""

    attendee: Attendee
    with_papers: bool  # hands out what was written too
    may_erase: bool  # everywhere the person is called
    may_answer: bool  # a wish to be erased


def person_for(actor: Actor, conference: Conference, number: int) -> Reach:
    """A person of this conference, for organizers, administrators and the own unit's officer.

    Raises ``not_found``, and ``forbidden`` for those who only look on.
    """
    attendee = registry.attendee_for(registry.reach_of(actor, conference), conference, number)
    manages = any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in MANAGING)
    if not manages and Role.UNIT_OFFICER not in actor.roles:
        raise DomainError("forbidden")
    return Reach(attendee, manages, manages and may_erase(actor, attendee.person_id), manages)


def may_erase(actor: Actor, person_id: int) -> bool:
    """An administrator of everything, or who organises every conference that the person was called to."""
    return all(
        any(actor.holds(role, ScopeKind.CONFERENCE, id) for role in MANAGING)
        for id in queries.conferences_of(person_id)
    )


def require_to_erase(reach: Reach) -> Attendee:
    """Raises ``erasure_not_yours`` where the person belongs to conferences of others too."""
    if not reach.may_erase:
        raise DomainError("erasure_not_yours")
    return reach.attendee


def require_to_answer(reach: Reach) -> Attendee:
    if not reach.may_answer:
        raise DomainError("forbidden")
    return reach.attendee


def conferences_managed(actor: Actor) -> set[int] | None:
    """Whose wishes somebody sees; None stands for all."""
    if any(actor.holds_everywhere(role) for role in MANAGING):
        return None
    return {id for role in MANAGING for id in actor.ids(role, ScopeKind.CONFERENCE)}
