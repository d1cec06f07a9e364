"""The seats of a site: its plan, what is reserved, giving seats, and the sheets for the wall and the door."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.foundation import clock, jobs
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState
from conference.foundation.journal import record
from conference.foundation.text import row_number
from conference.planning.access import may_change
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.models import Conference, ConferenceState
from conference.planning.modules import Module, part_of
from conference.planning.queries import waves_of
from conference.planning.views import CHANGERS
from conference.registry.access import may_fetch_papers
from conference.registry.rules import place_name
from conference.registry.seats import actions, forms, queries, words
from conference.registry.seats.jobs import KIND
from conference.registry.seats.rules import HallState, seats_of_place, usual_plan
from conference.registry.views import fragment
from conference.sites.access import site_for
from conference.sites.models import ConferenceSite
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.jobs import UNDER_WAY
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("seats", __name__)
PRINTING = (Role.ORGANIZER, Role.SITE_HOST)


def _site_to_seat(code: str, site_id: int) -> tuple[Conference, ConferenceSite]:
    conference = enter_to_change(code)
    return conference, site_for(g.actor, conference, site_id)


def _site_to_print(code: str, site_id: int) -> tuple[Conference, ConferenceSite]:
    """For who organises the conference, and for the site's own host. Raises ``not_found``."""
    conference = enter_conference(code)
    joined = site_for(g.actor, conference, site_id)
    if not may_fetch_papers(g.actor, conference, site_id):
        raise DomainError("not_found")
    return conference, joined


@part_of(Module.SEATS)
def seats_of_site(conference: Conference, joined: ConferenceSite) -> Markup | None:
    """On a site's page, for who gives or prints seats there: how many have one."""
    if not (may_change(g.actor, conference) or may_fetch_papers(g.actor, conference, joined.site_id)):
        return None
    called, seated = queries.count_seats(joined)
    return fragment(
        "registry/seats/_card.html",
        conference=conference,
        joined=joined,
        called=called,
        seated=seated,
        planned=sum(block.seats for block in queries.blocks_of(joined.hall_id)),
        may_change=may_change(g.actor, conference) and conference.state is not ConferenceState.CLOSED,
        may_print=may_fetch_papers(g.actor, conference, joined.site_id),
    )


@bp.get("/conferences/<code>/sites/<int:site_id>/seats")
@allow(*CHANGERS)
def plan(code: str, site_id: int) -> ResponseReturnValue:
    conference, joined = _site_to_seat(code, site_id)
    return _plan_page(conference, joined)


def _plan_page(
    conference: Conference, joined: ConferenceSite, plan_form: Form | None = None, pins_form: Form | None = None
) -> str:
    blocks, pins = queries.blocks_of(joined.hall_id), queries.pins_of(joined)
    capacity = joined.hall.capacity if joined.hall else 0
    sitters = queries.sitters_at(joined, joined.site.host_unit_id)
    return render_template(
        "registry/seats/plan.html",
        conference=conference,
        joined=joined,
        planned=sum(block.seats for block in blocks),
        capacity=capacity,
        called=len(sitters),
        at_once=max(Counter(sitter.wave_id for sitter in sitters).values(), default=0),
        seated=sum(1 for sitter in sitters if sitter.seat),
        plan_form=plan_form or forms.plan_form(blocks or (usual_plan(capacity) if capacity else [])),
        pins_form=pins_form or forms.pins_form(pins),
        may_print=may_fetch_papers(g.actor, conference, joined.site_id),
        **_drawn(joined, sitters),
    )


def _drawn(joined: ConferenceSite, everybody: list[queries.Sitter]) -> dict[str, Any]:
    """Who sits on which seat, what is reserved, and a mark for each unit in its order; of one wave where there are any,
    for the next sits on the same seats."""
    waves = [(one.id, one.title) for one in waves_of(joined.conference_id)]
    asked = row_number(request.args.get("wave", ""))
    shown = asked if asked in dict(waves) else next((id for id, _title in waves), None)
    sitters = [sitter for sitter in everybody if not waves or sitter.wave_id == shown]
    blocks = queries.blocks_of(joined.hall_id)
    units = list(dict.fromkeys(sitter.unit for sitter in sitters))
    return {
        "waves": waves,
        "shown_wave": shown,
        "sitters": queries.by_name(sitters),
        "blocks": blocks,
        "sitter_at": {sitter.seat: sitter for sitter in sitters if sitter.seat},
        "reserved": {seat: pin.note for pin in queries.pins_of(joined) for seat in seats_of_place(blocks, pin.place)},
        "unit_numbers": {unit: number for number, unit in enumerate(units, start=1)},
    }


