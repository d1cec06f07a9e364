"""Copying a conference: what would come over, on which days, and then the draft that came of it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning import words
from conference.planning.access import may_create, may_manage
from conference.planning.entry import enter_conference
from conference.planning.forms import read_code
from conference.planning.models import Conference
from conference.planning.views import CHANGERS
from conference.releases.copying import contents_of, copy_conference, moved, shift_of
from conference.releases.views import bp
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

__all__ = ["bp"]  # the area's blueprint, with every route of it


def _enter(code: str) -> Conference:
    """Who copies a conference reads all of it and may make one. Raises ``forbidden``."""
    conference = enter_conference(code)
    if not may_manage(g.actor, conference) or not may_create(g.actor):
        raise DomainError("forbidden")
    return conference


@bp.get("/conferences/<code>/copy")
@allow(*CHANGERS)
def copy(code: str) -> ResponseReturnValue:
    conference = _enter(code)
    form = Form({"title": conference.title})
    return _page(conference, form, preview=False)


def _page(conference: Conference, form: Form, *, preview: bool) -> str:
    contents = contents_of(conference)
    starts_on = form.day("starts_on", _("Ngày bắt đầu")) if preview else None
    shift = shift_of(conference, starts_on) if starts_on else None
    programme = []
    if shift is not None:
        programme = [
            (
                f"{words.PARTS[one.part]} {filters.day(one.held_on)}",
                f"{filters.weekday(one.held_on + shift)}, {filters.day(one.held_on + shift)}",
                f"{filters.clock(moved(one.starts_at, shift, conference.timezone))}"
                f"–{filters.clock(moved(one.ends_at, shift, conference.timezone))}",
            )
            for one in contents.study_sessions
        ]
        programme += [
            (
                f"{one.title} {filters.day(one.starts_at)}",
                f"{filters.weekday(begins)}, {filters.day(begins)}",
                f"{filters.clock(begins)}–{filters.clock(moved(one.ends_at, shift, conference.timezone))}",
            )
            for one in contents.rehearsals
            for begins in (moved(one.starts_at, shift, conference.timezone),)
        ]
    return render_template(
        "releases/copy.html",
        conference=conference,
        form=form,
        contents=contents,
        programme=programme,
        preview=preview and form.is_valid,
    )


@bp.post("/conferences/<code>/copy")
@allow(*CHANGERS)
def make_copy(code: str) -> ResponseReturnValue:
    """First a preview, then the draft. Nothing is written before it is confirmed."""
    conference = _enter(code)
    form = Form(request.form)
    new_code = read_code(form)
    title = form.text("title", _("Tên hội nghị"), required=True, most=300)
    starts_on = form.day("starts_on", _("Ngày bắt đầu"))
    if not form.is_valid or starts_on is None:
        return _page(conference, form, preview=False), 422
    if form.values.get("step") != "copy":
        return _page(conference, form, preview=True)
    try:
        with transaction():
            made = copy_conference(
                source=conference,
                code=new_code,
                title=title,
                starts_on=starts_on,
                with_people=form.ticked("with_people"),
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code != "code_taken":
            raise
        form.fault("code", sentence_of(error), _("Mã hội nghị"))
        return _page(conference, form, preview=False), 409
    flash(_("Đã chép thành bản nháp. Chỉ Ban Tổ chức thấy, đến khi đồng chí công bố."), "ok")
    return redirect(url_for("planning.plan", code=made.code))
