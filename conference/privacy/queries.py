"""Reading: wishes to be erased, and when the database may be rewritten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from conference.checkin.models import Scan
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.notices.models import OutboxMail
from conference.planning.models import Conference, StudySession
from conference.privacy.models import ErasureRequest
from conference.privacy.rules import RequestState
from conference.reflections.models import PaperFile, Reflection, Submission
from conference.registry.models import Attendee

BEFORE_DOORS = timedelta(hours=1)


def request_of(attendee_id: int) -> ErasureRequest | None:
    return db.session.get(ErasureRequest, attendee_id, populate_existing=True)


def requests_in(conference_ids: Collection[int] | None) -> Sequence[Any]:
    """Wishes that wait, the oldest first, in these conferences or in all: request, attendee number, name and so on."""
    statement = (
        select(
            ErasureRequest.asked_at,
            Attendee.number,
            Person.full_name,
            Unit.name.label("unit_name"),
            Conference.code,
            Conference.title,
        )
        .join(Attendee, Attendee.id == ErasureRequest.attendee_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Conference, Conference.id == Attendee.conference_id)
        .where(ErasureRequest.state == RequestState.ASKED)
        .order_by(ErasureRequest.asked_at, ErasureRequest.attendee_id)
    )
    if conference_ids is not None:
        statement = statement.where(Attendee.conference_id.in_(conference_ids))
    return db.session.execute(statement).all()


def waiting_count(conference_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ErasureRequest)
            .join(Attendee, Attendee.id == ErasureRequest.attendee_id)
            .where(ErasureRequest.state == RequestState.ASKED, Attendee.conference_id == conference_id)
        )
        or 0
    )


def conferences_of(person_id: int) -> set[int]:
    """Every conference that calls this person, or did."""
    return set(db.session.scalars(select(Attendee.conference_id).where(Attendee.person_id == person_id)))


def doors_are_closed_from(at: datetime) -> datetime:
    """The moment from which no door is open: rewriting the database makes those who scan wait."""
    until = db.session.scalar(
        select(func.max(StudySession.ends_at)).where(
            StudySession.doors_open_at <= at + BEFORE_DOORS, StudySession.ends_at >= at
        )
    )
    return until or at


@dataclass(frozen=True)
class Kept:
    """How much is kept of one person, in all conferences."""

    conferences: int
    scans: int
    letters: int
    submissions: int
    files: int


def how_much_is_kept(person_id: int) -> Kept:
    called = select(Attendee.id).where(Attendee.person_id == person_id)
    papers = select(Reflection.id).where(Reflection.attendee_id.in_(called))
    row = db.session.execute(
        select(
            select(func.count()).where(Attendee.person_id == person_id).scalar_subquery(),
            select(func.count()).where(Scan.attendee_id.in_(called)).scalar_subquery(),
            select(func.count()).where(OutboxMail.attendee_id.in_(called)).scalar_subquery(),
            select(func.count()).where(Submission.reflection_id.in_(papers)).scalar_subquery(),
            select(func.count()).where(PaperFile.reflection_id.in_(papers)).scalar_subquery(),
        )
    ).one()
    return Kept(*row)
