"""Sites of a conference: the list, one site, joining and leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import Subquery

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.paging import Page
from conference.foundation.text import row_number
from conference.planning.access import may_change, may_manage, visible_conferences
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.forms import read_version
from conference.planning.models import Conference, ConferenceState
from conference.planning.modules import shown_by
from conference.planning.views import CHANGERS
from conference.planning.words import FaultLine
from conference.sites import access, actions, queries, rules, words
from conference.sites.forms import equipment_form, read_equipment, read_guest_unit, read_site
from conference.sites.models import ConferenceSite
from conference.sites.rules import Lack
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow, may_enter
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("sites", __name__)
READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER, Role.SITE_HOST)
MOST_AT_ONCE = 1_000

CalledBySite = Callable[[int], Subquery]
DevicesBySite = Callable[[int, datetime], Subquery]


def count_called_with(app: Flask, called_by_site: CalledBySite) -> None:
    """Tell this area how many people a later one has called to each site."""
    app.extensions["called_by_site"] = called_by_site


def know_doors_by(app: Flask, devices_by_site: DevicesBySite) -> None:
    """Tell this area what a later one knows of the devices at each door."""
    app.extensions["devices_by_site"] = devices_by_site


def doors_of(conference: Conference) -> Subquery:
    subquery: Subquery = current_app.extensions["devices_by_site"](conference.id, clock.now())
    return subquery


def called_of(conference: Conference) -> Subquery:
    subquery: Subquery = current_app.extensions["called_by_site"](conference.id)
    return subquery


def plan_faults(conference: Conference) -> list[FaultLine]:
    """What the plan page hears about its sites."""
    return words.plan_faults(conference, called_of(conference), visible_conferences(g.actor))


def plan_figures(conference: Conference) -> dict[str, Any]:
    return {"count": queries.count_sites(conference.id, queries.every_site(), called_of(conference))}


@bp.get("/conferences/<code>/sites")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    visible = access.visible_sites(g.actor, conference)
    page = queries.sites_page(
        conference.id,
        visible,
        ask_from_request("q", "province", "level", "state", "lack"),
        called_of(conference),
    )
    return render_template(
        "sites/overview.html",
        conference=conference,
        count=queries.count_sites(conference.id, visible, called_of(conference)),
        province_options=[(name, name) for name in queries.provinces_of(conference.id, visible)],
        people_url=people_url(conference),
        may_change=may_change_sites(conference),
        **listed(page),
    )


def people_url(conference: Conference) -> str:
    """The list of attendees is a later area's page; it is linked where it exists and the actor may enter it."""
    return url_for("registry.people", code=conference.code) if may_enter(g.actor, "registry.people") else ""


def listed(page: Page[Any]) -> dict[str, Any]:
    """A page of sites with what each lacks and the words of its filters."""
    missing = {row.ConferenceSite.id: _lacks(row.ConferenceSite, row.Hall, row.at_once) for row in page.items}
    return {
        "page": addressed(page),
        "missing": missing,
        "state_of": {id: rules.readiness(lacks) for id, lacks in missing.items()},
        "words": words,
        "Lack": Lack,
    }


def _lacks(joined: ConferenceSite, hall: Any, at_once: int) -> list[Lack]:
    return rules.lacks(
        seats=hall.capacity if hall else None,
        called=at_once,
        manager_name=joined.manager_name,
        manager_phone=joined.manager_phone,
    )


def sees_contacts(conference: Conference) -> bool:
    return may_manage(g.actor, conference) or bool(g.actor.roles & {Role.UNIT_OFFICER, Role.SITE_HOST})


def may_change_sites(conference: Conference) -> bool:
    return may_change(g.actor, conference) and conference.state is not ConferenceState.CLOSED


