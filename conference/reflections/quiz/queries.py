"""Reading: a conference's test, who sits it, and which answers stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.reflections.models import Reflection, ReflectionTask, Submission
from conference.reflections.queries import form_of
from conference.reflections.quiz.models import (
    Quiz,
    QuizAttempt,
    QuizGrant,
    QuizKeyChange,
    QuizQuestion,
    QuizSlot,
    QuizTap,
)
from conference.reflections.quiz.rules import Fault, Question, Shows, Slot, Tap, faults_of, slots_for
from conference.reflections.rules import ReflectionState, TaskForm
from conference.registry.models import Attendee
from conference.sites.models import Site

AT_ONCE = 400
"""Values that one statement names, below what SQLite takes."""


def quiz_of(conference_id: int) -> Quiz | None:
    """The test of a conference, whether it is what the conference asks for or only prepared."""
    return db.session.scalars(
        select(Quiz)
        .join(ReflectionTask, ReflectionTask.id == Quiz.task_id)
        .where(ReflectionTask.conference_id == conference_id)
        .options(joinedload(Quiz.task, innerjoin=True))
        .execution_options(populate_existing=True)
    ).first()


def hold(quiz_id: int, *, alone: bool) -> None:
    """Until the transaction ends, nobody corrects the key who was not seen here; ``alone`` for who corrects it."""
    db.session.execute(select(Quiz.id).where(Quiz.id == quiz_id).with_for_update(read=not alone))


def questions_of(quiz_id: int) -> list[QuizQuestion]:
    return list(
        db.session.scalars(
            select(QuizQuestion)
            .where(QuizQuestion.quiz_id == quiz_id)
            .order_by(QuizQuestion.position, QuizQuestion.id)
            .execution_options(populate_existing=True)
        )
    )


def question_of(quiz_id: int, question_id: int) -> QuizQuestion | None:
    return db.session.scalars(
        select(QuizQuestion).where(QuizQuestion.quiz_id == quiz_id, QuizQuestion.id == question_id)
    ).first()


def as_questions(rows: Iterable[QuizQuestion]) -> list[Question]:
    return [row.as_question() for row in rows]


# ---- slots


def slot_rows(quiz_id: int) -> list[QuizSlot]:
    return list(
        db.session.scalars(
            select(QuizSlot)
            .where(QuizSlot.quiz_id == quiz_id)
            .options(selectinload(QuizSlot.groups))
            .order_by(QuizSlot.opens_at, QuizSlot.id)
            .execution_options(populate_existing=True)
        )
    )


def as_slot(row: QuizSlot) -> Slot:
    return Slot(
        row.id,
        row.name,
        row.opens_at,
        row.closes_at,
        frozenset(one.unit_id for one in row.groups if one.unit_id is not None),
        frozenset(one.site_id for one in row.groups if one.site_id is not None),
    )


def own_slots(quiz_id: int, attendee: Attendee) -> list[Slot]:
    """The slots at which this person may sit the test; ``attendee.unit`` is loaded."""
    units = {int(part) for part in attendee.unit.path.split("/") if part}
    return slots_for(map(as_slot, slot_rows(quiz_id)), units=units, site=attendee.site_id)


def names_of_groups(slots: Iterable[QuizSlot]) -> dict[int, list[tuple[str, str]]]:
    """(code, name) of the units and sites of each slot."""
    groups = [one for slot in slots for one in slot.groups]
    units = _named(Unit, [one.unit_id for one in groups if one.unit_id is not None])
    sites = _named(Site, [one.site_id for one in groups if one.site_id is not None])
    found: dict[int, list[tuple[str, str]]] = {}
    for one in groups:
        name = units.get(one.unit_id) if one.unit_id is not None else sites.get(one.site_id or 0)
        if name is not None:
            found.setdefault(one.slot_id, []).append(name)
    return found


def _named(model: Any, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(select(model.id, model.code, model.name).where(model.id.in_(set(ids))))
    return {id: (code, name) for id, code, name in rows}


def faults(quiz: Quiz) -> list[Fault]:
    """What keeps this test from being begun; ``quiz.task`` is loaded."""
    return faults_of(
        as_questions(questions_of(quiz.id)),
        quiz.drawn,
        [(slot.opens_at, slot.closes_at) for slot in slot_rows(quiz.id)],
        opens_at=quiz.task.opens_at,
        late_until=quiz.task.late_until,
    )


@dataclass(frozen=True)
class SlotCount:
    """How many have begun in a slot, and how many of them have handed in."""

    begun: int
    finished: int


def counts_by_slot(quiz_id: int) -> dict[int | None, SlotCount]:
    rows = db.session.execute(
        select(QuizAttempt.slot_id, func.count(), func.count(QuizAttempt.finished_at))
        .where(QuizAttempt.quiz_id == quiz_id)
        .group_by(QuizAttempt.slot_id)
    )
    return {slot: SlotCount(begun, finished) for slot, begun, finished in rows}


def has_attempts(quiz_id: int, *, slot_id: int | None = None) -> bool:
    statement = select(QuizAttempt.id).where(QuizAttempt.quiz_id == quiz_id)
    if slot_id is not None:
        statement = statement.where(QuizAttempt.slot_id == slot_id)
    return db.session.scalar(statement.limit(1)) is not None


# ---- attempts


def attempts_of(attendee_id: int) -> list[QuizAttempt]:
    """Every sitting of a person, the newest first."""
    return list(
        db.session.scalars(
            select(QuizAttempt)
            .where(QuizAttempt.attendee_id == attendee_id)
            .order_by(QuizAttempt.number.desc())
            .execution_options(populate_existing=True)
        )
    )


@dataclass(frozen=True)
class Running:
    """A sitting that is under way, and for how long after its end the server still takes answers."""

    attempt: QuizAttempt
    grace_seconds: int


def running_of(attendee_ids: Collection[int]) -> dict[int, Running]:
    """The sitting that is under way of each of these, kept from others until the transaction ends."""
    rows = db.session.execute(
        select(QuizAttempt, ReflectionTask.grace_seconds)
        .join(Quiz, Quiz.id == QuizAttempt.quiz_id)
        .join(ReflectionTask, ReflectionTask.id == Quiz.task_id)
        .where(QuizAttempt.attendee_id.in_(list(attendee_ids)), QuizAttempt.finished_at.is_(None))
        .order_by(QuizAttempt.id)  # locked in one order, so that two groups never wait for each other
        .with_for_update(of=QuizAttempt)
        .execution_options(populate_existing=True)
    )
    return {attempt.attendee_id: Running(attempt, grace) for attempt, grace in rows}


def overdue(at: datetime, *, most: int, conference_id: int | None = None) -> list[int]:
    """People whose time and grace are over and whose answers nobody has taken in yet."""
    statement = (
        select(QuizAttempt.attendee_id, QuizAttempt.ends_at, ReflectionTask.grace_seconds)
        .join(Quiz, Quiz.id == QuizAttempt.quiz_id)
        .join(ReflectionTask, ReflectionTask.id == Quiz.task_id)
        .where(QuizAttempt.finished_at.is_(None), QuizAttempt.ends_at <= at, QuizAttempt.on_paper.is_(False))
        .order_by(QuizAttempt.ends_at, QuizAttempt.id)
        .limit(most)
    )
    if conference_id is not None:
        statement = statement.where(ReflectionTask.conference_id == conference_id)
    return [row.attendee_id for row in db.session.execute(statement) if is_over(row.ends_at, row.grace_seconds, at)]


def is_over(ends_at: datetime, grace_seconds: int, at: datetime) -> bool:
    """By the server's clock alone: an answer that comes within the grace still counts."""
    return at > ends_at + timedelta(seconds=grace_seconds)


