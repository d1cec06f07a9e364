"""How people stand in a study session, in the list of people and on their own page."""

from __future__ import annotations

from uuid import uuid4

import pytest

from conference.checkin.models import Attendance, Device, SiteClosing
from conference.checkin.rules import Method
from conference.foundation.db import db, transaction
from conference.registry.models import Leave, LeaveState
from tests.factories import LONG_AGO, local
from tests.registry.hall import Hall, build

SEEN = {
    "Dương Văn An": ("07:31", "yen_thanh"),
    "Lê Thị Thuý": ("08:27", "do_luong"),
    "Trần Thị Hoà": ("07:50", "do_luong"),
}


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("09:00"))
    hall = build()
    with transaction():
        for name, (hour, site) in SEEN.items():
            see(hall, name, hour, site)
        db.session.add(
            Leave(
                attendee_id=hall.attendees["Nguyễn Thị Ánh"],
                reason="Ốm",
                state=LeaveState.APPROVED,
                requested_at=LONG_AGO,
            )
        )
    return hall


def see(hall: Hall, name: str, hour: str, site: str) -> None:
    device = db.session.query(Device).filter_by(site_id=hall.sites[site]).first() or a_device(hall, site)
    db.session.add(
        Attendance(
            attendee_id=hall.attendees[name],
            study_session_id=hall.sessions[0],
            site_id=hall.sites[site],
            first=uuid4(),
            first_at=local(hour),
            device_id=device.id,
            method=Method.CAMERA,
            flagged=False,
            duplicates=0,
            last_seen_at=local(hour),
        )
    )


def a_device(hall: Hall, site: str) -> Device:
    device = Device(
        token_hash=site,
        conference_id=hall.conference_id,
        site_id=hall.sites[site],
        label="Cửa chính",
        enrolled_at=LONG_AGO,
        expires_at=local("23:00"),
    )
    db.session.add(device)
    db.session.flush()
    return device


STANDING = {
    "Dương Văn An": "Có mặt 07:31",
    "Lê Thị Thuý": "Đến muộn 08:27",
    "Trần Thị Hoà": "Dự ở LĐLĐ huyện Đô Lương",
    "Nguyễn Thị Ánh": "Vắng có phép",
    "Đặng Hữu Phước": "Chưa điểm danh",
}


def test_the_list_and_the_page_say_how_each_person_stands(people, hall) -> None:
    client = people["organizer"]
    page = client.get(hall.url("/people")).text
    assert "Buổi sáng" in page
    for name, words in STANDING.items():
        assert words in page
        assert words in client.get(hall.person(name)).text


def test_each_choice_gives_its_people(people, hall) -> None:
    client = people["organizer"]
    found = {}
    for choice in ("present", "late", "elsewhere", "not_seen", "excused"):
        page = client.get(hall.url("/people"), query_string={"status": choice, "session": hall.sessions[0]}).text
        found[choice] = sorted(name for name in STANDING if f">{name}</a></td>" in page)
    assert found == {
        "present": ["Dương Văn An", "Lê Thị Thuý", "Trần Thị Hoà"],
        "late": ["Lê Thị Thuý"],
        "elsewhere": ["Trần Thị Hoà"],
        "not_seen": ["Đặng Hữu Phước"],
        "excused": ["Nguyễn Thị Ánh"],
    }


def test_absent_without_leave_is_said_only_once_the_site_is_closed(people, hall) -> None:
    with transaction():
        db.session.add(
            SiteClosing(study_session_id=hall.sessions[0], site_id=hall.sites["yen_thanh"], closed_at=local("09:00"))
        )
    assert "Vắng không phép" in people["organizer"].get(hall.person("Đặng Hữu Phước")).text


def test_before_the_doors_open_nothing_is_said(people, hall, clock) -> None:
    clock.stop_at(local("07:00"))
    assert "Chưa điểm danh</span>" not in people["organizer"].get(hall.url("/people")).text
