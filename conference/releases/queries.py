"""Reading plans and their differences: the working plan, releases, and the people between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Subquery,
    Text,
    and_,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)

from conference.accounts.models import Account
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import fold
from conference.planning.given import from_json, given
from conference.planning.models import Conference, PlanRelease
from conference.planning.queries import programme_of
from conference.registry.models import Attendee, ReleasedSeat
from conference.releases.rules import (
    OF_A_PLACE,
    OF_EVERYBODY,
    Change,
    ChangeKind,
    Group,
    Plan,
    Seat,
    differences,
    how_many_concerned,
)
from conference.sites.models import Site
from conference.sites.places import places_now, places_released


@dataclass(frozen=True)
class Difference:
    """Everything between two plans. ``groups`` are the people of both, by where they were and are."""

    before: Plan
    after: Plan
    changes: Sequence[Change]
    groups: Sequence[Group]

    @property
    def concerned(self) -> int:
        return how_many_concerned(self.changes, self.groups)

    def change(self, key: str) -> Change | None:
        return next((one for one in self.changes if one.key == key), None)


def releases_of(conference_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """(release without its programme, name of who released it), the latest first."""
    return db.session.execute(
        select(
            PlanRelease.id,
            PlanRelease.number,
            PlanRelease.note,
            PlanRelease.people,
            PlanRelease.released_at,
            Account.full_name.label("by"),
        )
        .outerjoin(Account, Account.id == PlanRelease.released_by)
        .where(PlanRelease.conference_id == conference_id)
        .order_by(PlanRelease.number.desc())
    ).all()


# ---- plans


def working_plan(conference: Conference) -> Plan:
    return Plan(conference.title, given(programme_of(conference.id)), places_now(conference.id))


def plan_released(release: PlanRelease) -> Plan:
    return Plan(release.title, from_json(release.programme), places_released(release.id))


# ---- people


def seats_now(conference_id: int) -> AnySelect:
    """Who is called in the working plan, and where to: walk-ins were told by the door, never by a plan."""
    return select(Attendee.id.label("attendee_id"), Attendee.site_id, Attendee.seat, Attendee.wave_id).where(
        Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None), Attendee.is_walk_in.is_(False)
    )


def seats_released(release_id: int) -> AnySelect:
    return select(ReleasedSeat.attendee_id, ReleasedSeat.site_id, ReleasedSeat.seat, ReleasedSeat.wave_id).where(
        ReleasedSeat.release_id == release_id
    )


BETWEEN = ("was_at", "is_at", "was_seat", "is_seat", "was_in", "is_in")


def between(before: AnySelect, after: AnySelect) -> Subquery:
    """(attendee_id, was_at, is_at, was_seat, is_seat, was_in, is_in) of everybody who is called before, after or both.

    Grouped, not joined: SQLite has no index to join the two outer sides by, and would compare each with each.
    """
    old, new = before.subquery("was"), after.subquery("now")
    nowhere, no_seat = cast(null(), Integer), cast(null(), Text)
    both = union_all(
        select(
            old.c.attendee_id,
            old.c.site_id.label("was_at"),
            nowhere.label("is_at"),
            old.c.seat.label("was_seat"),
            no_seat.label("is_seat"),
            old.c.wave_id.label("was_in"),
            nowhere.label("is_in"),
        ),
        select(new.c.attendee_id, nowhere, new.c.site_id, no_seat, new.c.seat, nowhere, new.c.wave_id),
    ).subquery("both")
    return (
        select(
            both.c.attendee_id,
            *(func.max(both.c[name]).label(name) for name in BETWEEN),
        )
        .group_by(both.c.attendee_id)
        .subquery("between")
    )


def groups_of(pairs: Subquery) -> list[Group]:
    """Everybody in one grouped statement."""
    is_reseated = and_(
        pairs.c.was_at == pairs.c.is_at, func.coalesce(pairs.c.was_seat, "") != func.coalesce(pairs.c.is_seat, "")
    )
    flag = func.coalesce(is_reseated, false())
    kinds = (pairs.c.was_at, pairs.c.is_at, flag, pairs.c.was_in, pairs.c.is_in)
    rows = db.session.execute(select(*kinds, func.count()).group_by(*kinds))
    return [
        Group(was_at, is_at, bool(is_reseated), people, was_in, is_in)
        for was_at, is_at, is_reseated, was_in, is_in, people in rows
    ]


def pairs_of(conference: Conference, before: PlanRelease, after: PlanRelease | None) -> Subquery:
    """Everybody of a release and of another, or of the working plan (``after`` None)."""
    return between(seats_released(before.id), seats_now(conference.id) if after is None else seats_released(after.id))


def difference(conference: Conference, before: PlanRelease, after: PlanRelease | None) -> Difference:
    """Between a release and another, or the working plan (``after`` None)."""
    old = plan_released(before)
    new = plan_released(after) if after else working_plan(conference)
    groups = groups_of(pairs_of(conference, before, after))
    return Difference(old, new, differences(old, new, groups), groups)


def is_concerned(pairs: Subquery, change: Change) -> ColumnElement[bool]:
    """``rules.concerns`` as a condition."""
    stays = and_(pairs.c.was_at.is_not(None), pairs.c.is_at.is_not(None))
    if change.kind is ChangeKind.PEOPLE_ADDED:
        return and_(pairs.c.was_at.is_(None), pairs.c.is_at.is_not(None))
    if change.kind is ChangeKind.PEOPLE_WITHDRAWN:
        return and_(pairs.c.was_at.is_not(None), pairs.c.is_at.is_(None))
    if change.kind in OF_EVERYBODY:
        return and_(stays, is_about(pairs, change))
    if change.kind is ChangeKind.PEOPLE_MOVED:
        return and_(pairs.c.was_at == change.subject, pairs.c.is_at == change.target)
    if change.kind is ChangeKind.WAVE_CHANGED:
        was_in, is_in = func.coalesce(pairs.c.was_in, 0), func.coalesce(pairs.c.is_in, 0)
        return and_(stays, was_in == change.subject, is_in == change.target)
    there = and_(pairs.c.was_at == change.subject, pairs.c.is_at == change.subject)
    if change.kind in OF_A_PLACE:
        return there
    if change.kind is ChangeKind.SEATS_CHANGED:
        same_wave = pairs.c.was_in.is_not_distinct_from(pairs.c.is_in)
        return and_(there, same_wave, func.coalesce(pairs.c.was_seat, "") != func.coalesce(pairs.c.is_seat, ""))
    return false()


def is_about(pairs: Subquery, change: Change) -> ColumnElement[bool]:
    """``rules.is_about`` as a condition."""
    if None in change.waves:
        return true()
    waves = sorted(id for id in change.waves if id is not None)
    return or_(func.coalesce(pairs.c.was_in.in_(waves), false()), func.coalesce(pairs.c.is_in.in_(waves), false()))


def are_concerned(pairs: Subquery, changes: Sequence[Change]) -> ColumnElement[bool]:
    """By any of these differences: a single one, or all between two plans. All moves are asked for at once, for they
    may be thousands."""
    moves = [change for change in changes if change.kind is ChangeKind.PEOPLE_MOVED]
    others = [change for change in changes if change.kind is not ChangeKind.PEOPLE_MOVED]
    conditions = [is_concerned(pairs, change) for change in others]
    if len(moves) == 1:
        conditions.append(is_concerned(pairs, moves[0]))
    elif moves:
        conditions.append(pairs.c.was_at != pairs.c.is_at)
    return or_(false(), *conditions)


def people_page(
    conference: Conference, before: PlanRelease, after: PlanRelease | None, changes: Sequence[Change], ask: Ask
) -> Page[Any]:
    """(number, name, position, unit, site before, site now) of those whom these differences concern. Filter: q."""
    pairs = pairs_of(conference, before, after)
    was, now = Site.__table__.alias("was_site"), Site.__table__.alias("now_site")
    statement: AnySelect = (
        select(
            Attendee.number,
            Person.full_name,
            Attendee.position,
            Unit.name.label("unit"),
            was.c.name.label("was_at"),
            now.c.name.label("is_at"),
            pairs.c.was_seat,
            pairs.c.is_seat,
        )
        .join(pairs, pairs.c.attendee_id == Attendee.id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .outerjoin(was, was.c.id == pairs.c.was_at)
        .outerjoin(now, now.c.id == pairs.c.is_at)
        .where(are_concerned(pairs, changes))
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Person.name_folded.contains(words, autoescape=True))
    return page_of(statement, ask, sorts={"name": (Person.sort_key,)}, default="name", last=Attendee.id)


def seat_in(release_id: int, attendee_id: int) -> Seat | None:
    row = db.session.get(ReleasedSeat, (release_id, attendee_id))
    return Seat(row.site_id, row.seat, row.wave_id) if row else None