def taps_of(attempt_ids: Collection[int]) -> dict[int, list[Tap]]:
    """The answers of some sittings in the order in which they came."""
    ids = list(attempt_ids)
    found: dict[int, list[Tap]] = {id: [] for id in ids}
    for start in range(0, len(ids), AT_ONCE):
        for row in db.session.execute(
            select(QuizTap.attempt_id, QuizTap.place, QuizTap.choice, QuizTap.page, QuizTap.seq, QuizTap.base)
            .where(QuizTap.attempt_id.in_(ids[start : start + AT_ONCE]))
            .order_by(QuizTap.id)
        ):
            found[row.attempt_id].append(Tap(*row[1:]))
    return found


_USED = select(QuizAttempt.id).where(QuizAttempt.grant_id == QuizGrant.id).exists()


def open_grant(attendee_id: int, at: datetime) -> QuizGrant | None:
    """A permission that is still good and that no sitting has used."""
    return db.session.scalars(
        select(QuizGrant)
        .where(QuizGrant.attendee_id == attendee_id, QuizGrant.until > at, QuizGrant.revoked_at.is_(None), ~_USED)
        .order_by(QuizGrant.id)
        .limit(1)
    ).first()


def hold_grant(grant_id: int) -> QuizGrant:
    """A grant as it stands, kept from others until the transaction ends: one begins by it, or one takes it back."""
    return db.session.scalars(
        select(QuizGrant).where(QuizGrant.id == grant_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def is_used(grant_id: int) -> bool:
    return db.session.scalar(select(QuizAttempt.id).where(QuizAttempt.grant_id == grant_id)) is not None


def grants_of(attendee_id: int) -> list[tuple[QuizGrant, bool]]:
    """What this person was granted, each with whether a sitting was begun by it."""
    rows = db.session.execute(
        select(QuizGrant, _USED).where(QuizGrant.attendee_id == attendee_id).order_by(QuizGrant.id)
    )
    return [(grant, used) for grant, used in rows]


def grant_of(attendee_id: int, grant_id: int) -> QuizGrant | None:
    return db.session.scalars(
        select(QuizGrant).where(QuizGrant.id == grant_id, QuizGrant.attendee_id == attendee_id)
    ).first()


# ---- what was handed in


def that_count(conference_id: int) -> Select[*tuple[Any, ...]]:
    """Of each person the sitting that counts: (attempt, attendee, submission, words, points, total, erased)."""
    return (
        select(
            QuizAttempt.id.label("attempt_id"),
            QuizAttempt.attendee_id,
            QuizAttempt.submission_id,
            Submission.words,
            QuizAttempt.points,
            QuizAttempt.total,
            Submission.erased_at,
        )
        .join(Submission, Submission.id == QuizAttempt.submission_id)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == QuizAttempt.attendee_id)
        .where(
            Attendee.conference_id == conference_id,
            Attendee.withdrawn_at.is_(None),
            Submission.version == Reflection.current_version,
            Reflection.state == ReflectionState.SUBMITTED,
        )
        .order_by(QuizAttempt.attendee_id)
    )


def finished_papers(conference_id: int) -> list[tuple[QuizAttempt, bytes]]:
    """Every sitting that was handed in and not erased, with its bytes."""
    rows = db.session.execute(
        select(QuizAttempt, Submission.content)
        .join(Submission, Submission.id == QuizAttempt.submission_id)
        .join(Attendee, Attendee.id == QuizAttempt.attendee_id)
        .where(Attendee.conference_id == conference_id, Submission.erased_at.is_(None))
        .order_by(QuizAttempt.id)
        .execution_options(populate_existing=True)
    )
    return [(attempt, content) for attempt, content in rows]


def sits_a_test(conference_id: int) -> bool:
    """Whether a test is what the conference asks for."""
    return form_of(conference_id) is TaskForm.QUIZ


def conferences_that_sit() -> Sequence[int]:
    return db.session.scalars(
        select(ReflectionTask.conference_id)
        .where(ReflectionTask.form == TaskForm.QUIZ)
        .order_by(ReflectionTask.conference_id)
    ).all()


def key_changes(quiz_id: int) -> list[QuizKeyChange]:
    return list(
        db.session.scalars(
            select(QuizKeyChange)
            .join(QuizQuestion, QuizQuestion.id == QuizKeyChange.question_id)
            .where(QuizQuestion.quiz_id == quiz_id)
            .order_by(QuizKeyChange.id.desc())
        )
    )


def key_version(conference_id: int) -> int:
    """How many times a key of this conference was corrected."""
    return (
        db.session.scalar(
            select(func.count(QuizKeyChange.id))
            .join(QuizQuestion, QuizQuestion.id == QuizKeyChange.question_id)
            .join(Quiz, Quiz.id == QuizQuestion.quiz_id)
            .join(ReflectionTask, ReflectionTask.id == Quiz.task_id)
            .where(ReflectionTask.conference_id == conference_id)
        )
        or 0
    )


def results(conference_id: int) -> Sequence[Any]:
    """A line a sitting that was begun, for the organizers' sheet."""
    return db.session.execute(
        select(
            Attendee.number,
            Person.full_name,
            Attendee.position,
            Unit.name.label("unit"),
            Site.name.label("site"),
            QuizSlot.name.label("slot"),
            QuizAttempt,
        )
        .join(Attendee, Attendee.id == QuizAttempt.attendee_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .outerjoin(QuizSlot, QuizSlot.id == QuizAttempt.slot_id)
        .where(Attendee.conference_id == conference_id)
        .order_by(Person.sort_key, Attendee.id, QuizAttempt.number)
    ).all()


def codes_of_groups(slot: QuizSlot) -> tuple[list[str], list[str]]:
    """The codes of the units and of the sites that were assigned to a slot."""
    units = _named(Unit, [one.unit_id for one in slot.groups if one.unit_id is not None])
    sites = _named(Site, [one.site_id for one in slot.groups if one.site_id is not None])
    return sorted(code for code, _name in units.values()), sorted(code for code, _name in sites.values())


def paper_length(quiz: Quiz) -> int:
    """How many questions each person gets."""
    rows = db.session.execute(
        select(QuizQuestion.group, func.count()).where(QuizQuestion.quiz_id == quiz.id).group_by(QuizQuestion.group)
    )
    return sum(min(size, quiz.drawn.get(group, size)) for group, size in rows)


def shown_at_once(submission_id: int) -> tuple[Decimal, Decimal] | None:
    """The points of a test, and how many there were, where its conference tells them at once. Never the key."""
    row = db.session.execute(
        select(QuizAttempt.points, QuizAttempt.total)
        .join(Quiz, Quiz.id == QuizAttempt.quiz_id)
        .where(QuizAttempt.submission_id == submission_id, Quiz.shows == Shows.AT_ONCE)
    ).one_or_none()
    return None if row is None or row.points is None or row.total is None else (row.points, row.total)
