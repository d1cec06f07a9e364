"""A host counts the hall by eye: kept as it was told, and compared with what the door had counted by then."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from conference.checkin.actions import revoke_device
from conference.checkin.models import Device, HallCount
from conference.checkin.queries import token_hash
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from tests.checkin.conftest import Doors
from tests.factories import local


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


def told(doors: Doors, **fields: Any) -> Any:
    sent = {
        "id": str(uuid.UUID(int=7)),
        "study_session": doors.morning,
        "people": 9,
        "counted_at": local("08:30").isoformat(),
        **fields,
    }
    return doors.app.test_client().post(
        "/api/v1/headcounts", json=sent, headers={"Authorization": f"Bearer {doors.token_here}"}
    )


def test_the_same_count_again_changes_nothing_and_another_under_its_id_is_refused(doors: Doors) -> None:
    doors.send(doors.item(1, at=local("07:31")), doors.item(2, at=local("08:45")))
    first = told(doors).get_json()
    assert first["hall"] == {"people": 9, "counted_at": "2018-12-06T01:30:00.000Z", "present_then": 1}
    assert told(doors).get_json() == first
    assert told(doors, people=10).status_code == 409
    with doors.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(HallCount)) == 1


def test_a_device_that_has_ended_delivers_what_it_counted_before_and_nothing_later(doors: Doors, clock: Any) -> None:
    with doors.app.app_context(), transaction():
        device = db.session.scalars(select(Device).where(Device.token_hash == token_hash(doors.token_here))).one()
        revoke_device(device=device, by=SYSTEM, at=local("08:31"))
    clock.stop_at(local("09:00"))
    assert told(doors, id=str(uuid.UUID(int=8)), counted_at=local("08:31").isoformat()).status_code == 401
    assert told(doors).status_code == 200
    clock.stop_at(local("09:00") + timedelta(days=31))
    assert told(doors).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": -1},
        {"people": "9"},
        {"people": None},
        {"people": 50_001},
        {"id": "7"},
        {"study_session": 0},
        {"counted_at": "08:30"},
        {"counted_at": "2018-12-06T08:30:00"},
        {"counted_at": "0001-01-01T00:00:00+07:00"},
        {"clock_offset_ms": 1.5},
        {"more": 1},
    ],
)
def test_a_count_that_cannot_be_read_names_its_field(doors: Doors, wrong: dict[str, Any]) -> None:
    answer = told(doors, **wrong)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "headcount_unreadable")
    assert next(iter(wrong)) in answer.get_json()["message"]


def test_a_study_session_of_another_conference_is_not_found(doors: Doors) -> None:
    assert told(doors, study_session=999).status_code == 404


def test_whoever_left_before_is_not_looked_for_in_the_hall(doors: Doors) -> None:
    doors.send(
        doors.item(1, at=local("07:31")),
        doors.item(2, at=local("07:32")),
        doors.item(1, at=local("08:20"), direction="out"),
        doors.item(2, at=local("08:40"), direction="out"),
    )
    assert told(doors).get_json()["hall"]["present_then"] == 1


def test_the_host_counts_on_the_page_and_the_difference_reaches_door_devices_and_organizer(
    doors: Doors, sign_in: Any, people: Any, clock: Any
) -> None:
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)
    doors.send(doors.item(1, at=local("07:31")))
    clock.stop_at(local("08:30"))
    address = f"/door/{doors.code}/{doors.here}/{doors.morning}/headcount"
    assert host.post(address, data={"people": "nhiều"}).status_code == 422
    one = {"id": str(uuid.UUID(int=8)), "people": "9"}
    assert host.post(address, data=one).status_code == 303
    clock.stop_at(local("08:31"))
    assert host.post(address, data=one).status_code == 303  # pressed twice
    page = host.get(address).get_data(as_text=True)
    assert "Trong hội trường nhiều hơn điểm danh 8 người." in page
    assert page.count("9 người") == 1
    assert "9 người, điểm danh lúc đó 1" in host.get(f"/door/{doors.code}/{doors.here}").get_data(as_text=True)
    home = people["organizer"].get(f"/conferences/{doors.code}/").get_data(as_text=True)
    assert "1 hội trường đếm lệch với điểm danh" in home
    table = people["organizer"].get(f"/conferences/{doors.code}/headcounts").get_data(as_text=True)
    assert "Cần hỏi lại" in table
    changes = doors.app.test_client().get(
        "/api/v1/door/changes", headers={"Authorization": f"Bearer {doors.token_here}"}
    )
    assert [one.get("hall", {}).get("people") for one in changes.get_json()["headcounts"]] == [9, None]
    clock.stop_at(local("08:40"))
    doors.send(*(doors.item(number, at=local("08:35")) for number in (2, 3)))
    host.post(address, data={"people": "3"})
    assert "Số đếm khớp với điểm danh" in host.get(address).get_data(as_text=True)
    assert "đếm lệch" not in people["organizer"].get(f"/conferences/{doors.code}/").get_data(as_text=True)
    scanner = sign_in(Role.SCANNER, ScopeKind.SITE, doors.there)
    assert scanner.get(address).status_code == 404


def test_a_host_may_enter_a_count_of_none(doors: Doors, sign_in: Any) -> None:
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)
    host.post(f"/door/{doors.code}/{doors.here}/{doors.morning}/headcount", data={"people": "0"})
    with doors.app.app_context():
        assert db.session.scalars(select(HallCount.people)).all() == [0]


def test_a_sites_own_page_shows_its_hall_beside_its_door(doors: Doors, people: Any) -> None:
    site = f"/conferences/{doors.code}/sites/{doors.here}"
    assert "Chưa đếm." in people["organizer"].get(site).text
    doors.send(doors.item(1, at=local("07:31")))
    told(doors, people=9)
    page = people["organizer"].get(site).text
    assert "+8" in page and "Cần hỏi lại" in page
    assert "Chưa đếm." in people["organizer"].get(f"/conferences/{doors.code}/sites/{doors.there}").text
