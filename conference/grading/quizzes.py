"""Marks of a test: they follow from the points and the key, without readers, on the same way to a release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.grading.actions import ensure_scheme
from conference.grading.models import Paper
from conference.grading.rules import Scheme, mark_of_points
from conference.grading.settling import settle_tests
from conference.reflections.quiz import queries as quizzes
from conference.reflections.quiz.models import Quiz, QuizAttempt, QuizKeyChange, QuizQuestion
from conference.reflections.quiz.rules import Question, Score, score
from conference.reflections.quiz.taking import chosen_in

ZERO = Decimal("0.00")


def settle_quiz(*, conference_id: int, by: Actor, at: datetime) -> int:
    """Give every test that counts its mark, and take up those that were sat again; how many changed. Repeatable."""
    if not quizzes.sits_a_test(conference_id):
        return 0
    scheme = ensure_scheme(conference_id=conference_id, by=by, at=at).as_scheme()
    return settle_tests(conference_id=conference_id, scheme=scheme)


def unsettled(conference_id: int) -> int:
    """Tests that were handed in, or handed in again, since marks were given: one count, however many there are."""
    tests = quizzes.that_count(conference_id).order_by(None).subquery()
    is_new = Paper.id.is_(None) & tests.c.erased_at.is_(None)
    return (
        db.session.scalar(
            select(func.count())
            .select_from(tests)
            .outerjoin(Paper, Paper.attendee_id == tests.c.attendee_id)
            .where(or_(is_new, Paper.submission_id != tests.c.submission_id))
        )
        or 0
    )


# ---- the key


@dataclass(frozen=True)
class Remarking:
    """What another key would do: sittings whose points change, and how many of them count and get another mark."""

    scores: Sequence[tuple[int, Score]]
    marks: int


def corrected(quiz: Quiz, question: QuizQuestion, accepted: Collection[int], scheme: Scheme) -> Remarking:
    """What it would change if these choices were the right ones."""
    bank = {one.id: one.as_question() for one in quizzes.questions_of(quiz.id)}
    was = bank[question.id]
    bank[question.id] = Question(was.id, was.group, was.choices, was.weight, frozenset(accepted))
    counting = {row.attempt_id for row in db.session.execute(quizzes.that_count(quiz.task.conference_id))}
    scores: list[tuple[int, Score]] = []
    marks = 0
    for attempt, content in quizzes.finished_papers(quiz.task.conference_id):
        found = score(attempt.drawn, chosen_in(content), bank, quiz.weighting)
        if (found.points, found.total) == (attempt.points, attempt.total):
            continue
        scores.append((attempt.id, found))
        before = mark_of_points(attempt.points or ZERO, attempt.total or ZERO, scheme)
        if attempt.id in counting and mark_of_points(found.points, found.total, scheme) != before:
            marks += 1
    return Remarking(scores, marks)


def correct_key(
    *,
    quiz: Quiz,
    question: QuizQuestion,
    accepted: Sequence[int],
    told: int,
    reason: str,
    by: Actor,
    at: datetime,
) -> QuizKeyChange:
    """Decide that a key was wrong, and mark everybody anew. What was published stands until the next release.

    ``told`` is the number of marks that the question named: raises ``changed_meanwhile`` when it is another one by
    now, ``key_is_same`` when nothing would change in the key, ``quiz_not_begun`` while the bank can still be edited.
    """
    if quiz.frozen_at is None:
        raise DomainError("quiz_not_begun")
    if sorted(accepted) == question.accepted:
        raise DomainError("key_is_same")
    scheme = ensure_scheme(conference_id=quiz.task.conference_id, by=by, at=at).as_scheme()
    quizzes.hold(quiz.id, alone=True)
    found = corrected(quiz, question, accepted, scheme)
    if found.marks != told:
        raise DomainError("changed_meanwhile")
    before = list(question.accepted)
    question.accepted = sorted(accepted)
    rows = [{"id": id, "points": one.points, "total": one.total} for id, one in found.scores]
    if rows:
        db.session.execute(update(QuizAttempt).execution_options(synchronize_session=False), rows)
    change = QuizKeyChange(
        question_id=question.id,
        before=before,
        after=sorted(accepted),
        marks_changed=found.marks,
        reason=reason,
        changed_at=at,
        changed_by=by.id,
    )
    db.session.add(change)
    db.session.flush()
    settle_quiz(conference_id=quiz.task.conference_id, by=by, at=at)
    record(
        by=by,
        at=at,
        action="quiz.correct_key",
        subject=("quiz_question", question.id),
        before={"accepted": before},
        after={"accepted": sorted(accepted), "marks": found.marks},
        reason=reason,
    )
    return change


# ---- in a release


def facts_of(attempt: QuizAttempt, *, key: int) -> dict[str, Any]:
    """What a release says of a test: which sitting, its points, and after how many corrections of the key."""
    return {"attempt": attempt.id, "points": str(attempt.points), "total": str(attempt.total), "key": key}


def mark_from(facts: dict[str, Any], scheme: Scheme) -> Decimal:
    """The mark that follows from what a release has kept."""
    return mark_of_points(Decimal(facts["points"]), Decimal(facts["total"]), scheme)
