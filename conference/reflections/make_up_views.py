"""Make-up study for those who organise it, and for hosts who see who has come."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.text import row_number
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.planning.queries import study_sessions_of
from conference.planning.words import PARTS
from conference.reflections import access, make_up_forms, make_ups, making_up, words
from conference.reflections.models import MakeUp
from conference.registry.queries import sites_to_choose
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("make_up", __name__)
OFFERERS = (Role.ORGANIZER,)
CONFIRMERS = (Role.ORGANIZER, Role.SITE_HOST)
MOST_AT_ONCE = 200


def _own_site(make_up: MakeUp, conference: Conference) -> int | None:
    """Whose absent people are shown: everybody's to organizers, those of the site to its host."""
    return None if g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id) else make_up.site_id


@bp.get("/conferences/<code>/make-up")
@allow(*CONFIRMERS)
def overview(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    organizes = g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id)
    sites = None if organizes else g.actor.ids(Role.SITE_HOST, ScopeKind.SITE)
    return render_template(
        "reflections/make_ups.html",
        conference=conference,
        offers=make_ups.offers_of(conference.id, sites=sites),
        may_offer=organizes,
        at=clock.now(),
        words=words,
        parts=PARTS,
    )


@bp.get("/conferences/<code>/make-up/new")
@allow(*OFFERERS)
def new(code: str) -> ResponseReturnValue:
    conference = access.enter_to_manage(g.actor, enter_conference(code))
    return _form_page(conference, Form({"kind": "at_site", "least_minutes": "90"}))


def _form_page(conference: Conference, form: Form) -> str:
    sessions = study_sessions_of([conference.id])[conference.id]
    return render_template(
        "reflections/make_up_new.html",
        conference=conference,
        form=form,
        sessions=[(one.id, f"{PARTS[one.part]} {filters.day(one.starts_at)}") for one in sessions],
        sites=sites_to_choose(conference.id),
        choices=range(make_up_forms.MOST_CHOICES),
    )


@bp.post("/conferences/<code>/make-up")
@allow(*OFFERERS)
def offer(code: str) -> ResponseReturnValue:
    conference = access.enter_to_manage(g.actor, enter_conference(code))
    form, plan = make_up_forms.read_make_up(
        request.form,
        conference.timezone,
        sessions=[one.id for one in study_sessions_of([conference.id])[conference.id]],
        sites=[id for id, _name in sites_to_choose(conference.id)],
    )
    if plan is None:
        return _form_page(conference, form), 422
    with transaction():
        made = making_up.offer(plan=plan, by=g.actor, at=clock.now())
    flash(_("Đã mở học bù. Người vắng buổi này thấy ở trang riêng của mình."), "ok")
    return redirect(url_for("make_up.show", code=code, make_up_id=made.id), 303)


@bp.get("/conferences/<code>/make-up/<int:make_up_id>")
@allow(*CONFIRMERS)
def show(code: str, make_up_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    make_up = access.make_up_for(g.actor, conference, make_up_id)
    site = _own_site(make_up, conference)
    ask = ask_from_request("q", "show")
    is_done = ask.query.get("show") == "done"
    page = (make_ups.done_page if is_done else make_ups.absent_page)(make_up, ask, site_id=site)
    return render_template(
        "reflections/make_up.html",
        conference=conference,
        make_up=make_up,
        page=addressed(page),
        is_done=is_done,
        has_begun=make_up.opens_at <= clock.now(),
        may_offer=site is None,
        words=words,
        parts=PARTS,
    )


@bp.post("/conferences/<code>/make-up/<int:make_up_id>/confirm")
@allow(*CONFIRMERS)
def confirm(code: str, make_up_id: int) -> ResponseReturnValue:
    """Note who of the absent has come. Whoever is none of them is left out."""
    conference = enter_conference(code)
    make_up = access.make_up_for(g.actor, conference, make_up_id)
    sent = {row_number(value) for value in request.form.getlist("people")[:MOST_AT_ONCE]}
    chosen = access.attendees_to_confirm({id for id in sent if id}, site_id=_own_site(make_up, conference))
    with transaction():
        count = making_up.confirm(make_up=make_up, attendee_ids=chosen, by=g.actor, at=clock.now())
    if count:
        flash(_("Đã ghi %(count)s người học bù.", count=filters.number(count)), "ok")
    else:
        flash(_("Chưa chọn ai. Mời đồng chí đánh dấu người đã đến."), "warn")
    return redirect(url_for("make_up.show", code=code, make_up_id=make_up_id), 303)


@bp.post("/conferences/<code>/make-up/<int:make_up_id>/end")
@allow(*OFFERERS)
def end(code: str, make_up_id: int) -> ResponseReturnValue:
    conference = access.enter_to_manage(g.actor, enter_conference(code))
    with transaction():
        making_up.end(make_up=access.make_up_for(g.actor, conference, make_up_id), by=g.actor, at=clock.now())
    flash(_("Đã thôi học bù theo cách này. Người đã học bù giữ nguyên."), "ok")
    return redirect(url_for("make_up.overview", code=code), 303)


@bp.post("/conferences/<code>/make-up/<int:make_up_id>/people/<int:number>/take-back")
@allow(*CONFIRMERS)
def take_back(code: str, make_up_id: int, number: int) -> ResponseReturnValue:
    """Undo what was noted of one person by mistake, with the reason; a host, of the people of the own site."""
    conference = enter_conference(code)
    make_up = access.make_up_for(g.actor, conference, make_up_id)
    attendee_id = access.attendee_who_made_up(conference, number, site_id=_own_site(make_up, conference))
    form = Form(request.form)
    reason = form.text(f"why-{number}", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        flash(_("Mời ghi lý do bỏ ghi học bù."), "bad")
        return show(code, make_up_id), 422  # type: ignore[return-value]
    with transaction():
        making_up.take_back(make_up=make_up, attendee_id=attendee_id, reason=reason, by=g.actor, at=clock.now())
    flash(_("Đã bỏ ghi học bù của người này."), "ok")
    return redirect(url_for("make_up.show", code=code, make_up_id=make_up_id, show="done"), 303)
