"""Writing to those whom a release concerns, and to nobody else: held until a person lets the letters go.

What counts is what each person was told last, not what the release before this one said: a letter that never left
told nothing, and whoever was told the same already hears nothing again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from conference.directory.models import Person
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.notices import actions as notices
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.notices.queries import LEFT, NOT_TO_COME, last_told, summoned_but_withdrawn, with_address
from conference.notices.rules import occasion_of_release
from conference.planning.models import Conference, PlanRelease
from conference.registry.models import Attendee, ReleasedSeat
from conference.registry.told import release_of
from conference.releases.queries import are_concerned, between, difference, is_about, seats_released
from conference.releases.rules import OF_A_PLACE, OF_EVERYBODY, Change

FIRST_RELEASE = 1


@dataclass(frozen=True)
class Letters:
    """How many letters of each kind belong to a release."""

    changed: int
    summoned: int
    cancelled: int

    @property
    def all(self) -> int:
        return self.changed + self.summoned + self.cancelled


def write_letters(*, conference: Conference, release: PlanRelease, domain: str, by: Actor, at: datetime) -> Letters:
    """Write a change to whom it concerns, a summons to who is new, a withdrawal to who is out. Repeatable."""
    notices.drop_overtaken(conference_id=conference.id, by=by, at=at)

    def write(kind: MailKind, people: AnySelect) -> int:
        return notices.write_of_release(
            conference=conference, kind=kind, release=release.number, people=people, domain=domain, by=by, at=at
        )

    changed = sum(
        write(MailKind.CHANGE, whom_it_concerns(conference, base, release)) for base in _bases(conference, release)
    )
    cancelled = write(MailKind.CANCELLATION, summoned_but_withdrawn(conference.id))
    return Letters(changed, write(MailKind.SUMMONS, newly_called(conference, release)), cancelled)


def _base(told: Subquery) -> ColumnElement[int]:
    """Letters from before the first release told what became it."""
    return case((told.c.told_release < FIRST_RELEASE, FIRST_RELEASE), else_=told.c.told_release)


def _bases(conference: Conference, release: PlanRelease) -> list[PlanRelease]:
    """The earlier releases that somebody was told last."""
    told = last_told(conference.id)
    numbers = db.session.scalars(select(_base(told)).distinct())
    found = [release_of(conference.id, number) for number in sorted(numbers) if number < release.number]
    return [base for base in found if base is not None]


def whom_it_concerns(conference: Conference, base: PlanRelease, release: PlanRelease) -> AnySelect:
    """(attendee id, address, sequence) of those who were told ``base`` last and are told something else now."""
    told = last_told(conference.id)
    pairs = between(seats_released(base.id), seats_released(release.id))
    changes = difference(conference, base, release).changes
    return (
        with_address(conference.id)
        .join(told, told.c.attendee_id == Attendee.id)
        .join(pairs, pairs.c.attendee_id == Attendee.id)
        .where(
            Attendee.withdrawn_at.is_(None),
            told.c.kind.not_in(NOT_TO_COME),
            _base(told) == base.number,
            pairs.c.is_at.is_not(None),
            or_(
                and_(pairs.c.was_at.is_not(None), are_concerned(pairs, changes)),
                and_(pairs.c.was_at.is_(None), _changed_for_late_comers(pairs, told, changes)),
            ),
        )
    )


def _changed_for_late_comers(pairs: Subquery, told: Subquery, changes: Sequence[Change]) -> ColumnElement[bool]:
    """Who was summoned after ``base`` was told its programme and its places, and their own site as it stood then."""
    programme = [is_about(pairs, change) for change in changes if change.kind in OF_EVERYBODY]
    places = {change.subject for change in changes if change.kind in OF_A_PLACE}
    moved = func.coalesce(Attendee.moved_at > told.c.written_at, false())
    return or_(*programme, pairs.c.is_at.in_(places), moved)


def newly_called(conference: Conference, release: PlanRelease) -> AnySelect:
    """Those of this release who hold no summons, once summonses have been written at all."""
    any_summons = select(OutboxMail.id).where(
        OutboxMail.conference_id == conference.id, OutboxMail.kind == MailKind.SUMMONS
    )
    summons, cancelled = aliased(OutboxMail), aliased(OutboxMail)
    called_off = (
        select(func.coalesce(func.max(cancelled.id), 0))
        .where(
            cancelled.attendee_id == Attendee.id,
            cancelled.kind.in_(NOT_TO_COME),
            cancelled.state.in_((*LEFT, MailState.SENDING)),
        )
        .correlate(Attendee)  # of the outermost query, two levels up
        .scalar_subquery()
    )
    holds_one = select(summons.id).where(
        summons.attendee_id == Attendee.id, summons.kind == MailKind.SUMMONS, summons.id > called_off
    )
    return (
        with_address(conference.id)
        .join(ReleasedSeat, and_(ReleasedSeat.attendee_id == Attendee.id, ReleasedSeat.release_id == release.id))
        .where(Attendee.withdrawn_at.is_(None), ~holds_one.exists(), any_summons.exists())
    )


def letters_of(conference_id: int, number: int) -> dict[tuple[MailKind, MailState], int]:
    """How many letters a release has written, by kind and by what became of them."""
    rows = db.session.execute(
        select(OutboxMail.kind, OutboxMail.state, func.count())
        .where(OutboxMail.conference_id == conference_id, OutboxMail.occasion == occasion_of_release(number))
        .group_by(OutboxMail.kind, OutboxMail.state)
    )
    return {(kind, state): count for kind, state, count in rows}


def without_address(pairs: Subquery, changes: Sequence[Change]) -> int:
    """How many whom the difference concerns have no address to write to."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Attendee)
            .join(Person, Person.id == Attendee.person_id)
            .join(pairs, pairs.c.attendee_id == Attendee.id)
            .where(are_concerned(pairs, changes), func.coalesce(Person.email, "") == "")
        )
        or 0
    )


def told_before(attendee_id: int, number: int) -> int:
    """The number of the release that somebody had been told before this one."""
    told = db.session.scalar(
        select(func.max(OutboxMail.told_release)).where(
            OutboxMail.attendee_id == attendee_id,
            OutboxMail.state.in_((*LEFT, MailState.SENDING)),
            OutboxMail.told_release < number,
        )
    )
    return max(FIRST_RELEASE, told or 0)
