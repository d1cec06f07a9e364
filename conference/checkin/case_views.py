"""The organizer's inbox of what disagrees: the evidence of both sides, and what a person made of it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.checkin import access, actions, case_queries
from conference.checkin.door_views import PARTS
from conference.checkin.door_views import bp as bp  # one blueprint for the area's pages
from conference.checkin.rules import CaseKind, CaseState, Method
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.planning.entry import enter_conference
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

DECIDING = (Role.ORGANIZER, Role.ADMIN)

KINDS = {
    CaseKind.TWO_SITES: lazy("Điểm danh ở hai nơi"),
    CaseKind.REVOKED: lazy("Thẻ đã thu hồi, máy ngoại tuyến cho vào"),
    CaseKind.NOT_SUMMONED: lazy("Không còn trong danh sách, máy ngoại tuyến cho vào"),
    CaseKind.SUBSTITUTED: lazy("Đã cử người dự thay, máy ngoại tuyến cho vào"),
    CaseKind.OTHER_SESSION: lazy("Không được triệu tập buổi này, máy ngoại tuyến cho vào"),
    CaseKind.CLOSED: lazy("Vào sau khi đã khóa điểm danh"),
    CaseKind.OTHER_SITE: lazy("Người của điểm cầu khác, máy ngoại tuyến cho vào"),
    CaseKind.UNKNOWN: lazy("Thẻ không đọc được là của ai, máy ngoại tuyến cho vào"),
    CaseKind.CLOCK: lazy("Đồng hồ của máy sai ngày"),
}
METHODS = {
    Method.CAMERA: lazy("camera"),
    Method.WEDGE: lazy("máy quét cầm tay"),
    Method.TYPED: lazy("nhập mã"),
    Method.NAME: lazy("tìm theo tên"),
    Method.IMAGE: lazy("ảnh"),
    Method.PAPER: lazy("danh sách giấy"),
    Method.SELF: lazy("tự quét"),
    Method.ONLINE: lazy("trực tuyến"),
}


@bp.get("/conferences/<code>/cases")
@allow(*DECIDING)
def cases(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    page = case_queries.cases_page(conference.id, ask_from_request("state", "kind", "site"))
    return render_template(
        "checkin/cases.html",
        conference=conference,
        page=addressed(page),
        evidence=case_queries.evidence_of([row.Case for row in page.items]),
        kinds=KINDS,
        methods=METHODS,
        parts=PARTS,
        states=CaseState,
    )


@bp.post("/conferences/<code>/cases/<int:case_id>/decision")
@allow(*DECIDING)
def decide(code: str, case_id: int) -> ResponseReturnValue:
    """The organizer has looked; the note says what was found. The count stays as the scans make it."""
    conference = enter_conference(code)
    case = access.case_for(g.actor, conference, case_id)
    form = Form(request.form)
    note = form.text("note", _("Kết luận"), most=500)
    if not form.is_valid:
        flash(form.summary[0][2], "bad")
        return redirect(url_for(".cases", code=code), 303)
    with transaction():
        actions.decide_case(case=case, note=note, by=g.actor, at=clock.now())
    flash(_("Đã ghi kết luận."), "ok")
    return redirect(url_for(".cases", code=code), 303)


@bp.post("/conferences/<code>/cases/<int:case_id>/reopening")
@allow(*DECIDING)
def reopen_case(code: str, case_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    case = access.case_for(g.actor, conference, case_id)
    with transaction():
        actions.reopen_case(case=case, by=g.actor, at=clock.now())
    flash(_("Đã mở lại việc này."), "ok")
    return redirect(url_for(".cases", code=code), 303)
