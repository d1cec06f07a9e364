"""The organizer's pages of the platform's reports: upload, preview, say who is who, load, take back."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePath
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.sheet_bounds import MAX_FILE_BYTES
from conference.adapters.spreadsheet import read_workbook
from conference.checkin.online.access import participant_of, report_for
from conference.checkin.online.actions import allow_online
from conference.checkin.online.models import OnlineReport
from conference.checkin.online.platform import actions, queries
from conference.checkin.online.platform.matching import How
from conference.checkin.online.platform.sheet import read_report
from conference.checkin.online.platform.words import ZONES
from conference.checkin.online.queries import study_sessions
from conference.checkin.online.rules import ReportState
from conference.checkin.online.views import DECIDING, bp, keys
from conference.foundation import clock
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.planning.access import study_session_in
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.models import Conference
from conference.registry.views import session_word
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

STATES = {
    ReportState.PREVIEW: ("queued", lazy("Đang xem trước, chưa tính")),
    ReportState.LOADED: ("done", lazy("Đã nạp, đang tính")),
    ReportState.TAKEN_BACK: ("inactive", lazy("Đã rút lại, không tính")),
}
HOW_WORDS = {
    How.EMAIL: lazy("theo thư điện tử"),
    How.NAME: lazy("theo họ tên"),
    How.UNIT: lazy("theo họ tên và đơn vị"),
    How.CHOSEN: lazy("do đồng chí chọn"),
}
SHOWN = {"ambiguous": lazy("Chờ chọn"), "matched": lazy("Đã khớp"), "unmatched": lazy("Không khớp")}


@bp.get("/conferences/<code>/online/reports")
@allow(*DECIDING)
def reports(code: str) -> ResponseReturnValue:
    return _reports(enter_conference(code), Form())


def _reports(conference: Conference, form: Form) -> str:
    sessions = [(one.id, session_word(one)) for one in study_sessions(conference.id)]
    return render_template(
        "checkin/online/reports.html",
        conference=conference,
        form=form,
        sessions=sessions,
        session_names=dict(sessions),
        zones=list(ZONES.items()),
        reports=queries.reports_of(conference.id),
        states=STATES,
    )


@bp.post("/conferences/<code>/online/reports")
@allow(*DECIDING)
def bring_report(code: str) -> ResponseReturnValue:
    """Read one file and show what it says; nothing is counted by it before it is loaded."""
    conference = enter_to_change(code)
    form = Form(request.form)
    sessions = {str(one.id): one for one in study_sessions(conference.id)}
    session_id = form.one_of("session", _("Buổi"), sessions)
    form.values.setdefault("zone", conference.timezone)
    zone = form.one_of("zone", _("Giờ trong tệp"), [conference.timezone, *ZONES])
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.fault("file", _("Mời chọn tệp danh sách của phòng họp."), _("Tệp"))
    if session_id is None or zone is None or sent is None or not form.is_valid:
        return _reports(conference, form), 422
    study_session = study_session_in(conference, int(session_id))
    name = PurePath((sent.filename or "").replace("\\", "/")).name[:200] or "?"
    content = sent.stream.read(MAX_FILE_BYTES + 1)
    is_own = zone == conference.timezone
    digest = sha256(content if is_own else zone.encode() + b"\n" + content).hexdigest()
    known = queries.report_with(study_session.id, digest)
    if known is not None:
        flash(_("Tệp này đã tải lên cho buổi này rồi, không tính hai lần."), "ok")
        return redirect(url_for(".report", code=code, report_id=known.id), 303)
    try:
        found = read_report(
            read_workbook(name, content),
            held_on=study_session.held_on,
            zone=ZoneInfo(conference.timezone),
            written_in=ZoneInfo(zone),
        )
    except DomainError as error:
        form.fault("file", sentence_of(error), _("Tệp"))
        return _reports(conference, form), 422
    with transaction():
        kept = actions.keep_report(
            study_session=study_session,
            name=name,
            sha256=digest,
            timezone="" if is_own else zone,
            report=found,
            by=g.actor,
            at=clock.now(),
        )
    return redirect(url_for(".report", code=code, report_id=kept.id), 303)


@bp.get("/conferences/<code>/online/reports/<int:report_id>")
@allow(*DECIDING)
def report(code: str, report_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    return _report(conference, report_for(conference, report_id), Form())


def _report(conference: Conference, found: OnlineReport, form: Form) -> str:
    figures = queries.figures(found.id)
    first = "ambiguous" if figures["ambiguous"] else "matched"
    show = request.args["show"] if request.args.get("show") in SHOWN else first
    page = queries.participants_page(found.id, show, ask_from_request("show"))
    candidates = queries.named([id for row in page.items for id in row.candidates])
    return render_template(
        "checkin/online/report.html",
        conference=conference,
        report=found,
        session=session_word(study_session_in(conference, found.study_session_id)),
        zone=ZONES.get(found.timezone, found.timezone),
        figures=figures,
        show=show,
        shown=SHOWN,
        page=addressed(page),
        stays=queries.stays_of([row.id for row in page.items]),
        candidates=candidates,
        states=STATES,
        how_words=HOW_WORDS,
        form=form,
    )


@bp.post("/conferences/<code>/online/reports/<int:report_id>/load")
@allow(*DECIDING)
def load_report(code: str, report_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = report_for(conference, report_id)
    with transaction():
        actions.load_report(report=found, keys=keys(), by=g.actor, at=clock.now())
    flash(
        _("Đã nạp: số phút trong phòng họp được tính cho người đã khớp."),
        "undo:" + url_for(".take_report_back", code=code, report_id=report_id),
    )
    return redirect(url_for(".report", code=code, report_id=report_id), 303)


@bp.post("/conferences/<code>/online/reports/<int:report_id>/taking-back")
@allow(*DECIDING)
def take_report_back(code: str, report_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = report_for(conference, report_id)
    with transaction():
        actions.take_report_back(report=found, keys=keys(), by=g.actor, at=clock.now())
    flash(_("Đã rút lại: danh sách này không tính cho ai nữa, nội dung vẫn được giữ."), "ok")
    return redirect(url_for(".report", code=code, report_id=report_id), 303)


@bp.post("/conferences/<code>/online/reports/<int:report_id>/permission")
@allow(*DECIDING)
def allow_matched(code: str, report_id: int) -> ResponseReturnValue:
    """Let everybody whom the report was matched to follow online."""
    conference = enter_to_change(code)
    found = report_for(conference, report_id)
    with transaction():
        changed = allow_online(
            conference=conference,
            attendee_ids=queries.barred(found.id),
            allowed=True,
            keys=keys(),
            by=g.actor,
            at=clock.now(),
        )
    flash(_("%(count)s người được dự trực tuyến từ bây giờ.", count=changed), "ok")
    return redirect(url_for(".report", code=code, report_id=report_id), 303)


@bp.post("/conferences/<code>/online/reports/<int:report_id>/participants/<int:participant_id>")
@allow(*DECIDING)
def say_who(code: str, report_id: int, participant_id: int) -> ResponseReturnValue:
    """Who a participant is, by the number of their badge; empty: nobody of this conference."""
    conference = enter_to_change(code)
    found = report_for(conference, report_id)
    participant = participant_of(found, participant_id)
    form = Form(request.form)
    text = form.values.get("number", "").strip()
    number = row_number(text)
    if text and number is None:
        form.fault("", _("Ghi số thẻ bằng chữ số, như 24814."), "")
        return _report(conference, found, form), 422
    try:
        with transaction():
            actions.say_who(
                report=found, participant=participant, number=number, keys=keys(), by=g.actor, at=clock.now()
            )
    except DomainError as error:
        if error.code != "report_no_such_number":
            raise
        form.fault("", sentence_of(error), "")
        return _report(conference, found, form), 422
    show = request.form.get("show", "")
    return redirect(url_for(".report", code=code, report_id=report_id, show=show if show in SHOWN else None), 303)
