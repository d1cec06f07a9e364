"""The organizer's list of devices that count at the doors, and the way to end one."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from conference.checkin import access, actions, rosters
from conference.checkin.case_views import DECIDING
from conference.foundation import clock
from conference.foundation.db import transaction
from conference.planning.entry import enter_conference
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("checkin_devices", __name__)


@bp.get("/conferences/<code>/devices")
@allow(*DECIDING)
def devices(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    page = addressed(rosters.devices_page(conference.id, ask_from_request("q")))
    return render_template("checkin/devices.html", conference=conference, page=page, at=clock.now())


@bp.post("/conferences/<code>/devices/<int:device_id>/revocation")
@allow(*DECIDING)
def revoke(code: str, device_id: int) -> ResponseReturnValue:
    """From now on the device may only deliver what it still holds."""
    conference = enter_conference(code)
    device = access.device_for(g.actor, conference, device_id)
    with transaction():
        actions.revoke_device(device=device, by=g.actor, at=clock.now())
    flash(_("Đã thu hồi máy. Lượt quét máy còn giữ vẫn gửi được trong 30 ngày."), "ok")
    return redirect(url_for(".devices", code=code), 303)
