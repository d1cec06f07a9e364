"""The page of waves, where units are put into them; and waves in the list of people and on a person's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import false

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.paging import AnySelect
from conference.foundation.text import row_number
from conference.planning import access as planning_access
from conference.planning import actions as planning
from conference.planning.access import may_change
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.forms import read_version, read_wave
from conference.planning.models import Conference, ConferenceState, Wave
from conference.planning.queries import waves_of
from conference.planning.views import CHANGERS, check_plans_with, over_newer
from conference.planning.words import FaultLine
from conference.registry import access, actions
from conference.registry.models import Attendee
from conference.registry.queries import attendees_among, count_called
from conference.registry.views import session_word
from conference.registry.waves import queries, words
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form, ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("waves", __name__)
READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
NO_WAVE = "none"
AT_FIELD = ("wave_title_taken",)
"""Refusals that belong to the title that was typed."""


def plan_faults(conference: Conference) -> list[FaultLine]:
    """What the plan page hears about waves."""
    return words.fault_lines(conference, queries.waves_in(conference.id))


@bp.get("/conferences/<code>/waves")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    """Each wave with its study sessions and people, and the units by wave."""
    return _overview(enter_conference(code), Form())


def _overview(conference: Conference, form: Form) -> str:
    waves = waves_of(conference.id)
    page = addressed(queries.units_page(conference.id, waves, ask_from_request("q", "wave")))
    if "title" not in form.values:
        form.values = {**form.values, "title": _("Đợt %(number)s", number=len(waves) + 1)}
    return render_template(
        "registry/waves/overview.html",
        conference=conference,
        found=queries.waves_in(conference.id),
        page=page,
        form=form,
        options=[
            *((str(one.id), one.title) for one in waves),
            (queries.NONE, _("Chưa có đợt")),
            (queries.SPLIT, _("Bị tách ra nhiều đợt")),
        ],
        session_word=session_word,
        may_change=may_change(g.actor, conference) and conference.state is not ConferenceState.CLOSED,
    )


@bp.post("/conferences/<code>/waves")
@allow(*CHANGERS)
def add(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)

    def change(form: Form, title: str) -> None:
        version = read_version(form)
        planning.add_wave(conference=conference, version=version, title=title, by=g.actor, at=clock.now())

    return _kept(code, change, _("Đã thêm đợt. Chọn đợt này cho các buổi và các đơn vị của nó."))


@bp.post("/conferences/<code>/waves/<int:wave_id>")
@allow(*CHANGERS)
def rename(code: str, wave_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    wave = planning_access.wave_in(conference, wave_id)

    def change(form: Form, title: str) -> None:
        planning.rename_wave(
            conference=conference, version=read_version(form), wave=wave, title=title, by=g.actor, at=clock.now()
        )

    return _kept(code, change, _("Đã đổi tên đợt."))


def _kept(code: str, change: Callable[[Form, str], None], said: str) -> ResponseReturnValue:
    form, title = read_wave(request.form)
    if not form.is_valid:
        return _overview(enter_to_change(code), form), 422
    try:
        with transaction():
            change(form, title)
    except DomainError as error:
        if error.code == "changed_meanwhile":
            return _overview(enter_to_change(code), over_newer(form, code)), 409
        if error.code not in AT_FIELD:
            raise
        form.fault("title", sentence_of(error), _("Tên đợt"))
        return _overview(enter_to_change(code), form), 409
    flash(said, "ok")
    return redirect(url_for("waves.overview", code=code), 303)


@bp.post("/conferences/<code>/waves/<int:wave_id>/place")
@allow(*CHANGERS)
def put(code: str, wave_id: int) -> ResponseReturnValue:
    """Another place in the order of the waves; the page shows what came out and goes on from there."""
    conference = enter_to_change(code)
    wave = planning_access.wave_in(conference, wave_id)
    place = row_number(request.form.get("place", ""))
    if place is None:
        raise DomainError("wave_place_unknown")
    try:
        with transaction():
            planning.put_wave(
                conference=conference,
                version=read_version(Form(request.form)),
                wave=wave,
                place=place,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code != "changed_meanwhile":
            raise
        flash(sentence_of(error), "warn")
    return redirect(url_for("waves.overview", code=code, _anchor=f"wave-{wave_id}"), 303)


@bp.post("/conferences/<code>/waves/<int:wave_id>/remove")
@allow(*CHANGERS)
def remove(code: str, wave_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    wave = planning_access.wave_in(conference, wave_id)
    try:
        with transaction():
            planning.remove_wave(
                conference=conference,
                version=read_version(Form(request.form)),
                wave=wave,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code != "wave_in_use":
            raise
        flash(sentence_of(error), "warn")
    else:
        flash(_("Đã bỏ đợt."), "ok")
    return redirect(url_for("waves.overview", code=code), 303)


# ---- who comes when


@bp.post("/conferences/<code>/waves/units")
@allow(*CHANGERS)
def assign_units(code: str) -> ResponseReturnValue:
    """Put everybody of the ticked units into the wave of the button."""
    conference = enter_to_change(code)
    wave = _asked_wave(conference, request.form.get("action", ""))
    units = ticked_rows(request.form, "units")
    with transaction():
        attendees = queries.people_of_units(conference.id, units)
        changed = actions.assign_wave(attendees=attendees, wave=wave, by=g.actor, at=clock.now())
    _tell(wave, len(units), changed)
    return redirect(url_for("waves.overview", code=code, wave=request.form.get("back", "")), 303)


@bp.post("/conferences/<code>/waves/people")
@allow(*CHANGERS)
def assign_people(code: str) -> ResponseReturnValue:
    """Put the ticked people into the wave of the button."""
    conference = enter_to_change(code)
    wave = _asked_wave(conference, request.form.get("action", "").removeprefix("wave-"))
    with transaction():
        attendees = attendees_among(
            conference.id, access.reach_of(g.actor, conference), ticked_rows(request.form, "people")
        )
        changed = actions.assign_wave(attendees=attendees, wave=wave, by=g.actor, at=clock.now())
    _tell(wave, len(attendees), changed)
    return redirect(url_for("registry.people", code=code), 303)


@bp.post("/conferences/<code>/people/<int:number>/wave")
@allow(*CHANGERS)
def assign_person(code: str, number: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    attendee = access.attendee_to_change(access.reach_of(g.actor, conference), conference, number)
    wave = _asked_wave(conference, request.form.get("wave", ""))
    with transaction():
        changed = actions.assign_wave(attendees=[attendee], wave=wave, by=g.actor, at=clock.now())
    _tell(wave, 1, changed)
    return redirect(url_for("registry.person", code=code, number=number), 303)


def _asked_wave(conference: Conference, asked: str) -> Wave | None:
    """The wave that is named, or none. Raises ``not_found``."""
    return None if asked == NO_WAVE else planning_access.wave_in(conference, row_number(asked) or 0)


def _tell(wave: Wave | None, picked: int, changed: int) -> None:
    if not picked:
        flash(_("Chưa chọn ai để xếp đợt."), "warn")
    elif not changed:
        flash(_("Không có ai cần đổi: mọi người đã đúng như vậy."), "ok")
    elif wave is None:
        flash(_("%(count)s người không còn thuộc đợt nào.", count=filters.number(changed)), "ok")
    else:
        flash(_("Đã xếp %(count)s người vào %(wave)s.", count=filters.number(changed), wave=wave.title), "ok")


# ---- in the list of people


def people_actions(conference: Conference) -> list[dict[str, str]]:
    url = url_for("waves.assign_people", code=conference.code)
    return [
        {"label": _("Vào %(wave)s", wave=wave.title), "value": f"wave-{wave.id}", "url": url}
        for wave in waves_of(conference.id)
    ]


def by_wave(statement: AnySelect, value: str) -> AnySelect:
    if value == NO_WAVE:
        return statement.where(Attendee.wave_id.is_(None))
    id = row_number(value)
    return statement.where(false() if id is None else Attendee.wave_id == id)


def _waves_shown(conference: Conference) -> Sequence[Wave]:
    """To an officer of whose units nobody is called, waves say nothing and belong to others."""
    waves = waves_of(conference.id)
    return waves if waves and count_called(conference.id, access.reach_of(g.actor, conference)) else ()


def offer(conference: Conference) -> dict[str, Any] | None:
    waves = _waves_shown(conference)
    if not waves:
        return None
    options = [*((one.id, one.title) for one in waves), (NO_WAVE, _("Chưa có đợt"))]
    return {"name": "wave", "label": _("Đợt"), "options": options}


def _word(value: str) -> str:
    waves = _waves_shown(g.conference)
    return _("Chưa có đợt") if value == NO_WAVE else next((one.title for one in waves if str(one.id) == value), "")


def join_pages(app: Flask) -> None:
    """Stand in the list of people, and say on the plan's page what is missing."""
    given = app.extensions
    given.setdefault("people_actions", []).append(people_actions)
    given.setdefault("people_selects", []).append(offer)
    given.setdefault("people_filters", {})["wave"] = by_wave
    given.setdefault("people_filter_words", {})["wave"] = lambda value: (_("Đợt"), _word(value))
    check_plans_with(app, plan_faults)
