"""Which units someone may see: managers all, a unit officer the own ones and those below."""

from __future__ import annotations

from sqlalchemy import select, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from conference.directory import queries
from conference.directory.models import Unit
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.errors import DomainError

SEEING_ALL = frozenset({Role.ADMIN, Role.ORGANIZER, Role.LEADER})
RENAMING = (Role.ADMIN, Role.ORGANIZER)


def visible_units(actor: Actor) -> ColumnElement[bool]:
    """Who manages any conference sees the whole tree: units are shared by all conferences."""
    if actor.roles & SEEING_ALL or actor.holds_everywhere(Role.UNIT_OFFICER):
        return true()
    own = aliased(Unit)
    ids = actor.ids(Role.UNIT_OFFICER, ScopeKind.UNIT)
    return select(own.id).where(own.id.in_(ids), Unit.path.startswith(own.path)).exists()


def unit_for(actor: Actor, unit_id: int) -> Unit:
    """A unit with its parent. Raises ``not_found``."""
    found = queries.unit_with_parent(unit_id, visible_units(actor))
    if found is None:
        raise DomainError("not_found")
    return found


def may_rename(actor: Actor) -> bool:
    """A name stands in every conference: it is not changed from within one."""
    return any(actor.holds_everywhere(role) for role in RENAMING)
