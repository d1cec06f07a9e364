"""A test's key, corrected by a decision: what it would change is said before it is made."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.grading import access, actions, queries, quizzes
from conference.grading.views import bp, tabs_of
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.reflections.access import enter_to_manage
from conference.reflections.quiz import access as quiz_access
from conference.reflections.quiz.models import Quiz, QuizQuestion
from conference.reflections.quiz.reading import Problem, key_from
from conference.reflections.quiz.rules import LETTERS
from conference.reflections.quiz.words import PROBLEM_WORDS, letters
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _


def _entered(code: str, question_id: int) -> tuple[Conference, Quiz, QuizQuestion]:
    conference = enter_to_manage(g.actor, enter_conference(code))
    access.check_organises(g.actor, conference)
    quiz = quiz_access.quiz_to_change(conference)
    return conference, quiz, quiz_access.question_in(quiz, question_id)


@bp.post("/conferences/<code>/grading/tests")
@allow(Role.ORGANIZER)
def mark_tests(code: str) -> ResponseReturnValue:
    """Give tests that came in their marks at once, without waiting for the worker's round."""
    conference = enter_to_manage(g.actor, enter_conference(code))
    with transaction():
        done = quizzes.settle_quiz(conference_id=conference.id, by=g.actor, at=clock.now())
    flash(_("Đã tính điểm %(count)s bài.", count=filters.number(done)), "ok")
    return redirect(url_for("grading.overview", code=code))


@bp.get("/conferences/<code>/grading/keys/<int:question_id>")
@allow(Role.ORGANIZER)
def quiz_key(code: str, question_id: int) -> ResponseReturnValue:
    conference, quiz, question = _entered(code, question_id)
    return _page(conference, quiz, question, Form({"key": letters(question.accepted)}))


@bp.post("/conferences/<code>/grading/keys/<int:question_id>")
@allow(Role.ORGANIZER)
def correct_key(code: str, question_id: int) -> ResponseReturnValue:
    """First what it would change, then, with that number and a reason, the decision."""
    conference, quiz, question = _entered(code, question_id)
    form = Form(request.form)
    accepted = key_from(form.text("key", _("Đáp án đúng"), required=True, most=40), len(question.choices))
    if isinstance(accepted, Problem):
        form.fault("key", str(PROBLEM_WORDS[accepted]), _("Đáp án đúng"))
    reason = form.text("reason", _("Lý do"), required=True, most=500)
    if not form.is_valid or isinstance(accepted, Problem):
        return _page(conference, quiz, question, form), 422
    if list(accepted) == question.accepted:
        form.fault("key", sentence_of(DomainError("key_is_same")), _("Đáp án đúng"))
        return _page(conference, quiz, question, form), 422
    laid_down = queries.scheme_of(conference.id) or actions.usual_scheme(conference.id)
    if "told" not in form.values:
        found = quizzes.corrected(quiz, question, accepted, laid_down.as_scheme())
        return _page(conference, quiz, question, form, found)
    told = form.whole("told", _("Số bài đổi điểm"), low=0, high=100_000_000)
    if told is None:
        raise DomainError("bad_request")
    with transaction():
        quizzes.correct_key(
            quiz=quiz, question=question, accepted=accepted, told=told, reason=reason, by=g.actor, at=clock.now()
        )
    flash(
        _(
            "Đã sửa đáp án. %(count)s bài đổi điểm; điểm đã công bố giữ nguyên đến lần công bố sau.",
            count=filters.number(told),
        ),
        "ok",
    )
    return redirect(url_for("quiz.questions", code=code))


def _page(
    conference: Conference,
    quiz: Quiz,
    question: QuizQuestion,
    form: Form,
    found: quizzes.Remarking | None = None,
) -> str:
    return render_template(
        "grading/quiz_key.html",
        conference=conference,
        tabs=tabs_of(conference, ""),
        work=None,
        quiz=quiz,
        question=question,
        form=form,
        found=found,
        letters=LETTERS,
    )
