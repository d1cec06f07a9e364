"""The attendee's own files: a document or photos of what was written by hand, in place of typing."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.reflections import access, actions, attaching, queries, shelf_views, words
from conference.reflections.my_views import bar_of, own_page_url
from conference.reflections.rules import MOST_PHOTOS
from conference.reflections.sweep_jobs import ask_for_sweep
from conference.web.errors import sentence_of
from conference.web.guard import allow, wants_json
from conference.web.words import _

bp = Blueprint("my_files", __name__)


@bp.get("/my/reflection/files")
@allow(Role.ATTENDEE)
def show() -> ResponseReturnValue:
    return _page(access.desk_for(g.actor), [])


def _page(desk: queries.Desk, refusals: list[DomainError]) -> ResponseReturnValue:
    bar = bar_of(desk)
    if bar is not None or desk.task is None or desk.window is None:
        return render_template("reflections/closed.html", desk=desk, bar=bar, words=words)
    if desk.task.forms.only_typed and not desk.files:
        return redirect(url_for("my_reflection.write", edit=1))
    at = clock.now()
    left, until = words.window_words(at, desk.window, desk.attendee.conference.timezone)
    return render_template(
        "reflections/files.html",
        desk=desk,
        task=desk.task,
        files=desk.files,
        photos=[file for file in desk.files if file.kind == "photo"],
        documents=[file for file in desk.files if file.kind != "photo"],
        total=actions.words_of(desk.content, desk.files),
        typed=desk.content.words,
        refusals=[sentence_of(one) for one in refusals],
        may_change=desk.may_hand_in(at),
        page_url=own_page_url,
        most=MOST_PHOTOS,
        left=left,
        until=until,
    )


@bp.post("/my/reflection/files")
@allow(Role.ATTENDEE)
def add() -> ResponseReturnValue:
    """Take files in. One that is not taken is named with its reason, and does not hold up the others."""
    desk = access.desk_for(g.actor)
    actions.refuse_if_barred(desk, clock.now())
    sent = [file for file in request.files.getlist("files") if file.filename]
    refusals: list[DomainError] = [] if sent else [DomainError("no_file")]
    if len(sent) > MOST_PHOTOS:
        refusals, sent = [DomainError("too_many_photos")], []
    for file in sent:
        try:
            document = shelf_views.read_sent(file)
            with shelf_views.kept([document]) as (kept,), transaction():
                added = attaching.attach(attendee_id=g.actor.id, kept=kept, at=clock.now())
                ask_for_sweep(desk.attendee.conference_id, at=clock.now())
            if added is None:
                shelf_views.drop(kept.names)
        except DomainError as error:
            refusals.append(error)
    if refusals and wants_json():
        raise refusals[0]
    if wants_json():
        return {"added": len(sent)}
    if refusals:
        return _page(access.desk_for(g.actor), refusals), 422  # type: ignore[return-value]
    flash(_("Đã nhận. Bài chưa nộp: mời đồng chí xem lại rồi bấm nộp."), "ok")
    return redirect(url_for("my_files.show"), 303)


@bp.post("/my/reflection/files/<int:file_id>/remove")
@allow(Role.ATTENDEE)
def remove(file_id: int) -> ResponseReturnValue:
    access.own_file(access.desk_for(g.actor), file_id)
    with transaction():
        names = attaching.take_off(attendee_id=g.actor.id, file_id=file_id, at=clock.now())
    shelf_views.drop(names)
    return redirect(url_for("my_files.show", _anchor="files"), 303)


@bp.post("/my/reflection/files/<int:file_id>/move")
@allow(Role.ATTENDEE)
def move(file_id: int) -> ResponseReturnValue:
    """One place up or down: the order of the pages."""
    access.own_file(access.desk_for(g.actor), file_id)
    by = {"up": -1, "down": 1}.get(request.form.get("to", ""))
    if by is None:
        raise DomainError("bad_request")
    with transaction():
        attaching.move(attendee_id=g.actor.id, file_id=file_id, by=by, at=clock.now())
    return redirect(url_for("my_files.show", _anchor=f"file-{file_id}"), 303)


@bp.get("/my/reflection/files/<int:file_id>")
@allow(Role.ATTENDEE)
def download(file_id: int) -> ResponseReturnValue:
    file = access.own_file(access.desk_for(g.actor), file_id)
    return shelf_views.send(file, max(1, file.position))


@bp.get("/my/reflection/files/<int:file_id>/pages/<int:place>")
@allow(Role.ATTENDEE)
def page(file_id: int, place: int) -> ResponseReturnValue:
    file = access.own_file(access.desk_for(g.actor), file_id)
    return shelf_views.send_page(access.page_at(file, place), place, may_stay=True)
