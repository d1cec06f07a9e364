"""What units ask of the list of who is called, what is decided about it, and the rule that a conference lays down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.text import clean, fold, phone_digits, sort_key
from conference.planning.models import Conference
from conference.registry.actions import NewPerson, call_person, called_already, is_same, withdraw
from conference.registry.models import Attendee, Category, attendee_categories
from conference.registry.naming.freezing import settle
from conference.registry.naming.models import NamingRule, Nomination, nomination_categories
from conference.registry.naming.rules import OPEN_STATES, Approver, NominationKind, NominationState, is_frozen
from conference.registry.rules import WithdrawReason
from conference.registry.tickets import KeyRing


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a unit asks: somebody to call, somebody to take off, or one instead of the other."""

    unit_id: int
    who: NewPerson | None = None
    categories: Sequence[int] = ()
    leaving: Attendee | None = None
    reason: str = ""

    @property
    def kind(self) -> NominationKind:
        if self.leaving is None:
            return NominationKind.ADD
        return NominationKind.WITHDRAW if self.who is None else NominationKind.REPLACE


@dataclass(slots=True)
class Decided:
    """What came of a decision about several."""

    done: int = 0
    refused: list[tuple[str, DomainError]] = field(default_factory=list)  # name, and why it could not be carried out


def rule_of(conference_id: int) -> NamingRule | None:
    return db.session.get(NamingRule, conference_id, populate_existing=True)


def propose(
    *, conference: Conference, asked: Asked, is_decided: bool, ring: KeyRing, by: Actor, at: datetime
) -> Nomination:
    """Keep what a unit asks; with ``is_decided`` it is carried out at once.

    Raises ``called_already``, ``named_already`` for a person who is proposed already, ``attendee_withdrawn`` and
    ``leaving_already`` for somebody who is off the list or about to be.
    """
    db.session.execute(select(Conference.id).where(Conference.id == conference.id).with_for_update())
    settle(conference.id, at)
    rule = rule_of(conference.id)
    if asked.who is not None:
        _check_new(conference.id, asked.who, but=None)
    if asked.leaving is not None:
        _check_leaving(asked.leaving)
    nomination = Nomination(
        conference_id=conference.id,
        kind=asked.kind,
        state=NominationState.PROPOSED,
        unit_id=asked.unit_id,
        leaving_id=asked.leaving.id if asked.leaving else None,
        reason=asked.reason,
        is_after_freeze=rule is not None and is_frozen(rule.freezes_at, at),
        proposed_at=at,
        proposed_by=_account(by),
        **_facts(asked.who),
    )
    db.session.add(nomination)
    db.session.flush()
    _set_categories(nomination, asked.categories)
    record(
        by=by,
        at=at,
        action="nomination.propose",
        subject=("nomination", nomination.id),
        after={"conference": conference.id, "kind": asked.kind, "unit": asked.unit_id},
    )
    if is_decided:
        approve(conference=conference, nomination=nomination, ring=ring, by=by, at=at)
    return nomination


def _account(by: Actor) -> int | None:
    return by.id if by.kind is ActorKind.ACCOUNT else None


def _facts(who: NewPerson | None) -> dict[str, object]:
    if who is None:
        return {}
    name = clean(who.full_name)
    return {
        "full_name": name,
        "name_folded": fold(name),
        "sort_key": sort_key(name),
        "birth_date": who.birth_date,
        "birth_year": who.birth_date.year if who.birth_date else who.birth_year,
        "sex": who.sex,
        "position": who.position,
        "phone": who.phone,
        "email": who.email,
        "site_id": who.site_id,
    }


def _check_new(conference_id: int, who: NewPerson, *, but: int | None) -> None:
    same = called_already(conference_id, clean(who.full_name), who.birth_date, who.digits)
    if same is not None and same.withdrawn_at is None:
        raise DomainError("called_already", number=same.number)
    waiting = db.session.scalars(
        select(Nomination).where(
            Nomination.conference_id == conference_id,
            Nomination.name_folded == fold(who.full_name),
            Nomination.state.in_(OPEN_STATES),
            Nomination.id != (but or 0),
        )
    )
    for other in waiting:
        digits = phone_digits(other.phone) if other.phone else None
        if is_same(other.birth_date, digits, who.birth_date, who.digits):
            raise DomainError("named_already")


