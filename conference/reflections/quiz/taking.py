"""What somebody who sits the test does: begin, answer, hand in. Time is the server's alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import insert, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.reflections import queries as reflections
from conference.reflections.actions import hand_in
from conference.reflections.content import from_canonical
from conference.reflections.models import Submission, SubmissionOnBehalf
from conference.reflections.quiz import queries
from conference.reflections.quiz.models import Quiz, QuizAttempt, QuizGrant, QuizTap
from conference.reflections.quiz.rules import (
    MOST_TAPS,
    EndedBy,
    Question,
    Slot,
    Standing,
    Tap,
    chosen_of,
    draw,
    ends_at,
    fold_taps,
    score,
    stand_after,
    takes,
)
from conference.reflections.receipts import Signer
from conference.reflections.rules import Bar, TaskForm, Timing, bar_now

ENTERED = "on paper"
"""The page that answers entered for somebody come from."""


def quiz_at(desk: reflections.Desk) -> Quiz:
    """The test that this person's conference asks for. Raises ``no_quiz``."""
    if desk.task is None or desk.task.form is not TaskForm.QUIZ:
        raise DomainError("no_quiz")
    quiz = queries.quiz_of(desk.attendee.conference_id)
    if quiz is None:
        raise DomainError("no_quiz")
    return quiz


@dataclass(frozen=True)
class Way:
    """By what somebody may begin now: a slot that is open, or a grant."""

    closes_at: datetime
    slot: Slot | None = None
    grant: QuizGrant | None = None


def ways_now(desk: reflections.Desk, quiz: Quiz, attempts: Sequence[QuizAttempt], at: datetime) -> list[Way]:
    """Every way to begin now: the own slots for the first sitting, a grant for any."""
    grant = queries.open_grant(desk.attendee.id, at)
    ways = [Way(grant.until, grant=grant)] if grant is not None else []
    if not attempts:
        slots = queries.own_slots(quiz.id, desk.attendee)
        ways += [Way(slot.closes_at, slot=slot) for slot in slots if slot.opens_at <= at < slot.closes_at]
    return ways


def begin(*, desk: reflections.Desk, slot_id: int | None, on_paper: bool, by: Actor, at: datetime) -> QuizAttempt:
    """Draw this person's paper and start the time. Repeatable: who has begun goes on with the same paper.

    Raises ``no_quiz``, ``reflection_<bar>`` for who may not, ``quiz_not_ready``, ``quiz_sat`` and ``quiz_not_now``.
    """
    quiz = quiz_at(desk)
    attendee = desk.attendee
    bar = bar_now(desk.facts, at)
    if bar is None:
        reflections.begin_drafts([attendee.id], at)
    row = reflections.reflection_of(attendee.id, locked=True)
    attempts = queries.attempts_of(attendee.id)
    running = next((one for one in attempts if one.finished_at is None), None)
    if running is not None:
        return running
    if bar is not None or row is None:
        raise DomainError(f"reflection_{(bar or Bar.NO_TASK).value}")
    if queries.faults(quiz):
        raise DomainError("quiz_not_ready")
    ways = ways_now(desk, quiz, attempts, at)
    way = next((one for one in ways if slot_id is not None and one.slot and one.slot.id == slot_id), None)
    if way is None:
        way = ways[0] if ways else None
    if way is None or (way.grant is not None and queries.hold_grant(way.grant.id).revoked_at is not None):
        raise DomainError("quiz_sat" if attempts else "quiz_not_now")
    freeze(quiz, at)
    if not queries.sits_a_test(attendee.conference_id):
        raise DomainError("no_quiz")  # somebody went back to the essay at this very moment
    number = max((one.number for one in attempts), default=0) + 1
    paper = draw(
        queries.as_questions(queries.questions_of(quiz.id)),
        seed=quiz.seed,
        attendee=attendee.id,
        number=number,
        drawn=quiz.drawn,
        shuffles_questions=quiz.shuffles_questions,
        shuffles_choices=quiz.shuffles_choices,
    )
    attempt = QuizAttempt(
        quiz_id=quiz.id,
        attendee_id=attendee.id,
        number=number,
        slot_id=way.slot.id if way.slot else None,
        grant_id=way.grant.id if way.grant else None,
        on_paper=on_paper,
        paper=[[one.question, list(one.order)] for one in paper],
        began_at=at,
        ends_at=ends_at(at, quiz.minutes, way.closes_at),
    )
    db.session.add(attempt)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="quiz.begin_on_paper" if on_paper else "quiz.begin",
        subject=("reflection", row.id),
        after={
            "attempt": attempt.id,
            "number": number,
            "slot": attempt.slot_id,
            "ends_at": attempt.ends_at.isoformat(),
        },
    )
    return attempt


