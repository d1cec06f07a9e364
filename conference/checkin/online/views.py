"""The organizer's side: the rule, the rooms, who may follow online, and how they do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.checkin.online import actions, queries, words
from conference.checkin.online.forms import read_room, read_rule, rule_form
from conference.checkin.online.rules import ONLINE_NOW
from conference.directory.forms import read_unit
from conference.directory.queries import leading_units
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.models import Conference, StudySession
from conference.planning.modules import Module, part_of
from conference.registry.access import attendee_for, reach_of
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.registry.tickets import KeyRing, key_ring
from conference.registry.views import fragment, session_word
from conference.web.errors import sentence_of
from conference.web.forms import Form, ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

bp = Blueprint("online", __name__)

DECIDING = (Role.ADMIN, Role.ORGANIZER)
STATES = {
    "now": lazy("Đang theo dõi"),
    "enough": lazy("Đủ, tính có mặt trực tuyến"),
    "short": lazy("Đã vào, chưa đủ"),
    "never": lazy("Chưa vào"),
}


def keys() -> KeyRing:
    return key_ring(current_app.extensions["settings"].secret_key)


def join_pages(app: Flask) -> None:
    """Take part in the list of people, and in a person's page."""
    app.extensions.setdefault("people_actions", []).append(people_actions)
    app.extensions.setdefault("person_parts", []).append((25, person_part))


# ---- rule, rooms, overview


@bp.get("/conferences/<code>/online")
@allow(*DECIDING)
def overview(code: str) -> ResponseReturnValue:
    """Who may follow online and how they do, in one study session."""
    conference = enter_conference(code)
    return _overview(conference, Form())


def _overview(conference: Conference, unit_form: Form) -> str:
    sessions = queries.study_sessions(conference.id)
    chosen = _chosen(sessions)
    ask, at = ask_from_request("q", "state", "session"), clock.now()
    page = queries.people_page(conference.id, chosen, ask, at)
    return render_template(
        "checkin/online/overview.html",
        conference=conference,
        sessions=[(one.id, session_word(one)) for one in sessions],
        chosen=chosen,
        figures=queries.figures(conference.id, chosen, at),
        page=addressed(page),
        states=[(key, str(word)) for key, word in STATES.items()],
        state_of=lambda row: _state_of(row, at),
        kept=queries.kept_rule(conference.id),
        rule=queries.rule_of(conference.id),
        rooms=queries.rooms_of(conference.id),
        units=leading_units(),
        form=unit_form,
        words=words,
    )


def _chosen(sessions: list[StudySession]) -> StudySession | None:
    """The study session of the address, else the one on now or next, else the last."""
    named = row_number(request.args.get("session", ""))
    now = clock.now()
    return next(
        (one for one in sessions if one.id == named),
        next((one for one in sessions if one.ends_at > now), sessions[-1] if sessions else None),
    )


def _state_of(row: Any, at: Any) -> tuple[str, str]:
    """The shape and word of one row of the list."""
    if row.is_enough:
        return "present", _("Có mặt trực tuyến")
    if row.seen_at is not None:
        return "present", _("Có mặt ở điểm cầu")
    if row.last_sign_at is not None and at - row.last_sign_at <= ONLINE_NOW:
        return "live", _("Đang theo dõi")
    return ("left_early", _("Chưa đủ")) if row.first_at is not None else ("not_seen", _("Chưa vào"))


