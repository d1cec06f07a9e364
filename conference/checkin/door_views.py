"""The host's pages: which door, the door itself, its closing."""

from __future__ import annotations

import json
import re
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from conference.adapters.qr import qr_svg
from conference.checkin import access, actions, enrolling, headcounts, queries, rosters
from conference.checkin.enrol_views import encoded_roster_key, tokens_of_cookies
from conference.checkin.rules import SessionTimes, Status, milliseconds, session_at
from conference.foundation import chance, clock
from conference.foundation.actor import ActorKind, Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.planning.models import DayPart, StudySession
from conference.planning.modules import Module
from conference.web import filters
from conference.web.guard import allow, may_enter, needs_wasm
from conference.web.views import asset
from conference.web.words import _, lazy

bp = Blueprint("checkin", __name__)

AT_THE_DOOR = (Role.SITE_HOST, Role.SCANNER, Role.ORGANIZER, Role.ADMIN)
PARTS = {
    DayPart.MORNING: lazy("Buổi sáng"),
    DayPart.AFTERNOON: lazy("Buổi chiều"),
    DayPart.EVENING: lazy("Buổi tối"),
}
TEST_CODE = "0" * 24
RELEASE = re.compile(r'APP = "([^"]+)"')


@bp.get("/door/")
@allow(*AT_THE_DOOR, Role.DEVICE)
def doors() -> ResponseReturnValue:
    """The doors where this person counts; with a single one, straight to it. A phone has those it was enrolled at."""
    if g.actor.kind is ActorKind.DEVICE:
        devices = access.devices_with_tokens(tokens_of_cookies(), at=clock.now())
        if not devices:
            raise DomainError("device_ended")
        if len(devices) == 1:
            return redirect(url_for(".door", code=devices[0].conference.code, site_id=devices[0].site_id))
        return render_template("checkin/device_doors.html", devices=devices)
    today = clock.now().astimezone(filters.ZONE).date()
    found = [door for door in access.doors_for(g.actor, today) if door.conference.uses(Module.CHECKIN)]
    if len(found) == 1:
        return redirect(url_for(".door", code=found[0].conference.code, site_id=found[0].site_id))
    wanted = request.args.get("q", "").strip()[:100]
    shown = rosters.doors_called(found, wanted)
    return render_template(
        "checkin/doors.html", doors=shown, wanted=wanted, count=len(found), may_climb=may_enter(g.actor, "sites.climb")
    )


@bp.get("/door/<code>/<int:site_id>")
@allow(*AT_THE_DOOR, Role.DEVICE)
@needs_wasm
def door(code: str, site_id: int) -> ResponseReturnValue:
    """The page that stays open at the door. Everything that it decides and keeps happens in its scripts."""
    is_device = g.actor.kind is ActorKind.DEVICE
    if is_device:
        found = access.door_of_device(g.actor, code, site_id, at=clock.now())
    else:
        found = access.door_for(g.actor, code, site_id)
    sessions = queries.sessions_at(found.conference, site_id)
    if not sessions:
        return render_template("checkin/no_sessions.html", door=found), 404
    chosen = _chosen(sessions, request.args.get("session", type=int))
    headcount = rosters.headcount_at(chosen, site_id)
    return render_template(
        "checkin/door.html",
        door=found,
        sessions=[row for row, _times in sessions],
        chosen=chosen,
        parts=PARTS,
        headcount=headcount,
        hall=headcounts.halls_of_door(found.conference_id, site_id).get(chosen.id),
        may_close=not is_device and access.may_close(g.actor, found),
        is_device=is_device,
    )


def _chosen(sessions: list[tuple[StudySession, SessionTimes]], wanted: int | None) -> StudySession:
    """The study session asked for, else the one that the door counts in now."""
    now = session_at([times for _row, times in sessions], milliseconds(clock.now()))
    by_id = {row.id: row for row, _times in sessions}
    return by_id.get(wanted or 0) or by_id[now.id]


@bp.post("/door/<code>/<int:site_id>/device")
@allow(*AT_THE_DOOR)
def enrol(code: str, site_id: int) -> ResponseReturnValue:
    """Let this browser count here. Its token is shown this once, to the page that keeps it."""
    found = access.door_for(g.actor, code, site_id)
    token = chance.token()
    with transaction():
        known = enrolling.require_room(found.conference_id, site_id)
        device = actions.enrol_device(
            conference=found.conference,
            site_id=site_id,
            token=token,
            label=_("Máy %(number)s", number=known + 1),
            by=g.actor,
            at=clock.now(),
        )
    return {
        "token": token,
        "device": device.id,
        "label": device.label,
        "roster_key": encoded_roster_key(device.token_hash),
    }


