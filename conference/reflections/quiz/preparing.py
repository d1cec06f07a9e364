"""What organizers do before anybody sits the test: choose it, set it up, fill the bank of questions, lay the slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.reflections.models import Reflection, ReflectionTask
from conference.reflections.quiz import queries
from conference.reflections.quiz.models import Quiz, QuizGrant, QuizQuestion, QuizSlot, QuizSlotGroup
from conference.reflections.quiz.rules import MOST_QUESTIONS, USUAL_MINUTES, Shows, Weighting
from conference.reflections.rules import TaskForm
from conference.registry.models import Attendee


@dataclass(frozen=True)
class Settings:
    """How a test is drawn, timed and marked, as an organizer wrote it."""

    minutes: int
    drawn: Mapping[str, int]
    shuffles_questions: bool
    shuffles_choices: bool
    weighting: Weighting
    shows: Shows


@dataclass(frozen=True)
class QuestionPlan:
    """A question as it was typed, pasted or read from a sheet."""

    text: str
    group: str
    choices: tuple[str, ...]
    accepted: tuple[int, ...]
    weight: Decimal = Decimal("1.00")


@dataclass(frozen=True)
class SlotPlan:
    name: str
    opens_at: datetime
    closes_at: datetime
    unit_ids: Sequence[int]
    site_ids: Sequence[int]


def prepare(*, task: ReflectionTask, seed: str, by: Actor, at: datetime) -> Quiz:
    """The conference's test; a usual one without questions is made when there is none. Repeatable."""
    found = queries.quiz_of(task.conference_id)
    if found is not None:
        return found
    quiz = Quiz(
        task_id=task.id,
        seed=seed,
        minutes=USUAL_MINUTES,
        drawn={},
        shuffles_questions=True,
        shuffles_choices=True,
        weighting=Weighting.EQUAL,
        shows=Shows.WITH_RELEASE,
        version=1,
    )
    db.session.add(quiz)
    db.session.flush()
    record(by=by, at=at, action="quiz.create", subject=("quiz", quiz.id))
    return queries.quiz_of(task.conference_id) or quiz


