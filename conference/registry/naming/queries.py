"""Reading what units ask, what is decided, and what changed since the freeze."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from conference.accounts.models import Account
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import fold
from conference.registry.models import (
    Attendee,
    Category,
    Leave,
    LeaveState,
    Substitute,
    SubstituteState,
)
from conference.registry.naming.freezing import count_called
from conference.registry.naming.models import ListChange, NamingRule, Nomination, nomination_categories
from conference.registry.naming.quotas import seats_of_units, usual_site
from conference.registry.naming.rules import NominationState
from conference.registry.rules import Reach, place_name
from conference.sites.models import ConferenceSite, Site


def within(reach: Reach) -> Any:
    """True of the units within reach."""
    if reach.is_whole:
        return Unit.id.is_not(None)
    return or_(false(), *(Unit.path.startswith(path) for path in sorted(reach.unit_paths)))


def nominations_page(conference_id: int, reach: Reach, ask: Ask) -> Page[Any]:
    """What was asked, the latest first. Filters: ``state``, ``unit``, ``q``; without a state, what waits."""
    leaving, leaver = aliased(Attendee), aliased(Person)
    statement = (
        select(
            Nomination,
            Nomination.id,
            Unit.name.label("unit_name"),
            Unit.path.label("unit_path"),
            leaver.full_name.label("leaver"),
            leaving.number.label("leaving_number"),
            Attendee.number.label("number"),
            Site.name.label("site_name"),
            Account.full_name.label("account_name"),
        )
        .join(Unit, Unit.id == Nomination.unit_id)
        .outerjoin(leaving, leaving.id == Nomination.leaving_id)
        .outerjoin(leaver, leaver.id == leaving.person_id)
        .outerjoin(Attendee, Attendee.id == Nomination.attendee_id)
        .outerjoin(Site, Site.id == Nomination.site_id)
        .outerjoin(Account, Account.id == Nomination.proposed_by)
        .where(Nomination.conference_id == conference_id, within(reach))
    )
    if ask.query.get("state") in list(NominationState):
        statement = statement.where(Nomination.state == NominationState(ask.query["state"]))
    elif ask.query.get("state") != "all":
        statement = statement.where(Nomination.state == NominationState.PROPOSED)
    for word in fold(ask.query.get("q", "")).split():
        name = func.coalesce(leaver.name_folded, "")
        statement = statement.where(
            Nomination.name_folded.contains(word, autoescape=True)
            | name.contains(word, autoescape=True)
            | Unit.name_folded.contains(word, autoescape=True)
        )
    sorts = {"at": (Nomination.proposed_at,), "unit": (Unit.sort_key,), "name": (Nomination.sort_key,)}
    return page_of(statement, _latest_first(ask), sorts=sorts, default="at", last=Nomination.id.desc())


def _latest_first(ask: Ask) -> Ask:
    return ask if ask.sort else replace(ask, sort="at", direction="desc")


def nominations_among(conference_id: int, reach: Reach, ids: Sequence[int]) -> Sequence[Nomination]:
    """Those of these within reach, with who leaves."""
    return db.session.scalars(
        select(Nomination)
        .join(Unit, Unit.id == Nomination.unit_id)
        .where(Nomination.conference_id == conference_id, Nomination.id.in_(ids), within(reach))
        .options(
            joinedload(Nomination.unit),
            joinedload(Nomination.leaving).joinedload(Attendee.person),
        )
        .order_by(Nomination.id)
        .execution_options(populate_existing=True)
    ).all()


def categories_of(nomination_ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of several nominations' categories, in one query."""
    found: dict[int, list[str]] = {}
    rows = db.session.execute(
        select(nomination_categories.c.nomination_id, Category.name)
        .join(Category, Category.id == nomination_categories.c.category_id)
        .where(nomination_categories.c.nomination_id.in_(nomination_ids))
        .order_by(Category.id)
    )
    for nomination_id, name in rows:
        found.setdefault(nomination_id, []).append(name)
    return found


def count(statement: AnySelect) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def counts_by_state(conference_id: int, reach: Reach) -> dict[NominationState, int]:
    rows = db.session.execute(
        select(Nomination.state, func.count())
        .join(Unit, Unit.id == Nomination.unit_id)
        .where(Nomination.conference_id == conference_id, within(reach))
        .group_by(Nomination.state)
    )
    return dict(rows.all())