@bp.post("/door/<code>/<int:site_id>/key")
@allow(*AT_THE_DOOR)
def show_key(code: str, site_id: int) -> ResponseReturnValue:
    """What opens the names on a device of this door, for who may count here; without a PIN no browser keeps it."""
    found = access.door_for(g.actor, code, site_id)
    device = access.device_at(found, row_number(request.form.get("device", "")), at=clock.now())
    return {"roster_key": encoded_roster_key(device.token_hash)}


@bp.get("/door/decoder.js")
@allow(Role.ANYONE)
@needs_wasm
def decoder() -> Response:
    """The camera's decoder: a worker lives by the policy of its own address, so it has one that allows it."""
    folder = f"{current_app.static_folder}/js/checkin"
    return send_from_directory(folder, "decoder_worker.js", mimetype="text/javascript", max_age=0)


@bp.get("/door/test-code.svg")
@allow(Role.ANYONE)
def test_code() -> Response:
    """A code to read before the doors open. It belongs to nobody: read as a ticket it is none."""
    return Response(qr_svg(TEST_CODE), mimetype="image/svg+xml")


@bp.get("/door/sw.js")
@allow(Role.ANYONE)
def service_worker() -> Response:
    """Served from below /door/, so that it rules there and nowhere else.

    It names the release of the door page: browsers take a worker over when its text is another one, and by that an
    open page hears that there is a newer release.
    """
    folder = Path(current_app.static_folder or "") / "js" / "checkin"
    release = RELEASE.search((folder / "version.js").read_text(encoding="utf-8"))
    text = (folder / "service_worker.js").read_text(encoding="utf-8")
    answer = Response(f"// {release[1] if release else ''}\n{text}", mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/door/manifest.webmanifest")
@allow(Role.ANYONE)
def manifest() -> ResponseReturnValue:
    """What a phone needs to put the door on its home screen."""
    content = {
        "name": _("Điểm danh · Điểm Cầu"),
        "short_name": _("Điểm danh"),
        "start_url": url_for(".doors"),
        "scope": url_for(".doors"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#10151C",
        "theme_color": "#16304F",
        "icons": [
            {"src": asset(f"img/door-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ],
    }
    return json.dumps(content, ensure_ascii=False), {"Content-Type": "application/manifest+json"}


@bp.get("/door/<code>/<int:site_id>/<int:study_session_id>/closing")
@allow(*AT_THE_DOOR)
def closing(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """Who is absent, for the host to confirm."""
    found = access.closing_door_for(g.actor, code, site_id)
    study_session = access.study_session_of(found.conference, study_session_id)
    people = rosters.roster_with_status(found.conference, site_id, study_session)
    return render_template(
        "checkin/closing.html",
        door=found,
        study_session=study_session,
        parts=PARTS,
        closed_at=rosters.closed_at(study_session.id, site_id),
        absent=[one for one in people if one.status in (Status.NOT_SEEN, Status.UNEXCUSED)],
        excused=[one for one in people if one.status is Status.EXCUSED],
        headcount=rosters.headcount_at(study_session, site_id),
    )


@bp.post("/door/<code>/<int:site_id>/<int:study_session_id>/closing")
@allow(*AT_THE_DOOR)
def close(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    found = access.closing_door_for(g.actor, code, site_id)
    study_session = access.study_session_of(found.conference, study_session_id)
    with transaction():
        people = rosters.roster_with_status(found.conference, site_id, study_session)
        absent = sum(one.status is Status.NOT_SEEN for one in people)
        if request.form.get("absent") != str(absent):
            raise DomainError("changed_meanwhile")
        actions.close_site(study_session=study_session, site_id=site_id, by=g.actor, at=clock.now())
    flash(_("Đã khóa điểm danh. Danh sách vắng đã được xác nhận."), "ok")
    return redirect(url_for(".closing", code=code, site_id=site_id, study_session_id=study_session_id), 303)


@bp.post("/door/<code>/<int:site_id>/<int:study_session_id>/reopening")
@allow(*AT_THE_DOOR)
def reopen(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    found = access.closing_door_for(g.actor, code, site_id)
    study_session = access.study_session_of(found.conference, study_session_id)
    with transaction():
        actions.reopen_site(study_session=study_session, site_id=site_id, by=g.actor, at=clock.now())
    flash(_("Đã mở lại điểm danh."), "ok")
    return redirect(url_for(".closing", code=code, site_id=site_id, study_session_id=study_session_id), 303)
