"""Which people of a conference someone may see, and the only way from a number to one of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from conference.directory.models import Unit
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.registry.models import Attendee, Leave, Substitute
from conference.registry.rules import Reach
from conference.sites.models import Site


def reach_of(actor: Actor, conference: Conference) -> Reach:
    """How far an account sees into a conference's people. Raises ``not_found`` when it sees nobody."""
    if actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id):
        return Reach(is_whole=True, sees_contacts=True, may_change=True)
    if actor.holds_everywhere(Role.UNIT_OFFICER):
        return Reach(is_whole=True, sees_contacts=True, may_ask=True)
    units = actor.ids(Role.UNIT_OFFICER, ScopeKind.UNIT)
    if any(actor.holds(role, ScopeKind.CONFERENCE, conference.id) for role in (Role.ADMIN, Role.LEADER)):
        return Reach(is_whole=True)
    if not units:
        raise DomainError("not_found")
    paths = db.session.scalars(select(Unit.path).where(Unit.id.in_(units))).all()
    return Reach(unit_paths=frozenset(paths), sees_contacts=True, may_ask=True)


def may_fetch_papers(actor: Actor, conference: Conference, site_id: int) -> bool:
    """Badges and packs of a site: for who organises the conference, and for the site's own host."""
    return actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id) or actor.holds(
        Role.SITE_HOST, ScopeKind.SITE, site_id
    )


def paper_sites(actor: Actor, conference: Conference) -> frozenset[int] | None:
    """The sites for which ``may_fetch_papers`` is true; None for all of them."""
    if actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id) or actor.holds_everywhere(Role.SITE_HOST):
        return None
    return actor.ids(Role.SITE_HOST, ScopeKind.SITE)


def attendee_for(reach: Reach, conference: Conference, number: int) -> Attendee:
    """The attendee with this number, with all that a page about them shows. Raises ``not_found``."""
    attendee = db.session.scalars(
        select(Attendee)
        .where(Attendee.conference_id == conference.id, Attendee.number == number)
        .options(
            joinedload(Attendee.person),
            joinedload(Attendee.unit),
            joinedload(Attendee.site),
            selectinload(Attendee.categories),
        )
        .execution_options(populate_existing=True)
    ).first()
    if attendee is None or not reach.covers(attendee.unit.path):
        raise DomainError("not_found")
    return attendee


def attendee_to_change(reach: Reach, conference: Conference, number: int) -> Attendee:
    """The same for someone who may change them. Raises ``not_found`` or ``forbidden``."""
    attendee = attendee_for(reach, conference, number)
    if not reach.may_change:
        raise DomainError("forbidden")
    return attendee


def attendee_to_speak_for(reach: Reach, conference: Conference, number: int) -> Attendee:
    """The same for their own unit's officer too, who may ask leave for them and send somebody instead."""
    attendee = attendee_for(reach, conference, number)
    if not (reach.may_change or reach.may_ask):
        raise DomainError("forbidden")
    return attendee


def substitute_of(attendee: Attendee, substitute_id: int) -> Substitute:
    """Raises ``not_found`` for another person's substitute."""
    named = db.session.get(Substitute, substitute_id)
    if named is None or named.attendee_id != attendee.id:
        raise DomainError("not_found")
    return named


def leave_of(attendee: Attendee, leave_id: int) -> Leave:
    """Raises ``not_found`` for another person's request."""
    leave = db.session.get(Leave, leave_id)
    if leave is None or leave.attendee_id != attendee.id:
        raise DomainError("not_found")
    return leave


def attendee_themself(actor: Actor) -> Attendee:
    """The attendee whose personal link opened this browser, with what their page shows. Raises ``not_found``."""
    attendee = db.session.scalars(
        select(Attendee)
        .where(Attendee.id == actor.id)
        .options(
            joinedload(Attendee.person),
            joinedload(Attendee.unit),
            joinedload(Attendee.site).joinedload(Site.host_unit),
            joinedload(Attendee.conference).joinedload(Conference.host_unit),
        )
        .execution_options(populate_existing=True)
    ).first()
    if attendee is None:
        raise DomainError("not_found")
    return attendee