def freeze(quiz: Quiz, at: datetime) -> None:
    """From the first sitting on, questions and marking stay as they are. Waits for a change that is under way."""
    if quiz.frozen_at is None:
        db.session.execute(
            update(Quiz)
            .where(Quiz.id == quiz.id, Quiz.frozen_at.is_(None))
            .values(frozen_at=at)
            .execution_options(synchronize_session=False)
        )
        db.session.refresh(quiz)


# ---- answering


@dataclass(frozen=True)
class Answers:
    """Some answers of one person, as a page sends them."""

    attendee_id: int
    number: int  # of the sitting
    taps: Sequence[Tap]


@dataclass(frozen=True)
class Heard:
    """What became of one tap, and the answer that counts at its place now."""

    place: int
    seq: int
    is_kept: bool
    choice: int
    revision: int


@dataclass(frozen=True)
class Taken:
    heard: Sequence[Heard]
    ends_at: datetime


def take_answers(sent: Sequence[Answers], *, at: datetime) -> list[Taken | DomainError]:
    """Keep the answers of many people at once, each once whatever is repeated; each person is answered by itself.

    A refusal is the answer of its own alone: ``quiz_finished`` once it was handed in, ``quiz_over`` when time and
    grace have passed at the moment of receipt, ``bad_request`` for a place or choice that the paper does not have.
    """
    running = queries.running_of({one.attendee_id for one in sent})
    taps = queries.taps_of([one.attempt.id for one in running.values()])
    answers: list[Taken | DomainError] = []
    rows: list[dict[str, Any]] = []
    for one in sent:
        row = running.get(one.attendee_id)
        if row is None or row.attempt.number != one.number or row.attempt.on_paper:
            answers.append(DomainError("quiz_finished"))
        elif queries.is_over(row.attempt.ends_at, row.grace_seconds, at):
            answers.append(DomainError("quiz_over"))
        else:
            answers.append(_take(one, row.attempt, taps[row.attempt.id], rows, at))
    if rows:
        db.session.execute(insert(QuizTap), rows)
    return answers


def _take(
    sent: Answers, attempt: QuizAttempt, known: list[Tap], rows: list[dict[str, Any]], at: datetime
) -> Taken | DomainError:
    paper = attempt.drawn
    fresh = {(tap.page, tap.seq): tap for tap in sent.taps}
    if any(not 1 <= tap.place <= len(paper) for tap in sent.taps):
        return DomainError("bad_request")
    if any(not 0 <= tap.choice < len(paper[tap.place - 1].order) for tap in sent.taps):
        return DomainError("bad_request")
    seen = {(tap.page, tap.seq) for tap in known}
    if len(seen | fresh.keys()) > MOST_TAPS:
        return DomainError("too_many_answers")
    for key, tap in sorted(fresh.items(), key=lambda item: item[1].seq):
        if key not in seen:
            known.append(tap)
            rows.append(
                {
                    "attempt_id": attempt.id,
                    "place": tap.place,
                    "choice": tap.choice,
                    "page": tap.page,
                    "seq": tap.seq,
                    "base": tap.base,
                    "received_at": at,
                }
            )
    standing, kept = _follow(known)
    return Taken(
        [
            Heard(
                tap.place,
                tap.seq,
                (tap.page, tap.seq) in kept or standing[tap.place].choice == tap.choice,
                standing[tap.place].choice,
                standing[tap.place].revision,
            )
            for tap in sent.taps
        ],
        attempt.ends_at,
    )


def _follow(taps: Sequence[Tap]) -> tuple[dict[int, Standing], set[tuple[str, int]]]:
    """The answers that count, and which taps were taken when they came."""
    standing: dict[int, Standing] = {}
    kept: set[tuple[str, int]] = set()
    for tap in taps:
        before = standing.get(tap.place)
        if takes(tap, before):
            standing[tap.place] = stand_after(tap, before)
            kept.add((tap.page, tap.seq))
    return standing, kept


def standing_of(attempt: QuizAttempt) -> dict[int, Standing]:
    return fold_taps(queries.taps_of([attempt.id])[attempt.id])


# ---- handing in


