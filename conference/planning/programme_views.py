"""Study sessions and topics of a conference: adding, changing, removing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning import access, actions, queries, words
from conference.planning.agenda import Slot, Step, placed, stepped
from conference.planning.documents.queries import documents_of, stored_names
from conference.planning.documents.views import drop
from conference.planning.entry import enter_to_change
from conference.planning.forms import (
    new_study_session_form,
    new_topic_form,
    read_study_session,
    read_topic,
    read_version,
    study_session_form,
    topic_form,
)
from conference.planning.models import Conference, StudySession, Topic, TopicKind
from conference.planning.views import CHANGERS, bp, over_newer
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form, moment_of
from conference.web.guard import allow
from conference.web.words import _

__all__ = ["bp"]  # the area's blueprint, with every route of it

AT_FIELD = {"part_taken": "part", "study_session_closed": "part", "study_session_begun": "wave"}
"""Refusals that belong to a field of the form that asked."""


@bp.get("/conferences/<code>/study-sessions/new")
@allow(*CHANGERS)
def new_study_session(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    existing = queries.study_sessions_of([conference.id])[conference.id]
    return _study_session_page(new_study_session_form(conference, existing), conference)


@bp.post("/conferences/<code>/study-sessions/new")
@allow(*CHANGERS)
def add_study_session(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, facts = read_study_session(request.form, conference, queries.waves_of(conference.id))
    if facts is None:
        return _study_session_page(form, conference), 422

    def add() -> None:
        actions.add_study_session(
            conference=conference, version=read_version(form), facts=facts, by=g.actor, at=clock.now()
        )

    if not _kept(form, code, add):
        return _study_session_page(form, enter_to_change(code)), 409
    flash(_("Đã thêm buổi."), "ok")
    return redirect(url_for("planning.plan", code=code))


@bp.get("/conferences/<code>/study-sessions/<int:study_session_id>")
@allow(*CHANGERS)
def edit_study_session(code: str, study_session_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    study_session = access.study_session_in(conference, study_session_id)
    return _study_session_page(study_session_form(study_session, conference), conference, study_session)


@bp.post("/conferences/<code>/study-sessions/<int:study_session_id>")
@allow(*CHANGERS)
def change_study_session(code: str, study_session_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    study_session = access.study_session_in(conference, study_session_id)
    form, facts = read_study_session(request.form, conference, queries.waves_of(conference.id))
    if facts is None:
        return _study_session_page(form, conference, study_session), 422

    def change() -> None:
        actions.change_study_session(
            conference=conference,
            version=read_version(form),
            study_session=study_session,
            facts=facts,
            by=g.actor,
            at=clock.now(),
        )

    if not _kept(form, code, change):
        conference = enter_to_change(code)
        return _study_session_page(form, conference, access.study_session_in(conference, study_session_id)), 409
    flash(_("Đã lưu buổi."), "ok")
    return redirect(url_for("planning.plan", code=code))


@bp.post("/conferences/<code>/study-sessions/<int:study_session_id>/remove")
@allow(*CHANGERS)
def remove_study_session(code: str, study_session_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    study_session = access.study_session_in(conference, study_session_id)
    stored = stored_names(study_session_id=study_session.id)
    with transaction():
        actions.remove_study_session(
            conference=conference,
            version=read_version(Form(request.form)),
            study_session=study_session,
            by=g.actor,
            at=clock.now(),
        )
    drop(stored)
    flash(_("Đã bỏ buổi cùng các mục của nó."), "ok")
    return redirect(url_for("planning.plan", code=code))


@bp.get("/conferences/<code>/topics/new")
@allow(*CHANGERS)
def new_topic(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    programme = queries.programme_of(conference.id)
    wanted = request.args.get("study_session", type=int)
    chosen = next((row for row in programme if row.id == wanted), programme[0] if programme else None)
    free_from = max([chosen.starts_at, *(topic.ends_at for topic in chosen.topics)]) if chosen else None
    return _topic_page(new_topic_form(conference, chosen, free_from), conference, programme)


@bp.post("/conferences/<code>/topics/new")
@allow(*CHANGERS)
def add_topic(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    programme = queries.programme_of(conference.id)
    form, facts = read_topic(request.form, conference, programme)
    if facts is None:
        return _topic_page(form, conference, programme), 422

    def add() -> None:
        actions.add_topic(conference=conference, version=read_version(form), facts=facts, by=g.actor, at=clock.now())

    if not _kept(form, code, add):
        return _topic_page(form, enter_to_change(code), queries.programme_of(conference.id)), 409
    flash(_("Đã thêm mục vào chương trình."), "ok")
    return redirect(url_for("planning.plan", code=code))


@bp.get("/conferences/<code>/topics/<int:topic_id>")
@allow(*CHANGERS)
def edit_topic(code: str, topic_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    topic = access.topic_in(conference, topic_id)
    return _topic_page(topic_form(topic, conference), conference, queries.programme_of(conference.id), topic)


@bp.post("/conferences/<code>/topics/<int:topic_id>")
@allow(*CHANGERS)
def change_topic(code: str, topic_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    topic = access.topic_in(conference, topic_id)
    programme = queries.programme_of(conference.id)
    form, facts = read_topic(request.form, conference, programme)
    if facts is None:
        return _topic_page(form, conference, programme, topic), 422

    def change() -> None:
        actions.change_topic(
            conference=conference,
            version=read_version(form),
            topic=topic,
            facts=facts,
            by=g.actor,
            at=clock.now(),
        )

    if not _kept(form, code, change):
        conference = enter_to_change(code)
        topic = access.topic_in(conference, topic_id)
        return _topic_page(form, conference, queries.programme_of(conference.id), topic), 409
    flash(_("Đã lưu mục."), "ok")
    return redirect(url_for("planning.plan", code=code))


@bp.post("/conferences/<code>/topics/<int:topic_id>/remove")
@allow(*CHANGERS)
def remove_topic(code: str, topic_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    topic = access.topic_in(conference, topic_id)
    stored = stored_names(topic_id=topic.id)
    with transaction():
        actions.remove_topic(
            conference=conference,
            version=read_version(Form(request.form)),
            topic=topic,
            by=g.actor,
            at=clock.now(),
        )
    drop(stored)
    flash(_("Đã bỏ mục khỏi chương trình."), "ok")
    return redirect(url_for("planning.plan", code=code))


STAYING = {TopicKind.RECEPTION, TopicKind.BREAK}
AGENDA_REFUSALS = {
    "changed_meanwhile",
    "item_is_first",
    "item_is_last",
    "item_too_short",
    "item_leaves_day",
    "study_session_closed",
}


@bp.post("/conferences/<code>/topics/<int:topic_id>/move")
@allow(*CHANGERS)
def move_topic(code: str, topic_id: int) -> ResponseReturnValue:
    """One step of one item on the agenda, or its new hour; what follows is pushed. The page shows what came out."""
    conference = enter_to_change(code)
    topic = access.topic_in(conference, topic_id)
    form = Form(request.form)
    back = redirect(url_for("planning.plan", code=code) + f"#topic-{topic_id}")
    half = next(half for half in queries.programme_of(conference.id) if half.id == topic.study_session_id)
    slots = [Slot(one.id, one.starts_at, one.ends_at, stays=one.kind in STAYING) for one in half.topics]
    try:
        after = _moved(form, slots, topic_id, half.held_on, conference.timezone)
        if after is None:
            flash(" ".join(sentence for _name, _label, sentence in form.summary), "warn")
            return back
        with transaction():
            moved = actions.rearrange(
                conference=conference,
                version=read_version(form),
                study_session=half,
                slots=after,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code not in AGENDA_REFUSALS:
            raise
        flash(sentence_of(error), "warn")
        return back
    now = next(slot for slot in after if slot.id == topic_id)
    hours = f"{filters.clock(now.starts_at)}–{filters.clock(now.ends_at)}"
    flash(_("“%(title)s”: %(hours)s. %(count)s mục đổi giờ.", title=topic.title, hours=hours, count=moved), "ok")
    return back


def _moved(form: Form, slots: Sequence[Slot], id: int, day: date, timezone: str) -> list[Slot] | None:
    """The half day after what was asked for; None when its hour can't be read. Raises ``agenda_step_unknown``."""
    if form.values.get("how") == "place":
        hour = form.hour("starts_at", _("Giờ bắt đầu"))
        return None if hour is None else placed(slots, id, moment_of(day, hour, timezone))
    step = form.choice("how", _("Cách dời"), Step)
    if step is None:
        raise DomainError("agenda_step_unknown")
    return stepped(slots, id, step)


def _kept(form: Form, code: str, change: Callable[[], None]) -> bool:
    """Carry out a change; False when it was refused in a way that the form itself can show."""
    try:
        with transaction():
            change()
    except DomainError as error:
        if error.code == "changed_meanwhile":
            over_newer(form, code)
        elif error.code in AT_FIELD:
            form.fault(AT_FIELD[error.code], sentence_of(error), _("Buổi"))
        else:
            raise
        return False
    return True


def _study_session_page(form: Form, conference: Conference, row: StudySession | None = None) -> str:
    return render_template(
        "planning/study_session.html",
        form=form,
        conference=conference,
        study_session=row,
        may_remove=row is not None,
        is_told=conference.release_number > 0,
        waves=[(one.id, one.title) for one in queries.waves_of(conference.id)],
        words=words,
    )


def _topic_page(
    form: Form, conference: Conference, programme: Sequence[StudySession], topic: Topic | None = None
) -> str:
    return render_template(
        "planning/topic.html",
        form=form,
        conference=conference,
        programme=programme,
        topic=topic,
        documents=documents_of(conference.id).get(topic.id, []) if topic else [],
        presenters=queries.known_presenters(),
        words=words,
    )
