"""Reading the outbox: whom letters reach, what became of them, and what stands in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, func, select
from sqlalchemy.orm import aliased, joinedload

from conference.accounts.models import Account
from conference.directory.models import Person
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import fold
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.registry.told import ToldPlan, told_plan

LEFT = (MailState.SENT, MailState.UNKNOWN)
"""What may have reached someone."""

ABOUT_THE_PLAN = (MailKind.SUMMONS, MailKind.CHANGE, MailKind.CANCELLATION, MailKind.CALL_OFF)
"""Letters that say when and where, and carry the calendar's entry."""

NOT_TO_COME = (MailKind.CANCELLATION, MailKind.CALL_OFF)
"""Letters after which somebody waits for a new summons."""

ENDED = (MailState.SENT, MailState.FAILED, MailState.BOUNCED, MailState.UNKNOWN)


def has_address() -> ColumnElement[bool]:
    return func.coalesce(Person.email, "") != ""


def has_phone() -> ColumnElement[bool]:
    return func.coalesce(Person.phone_digits, "") != ""


@dataclass(frozen=True)
class Reached:
    """How many of those who are called each way reaches. The three add up."""

    called: int
    by_mail: int
    by_phone_only: int
    by_neither: int

    @property
    def without_mail(self) -> int:
        return self.by_phone_only + self.by_neither


def reached(conference_id: int) -> Reached:
    row = db.session.execute(
        select(
            func.count().label("called"),
            func.count().filter(has_address()).label("by_mail"),
            func.count().filter(~has_address(), has_phone()).label("by_phone_only"),
            func.count().filter(~has_address(), ~has_phone()).label("by_neither"),
        )
        .select_from(Attendee)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
    ).one()
    return Reached(row.called, row.by_mail, row.by_phone_only, row.by_neither)


def last_release(conference_id: int, kind: MailKind) -> int:
    """The number of the last letter of a kind to everybody; 0 before the first."""
    return (
        db.session.scalar(
            select(func.max(OutboxMail.release)).where(
                OutboxMail.conference_id == conference_id, OutboxMail.kind == kind, OutboxMail.occasion == ""
            )
        )
        or 0
    )


def counts(conference_id: int, kind: MailKind | None = None, release: int | None = None) -> dict[MailState, int]:
    """How many letters are in each state; every state is named."""
    statement = (
        select(OutboxMail.state, func.count().label("letters"))
        .where(OutboxMail.conference_id == conference_id)
        .group_by(OutboxMail.state)
    )
    if kind is not None:
        statement = statement.where(OutboxMail.kind == kind)
    if release is not None:
        statement = statement.where(OutboxMail.release == release, OutboxMail.occasion == "")
    found: dict[MailState, int] = dict(db.session.execute(statement).all())
    return {state: found.get(state, 0) for state in MailState}


def held_by_kind(conference_id: int) -> list[tuple[MailKind, int]]:
    """What waits for somebody to send it, kind by kind."""
    rows = db.session.execute(
        select(OutboxMail.kind, func.count())
        .where(OutboxMail.conference_id == conference_id, OutboxMail.state == MailState.HELD)
        .group_by(OutboxMail.kind)
    )
    found: dict[MailKind, int] = dict(rows.all())
    return [(kind, found[kind]) for kind in MailKind if kind in found]


# ---- who gets a letter


def not_yet_summoned(conference_id: int) -> AnySelect:
    """Called, with an address, and without any summons so far: (attendee id, address, sequence)."""
    summoned = select(OutboxMail.attendee_id).where(
        OutboxMail.conference_id == conference_id, OutboxMail.kind == MailKind.SUMMONS
    )
    return called_with_address(conference_id).where(Attendee.id.not_in(summoned))


def changed_since_summoned(conference_id: int) -> AnySelect:
    """Summoned by letter before the programme or their site changed: (attendee id, address, sequence)."""
    newest = (
        select(OutboxMail.attendee_id, func.max(OutboxMail.sequence).label("sequence"))
        .where(OutboxMail.conference_id == conference_id, OutboxMail.kind == MailKind.SUMMONS)
        .group_by(OutboxMail.attendee_id)
        .subquery()
    )
    return (
        called_with_address(conference_id)
        .join(newest, newest.c.attendee_id == Attendee.id)
        .where(newest.c.sequence < Conference.version + Attendee.calendar_sequence)
    )


def summoned_but_withdrawn(conference_id: int) -> AnySelect:
    """No longer called though a summons may have reached them, and not told so since: (id, address, sequence)."""
    told = aliased(OutboxMail)
    summoned = (
        select(OutboxMail.attendee_id, func.max(OutboxMail.id).label("id"))
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.kind == MailKind.SUMMONS,
            OutboxMail.state.in_(LEFT),
        )
        .group_by(OutboxMail.attendee_id)
        .subquery()
    )
    told_since = select(told.id).where(
        told.attendee_id == Attendee.id, told.kind.in_(NOT_TO_COME), told.id > summoned.c.id
    )
    return (
        with_address(conference_id)
        .join(summoned, summoned.c.attendee_id == Attendee.id)
        .where(Attendee.withdrawn_at.is_not(None), ~told_since.exists())
    )


