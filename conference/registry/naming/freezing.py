"""The frozen list: the count at the freeze, written before the first change after it, and each change since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.registry.called import is_summoned
from conference.registry.models import Attendee
from conference.registry.naming.models import ListChange, NamingRule
from conference.registry.naming.rules import ListChangeKind, is_frozen


def settle(conference_id: int, at: datetime) -> bool:
    """Whether the list is frozen. Whoever changes who is called asks first, and waits for others who do.

    The first to ask after the freeze has come writes the count down: nothing has changed since it came.
    """
    rule = db.session.scalars(
        select(NamingRule)
        .where(NamingRule.conference_id == conference_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if rule is None:
        return False
    if rule.frozen_count is None and is_frozen(rule.freezes_at, at):
        rule.frozen_count = count_called(conference_id)
        db.session.flush()
    return rule.frozen_count is not None


def count_called(conference_id: int) -> int:
    """How many are on the list of who is called: without walk-ins and substitutes."""
    return (
        db.session.scalar(select(func.count(Attendee.id)).where(Attendee.conference_id == conference_id, is_summoned()))
        or 0
    )


def counts_as(attendee: Attendee) -> int:
    """1 for who counts among those called while on the list."""
    return 0 if attendee.is_walk_in or attendee.is_substitute else 1


def note_change(
    attendee: Attendee,
    kind: ListChangeKind,
    *,
    delta: int,
    by: Actor,
    at: datetime,
    reason: str = "",
    nomination_id: int | None = None,
) -> None:
    """Keep one change of a frozen list; nothing while it isn't."""
    note_changes(
        attendee.conference_id, [(attendee.id, delta)], kind, by=by, at=at, reason=reason, nomination_id=nomination_id
    )


def note_changes(
    conference_id: int,
    changes: Sequence[tuple[int | None, int]],
    kind: ListChangeKind,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    nomination_id: int | None = None,
) -> None:
    """The same for several: (attendee or none, how many more are called)."""
    frozen = select(NamingRule.frozen_count).where(NamingRule.conference_id == conference_id)
    if db.session.scalar(frozen) is None:
        return
    db.session.add_all(
        ListChange(
            conference_id=conference_id,
            attendee_id=attendee_id,
            nomination_id=nomination_id,
            kind=kind,
            delta=delta,
            reason=reason,
            at=at,
            account_id=by.id if by.kind is ActorKind.ACCOUNT else None,
        )
        for attendee_id, delta in changes
    )
    db.session.flush()
