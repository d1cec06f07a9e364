"""Sending somebody else: named by the unit or the organizer, approved, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import literal, or_, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.text import clean, phone_digits
from conference.planning.models import Conference, StudySession
from conference.registry import actions
from conference.registry.actions import NewPerson
from conference.registry.models import Attendee, Substitute, SubstituteState
from conference.registry.signals import roster_changed
from conference.registry.tickets import KeyRing

STANDING = (SubstituteState.REQUESTED, SubstituteState.APPROVED)


def name_substitute(
    *,
    attendee: Attendee,
    study_sessions: Sequence[StudySession],
    study_session_id: int | None,
    who: NewPerson,
    by: Actor,
    at: datetime,
) -> Substitute:
    """Propose somebody to come instead, to one study session or to all.

    Raises ``substitute_named`` when somebody is named for it already, ``called_already`` when the person proposed
    is called on their own account, ``attendee_withdrawn`` for who is not called any more, and
    ``needless_when_called_off``.
    """
    actions.check_is_held(attendee.conference_id)
    if not [one for one in study_sessions if study_session_id in (None, one.id)]:
        raise DomainError("not_found")
    if attendee.withdrawn_at is not None or attendee.is_substitute:
        raise DomainError("attendee_withdrawn")
    overlapping = select(Substitute.id).where(
        Substitute.attendee_id == attendee.id,
        Substitute.state.in_(STANDING),
        or_(
            literal(study_session_id is None),
            Substitute.study_session_id.is_(None),
            Substitute.study_session_id == study_session_id,
        ),
    )
    # Two officers naming at once must not both succeed: they wait for each other here.
    db.session.execute(select(Attendee.id).where(Attendee.id == attendee.id).with_for_update())
    if db.session.scalar(overlapping.limit(1)) is not None:
        raise DomainError("substitute_named")
    _same_substitute(attendee, who)
    named = Substitute(
        attendee_id=attendee.id,
        study_session_id=study_session_id,
        full_name=clean(who.full_name),
        birth_date=who.birth_date,
        position=who.position,
        phone=who.phone,
        email=who.email,
        state=SubstituteState.REQUESTED,
        requested_at=at,
    )
    db.session.add(named)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="substitute.name",
        subject=("substitute", named.id),
        after={"attendee": attendee.id, "study_session": study_session_id},
    )
    return named


def _same_substitute(attendee: Attendee, who: NewPerson) -> Attendee | None:
    """The substitute of the same unit who is called already; anybody else who is called has a place of their own."""
    digits = phone_digits(who.phone) if who.phone else None
    same = actions.called_already(attendee.conference_id, clean(who.full_name), who.birth_date, digits)
    if same is not None and not (same.is_substitute and same.unit_id == attendee.unit_id):
        raise DomainError("called_already", number=same.number)
    return same


def approve_substitute(
    *, named: Substitute, attendee: Attendee, conference: Conference, ring: KeyRing, by: Actor, at: datetime
) -> Attendee:
    """Let the substitute come, with a ticket and a link of their own. Raises ``changed_meanwhile`` and
    ``needless_when_called_off``."""
    actions.check_is_held(conference.id)
    _turn(named, (SubstituteState.REQUESTED, SubstituteState.REFUSED), SubstituteState.APPROVED, at)
    who = NewPerson(
        full_name=named.full_name,
        unit_id=attendee.unit_id,
        site_id=attendee.site_id,
        position=named.position,
        role=attendee.role,
        birth_date=named.birth_date,
        phone=named.phone,
        email=named.email,
        must_write=attendee.must_write,
        wave_id=attendee.wave_id,
    )
    sent = _same_substitute(attendee, who)
    if sent is None:
        sent = actions.add_walk_in(conference=conference, who=who, ring=ring, by=by, at=at, is_substitute=True)
    elif sent.withdrawn_at is not None:
        actions.call_again(attendee=sent, by=by, at=at)
    db.session.execute(update(Substitute).where(Substitute.id == named.id).values(substitute_id=sent.id))
    _note(named, attendee, "substitute.approve", SubstituteState.APPROVED, by=by, at=at)
    return sent


def refuse_substitute(*, named: Substitute, attendee: Attendee, by: Actor, at: datetime) -> None:
    """Say no; the person who was called is expected themself. Raises ``changed_meanwhile``."""
    _turn(named, (SubstituteState.REQUESTED,), SubstituteState.REFUSED, at)
    _note(named, attendee, "substitute.refuse", SubstituteState.REFUSED, by=by, at=at)


def withdraw_substitute(*, named: Substitute, attendee: Attendee, by: Actor, at: datetime) -> None:
    """Take it back: the person who was called is expected again, and the substitute, where sent to nothing else, not.

    What the substitute was counted for stays. Raises ``changed_meanwhile``.
    """
    _turn(named, STANDING, SubstituteState.WITHDRAWN, at)
    others = select(Substitute.id).where(
        Substitute.substitute_id == named.substitute_id, Substitute.state == SubstituteState.APPROVED
    )
    if named.substitute_id is not None and db.session.scalar(others.limit(1)) is None:
        sent = db.session.get_one(Attendee, named.substitute_id)
        db.session.execute(update(Attendee).where(Attendee.id == sent.id).values(withdrawn_at=at))
        roster_changed.announce(conference_id=sent.conference_id, site_ids=frozenset({sent.site_id}))
    _note(named, attendee, "substitute.withdraw", SubstituteState.WITHDRAWN, by=by, at=at)


def _turn(named: Substitute, among: Sequence[SubstituteState], after: SubstituteState, at: datetime) -> None:
    changed = changed_rows(
        update(Substitute)
        .where(Substitute.id == named.id, Substitute.state.in_(among))
        .values(state=after, decided_at=at)
    )
    if not changed:
        raise DomainError("changed_meanwhile")


def _note(
    named: Substitute, attendee: Attendee, action: str, after: SubstituteState, *, by: Actor, at: datetime
) -> None:
    record(
        by=by,
        at=at,
        action=action,
        subject=("substitute", named.id),
        after={"state": after, "attendee": attendee.id, "study_session": named.study_session_id},
    )
    roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
