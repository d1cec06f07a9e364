"""Rehearsals on the screen: planning one, what it is about, and which sites took part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Subquery

from conference.foundation import clock
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning.access import may_change
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.forms import read_version
from conference.planning.models import Conference, ConferenceState
from conference.planning.views import CHANGERS
from conference.sites import access as sites_access
from conference.sites import views as area
from conference.sites.ladder.queries import first_session
from conference.sites.rehearsals import access, actions, forms, queries, words
from conference.sites.rehearsals.forms import SOME
from conference.sites.rehearsals.models import Rehearsal
from conference.sites.rehearsals.rules import Part
from conference.sites.views import READERS, bp
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

TriedBySite = Callable[[int], Subquery]


def know_tests_by(app: Flask, tried_by_site: TriedBySite) -> None:
    """Tell this area where devices were tried in a rehearsal: ``site_id``, ``first_at`` and ``devices``."""
    app.extensions["tried_by_site"] = tried_by_site


def _tried(rehearsal: Rehearsal) -> Subquery:
    found: Subquery = current_app.extensions["tried_by_site"](rehearsal.id)
    return found


def rehearsals_on_plan(conference: Conference) -> dict[str, Any]:
    """What the plan page shows of them."""
    return {
        "rehearsals": queries.rehearsals_of(conference.id),
        "may_change": may_change(g.actor, conference) and conference.state is not ConferenceState.CLOSED,
    }


@bp.get("/conferences/<code>/rehearsals/<int:rehearsal_id>")
@allow(*READERS)
def rehearsal(code: str, rehearsal_id: int) -> ResponseReturnValue:
    """What it is about, and which of the sites that this account sees took part."""
    conference = enter_conference(code)
    found = access.rehearsal_in(conference, rehearsal_id)
    visible = sites_access.visible_sites(g.actor, conference)
    tried = _tried(found)
    return render_template(
        "sites/rehearsal.html",
        conference=conference,
        rehearsal=found,
        taken=queries.count_taken(found, tried, visible),
        page=addressed(queries.sites_page(found, tried, visible, ask_from_request("q", "part"))),
        parts=words.PARTS,
        part_words=[(part.value, word) for part, (_shape, word) in words.PARTS.items()],
        Part=Part,
        is_over=found.ends_at < clock.now(),
        sees_contacts=area.sees_contacts(conference),
        may_change=area.may_change_sites(conference),
    )


@bp.get("/conferences/<code>/rehearsals/new")
@allow(*CHANGERS)
def new_rehearsal(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    return _form_page(conference, forms.new_form(conference), None, frozenset())


@bp.post("/conferences/<code>/rehearsals/new")
@allow(*CHANGERS)
def plan_rehearsal(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, facts, ticked = _read(conference)
    if facts is None:
        return _form_page(conference, form, None, ticked), 422
    with transaction():
        made = actions.plan_rehearsal(conference=conference, facts=facts, by=g.actor, at=clock.now())
    flash(_("Đã thêm vào lịch của các điểm cầu tham gia. Đại biểu không thấy."), "ok")
    return redirect(url_for("sites.rehearsal", code=code, rehearsal_id=made.id))


@bp.get("/conferences/<code>/rehearsals/<int:rehearsal_id>/edit")
@allow(*CHANGERS)
def edit_rehearsal(code: str, rehearsal_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = access.rehearsal_in(conference, rehearsal_id)
    return _form_page(conference, forms.rehearsal_form(found), found, queries.sites_named(found.id))


@bp.post("/conferences/<code>/rehearsals/<int:rehearsal_id>/edit")
@allow(*CHANGERS)
def change_rehearsal(code: str, rehearsal_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = access.rehearsal_in(conference, rehearsal_id)
    form, facts, ticked = _read(conference)
    if facts is None:
        return _form_page(conference, form, found, ticked), 422
    try:
        with transaction():
            actions.change_rehearsal(
                rehearsal=found, version=read_version(form), facts=facts, by=g.actor, at=clock.now()
            )
    except DomainError as error:
        if error.code != "changed_meanwhile":
            raise
        newer = access.rehearsal_in(conference, rehearsal_id)
        form.fault("", _("Buổi duyệt vừa được người khác sửa. Mời xem bản mới, rồi bấm Lưu lần nữa nếu vẫn muốn sửa."))
        form.values["version"] = str(newer.version)
        return _form_page(conference, form, newer, ticked), 409
    flash(_("Đã lưu. Lịch của các điểm cầu tự đổi theo."), "ok")
    return redirect(url_for("sites.rehearsal", code=code, rehearsal_id=rehearsal_id))


@bp.post("/conferences/<code>/rehearsals/<int:rehearsal_id>/cancel")
@allow(*CHANGERS)
def cancel_rehearsal(code: str, rehearsal_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = access.rehearsal_in(conference, rehearsal_id)
    with transaction():
        actions.call_off(rehearsal=found, version=read_version(Form(request.form)), by=g.actor, at=clock.now())
    flash(_("Đã hủy. Trong lịch của các điểm cầu, buổi này hiện là đã hủy."), "ok")
    return redirect(url_for("planning.plan", code=code))


def _read(conference: Conference) -> tuple[Form, actions.RehearsalFacts | None, frozenset[int]]:
    first = first_session(conference)
    return forms.read_rehearsal(
        request.form,
        conference,
        queries.places_to_choose(conference.id),
        provinces=request.form.getlist("province"),
        sites=request.form.getlist("site"),
        first_session=first.doors_open_at if first else None,
    )


def _form_page(conference: Conference, form: Form, found: Rehearsal | None, ticked: frozenset[int]) -> str:
    return render_template(
        "sites/rehearsal_form.html",
        conference=conference,
        form=form,
        rehearsal=found,
        places=queries.places_to_choose(conference.id),
        ticked=ticked,
        SOME=SOME,
    )
