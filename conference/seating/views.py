"""Who sits where: the state of the seats, pins, a proposal and what becomes of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock, jobs
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState
from conference.foundation.text import row_number
from conference.planning.access import may_change
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.models import Conference
from conference.planning.queries import waves_of
from conference.planning.views import CHANGERS
from conference.registry import queries as registry
from conference.registry.rules import Reach as Sight
from conference.registry.rules import place_name
from conference.seating import access, actions, forms, queries, words
from conference.seating.jobs import KIND, present_in
from conference.seating.models import SeatingProposal
from conference.seating.rules import ProposalState, Reach, Wishes
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.jobs import UNDER_WAY
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("seating", __name__)
READERS = (Role.ADMIN, Role.ORGANIZER)
MOST_PICKED = 2_000
SHOWN_TROUBLES = 50


@bp.get("/conferences/<code>/seating")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    closing = forms.read_closing(request.args.getlist("closing"), dict(_sites(conference)))
    return _overview(conference, closing=closing)


def _sites(conference: Conference) -> list[tuple[int, str]]:
    return registry.sites_to_choose(conference.id)


def _overview(
    conference: Conference,
    *,
    closing: tuple[int, ...] = (),
    form: Form | None = None,
    pin_form: Form | None = None,
    units: list[tuple[int, str, str]] | None = None,
) -> str:
    troubles = queries.troubles(conference.id)
    provinces = queries.seats_by_province(conference.id)
    shown = provinces if request.args.get("provinces") == "all" else [one for one in provinces if one.missing]
    work = jobs.latest(KIND, conference.id)
    sites = _sites(conference)
    proposal = queries.open_proposal(conference.id)
    return render_template(
        "seating/overview.html",
        conference=conference,
        standing=queries.standing(conference.id, troubles, provinces),
        provinces=shown,
        more_provinces=len(provinces) - len(shown),
        missing=sum(one.missing for one in provinces),
        without_wave=queries.without_wave(conference.id),
        troubles=troubles[:SHOWN_TROUBLES],
        more_troubles=max(0, len(troubles) - SHOWN_TROUBLES),
        pins=queries.pins_of(conference.id),
        proposal=proposal,
        totals=queries.totals_of(proposal.id) if proposal else None,
        before=queries.proposals_before(conference.id),
        work=work if work is not None and work.state in UNDER_WAY else None,
        failed=work is not None and work.state is JobState.FAILED,
        form=form or forms.wishes_form(closing),
        pin_form=pin_form or Form(),
        units=units or [],
        sites=sites,
        closing=[(id, name) for id, name in sites if id in closing],
        addresses=_Closing(conference, closing),
        may_change=may_change(g.actor, conference),
        words=words,
        reaches=[(reach, words.reach_word(reach)) for reach in Reach],
        place_name=place_name,
    )


class _Closing:
    """Addresses of this page with one site less among those that fall away."""

    def __init__(self, conference: Conference, closing: tuple[int, ...]) -> None:
        self.conference, self.closing = conference, closing

    def without(self, site_id: int) -> str:
        left = [id for id in self.closing if id != site_id]
        return url_for("seating.overview", code=self.conference.code, closing=left, _anchor="propose")


@bp.post("/conferences/<code>/seating/propose")
@allow(*CHANGERS)
def propose(code: str) -> ResponseReturnValue:
    """Let the worker search. While a search is under way it is the answer."""
    conference = enter_to_change(code)
    closing = forms.read_closing(request.form.getlist("closing"), dict(_sites(conference)))
    form, wishes = forms.read_wishes(request.form, closing)
    if not form.is_valid:
        return _overview(conference, closing=closing, form=form), 422
    with transaction():
        work = jobs.latest(KIND, conference.id)
        is_running = work is not None and work.state in UNDER_WAY
        if not is_running:
            payload = {"conference_id": conference.id, "wishes": wishes.as_kept()}
            jobs.enqueue(KIND, payload, by=g.actor, at=clock.now(), conference_id=conference.id)
    if is_running:
        flash(_("Đang tìm dở lần trước. Mời đồng chí đợi xong hoặc dừng lại."), "warn")
    return redirect(url_for("seating.overview", code=conference.code))


# ---- pins


@bp.post("/conferences/<code>/seating/pins")
@allow(*CHANGERS)
def pin(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    typed, badge = request.form.get("unit_words", "").strip()[:200], row_number(request.form.get("badge", ""))
    units = registry.units_named(typed, Sight(is_whole=True), conference.starts_on) if typed else []
    attendee = queries.attendee_numbered(conference.id, badge) if badge is not None else None
    form, facts = forms.read_pin(request.form, sites=dict(_sites(conference)), units=units, attendee=attendee)
    if facts is None:
        return _overview(conference, pin_form=form, units=units if len(units) > 1 else []), 422
    with transaction():
        actions.pin(
            conference=conference,
            site_id=facts.site_id,
            unit_id=facts.unit_id,
            attendee_id=facts.attendee_id,
            by=g.actor,
            at=clock.now(),
        )
    flash(_("Đã ghim. Lần đề xuất sau sẽ giữ lựa chọn này."), "ok")
    return redirect(url_for("seating.overview", code=conference.code, _anchor="pins"))


@bp.post("/conferences/<code>/seating/pins/<int:pin_id>/remove")
@allow(*CHANGERS)
def unpin(code: str, pin_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    with transaction():
        actions.unpin(pin=access.pin_of(conference, pin_id), by=g.actor, at=clock.now())
    flash(_("Đã bỏ ghim."), "ok")
    return redirect(url_for("seating.overview", code=conference.code, _anchor="pins"))


# ---- a proposal


@bp.get("/conferences/<code>/seating/<int:proposal_id>")
@allow(*READERS)
def proposal(code: str, proposal_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    return _proposal(conference, access.proposal_of(conference, proposal_id))


def _proposal(conference: Conference, found: SeatingProposal, problem: str = "") -> str:
    wishes = Wishes.from_kept(found.wishes)
    names = dict(_sites(conference))
    is_open = found.state is ProposalState.OPEN
    page = addressed(queries.moves_page(found.id, ask_from_request("q", "province", "what")))
    lacking = queries.unit_names(id for one in found.missing for id in one["unit_ids"])
    return render_template(
        "seating/proposal.html",
        conference=conference,
        proposal=found,
        wishes=wishes,
        closing=[names.get(id, "") for id in wishes.closing],
        page=page,
        totals=queries.totals_of(found.id),
        provinces=[(name, name) for name in queries.provinces_in(found.id)],
        missing=[(one, *words.missing_sentence(one, names)) for one in found.missing],
        unit_names=lacking,
        gap=words.gap_sentence(found.cost, found.bound),
        is_open=is_open,
        is_outdated=is_open and queries.fingerprint(conference.id) != found.fingerprint,
        may_change=may_change(g.actor, conference),
        words=words,
        place_name=place_name,
        has_waves=bool(waves_of(conference.id)),
        problem=problem,
    )


@bp.get("/conferences/<code>/seating/<int:proposal_id>/moves/<int:move_id>")
@allow(*READERS)
def move(code: str, proposal_id: int, move_id: int) -> ResponseReturnValue:
    """The people behind a line."""
    conference = enter_conference(code)
    found = access.proposal_of(conference, proposal_id)
    moving = access.move_of(found, move_id)
    people = queries.people_of(moving)
    waves = {one.id: one.title for one in waves_of(conference.id)}

    def spot(site_id: int | None, wave_id: int | None) -> str:
        name = place_name(registry.site_name(site_id)) if site_id else ""
        return f"{name}, {waves[wave_id]}" if wave_id in waves else name

    return render_template(
        "seating/move.html",
        conference=conference,
        proposal=found,
        move=moving,
        unit_name=queries.unit_names([moving.unit_id]).get(moving.unit_id, ""),
        people=people,
        from_name=spot(moving.from_site_id, moving.from_wave_id),
        to_name=spot(moving.to_site_id, moving.to_wave_id),
        words=words,
    )


@bp.post("/conferences/<code>/seating/<int:proposal_id>/accept")
@allow(*CHANGERS)
def accept(code: str, proposal_id: int) -> ResponseReturnValue:
    """Move everybody, or the people of the ticked lines."""
    conference = enter_to_change(code)
    found = access.proposal_of(conference, proposal_id)
    ids = {id for text in request.form.getlist("moves")[:MOST_PICKED] if (id := row_number(text)) is not None}
    is_whole = request.form.get("all") == "1"
    if not ids and not is_whole:
        return _proposal(conference, found, _("Chưa chọn dòng nào để áp dụng.")), 422
    try:
        with transaction():
            found = access.proposal_of(conference, proposal_id)
            ways = queries.ways_of(found.id, None if is_whole else ids)
            kept = sum(way.unnamed for way in ways)
            moved = actions.accept(
                proposal=found, ways=ways, present=present_in(conference.id), by=g.actor, at=clock.now()
            )
    except DomainError as error:
        if error.code != "seating_overfull":
            raise
        return _proposal(conference, access.proposal_of(conference, proposal_id), _overfull(error)), 409
    flash(_("Đã chuyển %(count)s người. Thẻ đang có vẫn dùng được.", count=moved), "ok")
    if kept:
        flash(_("Đã giữ %(count)s chỗ cho người các đơn vị còn phải cử.", count=kept), "ok")
    return redirect(url_for("seating.proposal", code=conference.code, proposal_id=found.id))


def _overfull(error: DomainError) -> str:
    facts: dict[str, Any] = error.facts
    return _(
        "%(site)s sẽ thừa %(people)s người nếu chỉ áp dụng các dòng này. Hãy chọn thêm các dòng rời khỏi đó.",
        site=place_name(registry.site_name(facts["site_id"])),
        people=facts["people"],
    )


@bp.post("/conferences/<code>/seating/<int:proposal_id>/discard")
@allow(*CHANGERS)
def discard(code: str, proposal_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    with transaction():
        found = access.proposal_of(conference, proposal_id)
        put_away = actions.discard(proposal=found, by=g.actor, at=clock.now())
    flash(_("Đã bỏ đề xuất, không ai phải đổi chỗ.") if put_away else _("Đề xuất này đã kết thúc từ trước."), "info")
    return redirect(url_for("seating.overview", code=conference.code))