@bp.get("/conferences/<code>/sites/<int:site_id>")
@allow(*READERS)
def site(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    return _site_page(conference, access.site_for(g.actor, conference, site_id), Form())


SitePart = Callable[[Conference, ConferenceSite], Markup | None]


def show_on_sites(app: Flask, part: SitePart) -> None:
    """Let a later area show its card on a site's page; None shows nothing."""
    app.extensions.setdefault("site_parts", []).append(part)


def _site_parts() -> list[SitePart]:
    parts: list[SitePart] = current_app.extensions.get("site_parts", [])
    return parts


def _site_page(conference: Conference, joined: ConferenceSite, guest_form: Form) -> str:
    called, at_once = queries.called_to(joined.site_id, called_of(conference))
    return render_template(
        "sites/site.html",
        conference=conference,
        joined=joined,
        called=called,
        at_once=at_once,
        missing=_lacks(joined, joined.hall, at_once),
        form=guest_form,
        may_change=may_change_sites(conference),
        invite_url=url_for(
            "accounts.new_account", role=Role.SITE_HOST, scope=joined.site.code, full_name=joined.manager_name
        )
        if may_enter(g.actor, "accounts.new_account")
        else "",
        sees_contacts=sees_contacts(conference),
        words=words,
        readiness=rules.readiness,
        parts=[
            part
            for show in _site_parts()
            if shown_by(conference, show) and (part := show(conference, joined)) is not None
        ],
    )


@bp.get("/conferences/<code>/sites/<int:site_id>/edit")
@allow(*CHANGERS)
def edit_site(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    joined = access.site_for(g.actor, conference, site_id)
    return _equipment_page(conference, joined, equipment_form(joined))


@bp.post("/conferences/<code>/sites/<int:site_id>/edit")
@allow(*CHANGERS)
def equip_site(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    joined = access.site_for(g.actor, conference, site_id)
    form, hall, host = read_equipment(request.form, queries.halls_of(site_id), joined.hall)
    if not form.is_valid:
        return _equipment_page(conference, joined, form), 422
    try:
        with transaction():
            actions.equip(
                conference=conference,
                joined=joined,
                version=read_version(form),
                hall=hall,
                host=host,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code == "changed_meanwhile":
            joined = access.site_for(g.actor, conference, site_id)
            form.fault(
                "",
                _("Điểm cầu vừa được người khác sửa. Mời đồng chí xem bản mới, rồi bấm Lưu lần nữa nếu vẫn muốn sửa."),
            )
            form.values["version"] = str(joined.version)
        elif error.code == "hall_name_taken":
            form.fault("hall_name", sentence_of(error), _("Tên hội trường mới"))
        else:
            raise
        return _equipment_page(conference, joined, form), 409
    flash(_("Đã lưu hội trường, phụ trách và kỹ thuật."), "ok")
    return redirect(url_for("sites.site", code=code, site_id=site_id))


def _equipment_page(conference: Conference, joined: ConferenceSite, form: Form) -> str:
    return render_template(
        "sites/equipment.html",
        conference=conference,
        joined=joined,
        form=form,
        halls=queries.halls_of(joined.site_id),
        words=words,
    )


@bp.post("/conferences/<code>/sites/<int:site_id>/guests")
@allow(*CHANGERS)
def seat_guests(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    joined = access.site_for(g.actor, conference, site_id)
    form, unit, quota = read_guest_unit(request.form)
    if unit is None or not form.is_valid:
        return _site_page(conference, joined, form), 422
    try:
        with transaction():
            actions.seat_guest_unit(joined=joined, unit=unit, quota=quota, by=g.actor, at=clock.now())
    except DomainError as error:
        if error.code != "host_is_no_guest":
            raise
        form.fault("unit", sentence_of(error), _("Đơn vị ghép"))
        return _site_page(conference, access.site_for(g.actor, conference, site_id), form), 409
    flash(_("Đã ghép đơn vị vào điểm cầu."), "ok")
    return redirect(url_for("sites.site", code=code, site_id=site_id))


@bp.post("/conferences/<code>/sites/<int:site_id>/guests/<int:guest_id>/remove")
@allow(*CHANGERS)
def send_guests_away(code: str, site_id: int, guest_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    joined = access.site_for(g.actor, conference, site_id)
    with transaction():
        actions.send_guest_unit_away(joined=joined, guest_id=guest_id, by=g.actor, at=clock.now())
    flash(_("Đã bỏ đơn vị ghép."), "ok")
    return redirect(url_for("sites.site", code=code, site_id=site_id))


@bp.post("/conferences/<code>/sites/<int:site_id>/leave")
@allow(*CHANGERS)
def leave(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    joined = access.site_for(g.actor, conference, site_id)
    with transaction():
        called, _at_once = queries.called_to(site_id, called_of(conference))
        actions.leave(conference=conference, joined=joined, called=called, by=g.actor, at=clock.now())
    flash(_("Đã đưa điểm cầu ra khỏi hội nghị. Điểm cầu vẫn còn trong danh mục."), "ok")
    return redirect(url_for("sites.overview", code=code))


@bp.get("/conferences/<code>/sites/join")
@allow(*CHANGERS)
def outside(code: str) -> ResponseReturnValue:
    """Sites of the catalogue that do not join yet."""
    conference = enter_to_change(code)
    page = queries.sites_outside(conference.id, ask_from_request("q", "province"))
    return render_template(
        "sites/outside.html",
        conference=conference,
        page=addressed(page),
        provinces=queries.known_provinces(),
        words=words,
    )


@bp.post("/conferences/<code>/sites/join")
@allow(*CHANGERS)
def join(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    chosen = [id for text in request.form.getlist("site")[:MOST_AT_ONCE] if (id := row_number(text)) is not None]
    if not chosen:
        flash(_("Chưa chọn điểm cầu nào. Mời đồng chí đánh dấu rồi bấm lại."), "warn")
        return outside(code), 422  # type: ignore[return-value]
    with transaction():
        count = actions.join_sites(conference=conference, site_ids=chosen, by=g.actor, at=clock.now())
    flash(_("Đã thêm %(count)s điểm cầu, mỗi nơi với hội trường lớn nhất.", count=count), "ok")
    return redirect(url_for("sites.overview", code=code))


@bp.get("/conferences/<code>/sites/new")
@allow(*CHANGERS)
def new_site(code: str) -> ResponseReturnValue:
    return _new_site_page(enter_to_change(code), Form())


@bp.post("/conferences/<code>/sites/new")
@allow(*CHANGERS)
def create_site(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, facts, hall = read_site(request.form)
    if facts is None:
        return _new_site_page(conference, form), 422
    try:
        with transaction():
            made = actions.create_site(facts=facts, hall=hall, by=g.actor, at=clock.now())
            actions.join_sites(conference=conference, site_ids=[made.id], by=g.actor, at=clock.now())
    except DomainError as error:
        if error.code != "site_code_taken":
            raise
        form.fault("code", sentence_of(error), _("Mã điểm cầu"))
        return _new_site_page(conference, form), 409
    flash(_("Đã thêm điểm cầu vào danh mục và vào hội nghị này."), "ok")
    return redirect(url_for("sites.site", code=code, site_id=made.id))


def _new_site_page(conference: Conference, form: Form) -> str:
    return render_template("sites/new_site.html", conference=conference, form=form, words=words)
