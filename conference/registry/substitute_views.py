"""On a person's page: who is sent instead, named by the unit or the organizer, and what was decided about it."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning import queries as planning
from conference.planning.models import Conference
from conference.registry import access, forms, substitute_actions
from conference.registry.called import sessions_of
from conference.registry.models import Attendee, Substitute
from conference.registry.views import bp as bp  # one blueprint for the area's pages
from conference.registry.views import person_page, ring, step_in
from conference.web.guard import allow
from conference.web.words import _


def _back(conference: Conference, number: int) -> ResponseReturnValue:
    return redirect(url_for("registry.person", code=conference.code, number=number) + "#substitutes", 303)


@bp.post("/conferences/<code>/people/<int:number>/substitutes")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def name_substitute(code: str, number: int) -> ResponseReturnValue:
    """What the organizer says is decided; the unit's word waits for it, unless the conference takes it as enough."""
    conference, reach = step_in(code)
    attendee = access.attendee_to_speak_for(reach, conference, number)
    study_sessions = sessions_of(attendee.wave_id, planning.programme_of(conference.id))
    form, study_session_id, who = forms.read_substitute(
        request.form, [one.id for one in study_sessions], unit_id=attendee.unit_id, site_id=attendee.site_id
    )
    if who is None:
        return person_page(conference, reach, attendee, form=form), 422
    is_decided = reach.may_change or not conference.substitutes_need_approval
    at = clock.now()
    with transaction():
        named = substitute_actions.name_substitute(
            attendee=attendee,
            study_sessions=study_sessions,
            study_session_id=study_session_id,
            who=who,
            by=g.actor,
            at=at,
        )
        if is_decided:
            substitute_actions.approve_substitute(
                named=named, attendee=attendee, conference=conference, ring=ring(), by=g.actor, at=at
            )
    if is_decided:
        flash(_("Đã cử %(name)s dự thay, thẻ đã sẵn sàng.", name=who.full_name), "ok")
    else:
        flash(_("Đã gửi đề nghị. Ban Tổ chức trả lời ngay trên trang này."), "ok")
    return _back(conference, number)


@bp.post("/conferences/<code>/people/<int:number>/substitutes/<int:substitute_id>")
@allow(Role.ORGANIZER)
def decide_substitute(code: str, number: int, substitute_id: int) -> ResponseReturnValue:
    conference, attendee, named = _named(code, number, substitute_id)
    decision = request.form.get("decision")
    if decision not in ("approve", "refuse"):
        raise DomainError("decision_missing")
    approve = decision == "approve"
    with transaction():
        if approve:
            substitute_actions.approve_substitute(
                named=named, attendee=attendee, conference=conference, ring=ring(), by=g.actor, at=clock.now()
            )
        else:
            substitute_actions.refuse_substitute(named=named, attendee=attendee, by=g.actor, at=clock.now())
    flash(_("Đã đồng ý người dự thay, thẻ đã sẵn sàng.") if approve else _("Đã trả lời không đồng ý."), "ok")
    return _back(conference, number)


@bp.post("/conferences/<code>/people/<int:number>/substitutes/<int:substitute_id>/withdrawal")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def withdraw_substitute(code: str, number: int, substitute_id: int) -> ResponseReturnValue:
    """The person who was called comes after all."""
    conference, attendee, named = _named(code, number, substitute_id)
    with transaction():
        substitute_actions.withdraw_substitute(named=named, attendee=attendee, by=g.actor, at=clock.now())
    flash(_("Đã rút người dự thay. Đồng chí được triệu tập dự như cũ."), "ok")
    return _back(conference, number)


def _named(code: str, number: int, substitute_id: int) -> tuple[Conference, Attendee, Substitute]:
    conference, reach = step_in(code)
    attendee = access.attendee_to_speak_for(reach, conference, number)
    return conference, attendee, access.substitute_of(attendee, substitute_id)
