"""Make-up study for the attendee: what was missed, where to go or what to watch, and saying that one has."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.text import row_number
from conference.planning.words import PARTS
from conference.reflections import access, make_ups, making_up, words
from conference.reflections.rules import Watched
from conference.registry.access import attendee_themself
from conference.web.guard import allow
from conference.web.words import _

bp = Blueprint("my_make_up", __name__)


@bp.get("/my/make-up")
@allow(Role.ATTENDEE)
def show() -> ResponseReturnValue:
    attendee = attendee_themself(g.actor)
    at = clock.now()
    return render_template(
        "reflections/my_make_up.html", missed=make_ups.missed_by(attendee, at), at=at, words=words, parts=PARTS
    )


@bp.post("/my/make-up/<int:make_up_id>/begin")
@allow(Role.ATTENDEE)
def begin(make_up_id: int) -> ResponseReturnValue:
    make_up = access.recording_for(attendee_themself(g.actor), make_up_id)
    with transaction():
        making_up.begin(attendee_id=g.actor.id, make_up=make_up, at=clock.now())
    return redirect(url_for("my_make_up.show", _anchor=f"make-up-{make_up_id}"), 303)


@bp.post("/my/make-up/<int:make_up_id>/finish")
@allow(Role.ATTENDEE)
def finish(make_up_id: int) -> ResponseReturnValue:
    make_up = access.recording_for(attendee_themself(g.actor), make_up_id)
    with transaction():
        outcome = making_up.finish(
            attendee_id=g.actor.id,
            make_up=make_up,
            chosen=row_number(request.form.get("choice", "")),
            by=g.actor,
            at=clock.now(),
        )
    sentences = {
        Watched.DONE: (_("Đã ghi nhận đồng chí học bù xong buổi này."), "ok"),
        Watched.TOO_SOON: (_("Chưa đủ %(count)s phút kể từ lúc bắt đầu xem.", count=make_up.least_minutes), "warn"),
        Watched.WRONG: (_("Câu trả lời chưa đúng. Mời đồng chí xem lại phần này rồi trả lời lại."), "warn"),
    }
    flash(*sentences[outcome])
    return redirect(url_for("my_make_up.show"), 303)