def _check_leaving(leaving: Attendee) -> None:
    if leaving.withdrawn_at is not None:
        raise DomainError("attendee_withdrawn")
    waiting = select(Nomination.id).where(Nomination.leaving_id == leaving.id, Nomination.state.in_(OPEN_STATES))
    if db.session.scalar(waiting.limit(1)) is not None:
        raise DomainError("leaving_already")


def _set_categories(nomination: Nomination, categories: Sequence[int]) -> None:
    db.session.execute(delete(nomination_categories).where(nomination_categories.c.nomination_id == nomination.id))
    known = db.session.scalars(select(Category.id).where(Category.id.in_(categories))).all() if categories else []
    if known:
        rows = [{"nomination_id": nomination.id, "category_id": id} for id in known]
        db.session.execute(insert(nomination_categories), rows)


def approve(*, conference: Conference, nomination: Nomination, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Carry out what was asked. Raises ``changed_meanwhile``, or what keeps it from being carried out."""
    _turn(nomination, (NominationState.PROPOSED, NominationState.RETURNED), NominationState.APPROVED, by=by, at=at)
    if nomination.full_name:
        # Who goes makes room first: the one who comes may even be the same person under another unit.
        _let_go(nomination, by=by, at=at)
        attendee = call_person(
            conference=conference,
            who=_person_in(nomination),
            ring=ring,
            by=by,
            at=at,
            reason=nomination.reason,
            nomination_id=nomination.id,
        )
        _give_categories(nomination, attendee)
        db.session.execute(update(Nomination).where(Nomination.id == nomination.id).values(attendee_id=attendee.id))
    else:
        _let_go(nomination, by=by, at=at)
    _note(nomination, "nomination.approve", by=by, at=at)


def _person_in(nomination: Nomination) -> NewPerson:
    if nomination.site_id is None:
        raise DomainError("nomination_without_site")
    return NewPerson(
        full_name=nomination.full_name,
        unit_id=nomination.unit_id,
        site_id=nomination.site_id,
        position=nomination.position,
        birth_date=nomination.birth_date,
        birth_year=nomination.birth_year,
        sex=nomination.sex,
        phone=nomination.phone,
        email=nomination.email,
    )


def _let_go(nomination: Nomination, *, by: Actor, at: datetime) -> None:
    if nomination.leaving_id is None:
        return
    leaving = db.session.get_one(Attendee, nomination.leaving_id, populate_existing=True)
    reason = WithdrawReason.REPLACED if nomination.full_name else WithdrawReason.OTHER
    withdraw(attendee=leaving, reason=reason, words=nomination.reason, nomination_id=nomination.id, by=by, at=at)


def _give_categories(nomination: Nomination, attendee: Attendee) -> None:
    wanted = set(
        db.session.scalars(
            select(nomination_categories.c.category_id).where(nomination_categories.c.nomination_id == nomination.id)
        )
    )
    has = set(
        db.session.scalars(
            select(attendee_categories.c.category_id).where(attendee_categories.c.attendee_id == attendee.id)
        )
    )
    rows = [{"attendee_id": attendee.id, "category_id": id} for id in sorted(wanted - has)]
    if rows:
        db.session.execute(insert(attendee_categories), rows)


def approve_several(
    *, conference: Conference, nominations: Sequence[Nomination], ring: KeyRing, by: Actor, at: datetime
) -> Decided:
    """Each by itself: what can't be carried out is named and stays as it is, and holds up nobody else."""
    decided = Decided()
    for nomination in nominations:
        name = nomination.full_name or (nomination.leaving.person.full_name if nomination.leaving else "")
        try:
            with db.session.begin_nested():
                approve(conference=conference, nomination=nomination, ring=ring, by=by, at=at)
        except DomainError as error:
            decided.refused.append((name, error))
        else:
            decided.done += 1
    return decided


def give_back(*, nominations: Sequence[Nomination], answer: str, by: Actor, at: datetime) -> int:
    """Return them to their units with a reason. Returns how many were still waiting."""
    done = 0
    for nomination in nominations:
        if nomination.state is not NominationState.PROPOSED:
            continue
        _turn(nomination, (NominationState.PROPOSED,), NominationState.RETURNED, by=by, at=at, answer=answer)
        _note(nomination, "nomination.return", by=by, at=at)
        done += 1
    return done


def take_back(*, nomination: Nomination, by: Actor, at: datetime) -> None:
    """The unit no longer asks for it. Raises ``changed_meanwhile`` once it is decided."""
    _turn(nomination, OPEN_STATES, NominationState.TAKEN_BACK, by=by, at=at)
    _note(nomination, "nomination.take_back", by=by, at=at)


def amend(*, nomination: Nomination, asked: Asked, by: Actor, at: datetime) -> None:
    """Write what was asked anew and propose it again. Raises ``changed_meanwhile`` once it is decided."""
    if asked.who is not None:
        _check_new(nomination.conference_id, asked.who, but=nomination.id)
    values = {"unit_id": asked.unit_id, "reason": asked.reason, "answer": "", **_facts(asked.who)}
    changed = changed_rows(
        update(Nomination)
        .where(Nomination.id == nomination.id, Nomination.state.in_(OPEN_STATES))
        .values(state=NominationState.PROPOSED, decided_at=None, decided_by=None, **values)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    _set_categories(nomination, asked.categories)
    _note(nomination, "nomination.amend", by=by, at=at)


def _turn(
    nomination: Nomination,
    among: Sequence[NominationState],
    after: NominationState,
    *,
    by: Actor,
    at: datetime,
    answer: str = "",
) -> None:
    changed = changed_rows(
        update(Nomination)
        .where(Nomination.id == nomination.id, Nomination.state.in_(among))
        .values(state=after, answer=answer, decided_at=at, decided_by=_account(by))
    )
    if not changed:
        raise DomainError("changed_meanwhile")


def _note(nomination: Nomination, action: str, *, by: Actor, at: datetime) -> None:
    record(
        by=by,
        at=at,
        action=action,
        subject=("nomination", nomination.id),
        after={"conference": nomination.conference_id, "unit": nomination.unit_id},
    )


# ---- the rule


@dataclass(frozen=True)
class RuleFacts:
    is_open: bool
    approver: Approver
    freezes_at: datetime | None


def lay_down_rule(*, conference: Conference, facts: RuleFacts, version: int, by: Actor, at: datetime) -> None:
    """Say whether units name, who approves, and when the list freezes.

    Raises ``changed_meanwhile``, and ``list_frozen`` for another moment once the list is frozen: the count stands.
    """
    db.session.execute(select(Conference.id).where(Conference.id == conference.id).with_for_update())
    settle(conference.id, at)
    rule = rule_of(conference.id)
    if (rule.version if rule else 0) != version:
        raise DomainError("changed_meanwhile")
    if rule is None:
        rule = NamingRule(conference_id=conference.id, version=0)
        db.session.add(rule)
    elif is_frozen(rule.freezes_at, at) and facts.freezes_at != rule.freezes_at:
        raise DomainError("list_frozen")
    rule.is_open, rule.approver, rule.freezes_at = facts.is_open, facts.approver, facts.freezes_at
    rule.version += 1
    db.session.flush()
    settle(conference.id, at)
    record(
        by=by,
        at=at,
        action="list.rule",
        subject=("conference", conference.id),
        after={
            "open": facts.is_open,
            "approver": facts.approver,
            "freezes_at": facts.freezes_at.isoformat() if facts.freezes_at else None,
        },
    )


def freeze_list(*, conference: Conference, by: Actor, at: datetime) -> int:
    """Freeze the list now. Returns how many are called; repeating it changes nothing."""
    db.session.execute(select(Conference.id).where(Conference.id == conference.id).with_for_update())
    settle(conference.id, at)
    rule = rule_of(conference.id)
    if rule is None:
        rule = NamingRule(conference_id=conference.id, is_open=False, approver=Approver.ORGANIZER, version=0)
        db.session.add(rule)
    if rule.frozen_count is None:
        rule.freezes_at = at
        rule.version += 1
        db.session.flush()
        settle(conference.id, at)
        record(by=by, at=at, action="list.freeze", subject=("conference", conference.id))
    assert rule.frozen_count is not None
    return rule.frozen_count
