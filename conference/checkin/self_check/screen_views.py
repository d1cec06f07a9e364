"""The screen of a site with its code, for a projector or a phone, and the host's list of who counted themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.adapters.qr import address_qr_path
from conference.checkin import rosters
from conference.checkin.access import may_close
from conference.checkin.door_views import AT_THE_DOOR, PARTS
from conference.checkin.own_devices import delivery_of, own_device_at, own_undo_item
from conference.checkin.queries import own_device, sessions_at
from conference.checkin.receiving import receive_scans
from conference.checkin.rules import Method
from conference.checkin.self_check import access, actions, queries, rules, words
from conference.foundation import clock
from conference.foundation.actor import ActorKind, Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference, StudySession
from conference.planning.modules import Module, part_of
from conference.registry.tickets import key_ring
from conference.registry.views import fragment
from conference.sites.models import ConferenceSite
from conference.web.guard import allow, safe_path
from conference.web.words import _

bp = Blueprint("checkin_self", __name__)


@bp.get("/door/<code>/<int:site_id>/<int:study_session_id>/self")
@allow(*AT_THE_DOOR, Role.DEVICE)
def screen(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """What hangs in the hall: the QR, the digits, the count. No names of persons."""
    door, study_session = access.screen_shown_to(g.actor, code, site_id, study_session_id, at=clock.now())
    return render_template(
        "checkin/self/screen.html",
        door=door,
        study_session=study_session,
        parts=PARTS,
        now=_now(door, study_session),
        is_device=g.actor.kind is ActorKind.DEVICE,
    )


@bp.get("/door/<code>/<int:site_id>/<int:study_session_id>/self.json")
@allow(*AT_THE_DOOR, Role.DEVICE)
def screen_now(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """The same, for the screen that stays open."""
    return _now(*access.screen_shown_to(g.actor, code, site_id, study_session_id, at=clock.now()))


@bp.post("/door/<code>/<int:site_id>/self/stop")
@allow(*AT_THE_DOOR)
def stop(code: str, site_id: int) -> ResponseReturnValue:
    """Nobody counts themselves at this site until it is resumed."""
    door = access.site_to_stop(g.actor, code, site_id)
    with transaction():
        actions.stop_at_site(door=door, by=g.actor, at=clock.now())
    flash(_("Đã dừng tự điểm danh ở điểm cầu này. Cửa vẫn quét thẻ như thường."), "ok")
    return redirect(safe_path(request.form.get("next")), 303)


@bp.post("/door/<code>/<int:site_id>/self/resume")
@allow(*AT_THE_DOOR)
def resume(code: str, site_id: int) -> ResponseReturnValue:
    """People count themselves at this site again."""
    door = access.site_to_stop(g.actor, code, site_id)
    with transaction():
        actions.resume_at_site(door=door, by=g.actor, at=clock.now())
    flash(_("Tự điểm danh ở điểm cầu này đã mở lại."), "ok")
    return redirect(safe_path(request.form.get("next")), 303)


@part_of(Module.CHECKIN)
def stopping_at_site(conference: Conference, joined: ConferenceSite) -> Markup | None:
    """On a site's page, for who may: whether people count themselves there, and the button that stops it."""
    if not conference.self_check_in or not may_close(g.actor, joined):
        return None
    return fragment(
        "checkin/self/_site.html",
        conference=conference,
        joined=joined,
        is_stopped=_is_stopped(joined),
    )


def _is_stopped(door: ConferenceSite) -> bool:
    device = own_device(door.conference_id, door.site_id, Method.SELF)
    return device is not None and device.revoked_at is not None


def _now(door: ConferenceSite, study_session: StudySession) -> dict[str, Any]:
    at = clock.now()
    settings = current_app.extensions["settings"]
    present, called = rosters.headcount_at(study_session, door.site_id)
    times = next(times for row, times in sessions_at(door.conference, door.site_id) if row.id == study_session.id)
    obstacle = rules.obstacle_of_times(times, at)
    if _is_stopped(door):
        obstacle = rules.Obstacle.STOPPED
    shown: dict[str, Any] = {"present": present, "called": called, "digits": None, "says": None}
    if obstacle is not None:
        return shown | {"says": words.screen_sentence(obstacle, study_session)}
    digits = rules.code_of(
        settings.secret_key, site=door.site_id, study_session=study_session.id, step=rules.step_of(at)
    )
    scanned = url_for("checkin_self.scanned", site_id=door.site_id, study_session_id=study_session.id, digits=digits)
    path, size = address_qr_path(settings.address + scanned)
    return shown | {"digits": digits, "qr": path, "size": size, "seconds": round(rules.seconds_left(at), 1)}


@bp.get("/door/<code>/<int:site_id>/<int:study_session_id>/self/people")
@allow(*AT_THE_DOOR)
def own_check_ins(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """Who counted themselves last, for the host to look at the hall and undo what is not so."""
    door, study_session = access.screen_for(g.actor, code, site_id, study_session_id)
    return render_template(
        "checkin/self/people.html",
        door=door,
        study_session=study_session,
        parts=PARTS,
        people=queries.own_check_ins(door.site_id, study_session.id),
        may_stop=may_close(g.actor, door),
        is_stopped=_is_stopped(door),
    )


@bp.post("/door/<code>/<int:site_id>/<int:study_session_id>/self/<uuid:scan_id>/undo")
@allow(*AT_THE_DOOR)
def undo(code: str, site_id: int, study_session_id: int, scan_id: UUID) -> ResponseReturnValue:
    """Take a self check-in back: a further fact of the same door. Repeatable."""
    door, study_session = access.screen_for(g.actor, code, site_id, study_session_id)
    scan = access.own_scan_at(door, study_session, scan_id)
    at = clock.now()
    with transaction():
        if scan.attendee_id is not None and not queries.was_taken_back(scan.attendee_id, study_session.id):
            device = own_device_at(conference=door.conference, site_id=site_id, method=Method.SELF, at=at)
            item = own_undo_item(target=scan_id, method=Method.SELF, at=at)
            keys = key_ring(current_app.extensions["settings"].secret_key)
            (answer,) = receive_scans([delivery_of(device, item)], keys=keys, at=at)
            if isinstance(answer, DomainError):
                raise answer
            record(
                by=g.actor,
                at=at,
                action="self_check_in.undo",
                subject=("attendee", scan.attendee_id),
                before={"study_session": study_session.id, "site": site_id},
            )
    flash(_("Đã hủy lượt tự điểm danh. Muốn ghi lại, mời đồng chí quét thẻ của người ấy."), "ok")
    return redirect(url_for(".own_check_ins", code=code, site_id=site_id, study_session_id=study_session_id), 303)
