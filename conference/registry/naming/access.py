"""Who speaks for a unit, who decides about what it names, and the only way from an id to one of these things."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from conference.directory.models import Unit
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.registry.naming.models import NamingRule, Nomination
from conference.registry.naming.rules import Approver, ids_on, is_frozen
from conference.registry.rules import Reach


def own_units(actor: Actor, reach: Reach) -> Sequence[Unit]:
    """The units for which an account speaks; for who sees everything, the roots of the tree."""
    statement = select(Unit).order_by(Unit.level, Unit.sort_key, Unit.id)
    if reach.is_whole:
        return db.session.scalars(statement.where(Unit.parent_id.is_(None))).all()
    ids = actor.ids(Role.UNIT_OFFICER, ScopeKind.UNIT)
    return db.session.scalars(statement.where(Unit.id.in_(ids))).all()


def unit_in(reach: Reach, unit_id: int) -> Unit:
    """Raises ``not_found`` for a unit out of reach."""
    unit = db.session.get(Unit, unit_id, populate_existing=True)
    if unit is None or not reach.covers(unit.path):
        raise DomainError("not_found")
    return unit


def nomination_in(reach: Reach, conference: Conference, nomination_id: int) -> Nomination:
    """Raises ``not_found`` for one of another conference, or of a unit out of reach."""
    found = db.session.scalars(
        select(Nomination)
        .where(Nomination.id == nomination_id, Nomination.conference_id == conference.id)
        .options(
            joinedload(Nomination.unit),
            joinedload(Nomination.site),
            joinedload(Nomination.leaving).joinedload(Attendee.person),
            joinedload(Nomination.attendee),
            selectinload(Nomination.categories),
        )
        .execution_options(populate_existing=True)
    ).first()
    if found is None or not reach.covers(found.unit.path):
        raise DomainError("not_found")
    return found


def may_decide(actor: Actor, conference: Conference, rule: NamingRule | None, nomination: Nomination) -> bool:
    """The organizer decides; before the freeze also the officer of a unit above, where the conference says so."""
    if actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id):
        return True
    if rule is None or rule.approver is not Approver.UPPER_UNIT or nomination.is_after_freeze:
        return False
    above = set(ids_on(nomination.unit.path)[:-1])
    return bool(above & actor.ids(Role.UNIT_OFFICER, ScopeKind.UNIT))


def may_name(reach: Reach, rule: NamingRule | None) -> bool:
    """Who organizes adds people at any time; a unit while naming is open."""
    return reach.may_change or (reach.may_ask and rule is not None and rule.is_open)


def needs_approval(reach: Reach, rule: NamingRule | None, at: datetime) -> bool:
    """True of a unit's word where the conference wants it approved, and of every one after the freeze."""
    if reach.may_change or rule is None:
        return False
    return rule.approver is not Approver.NOBODY or is_frozen(rule.freezes_at, at)


def decides_for_units_below(rule: NamingRule | None) -> bool:
    return rule is not None and rule.approver is Approver.UPPER_UNIT
