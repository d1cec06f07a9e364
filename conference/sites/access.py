"""Which sites of a conference someone may see, and the way from an id to one of them."""

from __future__ import annotations

from sqlalchemy import exists, false, or_, select, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from conference.directory.models import Unit
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.errors import DomainError
from conference.planning.access import may_manage
from conference.planning.models import Conference
from conference.sites import queries
from conference.sites.models import ConferenceSite, GuestUnit, Site


def visible_sites(actor: Actor, conference: Conference) -> ColumnElement[bool]:
    """All for those who manage; a host's own; for a unit officer those that host or seat the own units."""
    if may_manage(actor, conference):
        return true()
    conditions: list[ColumnElement[bool]] = [false()]
    for role in (Role.SITE_HOST, Role.SCANNER):
        if actor.holds_everywhere(role):
            return true()
        if ids := actor.ids(role, ScopeKind.SITE):
            conditions.append(ConferenceSite.site_id.in_(ids))
    if actor.holds_everywhere(Role.UNIT_OFFICER):
        return true()
    if ids := actor.ids(Role.UNIT_OFFICER, ScopeKind.UNIT):
        conditions += [_of_units(ids)]
    return or_(*conditions)


def _of_units(ids: frozenset[int]) -> ColumnElement[bool]:
    """Sites whose host or one of whose guests is one of these units or stands below one."""
    own, unit = aliased(Unit), aliased(Unit)
    is_ours = exists(select(own.id).where(own.id.in_(ids), unit.path.startswith(own.path)))
    hosted = select(Site.id).join(unit, unit.id == Site.host_unit_id).where(is_ours)
    seated = select(GuestUnit.conference_site_id).join(unit, unit.id == GuestUnit.unit_id).where(is_ours)
    return or_(ConferenceSite.site_id.in_(hosted), ConferenceSite.id.in_(seated))


def site_for(actor: Actor, conference: Conference, site_id: int) -> ConferenceSite:
    """A site of this conference with hall, host and guests. Raises ``not_found``."""
    found = queries.conference_site(conference.id, site_id, visible_sites(actor, conference))
    if found is None:
        raise DomainError("not_found")
    return found
