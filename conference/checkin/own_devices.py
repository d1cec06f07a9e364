"""The server as a device: it counts at a site on behalf of people who check in alone or follow online."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from conference.checkin import actions, queries
from conference.checkin.forms import Delivery, ScanItem, read_item
from conference.checkin.models import Device, OwnDevice
from conference.checkin.rules import Decision, Method, Verdict
from conference.foundation import chance
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference

LIVES = timedelta(days=3650)
"""It is never shown to anybody, and evidence may come long after the last day."""

LABELS = {Method.SELF: "Tự điểm danh", Method.ONLINE: "Dự trực tuyến"}


def own_device_at(*, conference: Conference, site_id: int, method: Method, at: datetime) -> Device:
    """The server's device at a site for this way of counting; made when there is none. Repeatable."""
    found = queries.own_device(conference.id, site_id, method)
    if found is not None:
        return found
    try:
        with db.session.begin_nested():
            device = actions.enrol_device(
                conference=conference,
                site_id=site_id,
                token=chance.token(),  # nobody is ever shown it: only the server counts through this device
                label=LABELS[method],
                by=SYSTEM,
                at=at,
            )
            device.expires_at = at + LIVES
            db.session.add(OwnDevice(conference_id=conference.id, site_id=site_id, method=method, device_id=device.id))
            db.session.flush()
    except IntegrityError as error:  # another request made it in the same moment
        found = queries.own_device(conference.id, site_id, method)
        if found is None:
            raise DomainError("busy") from error
        return found
    return device


def delivery_of(device: Device, *items: ScanItem) -> Delivery:
    """What the server brings to itself."""
    return Delivery(device_id=device.id, token_hash=device.token_hash, items=items)


def own_scan_item(
    *,
    ticket: str,
    study_session_id: int,
    method: Method,
    at: datetime,
    is_guest: bool = False,
    shown: Verdict | None = None,
) -> ScanItem:
    return _item(
        {
            "ticket": ticket,
            "study_session": study_session_id,
            "method": method.value,
            "scanned_at": at.isoformat(),
            "decision": Decision.GUEST.value if is_guest else None,
            "verdict_shown": shown.value if shown else None,
        }
    )


def own_undo_item(*, target: UUID, method: Method, at: datetime) -> ScanItem:
    return _item({"kind": "undo", "target": str(target), "method": method.value, "scanned_at": at.isoformat()})


def _item(fields: dict[str, object]) -> ScanItem:
    item = read_item({"id": str(chance.uuid()), **fields})
    if not isinstance(item, ScanItem):
        raise RuntimeError("an item of our own that can't be read")
    return item
