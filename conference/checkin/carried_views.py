"""Scans that a device could not send by itself, handed in as a file by somebody with an account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.checkin import access, actions
from conference.checkin.api_views import deliver
from conference.checkin.carried import CarriedQueue, read_carried
from conference.checkin.door_views import AT_THE_DOOR
from conference.checkin.forms import MOST_ITEMS, read_delivery
from conference.checkin.models import Device
from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.web.guard import allow
from conference.web.words import _

bp = Blueprint("checkin_carried", __name__)


@bp.get("/door/<code>/<int:site_id>/hand-over")
@allow(*AT_THE_DOOR)
def form(code: str, site_id: int) -> ResponseReturnValue:
    return render_template("checkin/carried.html", door=access.door_for(g.actor, code, site_id))


@bp.post("/door/<code>/<int:site_id>/hand-over")
@allow(*AT_THE_DOOR)
def take(code: str, site_id: int) -> ResponseReturnValue:
    """Keep the scans in the file as those of the device that made them. Handing it in again changes nothing."""
    found = access.door_for(g.actor, code, site_id)
    file = request.files.get("file")
    queue = read_carried(file.read() if file else b"")
    if (queue.conference, queue.site) != (found.conference_id, site_id):
        raise DomainError("carried_elsewhere")
    device = access.carried_device(found.conference_id, site_id, queue.device)
    counted = sum(_deliver(queue, device))
    with transaction():
        actions.note_carried(device_id=queue.device, items=len(queue.items), by=g.actor, at=clock.now())
    words = _("Đã nhận %(items)s lượt quét; %(counted)s lượt tính có mặt.", items=len(queue.items), counted=counted)
    flash(words, "ok")
    return redirect(url_for(".form", code=code, site_id=site_id), 303)


def _deliver(queue: CarriedQueue, device: Device) -> Iterator[int]:
    """How many of each batch are evidence of presence. The device's own token stands for it, as if it had come."""
    id, token_hash = device.id, device.token_hash
    db.session.rollback()  # who waits for a group to be written must not hold a connection meanwhile
    for place in range(0, len(queue.items), MOST_ITEMS):
        batch: dict[str, Any] = {"items": list(queue.items[place : place + MOST_ITEMS])}
        answer = deliver(read_delivery(batch, device_id=id, token_hash=token_hash))
        yield sum(item.counts for item in answer.items)
