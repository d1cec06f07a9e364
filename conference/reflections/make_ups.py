"""Reading: ways to make up, who still has to, and the evidence of those who have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from conference.accounts.models import Account
from conference.checkin.models import Attendance
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold
from conference.planning.models import StudySession
from conference.reflections.models import MakeUp, MakeUpStudy
from conference.reflections.rules import MakeUpKind
from conference.registry.called import is_own_session, sessions_of
from conference.registry.models import Attendee

_WHOLE = (joinedload(MakeUp.study_session), joinedload(MakeUp.site))


@dataclass(frozen=True)
class Offered:
    """A way to make up, and how many have used it."""

    make_up: MakeUp
    done: int


def offers_of(conference_id: int, *, sites: Collection[int] | None = None) -> list[Offered]:
    """The ways to make up for a conference's sessions; ``sites``: only those held there."""
    done = (
        select(func.count())
        .where(MakeUpStudy.make_up_id == MakeUp.id, MakeUpStudy.done_at.is_not(None))
        .scalar_subquery()
    )
    statement = (
        select(MakeUp, done)
        .join(StudySession, StudySession.id == MakeUp.study_session_id)
        .where(StudySession.conference_id == conference_id)
        .options(*_WHOLE)
        .order_by(MakeUp.opens_at, MakeUp.id)
    )
    if sites is not None:
        statement = statement.where(MakeUp.site_id.in_(sites))
    return [Offered(make_up, count) for make_up, count in db.session.execute(statement)]


def make_up_of(conference_id: int, make_up_id: int) -> MakeUp | None:
    return db.session.scalars(
        select(MakeUp)
        .join(StudySession, StudySession.id == MakeUp.study_session_id)
        .where(MakeUp.id == make_up_id, StudySession.conference_id == conference_id)
        .options(*_WHOLE)
    ).first()


def _was_there(study_session_id: int) -> ColumnElement[bool]:
    return (
        select(Attendance.attendee_id)
        .where(Attendance.attendee_id == Attendee.id, Attendance.study_session_id == study_session_id)
        .exists()
    )


def _has_made_up(study_session_id: int) -> ColumnElement[bool]:
    return (
        select(MakeUpStudy.id)
        .where(
            MakeUpStudy.attendee_id == Attendee.id,
            MakeUpStudy.study_session_id == study_session_id,
            MakeUpStudy.done_at.is_not(None),
        )
        .exists()
    )


def _still_missing(study_session_id: int) -> tuple[ColumnElement[bool], ...]:
    session = select(StudySession.conference_id).where(StudySession.id == study_session_id).scalar_subquery()
    is_theirs = select(StudySession.id).where(StudySession.id == study_session_id, is_own_session()).correlate(Attendee)
    return (
        Attendee.conference_id == session,
        is_theirs.exists(),
        Attendee.withdrawn_at.is_(None),
        ~_was_there(study_session_id),
        ~_has_made_up(study_session_id),
    )


def absent_from(study_session_id: int, attendee_ids: Collection[int]) -> set[int]:
    """Those of these people who were called, were not there, and have not made up for it."""
    return set(
        db.session.scalars(
            select(Attendee.id).where(Attendee.id.in_(list(attendee_ids)), *_still_missing(study_session_id))
        )
    )


def absent_page(make_up: MakeUp, ask: Ask, *, site_id: int | None = None) -> Page[Any]:
    """Who missed the session and has not made up for it: ``(id, number, full_name, unit)``, of one site or of all."""
    statement = (
        select(Attendee.id, Attendee.number, Person.full_name, Unit.name.label("unit"))
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(*_still_missing(make_up.study_session_id))
    )
    if site_id is not None:
        statement = statement.where(Attendee.site_id == site_id)
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(
            or_(Person.name_folded.contains(words, autoescape=True), Unit.name_folded.contains(words, autoescape=True))
        )
    return page_of(statement, ask, sorts={"name": (Person.sort_key,)}, default="name", last=Attendee.id)


def done_page(make_up: MakeUp, ask: Ask, *, site_id: int | None = None) -> Page[Any]:
    """Who has made up here, with the evidence: by whom it was confirmed, or with how many tries it was answered."""
    statement = (
        select(
            Attendee.id,
            Attendee.number,
            Person.full_name,
            Unit.name.label("unit"),
            MakeUpStudy.done_at,
            MakeUpStudy.started_at,
            MakeUpStudy.tries,
            Account.full_name.label("confirmed_by"),
        )
        .join(MakeUpStudy, MakeUpStudy.attendee_id == Attendee.id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .outerjoin(Account, Account.id == MakeUpStudy.confirmed_by)
        .where(MakeUpStudy.make_up_id == make_up.id, MakeUpStudy.done_at.is_not(None))
    )
    if site_id is not None:
        statement = statement.where(Attendee.site_id == site_id)
    return page_of(statement, ask, sorts={"name": (Person.sort_key,)}, default="name", last=Attendee.id)


@dataclass(frozen=True)
class Missed:
    """A study session that somebody missed, the ways to make up for it, and how far that person is."""

    study_session: StudySession
    offers: Sequence[MakeUp]
    study: MakeUpStudy | None

    @property
    def is_made_up(self) -> bool:
        return self.study is not None and self.study.done_at is not None


def missed_by(attendee: Attendee, at: datetime) -> list[Missed]:
    """The sessions of this person that are over and that they were not in, in their order."""
    seen = select(Attendance.study_session_id).where(Attendance.attendee_id == attendee.id)
    found = db.session.scalars(
        select(StudySession)
        .where(
            StudySession.conference_id == attendee.conference_id,
            StudySession.ends_at <= at,
            StudySession.id.not_in(seen),
        )
        .order_by(StudySession.starts_at)
    )
    sessions = sessions_of(attendee.wave_id, found)
    ids = [one.id for one in sessions]
    offers: dict[int, list[MakeUp]] = {id: [] for id in ids}
    for make_up in db.session.scalars(
        select(MakeUp)
        .where(MakeUp.study_session_id.in_(ids), MakeUp.ended_at.is_(None), MakeUp.closes_at >= at)
        .options(*_WHOLE)
        .order_by(MakeUp.opens_at, MakeUp.id)
    ):
        offers[make_up.study_session_id].append(make_up)
    studies = {
        study.study_session_id: study
        for study in db.session.scalars(
            select(MakeUpStudy)
            .where(MakeUpStudy.attendee_id == attendee.id, MakeUpStudy.study_session_id.in_(ids))
            .options(joinedload(MakeUpStudy.make_up).options(*_WHOLE))
        )
    }
    return [Missed(one, offers[one.id], studies.get(one.id)) for one in sessions]


def recording_for(attendee: Attendee, make_up_id: int) -> MakeUp | None:
    """A recording of a session of this person's conference."""
    found = make_up_of(attendee.conference_id, make_up_id)
    return found if found is not None and found.kind is MakeUpKind.RECORDING else None