@bp.post("/conferences/<code>/sites/<int:site_id>/seats/plan")
@allow(*CHANGERS)
def lay_out(code: str, site_id: int) -> ResponseReturnValue:
    conference, joined = _site_to_seat(code, site_id)
    form, blocks = forms.read_plan(request.form)
    if not form.is_valid:
        return _plan_page(conference, joined, plan_form=form), 422
    with transaction():
        actions.lay_out(joined=joined, blocks=blocks, by=g.actor, at=clock.now())
    flash(_("Đã lưu sơ đồ. Bấm Xếp chỗ để đại biểu nhận chỗ theo sơ đồ này."), "ok")
    return redirect(url_for(".plan", code=code, site_id=site_id), 303)


@bp.post("/conferences/<code>/sites/<int:site_id>/seats/reserved")
@allow(*CHANGERS)
def reserve(code: str, site_id: int) -> ResponseReturnValue:
    conference, joined = _site_to_seat(code, site_id)
    blocks = queries.blocks_of(joined.hall_id)
    form, pins = forms.read_pins(request.form, blocks, lambda numbers: queries.attendees_numbered(joined, numbers))
    if not form.is_valid:
        return _plan_page(conference, joined, pins_form=form), 422
    with transaction():
        actions.reserve(joined=joined, pins=pins, by=g.actor, at=clock.now())
    flash(_("Đã lưu chỗ dành riêng. Bấm Xếp chỗ để áp dụng."), "ok")
    return redirect(url_for(".plan", code=code, site_id=site_id), 303)


@bp.post("/conferences/<code>/sites/<int:site_id>/seats/give")
@allow(*CHANGERS)
def give(code: str, site_id: int) -> ResponseReturnValue:
    _conference, joined = _site_to_seat(code, site_id)
    with transaction():
        done = actions.give_seats(
            joined=joined,
            host_unit_id=joined.site.host_unit_id,
            anew=request.form.get("anew") == "1",
            by=g.actor,
            at=clock.now(),
        )
    flash(
        _("Đã xếp %(seated)s người, %(moved)s người đổi chỗ.", seated=done.seated, moved=done.moved),
        "ok",
    )
    if done.unseated:
        flash(_("Còn %(count)s người chưa có chỗ: sơ đồ thiếu ghế.", count=done.unseated), "warn")
    if done.split:
        flash(_("%(count)s đơn vị không còn khoảng liền nào đủ nên ngồi ở hai nơi.", count=done.split), "warn")
    return redirect(url_for(".plan", code=code, site_id=site_id), 303)


@bp.get("/conferences/<code>/seats")
@allow(*CHANGERS)
def halls(code: str) -> ResponseReturnValue:
    """All halls: which have no plan, too few seats, or people without one."""
    conference = enter_to_change(code)
    found = queries.halls(conference.id)
    work = jobs.latest(KIND, conference.id)
    counts = Counter(hall.state for hall in found)
    return render_template(
        "registry/seats/halls.html",
        conference=conference,
        page=addressed(queries.page_of_halls(found, ask_from_request("q", "state"))),
        called=sum(hall.called for hall in found),
        seated=sum(hall.seated for hall in found),
        counts=counts,
        states=HallState,
        work=work if work is not None and work.state in UNDER_WAY else None,
        last=work.result if work is not None and work.state is JobState.DONE else None,
        failed=work is not None and work.state is JobState.FAILED,
        total=len(queries.sites_with_halls(conference.id)),
        form=Form(),
        words=words,
        place_name=place_name,
    )


@bp.post("/conferences/<code>/seats/give")
@allow(*CHANGERS)
def give_everywhere(code: str) -> ResponseReturnValue:
    """Let the worker give seats in every hall. While it does, that is the answer."""
    conference = enter_to_change(code)
    with transaction():
        work = jobs.latest(KIND, conference.id)
        if work is None or work.state not in UNDER_WAY:
            payload = {"conference_id": conference.id, "lay_out_usual": request.form.get("lay_out_usual") == "1"}
            jobs.enqueue(KIND, payload, by=g.actor, at=clock.now(), conference_id=conference.id)
    return redirect(url_for(".halls", code=code), 303)


@bp.get("/conferences/<code>/sites/<int:site_id>/seats/print")
@allow(*PRINTING)
def sheets(code: str, site_id: int) -> ResponseReturnValue:
    """The plan for the wall, and the list by given name with everybody's seat."""
    conference, joined = _site_to_print(code, site_id)
    sitters = queries.sitters_at(joined, joined.site.host_unit_id)
    with transaction():
        record(by=g.actor, at=clock.now(), action="conference_site.print_seats", subject=("conference_site", joined.id))
    return render_template(
        "registry/seats/sheets.html",
        conference=conference,
        joined=joined,
        **_drawn(joined, sitters),
    )