def waiting_count(conference_id: int) -> int:
    """How many nominations wait for a decision."""
    return (
        db.session.scalar(
            select(func.count(Nomination.id)).where(
                Nomination.conference_id == conference_id, Nomination.state == NominationState.PROPOSED
            )
        )
        or 0
    )


@dataclass(frozen=True)
class UnitFigures:
    """How a unit's people stand."""

    called: int
    leaves: int  # requests that wait
    substitutes: int


def figures_of(conference_id: int, path: str) -> UnitFigures:
    mine = (
        Attendee.conference_id == conference_id,
        Attendee.withdrawn_at.is_(None),
        Attendee.unit_id.in_(select(Unit.id).where(Unit.path.startswith(path))),
    )
    called = select(func.count(Attendee.id)).where(*mine, Attendee.is_walk_in.is_(False))
    leaves = (
        select(func.count(Leave.id))
        .join(Attendee, Attendee.id == Leave.attendee_id)
        .where(*mine, Leave.state == LeaveState.REQUESTED)
    )
    substitutes = (
        select(func.count(Substitute.id))
        .join(Attendee, Attendee.id == Substitute.attendee_id)
        .where(*mine, Substitute.state == SubstituteState.REQUESTED)
    )
    found = (db.session.scalar(statement) or 0 for statement in (called, leaves, substitutes))
    return UnitFigures(*found)


# ---- where a unit's people may sit


def sites_for_unit(conference_id: int, unit: Unit, reach: Reach) -> list[tuple[int, str]]:
    """The sites offered for a unit's people, the usual one first.

    For an officer: where the unit usually sits, what its branch hosts, and where its people are called to.
    """
    usual = usual_site(unit.path, seats_of_units(conference_id))
    statement = (
        select(Site.id, Site.name)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(Site.sort_key, Site.id)
    )
    if not reach.is_whole:
        branch = select(Unit.id).where(within(reach))
        seated = select(Attendee.site_id).where(
            Attendee.conference_id == conference_id, Attendee.unit_id.in_(branch), Attendee.withdrawn_at.is_(None)
        )
        statement = statement.where(or_(Site.id == (usual or 0), Site.host_unit_id.in_(branch), Site.id.in_(seated)))
    found = [(id, place_name(name)) for id, name in db.session.execute(statement)]
    return sorted(found, key=lambda site: site[0] != usual)


# ---- after the freeze


@dataclass(frozen=True)
class Balance:
    """The count at the freeze, what changed since, and the count now."""

    at_freeze: int
    added: int
    gone: int
    now: int

    @property
    def adds_up(self) -> bool:
        return self.at_freeze + self.added - self.gone == self.now


def balance_of(conference_id: int, rule: NamingRule) -> Balance:
    """Before the first change after the freeze nothing is written down, and the count now is the count then."""
    now = count_called(conference_id)
    changes = select(func.sum(ListChange.delta)).where(ListChange.conference_id == conference_id)
    added = db.session.scalar(changes.where(ListChange.delta > 0)) or 0
    gone = -(db.session.scalar(changes.where(ListChange.delta < 0)) or 0)
    return Balance(now if rule.frozen_count is None else rule.frozen_count, added, gone, now)


def changes_page(conference_id: int, reach: Reach, ask: Ask) -> Page[Any]:
    """Every change since the freeze, the latest first; for an officer those of the own people."""
    statement: AnySelect = (
        select(
            ListChange,
            Person.full_name,
            Attendee.number,
            Unit.name.label("unit_name"),
            Account.full_name.label("account_name"),
        )
        .outerjoin(Attendee, Attendee.id == ListChange.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .outerjoin(Unit, Unit.id == Attendee.unit_id)
        .outerjoin(Account, Account.id == ListChange.account_id)
        .where(ListChange.conference_id == conference_id)
    )
    if not reach.is_whole:
        statement = statement.where(within(reach))
    return page_of(
        statement, _latest_first(ask), sorts={"at": (ListChange.at,)}, default="at", last=ListChange.id.desc()
    )
