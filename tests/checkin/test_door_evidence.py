"""How many devices are enrolled at each site, as the page of readiness counts them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from conference.checkin import actions, enrolling
from conference.checkin.door_evidence import devices_by_site
from conference.checkin.models import Device
from conference.checkin.own_devices import own_device_at
from conference.checkin.rules import Method
from conference.foundation import clock as clocks
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from tests.checkin.conftest import Doors


def counted(doors: Doors) -> dict[int, tuple[int, int]]:
    """Site -> enrolled, passed."""
    with doors.app.app_context():
        found = devices_by_site(doors.conference, clocks.now())
        return {row.site_id: (row.devices, row.ready) for row in db.session.execute(db.select(found))}


def test_a_device_counts_from_its_enrolment_until_it_is_revoked_or_over_and_the_server_never(
    doors: Doors, clock: Any
) -> None:
    assert counted(doors) == {doors.here: (2, 0), doors.there: (1, 0)}
    with doors.app.app_context(), transaction():
        conference, at = db.session.get_one(Conference, doors.conference), clocks.now()
        link = enrolling.make_link(conference=conference, site_id=doors.there, by=SYSTEM, at=at)
        assert counted(doors)[doors.there] == (1, 0)  # a code on paper is no device yet
        phone = enrolling.enrol_by_link(link=link, token="p" * 43, label="Máy 2", at=at).id
        own_device_at(conference=conference, site_id=doors.here, method=Method.SELF, at=at)
    assert counted(doors) == {doors.here: (2, 0), doors.there: (2, 0)}
    with doors.app.app_context(), transaction():
        db.session.get_one(Device, phone).preflight = {"is_ready": True}
    assert counted(doors) == {doors.here: (2, 0), doors.there: (2, 1)}
    with doors.app.app_context(), transaction():
        actions.revoke_device(device=db.session.get_one(Device, phone), by=SYSTEM, at=clocks.now())
    assert counted(doors) == {doors.here: (2, 0), doors.there: (1, 0)}
    clock.stop_at(clocks.now() + timedelta(days=30))
    assert counted(doors) == {}


def test_readiness_shows_at_which_sites_no_device_is_enrolled(doors: Doors, people: Any) -> None:
    address = f"/conferences/{doors.code}/ready"

    def shown(query: str = "") -> tuple[str, list[str]]:
        """The figure of sites without a device, and the sites that are listed."""
        page = people["organizer"].get(address + query).get_data(as_text=True)
        (figure,) = re.findall(
            r'rung=devices&amp;stand=open">(\d+)</a></span><span class="facts__words">chưa ghi máy', page
        )
        listed = page[page.index("<tbody") :] if "<tbody" in page else ""
        return figure, [name for name in ("Yên Thành", "Đô Lương") if name in listed]

    assert shown("?door=not_enrolled") == ("0", [])
    with doors.app.app_context(), transaction():
        device = db.session.query(Device).filter_by(site_id=doors.there).one()
        actions.revoke_device(device=device, by=SYSTEM, at=clocks.now())
    page = people["organizer"].get(address).get_data(as_text=True)
    assert "Đã ghi 2 máy, 0 đã quét thử xong" in page
    assert "Không có máy nào đang dùng" in page
    assert shown("?door=not_enrolled") == ("1", ["Đô Lương"])
    assert shown() == ("1", ["Yên Thành", "Đô Lương"])