def last_told(conference_id: int) -> Subquery:
    """(attendee_id, kind, told_release, written_at) of the last such letter that may have reached somebody."""
    newest = (
        select(func.max(OutboxMail.id).label("id"))
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.kind.in_(ABOUT_THE_PLAN),
            OutboxMail.state.in_((*LEFT, MailState.SENDING)),
        )
        .group_by(OutboxMail.attendee_id)
        .subquery()
    )
    return (
        select(OutboxMail.attendee_id, OutboxMail.kind, OutboxMail.told_release, OutboxMail.written_at)
        .join(newest, newest.c.id == OutboxMail.id)
        .subquery("last_told")
    )


def called_with_address(conference_id: int) -> AnySelect:
    """Those of them who are called: ``(attendee_id, address, sequence)``."""
    return with_address(conference_id).where(Attendee.withdrawn_at.is_(None))


def with_address(conference_id: int) -> AnySelect:
    """Those who can be written to: ``(attendee_id, address, sequence)``."""
    return (
        select(
            Attendee.id.label("attendee_id"),
            Person.email.label("address"),
            (Conference.version + Attendee.calendar_sequence).label("sequence"),
        )
        .select_from(Attendee)
        .join(Person, Person.id == Attendee.person_id)
        .join(Conference, Conference.id == Attendee.conference_id)
        .where(Attendee.conference_id == conference_id, has_address())
    )


def how_many(statement: AnySelect) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


# ---- the list


def outbox_page(conference_id: int, ask: Ask) -> Page[Row[Any]]:
    """Letters with the name of whom they are to, the latest first. Filters: ``state``, ``kind``, ``q``."""
    name = func.coalesce(Person.full_name, Account.full_name).label("full_name")
    statement = (
        select(OutboxMail, name)
        .outerjoin(Attendee, Attendee.id == OutboxMail.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .outerjoin(Account, Account.id == OutboxMail.account_id)
        .where(OutboxMail.conference_id == conference_id)
    )
    if ask.query.get("state") in list(MailState):
        statement = statement.where(OutboxMail.state == MailState(ask.query["state"]))
    if ask.query.get("kind") in list(MailKind):
        statement = statement.where(OutboxMail.kind == MailKind(ask.query["kind"]))
    if words := ask.query.get("q"):
        folded = fold(words)
        statement = statement.where(
            Person.name_folded.contains(folded, autoescape=True)
            | func.lower(OutboxMail.address).contains(folded, autoescape=True)
        )
    return page_of(
        statement,
        ask,
        sorts={"newest": (-OutboxMail.id,), "name": (Person.sort_key,)},
        default="newest",
        last=OutboxMail.id,
    )


def mails_to(attendee_id: int) -> Sequence[OutboxMail]:
    return db.session.scalars(
        select(OutboxMail).where(OutboxMail.attendee_id == attendee_id).order_by(OutboxMail.id.desc())
    ).all()


# ---- one letter


@dataclass(frozen=True)
class Occasion:
    """What all letters of a conference say alike: the plan that people are told. Read once for a run."""

    conference: Conference
    plan: ToldPlan


def occasion_of(conference_id: int) -> Occasion:
    conference = db.session.scalars(
        select(Conference)
        .where(Conference.id == conference_id)
        .options(joinedload(Conference.host_unit))
        .execution_options(populate_existing=True)
    ).one()
    return Occasion(conference, told_plan(conference))


def addressee(attendee_id: int) -> Attendee:
    """The attendee with what a letter says of them."""
    return db.session.scalars(
        select(Attendee)
        .where(Attendee.id == attendee_id)
        .options(joinedload(Attendee.person), joinedload(Attendee.unit))
        .execution_options(populate_existing=True)
    ).one()


def release_now(conference_id: int, *, is_kept: bool = False) -> int:
    """The number of the plan that people are told now. ``is_kept``: no new one is released until the commit."""
    statement = select(Conference.release_number).where(Conference.id == conference_id)
    if is_kept:
        statement = statement.with_for_update(read=True)
    return db.session.scalars(statement).one()


def somebody_to_show(conference_id: int) -> int | None:
    """The first by Tên who has an address: whose letter the preview shows."""
    return db.session.scalar(
        select(Attendee.id)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None), has_address())
        .order_by(Person.sort_key, Attendee.id)
        .limit(1)
    )


def number_to_show(conference_id: int) -> int | None:
    """The first by Tên: whose paper is shown as an example."""
    return db.session.scalar(
        select(Attendee.number)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .order_by(Person.sort_key, Attendee.id)
        .limit(1)
    )


def numbered(conference_id: int, number: int) -> int | None:
    """Whoever is called with this number."""
    return db.session.scalar(
        select(Attendee.id).where(
            Attendee.conference_id == conference_id, Attendee.number == number, Attendee.withdrawn_at.is_(None)
        )
    )


def due_ids(conference_id: int, at: datetime, most: int) -> Sequence[int]:
    """Letters whose turn has come, in the order they were written."""
    return db.session.scalars(
        select(OutboxMail.id)
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.next_try_at <= at,
        )
        .order_by(OutboxMail.next_try_at, OutboxMail.id)
        .limit(most)
    ).all()


def next_due_at(conference_id: int) -> datetime | None:
    return db.session.scalar(
        select(func.min(OutboxMail.next_try_at)).where(
            OutboxMail.conference_id == conference_id, OutboxMail.state == MailState.QUEUED
        )
    )
