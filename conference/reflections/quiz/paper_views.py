"""For an officer whose people have no phone: the printed paper with its answer sheet, and entering what was ticked."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.typst_pdf import render_pdf
from conference.foundation import chance, clock
from conference.foundation.actor import Role
from conference.foundation.aside import aside
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning.entry import enter_conference
from conference.reflections import queries as reflections
from conference.reflections.access import author_for
from conference.reflections.letters_views import send_receipt
from conference.reflections.quiz import access, forms, queries, taking
from conference.reflections.quiz.my_views import paper_of
from conference.reflections.quiz.rules import LETTERS, paper_code
from conference.reflections.receipts import signer
from conference.registry.models import Attendee
from conference.web.guard import allow
from conference.web.words import _

bp = Blueprint("quiz_paper", __name__)
SENDERS = (Role.ORGANIZER, Role.UNIT_OFFICER)
PDF = "application/pdf"


@bp.get("/conferences/<code>/quiz/people/<int:number>/paper")
@allow(*SENDERS)
def show(code: str, number: int) -> ResponseReturnValue:
    """The paper of one person: to be drawn and printed, then to be entered."""
    return _page(author_for(g.actor, enter_conference(code), number), {})


def _page(attendee: Attendee, ticked: dict[int, int]) -> str:
    desk = reflections.desk_of(attendee.id)
    quiz = taking.quiz_at(desk)
    attempts = queries.attempts_of(attendee.id)
    attempt = attempts[0] if attempts else None
    return render_template(
        "reflections/quiz/paper.html",
        conference=desk.attendee.conference,
        attendee=desk.attendee,
        attempt=attempt,
        paper=paper_of(quiz, attempt) if attempt is not None and attempt.on_paper else [],
        paper_code=paper_code(quiz.seed, attendee.id, attempt.number) if attempt is not None else "",
        may_begin=bool(taking.ways_now(desk, quiz, attempts, clock.now())),
        takes_on_behalf=taking.takes_paper(desk),
        slots=queries.own_slots(quiz.id, desk.attendee),
        ticked=ticked,
        letters=LETTERS,
    )


@bp.post("/conferences/<code>/quiz/people/<int:number>/paper")
@allow(*SENDERS)
def begin(code: str, number: int) -> ResponseReturnValue:
    """Draw the paper that is to be printed. From then on it is this person's sitting."""
    attendee = author_for(g.actor, enter_conference(code), number)
    with transaction():
        desk = reflections.desk_of(attendee.id)
        taking.quiz_at(desk)
        if not taking.takes_paper(desk):
            raise DomainError("on_behalf_not_taken")
        attempt = taking.begin(desk=desk, slot_id=None, on_paper=True, by=g.actor, at=clock.now())
        if not attempt.on_paper:
            raise DomainError("quiz_on_phone")
    flash(_("Đã ra đề. Mời in đề và phiếu trả lời."), "ok")
    return redirect(url_for("quiz_paper.show", code=code, number=number), 303)


@bp.get("/conferences/<code>/quiz/people/<int:number>/paper.pdf")
@allow(*SENDERS)
def print_paper(code: str, number: int) -> ResponseReturnValue:
    """The questions with an answer sheet behind them; both bear the paper's code. The key is no part of it."""
    attendee = author_for(g.actor, enter_conference(code), number)
    desk = reflections.desk_of(attendee.id)
    quiz = taking.quiz_at(desk)
    attempt = access.paper_attempt(attendee)
    data = {
        "title": desk.attendee.conference.title,
        "issuer": desk.attendee.unit.name.upper(),
        "name": desk.attendee.person.full_name,
        "position": desk.attendee.position,
        "unit": desk.attendee.unit.name,
        "number": str(desk.attendee.number),
        "code": paper_code(quiz.seed, attendee.id, attempt.number),
        "letters": list(LETTERS),
        "questions": [{"text": text, "choices": choices} for text, choices in paper_of(quiz, attempt)],
        "words": _print_words(quiz.minutes, len(attempt.paper)),
    }
    pdf = aside(render_pdf, "quiz", data)
    return send_file(BytesIO(pdf), PDF, as_attachment=True, download_name=f"de-{conference_and_number(attendee)}.pdf")


def conference_and_number(attendee: Attendee) -> str:
    return f"{attendee.conference_id}-{attendee.number:06}"


def _print_words(minutes: int, count: int) -> dict[str, Any]:
    return {
        "paper": _("ĐỀ TRẮC NGHIỆM"),
        "sheet": _("PHIẾU TRẢ LỜI"),
        "code": _("Mã đề"),
        "name": _("Họ và tên"),
        "position": _("Chức vụ"),
        "unit": _("Đơn vị"),
        "number": _("Số đại biểu"),
        "time": _("Thời gian làm bài: %(minutes)s phút, %(count)s câu", minutes=minutes, count=count),
        "question": _("Câu"),
        "how": _("Tô kín một ô cho mỗi câu. Muốn đổi, gạch chéo ô cũ rồi tô ô khác."),
        "sign": _("Người làm bài ký tên"),
        "day": _("Ngày, giờ nộp"),
    }


@bp.post("/conferences/<code>/quiz/people/<int:number>/entry")
@allow(*SENDERS)
def enter(code: str, number: int) -> ResponseReturnValue:
    """Hand in what was ticked on paper. It is marked as entered by this account."""
    attendee = author_for(g.actor, enter_conference(code), number)
    desk = reflections.desk_of(attendee.id)
    taking.quiz_at(desk)
    attempt = access.paper_attempt(attendee)
    ticked = forms.read_ticked(request.form, len(attempt.paper))
    with transaction():
        submission = taking.enter_for(
            desk=desk,
            answers=ticked,
            by=g.actor,
            at=clock.now(),
            signer=signer(current_app.extensions["settings"].secret_key),
            chance=chance.token(),
        )
        send_receipt(desk.attendee, submission, g.actor)
    return redirect(url_for("on_behalf.receipt", code=code, number=number), 303)
