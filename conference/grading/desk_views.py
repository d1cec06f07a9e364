"""The marking desk: a grader's queue and one paper at a time. Everything shown comes from ``blind``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.grading import access, blind, marking, queries, rules, words
from conference.grading.forms import MOST_COMMENT, MOST_NOTE, entry_from_json, read_entry
from conference.grading.marking import Entry
from conference.grading.models import Reading
from conference.grading.rules import ReadingState, Scheme
from conference.grading.views import bp
from conference.reflections.shelf_views import send_page
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

__all__ = ["bp"]
KEPT_ON_PAGE = ("changed_meanwhile", "marks_missing", "mark_off_scale", "comment_too_long")
"""Refusals after which the page comes back with what was typed."""


@bp.get("/marking/")
@allow(Role.GRADER)
def desk() -> ResponseReturnValue:
    """The own queue with progress, and the pace in words."""
    desks = blind.desks_of(g.actor.id)
    return render_template(
        "grading/desk.html",
        desks=[
            (one, blind.slips_of(one.grader_id), blind.next_code(one.grader_id), _pace(one.grader_id)) for one in desks
        ],
        words=words,
        ReadingState=ReadingState,
    )


def _pace(grader_id: int) -> rules.Pace:
    return rules.pace_of(blind.finished_moments(grader_id))


def _scheme(reading: Reading) -> Scheme:
    laid_down = queries.scheme_of(reading.grader.conference_id)
    if laid_down is None:
        raise DomainError("not_found")
    return laid_down.as_scheme()


@bp.get("/marking/<blind_code>")
@allow(Role.GRADER)
def read(blind_code: str) -> ResponseReturnValue:
    reading = access.reading_for(g.actor, blind_code)
    return _paper_page(reading, blind.paper_of(reading.id), Form())


def _paper_page(reading: Reading, paper: blind.BlindPaper, form: Form) -> str:
    desk = next(one for one in blind.desks_of(g.actor.id) if one.grader_id == reading.grader_id)
    scheme = _scheme(reading)
    return render_template(
        "grading/paper.html",
        paper=paper,
        pictures=[url_for("grading.page", blind_code=paper.code, place=place + 1) for place in range(paper.pages)],
        scheme=scheme,
        points={part.id: rules.marks_of_part(part, scheme.step) for part in scheme.parts},
        desk=desk,
        pace=_pace(reading.grader_id),
        next_number=min(desk.papers, desk.finished + 2),
        is_finished=paper.state is ReadingState.FINISHED,
        form=form,
        phrases=words.PHRASES,
        most_comment=MOST_COMMENT,
        most_note=MOST_NOTE,
    )


@bp.get("/marking/<blind_code>/pages/<int:place>")
@allow(Role.GRADER)
def page(blind_code: str, place: int) -> ResponseReturnValue:
    """The picture of one page: its dots alone, under the reading's own code."""
    reading = access.reading_for(g.actor, blind_code)
    return send_page(blind.picture_of(reading.id, place), place)


@bp.post("/marking/<blind_code>/save.json")
@allow(Role.GRADER)
def save(blind_code: str) -> ResponseReturnValue:
    """Keep what was given so far; 409 when another window has saved meanwhile."""
    reading = access.reading_for(g.actor, blind_code)
    version, entry = entry_from_json(_sent(), _scheme(reading))
    at = clock.now()
    with transaction():
        saved = marking.save(reading=reading, version=version, entry=entry, by=g.actor, at=at)
    return {
        "version": saved.version,
        "total": None if saved.total is None else str(saved.total),
        "saved_at": at.isoformat(),
    }


def _sent() -> Any:
    """What the page's script sent; None for what is no JSON."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


@bp.post("/marking/<blind_code>")
@allow(Role.GRADER)
def act(blind_code: str) -> ResponseReturnValue:
    """Whatever button was pressed, what was given goes with it: finish, set aside, question."""
    reading = access.reading_for(g.actor, blind_code)
    action = request.form.get("action", "finish")
    version, entry = read_entry(request.form, _scheme(reading))
    try:
        _carry_out(reading, action, version, entry)
    except DomainError as error:
        if error.code not in KEPT_ON_PAGE:
            raise
        return _come_back(reading, entry, error)
    if action in ("finish", "later"):
        following = blind.next_code(reading.grader_id, after=blind_code)
        if following and (following != blind_code or action == "later"):
            return redirect(url_for("grading.read", blind_code=following))
        return redirect(url_for("grading.desk"))
    return redirect(url_for("grading.read", blind_code=blind_code))


def _carry_out(reading: Reading, action: str, version: int, entry: Entry) -> None:
    at = clock.now()
    with transaction():
        if action == "finish":
            marking.finish(reading=reading, version=version, entry=entry, by=g.actor, at=at)
            return
        marking.save(reading=reading, version=version, entry=entry, by=g.actor, at=at)
        if action == "later":
            marking.set_aside(reading=reading, by=g.actor, at=at)
        elif action in ("question", "unquestion"):
            marking.question(reading=reading, is_questioned=action == "question", by=g.actor, at=at)


def _come_back(reading: Reading, entry: Entry, error: DomainError) -> ResponseReturnValue:
    """The page with what was typed, on top of the version that is kept."""
    db.session.rollback()
    paper = blind.paper_of(reading.id)
    form = Form()
    if error.code == "changed_meanwhile":
        flash(
            _(
                "Bài này vừa được lưu từ một cửa sổ khác. Bên dưới là bản đồng chí vừa gửi: lưu lại để dùng bản này, "
                "hoặc mở lại trang để xem bản kia."
            ),
            "warn",
        )
    elif error.code == "marks_missing":
        scheme = _scheme(reading)
        for part in scheme.parts:
            if part.id not in entry.marks:
                form.fault(f"mark-{part.id}", _("Mời cho điểm phần này."), part.title)
    else:
        form.fault("comment", sentence_of(error), _("Nhận xét"))
    typed = replace(paper, marks=dict(entry.marks), notes=dict(entry.notes), comment=entry.comment)
    return _paper_page(reading, typed, form), 409 if error.code == "changed_meanwhile" else 422


@bp.post("/marking/<blind_code>/take-back")
@allow(Role.GRADER)
def take_back(blind_code: str) -> ResponseReturnValue:
    """Open the own finished reading again, as long as nothing was compared with it."""
    with transaction():
        marking.take_back(reading=access.reading_for(g.actor, blind_code), by=g.actor, at=clock.now())
    return redirect(url_for("grading.read", blind_code=blind_code))
