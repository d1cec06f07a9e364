"""The organizer's inbox of what disagrees: the evidence of both sides, and what a person decided."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.checkin import access, case_actions, case_queries, words
from conference.checkin.attendance import Attendance
from conference.checkin.case_queries import Choice
from conference.checkin.door_views import PARTS
from conference.checkin.door_views import bp as bp  # one blueprint for the area's pages
from conference.checkin.models import Case
from conference.checkin.rules import CaseKind, CaseState, Outcome
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.planning.queries import study_sessions_of
from conference.registry.models import Attendee
from conference.registry.queries import sites_to_choose
from conference.registry.rules import place_name
from conference.registry.views import ring, session_word
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

DECIDING = (Role.ORGANIZER, Role.ADMIN)
MOST_NUMBER = 999_999_999


@bp.get("/conferences/<code>/cases")
@allow(*DECIDING)
def cases(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    page = case_queries.cases_page(conference.id, ask_from_request("state", "kind", "site", "session"))
    sessions = study_sessions_of([conference.id])[conference.id]
    return render_template(
        "checkin/cases.html",
        conference=conference,
        page=addressed(page),
        evidence=case_queries.evidence_of([row.Case for row in page.items]),
        place_name=place_name,
        words=words,
        parts=PARTS,
        sites=sites_to_choose(conference.id),
        sessions=[(one.id, session_word(one)) for one in sessions],
    )


@bp.get("/conferences/<code>/cases/<int:case_id>")
@allow(*DECIDING)
def case(code: str, case_id: int) -> ResponseReturnValue:
    """One case: the evidence, what may be decided with its effect, and what was decided so far."""
    conference = enter_conference(code)
    return _case_page(conference, access.case_for(g.actor, conference, case_id), Form())


def _case_page(conference: Conference, found: Case, form: Form) -> str:
    choices = case_queries.choices_of(found) if found.state is CaseState.OPEN else []
    stays = [stay for choice in choices for stay in (choice.before, choice.after) if stay is not None]
    places = case_queries.site_names({stay.site for stay in stays} | {one.site_id for one in choices if one.site_id})
    return render_template(
        "checkin/case.html",
        conference=conference,
        case=found,
        row=case_queries.about(found.id),
        evidence=case_queries.evidence_of([found])[found.id],
        choices=[
            {
                "value": _value(one),
                "outcome": one.outcome,
                "label": words.outcome_word(found.kind, one.outcome, place_name(places.get(one.site_id or 0, ""))),
                "effect": _effect(found, one, places),
            }
            for one in choices
        ],
        history=case_queries.history_of(found.id),
        words=words,
        place_name=place_name,
        parts=PARTS,
        form=form,
    )


def _value(choice: Choice) -> str:
    return f"{choice.outcome}:{choice.site_id}" if choice.outcome is Outcome.PLACED else choice.outcome.value


def _effect(found: Case, choice: Choice, places: dict[int, str]) -> str:
    """What would stand then, in a sentence."""
    if choice.outcome is Outcome.GIVEN:
        return _("Người ấy được tính có mặt theo giờ của lượt quét.")
    if found.kind is CaseKind.CLOCK:
        if choice.lost:
            return _("%(n)s người thôi được tính có mặt.", n=filters.number(choice.lost))
        return _("%(n)s người được tính thêm.", n=filters.number(choice.won)) if choice.won else _("Con số không đổi.")
    if choice.outcome is Outcome.SEPARATED:
        return _(
            "Người trong danh sách: %(stands)s. Người này được tính riêng.", stands=_presence(choice.after, places)
        )
    stands = _presence(choice.after, places)
    if choice.after == choice.before:
        return _("Con số không đổi: %(stands)s.", stands=stands)
    return _("Khi đó: %(stands)s.", stands=stands)


def _presence(stay: Attendance | None, places: dict[int, str]) -> str:
    if stay is None:
        return _("không có mặt")
    return _("có mặt lúc %(time)s tại %(site)s", time=filters.clock(stay.first_at), site=place_name(places[stay.site]))


@bp.post("/conferences/<code>/cases/<int:case_id>/decision")
@allow(*DECIDING)
def decide(code: str, case_id: int) -> ResponseReturnValue:
    """The organizer has looked and says what is to be counted. It can be taken back."""
    conference = enter_conference(code)
    found = access.case_for(g.actor, conference, case_id)
    form = Form(request.form)
    if found.state is CaseState.OPEN:
        values = [_value(one) for one in case_queries.choices_of(found)]
        chosen = form.one_of("outcome", _("Quyết định"), values) or ""
    else:
        chosen = Outcome.COUNTS.value  # whoever decided first stands; the action says so
    outcome, _colon, site = chosen.partition(":")
    given_to = _given_to(conference, form) if outcome == Outcome.GIVEN else None
    note = form.text("note", _("Ghi chú"), most=500)
    if not form.is_valid:
        return _case_page(conference, found, form), 422
    with transaction():
        case_actions.decide_case(
            case=found,
            outcome=Outcome(outcome),
            site_id=int(site) if site else None,
            given_to=given_to,
            note=note,
            ring=ring(),
            by=g.actor,
            at=clock.now(),
        )
    flash(
        _("Đã ghi quyết định."),
        "undo:" + url_for(".reopen_case", code=conference.code, case_id=found.id),
    )
    return redirect(url_for(".cases", code=code), 303)


def _given_to(conference: Conference, form: Form) -> Attendee | None:
    number = form.whole("number", _("Số thẻ"), low=1, high=MOST_NUMBER)
    attendee = case_queries.attendee_numbered(conference.id, number) if number is not None else None
    if number is not None and attendee is None:
        form.fault("number", _("Không có ai mang số thẻ này. Mời tìm số thẻ ở trang Đại biểu."), _("Số thẻ"))
    return attendee


@bp.post("/conferences/<code>/cases/<int:case_id>/reopening")
@allow(*DECIDING)
def reopen_case(code: str, case_id: int) -> ResponseReturnValue:
    """Take the decision back: what it changed is as before."""
    conference = enter_conference(code)
    found = access.case_for(g.actor, conference, case_id)
    with transaction():
        case_actions.take_back_decision(case=found, by=g.actor, at=clock.now())
    flash(_("Đã rút lại quyết định. Con số trở về như trước."), "ok")
    return redirect(url_for(".case", code=code, case_id=case_id), 303)
