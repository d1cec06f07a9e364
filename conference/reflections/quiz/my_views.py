"""The attendee's own test: the rules, the paper, each answer as it is given, handing in."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import chance, clock
from conference.foundation.actor import Actor, Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.reflections import access as reflections_access
from conference.reflections import queries as reflections
from conference.reflections import words as reflection_words
from conference.reflections.letters_views import send_receipt
from conference.reflections.models import Submission
from conference.reflections.my_views import bar_of
from conference.reflections.quiz import forms, queries, taking, words
from conference.reflections.quiz.models import Quiz, QuizAttempt
from conference.reflections.quiz.rules import EndedBy, Standing, Tap
from conference.reflections.receipts import signer
from conference.reflections.rules import TaskForm
from conference.web import filters
from conference.web.csrf import csrf_token
from conference.web.guard import allow
from conference.web.together import Together
from conference.web.words import _

bp = Blueprint("my_quiz", __name__)


def _take_all(sent: Sequence[taking.Answers]) -> Sequence[taking.Taken | DomainError]:
    with transaction():
        return taking.take_answers(sent, at=clock.now())


answers: Together[taking.Answers, taking.Taken] = Together(bp, "quiz_listener", _take_all)


@bp.get("/my/quiz")
@allow(Role.ATTENDEE)
def show() -> ResponseReturnValue:
    """What is to be done now: to wait, to begin, to answer, or to read the receipt."""
    desk = reflections_access.desk_for(g.actor)
    if desk.task is None or desk.task.form is not TaskForm.QUIZ:
        return redirect(url_for("my_reflection.write"))
    at = clock.now()
    quiz = taking.quiz_at(desk)
    attempts = queries.attempts_of(desk.attendee.id)
    running = attempts[0] if attempts and attempts[0].finished_at is None else None
    if running is not None:
        return _sitting(desk, quiz, running)
    bar = bar_of(desk)
    if bar is not None:
        return render_template("reflections/closed.html", desk=desk, bar=bar, words=reflection_words)
    ways = taking.ways_now(desk, quiz, attempts, at)
    if desk.submission is not None and not ways:
        return redirect(url_for("my_reflection.receipt"))
    return render_template(
        "reflections/quiz/start.html",
        desk=desk,
        quiz=quiz,
        ways=ways,
        slots=queries.own_slots(quiz.id, desk.attendee),
        has_sat=bool(attempts),
        is_ready=not queries.faults(quiz),
        questions=queries.paper_length(quiz),
        at=at,
        words=words,
    )


def _sitting(desk: reflections.Desk, quiz: Quiz, attempt: QuizAttempt) -> str:
    assert desk.task is not None
    if attempt.on_paper or queries.is_over(attempt.ends_at, desk.task.grace_seconds, clock.now()):
        return render_template("reflections/quiz/waiting.html", desk=desk, attempt=attempt)
    return render_template(
        "reflections/quiz/take.html",
        desk=desk,
        attempt=attempt,
        paper=paper_of(quiz, attempt),
        standing=taking.standing_of(attempt),
        left_ms=_left_ms(attempt),
    )


def paper_of(quiz: Quiz, attempt: QuizAttempt) -> list[tuple[str, list[str]]]:
    """Each question with its choices, as this person's paper has them. The key is no part of it."""
    questions = {one.id: one for one in queries.questions_of(quiz.id)}
    return [
        (questions[one.question].text, [questions[one.question].choices[place] for place in one.order])
        for one in attempt.drawn
    ]


def _left_ms(attempt: QuizAttempt) -> int:
    return max(0, int((attempt.ends_at - clock.now()).total_seconds() * 1000))


@bp.post("/my/quiz/begin")
@allow(Role.ATTENDEE)
def begin() -> ResponseReturnValue:
    """Start the time. Pressed twice, or on two devices, it is one sitting."""
    slot = request.form.get("slot", "")
    with transaction():
        taking.begin(
            desk=reflections_access.desk_for(g.actor),
            slot_id=int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 10 else None,
            on_paper=False,
            by=g.actor,
            at=clock.now(),
        )
    return redirect(url_for("my_quiz.show"), 303)