def choose_form(*, task: ReflectionTask, form: TaskForm, by: Actor, at: datetime) -> None:
    """Ask for a test instead of an essay, or the other way round. Repeatable.

    Raises ``form_in_use`` once somebody has begun to write or to sit the test, and ``quiz_not_ready``.
    """
    if task.form is form:
        return
    quiz = queries.quiz_of(task.conference_id)
    if quiz is not None and quiz.frozen_at is None:
        _take(quiz, None)  # whoever begins at this moment is either seen below or refused
    if form is TaskForm.QUIZ and (quiz is None or queries.faults(quiz)):
        raise DomainError("quiz_not_ready")
    begun = (
        select(Reflection.id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .where(Attendee.conference_id == task.conference_id)
        .exists()
    )
    changed = changed_rows(
        update(ReflectionTask)
        .where(ReflectionTask.id == task.id, ReflectionTask.form != form, ~begun)
        .values(form=form, version=ReflectionTask.version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("form_in_use")
    record(
        by=by,
        at=at,
        action="reflection_task.choose_form",
        subject=("reflection_task", task.id),
        before={"form": task.form.value},
        after={"form": form.value},
    )
    db.session.refresh(task, ["form", "version"])


def _take(quiz: Quiz, version: int | None) -> None:
    """Raise the version of a test that may still be changed. Raises ``quiz_frozen`` or ``changed_meanwhile``."""
    wanted = [Quiz.id == quiz.id, Quiz.frozen_at.is_(None)]
    if version is not None:
        wanted.append(Quiz.version == version)
    taken = changed_rows(
        update(Quiz).where(*wanted).values(version=Quiz.version + 1).execution_options(synchronize_session=False)
    )
    if not taken:
        frozen = db.session.scalar(select(Quiz.frozen_at).where(Quiz.id == quiz.id))
        raise DomainError("quiz_frozen" if frozen else "changed_meanwhile")
    db.session.refresh(quiz, ["version", "frozen_at"])


def change_settings(*, quiz: Quiz, settings: Settings, version: int, by: Actor, at: datetime) -> None:
    """Save how the test is drawn and marked. Raises ``quiz_frozen`` or ``changed_meanwhile``."""
    _take(quiz, version)
    before = settings_facts(quiz)
    quiz.minutes, quiz.drawn = settings.minutes, dict(settings.drawn)
    quiz.shuffles_questions, quiz.shuffles_choices = settings.shuffles_questions, settings.shuffles_choices
    quiz.weighting, quiz.shows = settings.weighting, settings.shows
    db.session.flush()
    record(by=by, at=at, action="quiz.change", subject=("quiz", quiz.id), before=before, after=settings_facts(quiz))


def settings_facts(quiz: Quiz) -> dict[str, Any]:
    return {
        "minutes": quiz.minutes,
        "drawn": quiz.drawn,
        "shuffles": [quiz.shuffles_questions, quiz.shuffles_choices],
        "weighting": quiz.weighting.value,
        "shows": quiz.shows.value,
    }


# ---- the bank


@dataclass(frozen=True)
class Comparison:
    """What rows would do to the bank: a question is known by its text, whatever its case and spaces."""

    added: Sequence[QuestionPlan]
    changed: Sequence[tuple[QuizQuestion, QuestionPlan]]
    same: int

    @property
    def is_news(self) -> bool:
        return bool(self.added or self.changed)


def compare(standing: Sequence[QuizQuestion], rows: Sequence[QuestionPlan]) -> Comparison:
    known = {key_of(one.text): one for one in standing}
    added, changed, same = [], [], 0
    for row in rows:
        found = known.get(key_of(row.text))
        if found is None:
            added.append(row)
        elif plan_of(found) == row:
            same += 1
        else:
            changed.append((found, row))
    return Comparison(added, changed, same)


def key_of(text: str) -> str:
    """What a question is known by."""
    return " ".join(text.split()).casefold()


def plan_of(row: QuizQuestion) -> QuestionPlan:
    return QuestionPlan(row.text, row.group, tuple(row.choices), tuple(row.accepted), row.weight)


def bring_questions(*, quiz: Quiz, rows: Sequence[QuestionPlan], by: Actor, at: datetime) -> Comparison:
    """Take rows over into the bank: new ones are added, known ones changed, the same ones left.

    Repeatable. Raises ``quiz_frozen`` or ``too_many_questions``.
    """
    _take(quiz, None)
    standing = queries.questions_of(quiz.id)
    done = compare(standing, rows)
    if len(standing) + len(done.added) > MOST_QUESTIONS:
        raise DomainError("too_many_questions", most=MOST_QUESTIONS)
    for row, plan in done.changed:
        _lay(row, plan)
    last = max((one.position for one in standing), default=0)
    for place, plan in enumerate(done.added, last + 1):
        added = QuizQuestion(quiz_id=quiz.id, position=place)
        _lay(added, plan)
        db.session.add(added)
    db.session.flush()
    if done.is_news:
        counts = {"added": len(done.added), "changed": [row.id for row, _plan in done.changed]}
        record(by=by, at=at, action="quiz.bring_questions", subject=("quiz", quiz.id), after=counts)
    return done


def save_question(
    *, quiz: Quiz, question: QuizQuestion | None, plan: QuestionPlan, by: Actor, at: datetime
) -> QuizQuestion:
    """Keep one question. Raises ``quiz_frozen``, ``too_many_questions`` or ``question_repeated``."""
    _take(quiz, None)
    others = [one for one in queries.questions_of(quiz.id) if question is None or one.id != question.id]
    if any(key_of(one.text) == key_of(plan.text) for one in others):
        raise DomainError("question_repeated")
    if question is None:
        if len(others) >= MOST_QUESTIONS:
            raise DomainError("too_many_questions", most=MOST_QUESTIONS)
        question = QuizQuestion(quiz_id=quiz.id, position=max((one.position for one in others), default=0) + 1)
        db.session.add(question)
    _lay(question, plan)
    db.session.flush()
    record(by=by, at=at, action="quiz.save_question", subject=("quiz_question", question.id))
    return question


def remove_question(*, quiz: Quiz, question: QuizQuestion, by: Actor, at: datetime) -> None:
    """Take a question out of the bank. Raises ``quiz_frozen``."""
    _take(quiz, None)
    db.session.execute(delete(QuizQuestion).where(QuizQuestion.id == question.id))
    record(by=by, at=at, action="quiz.remove_question", subject=("quiz_question", question.id))


def _lay(row: QuizQuestion, plan: QuestionPlan) -> None:
    row.text, row.group, row.choices = plan.text, plan.group, list(plan.choices)
    row.accepted, row.weight = sorted(plan.accepted), plan.weight


# ---- slots: they may be added and moved later too, for who has not begun


def save_slot(*, quiz: Quiz, slot: QuizSlot | None, plan: SlotPlan, by: Actor, at: datetime) -> QuizSlot:
    """Keep a slot with its units and sites. Who has begun keeps the end that was told then.

    Raises ``slot_in_use`` when a slot in which somebody has begun would open at another time.
    """
    if slot is None:
        slot = QuizSlot(quiz_id=quiz.id, groups=[])
        db.session.add(slot)
        before: dict[str, Any] = {}
    else:
        before = _slot_facts(slot)
        if slot.opens_at != plan.opens_at and queries.has_attempts(quiz.id, slot_id=slot.id):
            raise DomainError("slot_in_use")
    slot.name, slot.opens_at, slot.closes_at = plan.name, plan.opens_at, plan.closes_at
    slot.groups = [QuizSlotGroup(unit_id=id) for id in plan.unit_ids]
    slot.groups += [QuizSlotGroup(site_id=id) for id in plan.site_ids]
    db.session.flush()
    record(
        by=by, at=at, action="quiz.save_slot", subject=("quiz_slot", slot.id), before=before, after=_slot_facts(slot)
    )
    return slot


def remove_slot(*, quiz: Quiz, slot: QuizSlot, by: Actor, at: datetime) -> None:
    """Take a slot away in which nobody has begun. Raises ``slot_in_use``."""
    if queries.has_attempts(quiz.id, slot_id=slot.id):
        raise DomainError("slot_in_use")
    before = _slot_facts(slot)
    db.session.delete(slot)
    db.session.flush()
    record(by=by, at=at, action="quiz.remove_slot", subject=("quiz_slot", slot.id), before=before)


def _slot_facts(slot: QuizSlot) -> dict[str, Any]:
    return {
        "opens_at": slot.opens_at.isoformat(),
        "closes_at": slot.closes_at.isoformat(),
        "units": [one.unit_id for one in slot.groups if one.unit_id is not None],
        "sites": [one.site_id for one in slot.groups if one.site_id is not None],
    }


# ---- one person


def grant_attempt(*, attendee: Attendee, until: datetime, reason: str, by: Actor, at: datetime) -> QuizGrant:
    """Let somebody sit the test outside of the slots, or once more. Repeatable: the same end is the same grant.

    Raises ``grant_is_over`` for a moment that has passed, ``grant_stands`` while another is still unused.
    """
    if until <= at:
        raise DomainError("grant_is_over")
    standing = queries.open_grant(attendee.id, at)
    if standing is not None and standing.until != until:
        raise DomainError("grant_stands")
    if standing is not None:
        return standing
    grant = QuizGrant(attendee_id=attendee.id, until=until, reason=reason, given_at=at, given_by=by.id)
    db.session.add(grant)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="quiz.grant",
        subject=("attendee", attendee.id),
        after={"grant": grant.id, "until": until.isoformat()},
        reason=reason,
    )
    return grant


def revoke_grant(*, grant: QuizGrant, reason: str, by: Actor, at: datetime) -> None:
    """Take a grant back by which nobody has begun. Repeatable. Raises ``grant_is_used``."""
    grant = queries.hold_grant(grant.id)
    if queries.is_used(grant.id):
        raise DomainError("grant_is_used")
    if grant.revoked_at is not None:
        return
    grant.revoked_at = at
    db.session.flush()
    record(
        by=by,
        at=at,
        action="quiz.revoke_grant",
        subject=("attendee", grant.attendee_id),
        before={"grant": grant.id, "until": grant.until.isoformat()},
        reason=reason,
    )


def note_export(*, quiz: Quiz, count: int, by: Actor, at: datetime) -> None:
    """Keep in the journal who took the results."""
    record(by=by, at=at, action="quiz.export_results", subject=("quiz", quiz.id), after={"rows": count})