def finish(
    *,
    desk: reflections.Desk,
    ended_by: EndedBy,
    by: Actor,
    at: datetime,
    signer: Signer,
    chance: str,
) -> Submission:
    """Hand in what the server has of the sitting that is under way, once: whoever asks again gets the same receipt.

    Raises ``quiz_not_begun``; ``reflection_too_late`` for a paper entered after everything was closed.
    """
    quiz = quiz_at(desk)
    row = reflections.reflection_of(desk.attendee.id, locked=True)
    attempts = queries.attempts_of(desk.attendee.id)
    if row is None or not attempts:
        raise DomainError("quiz_not_begun")
    attempt = attempts[0]
    if attempt.finished_at is not None:
        return db.session.scalars(select(Submission).where(Submission.id == attempt.submission_id)).one()
    queries.running_of([desk.attendee.id])  # an answer that is on its way is either in it or refused
    assert desk.window is not None
    timing = desk.window.judge(at if attempt.on_paper else min(at, attempt.ends_at))
    if attempt.on_paper and timing is Timing.CLOSED:
        raise DomainError("reflection_too_late")
    data = content_of(quiz, attempt)
    row.revision = attempt.number
    submission = hand_in(
        row,
        replace(desk, files=()),
        from_canonical(data),
        data,
        is_late=timing in (Timing.LATE, Timing.CLOSED),
        at=at,
        signer=signer,
        chance=chance,
    )
    row.draft = ""
    db.session.add(submission)
    db.session.flush()
    attempt.finished_at, attempt.ended_by, attempt.submission_id = at, ended_by, submission.id
    queries.hold(quiz.id, alone=False)
    found = score(attempt.drawn, chosen_in(data), {one.id: one for one in _bank(quiz)}, quiz.weighting)
    attempt.points, attempt.total = found.points, found.total
    if ended_by is EndedBy.OFFICER:
        db.session.add(SubmissionOnBehalf(submission_id=submission.id, account_id=by.id))
    db.session.flush()
    record(
        by=by,
        at=at,
        action=f"quiz.finish_by_{ended_by.value}",
        subject=("reflection", row.id),
        before={"version": submission.version - 1},
        after={"version": submission.version, "sha256": submission.sha256, "late": submission.is_late},
    )
    return submission


def _bank(quiz: Quiz) -> list[Question]:
    return queries.as_questions(queries.questions_of(quiz.id))


def content_of(quiz: Quiz, attempt: QuizAttempt) -> bytes:
    """What is handed in, byte for byte: each question with the words of the choice, and which one it was.

    It has the form of a paper, so that whoever may read papers reads it; the key is no part of it.
    """
    answers = {place: one.choice for place, one in standing_of(attempt).items()}
    questions = {one.id: one for one in queries.questions_of(quiz.id)}
    paper = attempt.drawn
    chosen = chosen_of(paper, answers)
    parts: list[dict[str, Any]] = [
        {
            "part": one.question,
            "title": questions[one.question].text,
            "text": "" if choice is None else questions[one.question].choices[choice],
        }
        for one, choice in zip(paper, chosen, strict=True)
    ]
    content: dict[str, Any] = {"parts": parts, "commitments": [], "files": [], "quiz": {"chosen": chosen}}
    return rfc8785.dumps(content)


def chosen_in(data: bytes) -> list[int | None]:
    """What was chosen at each place of a test that was handed in."""
    chosen: list[int | None] = json.loads(data)["quiz"]["chosen"]
    return chosen


def enter_for(
    *,
    desk: reflections.Desk,
    answers: Mapping[int, int],
    by: Actor,
    at: datetime,
    signer: Signer,
    chance: str,
) -> Submission:
    """Hand in what somebody ticked on paper. Raises ``quiz_not_on_paper``, ``bad_request``, and as ``finish``."""
    row = queries.running_of([desk.attendee.id]).get(desk.attendee.id)
    if row is None or not row.attempt.on_paper:
        raise DomainError("quiz_not_on_paper")
    attempt = row.attempt
    paper = attempt.drawn
    if any(
        not (1 <= place <= len(paper) and 0 <= choice < len(paper[place - 1].order))
        for place, choice in answers.items()
    ):
        raise DomainError("bad_request")
    rows = [
        {
            "attempt_id": attempt.id,
            "place": place,
            "choice": choice,
            "page": ENTERED,
            "seq": place,
            "base": 0,
            "received_at": at,
        }
        for place, choice in sorted(answers.items())
    ]
    if rows:
        db.session.execute(insert(QuizTap), rows)
    return finish(desk=desk, ended_by=EndedBy.OFFICER, by=by, at=at, signer=signer, chance=chance)


def takes_paper(desk: reflections.Desk) -> bool:
    """Whether an officer may print this person's test and enter it."""
    return desk.task is not None and desk.task.forms.on_behalf