@bp.put("/my/quiz/answers")
@allow(Role.ATTENDEE)
def answer() -> ResponseReturnValue:
    """Keep answers as they are given. What is said to be kept counts, whatever happens to the device."""
    request.max_content_length = forms.LARGEST_ANSWERS
    sent = forms.read_answers(request.get_data(cache=False))
    if sent.attendee_id != g.actor.id:
        raise DomainError("another_writer")
    taken = answers.ask(sent)
    left = taken.ends_at - clock.now()
    return {
        "heard": [
            {
                "place": one.place,
                "seq": one.seq,
                "kept": one.is_kept,
                "choice": one.choice,
                "revision": one.revision,
            }
            for one in taken.heard
        ],
        "left_ms": max(0, int(left.total_seconds() * 1000)),
    }


@bp.get("/my/quiz/state")
@allow(Role.ATTENDEE)
def state() -> ResponseReturnValue:
    """What the server has, how much time is left by its clock, and a fresh token: for a page that was away."""
    attempt = _running()
    standing = taking.standing_of(attempt) if attempt is not None else dict[int, Standing]()
    return {
        "for": g.actor.id,
        "attempt": attempt.number if attempt is not None else 0,
        "left_ms": _left_ms(attempt) if attempt is not None else 0,
        "csrf": csrf_token(),
        "answers": [
            {"place": place, "choice": one.choice, "revision": one.revision} for place, one in sorted(standing.items())
        ],
    }


def _running() -> QuizAttempt | None:
    attempts = queries.attempts_of(g.actor.id)
    return attempts[0] if attempts and attempts[0].finished_at is None and not attempts[0].on_paper else None


@bp.post("/my/quiz")
@allow(Role.ATTENDEE)
def save_form() -> ResponseReturnValue:
    """The plain form: without a script this is the way answers are kept."""
    attempt = _running()
    if attempt is None:
        raise DomainError("quiz_finished")
    ticked = forms.read_ticked(request.form, len(attempt.paper))
    standing = taking.standing_of(attempt)
    page = chance.token()
    taps = [
        Tap(place, choice, page, seq, standing[place].revision if place in standing else 0)
        for seq, (place, choice) in enumerate(sorted(ticked.items()), 1)
        if place not in standing or standing[place].choice != choice
    ]
    if taps:
        answers.ask(taking.Answers(g.actor.id, attempt.number, taps))
    if request.form.get("then") == "review":
        return redirect(url_for("my_quiz.review"), 303)
    flash(_("Đã lưu lúc %(hour)s.", hour=filters.clock(clock.now())), "ok")
    return redirect(url_for("my_quiz.show"), 303)


@bp.get("/my/quiz/review")
@allow(Role.ATTENDEE)
def review() -> ResponseReturnValue:
    """Which questions have an answer on the server, before it is handed in."""
    attempt = _running()
    if attempt is None:
        return redirect(url_for("my_quiz.show"))
    standing = taking.standing_of(attempt)
    return render_template(
        "reflections/quiz/review.html",
        desk=reflections_access.desk_for(g.actor),
        attempt=attempt,
        answered=sorted(standing),
        count=len(attempt.paper),
        left_ms=_left_ms(attempt),
    )


@bp.post("/my/quiz/submit")
@allow(Role.ATTENDEE)
def submit() -> ResponseReturnValue:
    """Hand in what the server has, once; when the time is over this is how a page that is still open does it."""
    desk = reflections_access.desk_for(g.actor)
    with transaction():
        hand_in(desk, EndedBy.PERSON, g.actor)
    return redirect(url_for("my_reflection.receipt"), 303)


def hand_in(desk: reflections.Desk, ended_by: EndedBy, by: Actor) -> Submission:
    """In a transaction: take in what the server has of a sitting, with the receipt and its letter."""
    submission = taking.finish(
        desk=desk,
        ended_by=ended_by,
        by=by,
        at=clock.now(),
        signer=signer(current_app.extensions["settings"].secret_key),
        chance=chance.token(),
    )
    send_receipt(desk.attendee, submission, by)
    return submission