@bp.get("/conferences/<code>/online/rule")
@allow(*DECIDING)
def rule(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    return _rule_page(conference, rule_form(queries.kept_rule(conference.id)), Form())


@bp.post("/conferences/<code>/online/rule")
@allow(*DECIDING)
def save_rule(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, facts = read_rule(request.form)
    if facts is None:
        return _rule_page(conference, form, Form()), 422
    try:
        with transaction():
            actions.lay_down_rule(
                conference=conference,
                version=row_number(form.values.get("version", "")) or 0,
                facts=facts,
                keys=keys(),
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code != "changed_meanwhile":
            raise
        kept = queries.kept_rule(conference.id)
        form.values["version"] = str(kept.version if kept else 0)
        form.fault("", sentence_of(error), "")
        return _rule_page(conference, form, Form()), 409
    flash(_("Đã lưu quy định dự trực tuyến."), "ok")
    return redirect(url_for(".overview", code=code), 303)


@bp.post("/conferences/<code>/online/rooms")
@allow(*DECIDING)
def save_room(code: str) -> ResponseReturnValue:
    """The own room of one site, or none."""
    conference = enter_to_change(code)
    form = Form(request.form)
    site = form.one_of("site", _("Điểm cầu"), [str(id) for id, _name in queries.sites_of(conference.id)])
    url = read_room(form, "url", _("Đường dẫn phòng họp riêng"))
    if site is None or not form.is_valid:
        return _rule_page(conference, rule_form(queries.kept_rule(conference.id)), form), 422
    with transaction():
        actions.give_site_a_room(conference=conference, site_id=int(site), url=url, by=g.actor, at=clock.now())
    flash(_("Đã lưu phòng họp riêng của điểm cầu.") if url else _("Điểm cầu này dùng phòng chung."), "ok")
    return redirect(url_for(".rule", code=code) + "#rooms", 303)


def _rule_page(conference: Conference, form: Form, room_form: Form) -> str:
    return render_template(
        "checkin/online/rule.html",
        conference=conference,
        form=form,
        room_form=room_form,
        sites=queries.sites_of(conference.id),
        rooms=queries.rooms_of(conference.id),
    )


# ---- who may


@bp.post("/conferences/<code>/online/unit")
@allow(*DECIDING)
def allow_unit(code: str) -> ResponseReturnValue:
    """Everybody called by a unit and those below it."""
    conference = enter_to_change(code)
    form = Form(request.form)
    unit = read_unit(form, "unit", _("Đơn vị"))
    if unit is None:
        return _overview(conference, form), 422
    allowed = request.form.get("action") != "end"
    return _allow(conference, queries.called_by(conference.id, unit.path), allowed, url_for(".overview", code=code))


@bp.post("/conferences/<code>/online/people")
@allow(*DECIDING)
def allow_people(code: str) -> ResponseReturnValue:
    """Those ticked in the list of people."""
    conference = enter_to_change(code)
    ids = ticked_rows(request.form, "people")
    back = url_for("registry.people", code=code)
    if not ids:
        raise DomainError("nobody_chosen")
    return _allow(conference, ids, request.form.get("action") != "online-end", back)


@bp.post("/conferences/<code>/people/<int:number>/online")
@allow(*DECIDING)
def allow_person(code: str, number: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    attendee = attendee_for(reach_of(g.actor, conference), conference, number)
    allowed = request.form.get("allowed")
    if allowed not in ("0", "1"):
        raise DomainError("bad_request")
    back = url_for("registry.person", code=code, number=number) + "#online"
    return _allow(conference, [attendee.id], allowed == "1", back)


def _allow(conference: Conference, ids: list[int], allowed: bool, back: str) -> ResponseReturnValue:
    with transaction():
        changed = actions.allow_online(
            conference=conference, attendee_ids=ids, allowed=allowed, keys=keys(), by=g.actor, at=clock.now()
        )
    if not changed:
        flash(_("Không có ai cần đổi: mọi người đã đúng như vậy."), "ok")
    elif allowed:
        flash(_("%(count)s người được dự trực tuyến từ bây giờ.", count=changed), "ok")
    else:
        flash(_("%(count)s người không còn được dự trực tuyến.", count=changed), "ok")
    return redirect(back, 303)


# ---- on the pages of others


@part_of(Module.ONLINE)
def people_actions(conference: Conference) -> list[dict[str, str]]:
    url = url_for("online.allow_people", code=conference.code)
    return [
        {"label": _("Cho dự trực tuyến"), "value": "online", "url": url},
        {"label": _("Thôi dự trực tuyến"), "value": "online-end", "url": url},
    ]


@part_of(Module.ONLINE)
def person_part(attendee: Attendee, reach: Reach) -> Markup | None:
    """May they, and what the evidence says; nothing for those of whom neither is true and nobody may change it."""
    conference: Conference = g.conference
    followings = queries.followings_of(attendee.id)
    may_change = bool(g.actor.roles & set(DECIDING)) and reach.may_change
    if not attendee.may_follow_online and not followings and not may_change:
        return None
    lines = [
        (session_word(one), followings[one.id]) for one in queries.study_sessions(conference.id) if one.id in followings
    ]
    return fragment(
        "checkin/online/_person.html",
        conference=conference,
        attendee=attendee,
        lines=lines,
        may_change=may_change,
        words=words,
    )
