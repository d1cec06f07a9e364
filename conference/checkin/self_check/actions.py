"""Stopping self check-in at one site, and letting it go on; the doors there count as before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from conference.checkin.actions import revoke_device
from conference.checkin.models import Device
from conference.checkin.own_devices import own_device_at
from conference.checkin.rules import Method
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows
from conference.foundation.journal import record
from conference.sites.models import ConferenceSite


def stop_at_site(*, door: ConferenceSite, by: Actor, at: datetime) -> None:
    """From now on nobody counts themselves at this site; who did stays counted. Repeatable."""
    device = own_device_at(conference=door.conference, site_id=door.site_id, method=Method.SELF, at=at)
    revoke_device(device=device, by=by, at=at)


def resume_at_site(*, door: ConferenceSite, by: Actor, at: datetime) -> None:
    """Let people count themselves at this site again. Repeatable. No token is given out anew: only the server has the
    one of this device."""
    device = own_device_at(conference=door.conference, site_id=door.site_id, method=Method.SELF, at=at)
    if not changed_rows(
        update(Device).where(Device.id == device.id, Device.revoked_at.is_not(None)).values(revoked_at=None)
    ):
        return
    record(
        by=by,
        at=at,
        action="self_check_in.resume",
        subject=("device", device.id),
        after={"site": door.site_id},
    )
