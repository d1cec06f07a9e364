"""The host's pages and the commands around the doors."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from conference.checkin.models import Case, Device, SiteClosing
from conference.checkin.rules import CaseState
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.sites.models import Site
from tests.checkin.conftest import Doors
from tests.factories import THE_DAY, join, local, make_conference


@pytest.fixture
def host(doors: Doors, sign_in: Any) -> FlaskClient:
    return sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)


def journal(doors: Doors) -> list[str]:
    with doors.app.app_context():
        return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)))


def test_a_host_with_one_door_goes_straight_to_it(doors: Doors, host: FlaskClient) -> None:
    answer = host.get("/door/")
    assert (answer.status_code, answer.location) == (302, f"/door/{doors.code}/{doors.here}")
    page = host.get(answer.location)
    assert page.status_code == 200
    assert "Yên Thành" in page.get_data(as_text=True)
    assert "'wasm-unsafe-eval'" in page.headers["Content-Security-Policy"]
    assert "wasm" not in host.get("/sign-in").headers["Content-Security-Policy"]


def test_an_organizer_finds_a_door_by_name_without_marks(doors: Doors, people: Any) -> None:
    assert "Đô Lương" in people["organizer"].get("/door/").get_data(as_text=True)
    found = people["organizer"].get("/door/?q=do%20luong").get_data(as_text=True)
    assert "Đô Lương" in found
    assert "Yên Thành" not in found


def test_doors_of_today_and_the_days_to_come_stand_before_those_that_are_over(doors: Doors, host: FlaskClient) -> None:
    with doors.app.app_context(), transaction():
        site = db.session.get_one(Site, doors.here)
        for code, days in (("MAI", 9), ("KIA", 30), ("QUA", -9), ("XUA", -40)):
            join(make_conference(code, starts_on=THE_DAY + timedelta(days=days)), site)
    page = host.get("/door/").get_data(as_text=True)
    order = ["NQ12", "MAI", "KIA", "QUA", "XUA"]
    assert sorted(order, key=lambda code: page.index(f"/door/{code}/")) == order


@pytest.mark.parametrize(("part", "status"), [("", 404), ("/device", 404), ("/closing", 404)])
def test_another_sites_door_is_not_found(doors: Doors, host: FlaskClient, part: str, status: int) -> None:
    if part == "/device":
        assert host.post(f"/door/{doors.code}/{doors.there}/device").status_code == status
    elif part == "/closing":
        assert host.get(f"/door/{doors.code}/{doors.there}/{doors.morning}/closing").status_code == status
    else:
        assert host.get(f"/door/{doors.code}/{doors.there}").status_code == status


def test_a_browser_is_enrolled_once_it_asks_and_its_token_counts_at_this_door(doors: Doors, host: FlaskClient) -> None:
    answer = host.post(f"/door/{doors.code}/{doors.here}/device").get_json()
    assert answer["label"] == "Máy 3"
    (counted,) = doors.send(doors.item(1), token=answer["token"])["items"]
    assert counted["verdict"] == "accepted"
    with doors.app.app_context():
        device = db.session.get_one(Device, answer["device"])
        assert (device.site_id, device.conference_id) == (doors.here, doors.conference)
        assert answer["token"] not in device.token_hash
    assert journal(doors)[-1] == "device.enrol"


def test_a_token_cannot_be_had_without_the_pages_proof(doors: Doors, host: FlaskClient) -> None:
    del host.environ_base["HTTP_X_CSRF_TOKEN"]
    assert host.post(f"/door/{doors.code}/{doors.here}/device").status_code == 400


def test_closing_names_who_is_absent_and_is_refused_when_the_list_has_changed(
    doors: Doors, host: FlaskClient, clock: Any
) -> None:
    clock.stop_at(local("09:00"))
    address = f"/door/{doors.code}/{doors.here}/{doors.morning}/closing"
    doors.send(doors.item(1))
    page = host.get(address).get_data(as_text=True)
    assert "Vắng không phép: 3" in page
    assert "Nguyễn Thị Ánh" in page
    assert "Đặng Hữu Phước" not in page
    doors.send(doors.item(2))
    assert host.post(address, data={"absent": "3"}).status_code == 409
    assert host.post(address, data={"absent": "2"}).status_code == 303
    with doors.app.app_context():
        assert db.session.scalars(select(SiteClosing.site_id)).all() == [doors.here]
    assert "Đã khóa lúc 09:00" in host.get(address).get_data(as_text=True)
    assert host.post(address, data={"absent": "0"}).status_code == 409
    assert host.post(address.replace("closing", "reopening")).status_code == 303
    assert journal(doors)[-2:] == ["door.close", "door.reopen"]


def test_a_door_that_has_not_opened_is_not_closed(doors: Doors, host: FlaskClient) -> None:
    address = f"/door/{doors.code}/{doors.here}/{doors.afternoon}/closing"
    assert host.post(address, data={"absent": "4"}).status_code == 409


def test_who_only_scans_does_not_say_who_is_absent(doors: Doors, sign_in: Any) -> None:
    scanner = sign_in(Role.SCANNER, ScopeKind.SITE, doors.here)
    assert scanner.get(f"/door/{doors.code}/{doors.here}").status_code == 200
    assert scanner.get(f"/door/{doors.code}/{doors.here}/{doors.morning}/closing").status_code == 403
    assert "Khóa điểm danh…" not in scanner.get(f"/door/{doors.code}/{doors.here}").get_data(as_text=True)


def test_the_organizer_sees_both_sides_of_a_case_and_says_what_was_found(doors: Doors, people: Any) -> None:
    doors.send(doors.item(5, decision="guest", at=local("07:41")))
    doors.send(doors.item(5, at=local("07:38")), token=doors.token_there)
    address = f"/conferences/{doors.code}/cases"
    page = people["organizer"].get(address).get_data(as_text=True)
    assert "Điểm danh ở hai nơi" in page
    assert "Trần Văn Ẩn" in page
    assert page.index("07:38") < page.index("07:41")
    with doors.app.app_context():
        case_id = db.session.scalars(select(Case.id)).one()
    one = people["organizer"].get(f"{address}/{case_id}").get_data(as_text=True)
    assert "Con số không đổi: có mặt lúc 07:38 tại Đô Lương" in one
    assert "Khi đó: có mặt lúc 07:41 tại Yên Thành" in one
    decision = {"outcome": f"placed:{doors.here}", "note": "Vé đúng"}
    assert people["organizer"].post(f"{address}/{case_id}/decision", data={"note": "Chưa chọn"}).status_code == 422
    assert people["organizer"].post(f"{address}/{case_id}/decision", data=decision).status_code == 303
    assert people["organizer"].post(f"{address}/{case_id}/decision", data=decision).status_code == 409
    with doors.app.app_context():
        case = db.session.scalars(select(Case)).one()
        assert (case.state, case.note) == (CaseState.DECIDED, "Vé đúng")
    assert "Vé đúng" in people["organizer"].get(f"{address}?state=decided").get_data(as_text=True)
    assert people["organizer"].post(f"{address}/{case_id}/reopening").status_code == 303
    assert "Rút lại quyết định" in people["organizer"].get(f"{address}/{case_id}").get_data(as_text=True)


def test_the_organizer_sees_every_device_and_ends_one(doors: Doors, people: Any, host: FlaskClient) -> None:
    client = people["organizer"]
    doors.send(doors.item(1), device={"queue": 7, "clock_offset_ms": 1500, "app": "door-1"})
    address = f"/conferences/{doors.code}/devices"
    page = client.get(address).get_data(as_text=True)
    assert page.count("Cửa chính") == 2
    assert ">7<" in page
    assert host.get(address).get_data(as_text=True).count("Cửa chính") == 1  # a host: the own site's devices
    with doors.app.app_context():
        device_id = db.session.scalars(select(Device.id).where(Device.site_id == doors.there)).one()
    assert client.post(f"{address}/{device_id}/revocation").status_code == 303
    assert client.post(f"{address}/{device_id}/revocation").status_code == 303
    assert "Đã thu hồi" in client.get(address).get_data(as_text=True)
    assert journal(doors).count("device.revoke") == 1
    roster = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_there}"})
    assert roster.status_code == 401


def test_the_list_of_cases_asks_no_more_for_more_of_them(doors: Doors, people: Any, count_queries: Any) -> None:
    client = people["organizer"]
    address = f"/conferences/{doors.code}/cases"

    def asked() -> int:
        with count_queries() as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    asked()
    doors.send(doors.item(5, decision="guest", at=local("07:41")))
    doors.send(doors.item(5, at=local("07:38")), token=doors.token_there)
    one = asked()
    for number in (6, 7, 8):
        doors.send(doors.item(number, decision="guest", at=local("07:41")))
        doors.send(doors.item(number, at=local("07:38")), token=doors.token_there)
    assert asked() == one


def test_the_counted_state_comes_by_command(doors: Doors) -> None:
    scan = doors.item(1)
    doors.send(scan)
    result = doors.app.test_cli_runner().invoke(args=["export-attendance", doors.code, "--json"])
    state = json.loads(result.output)
    assert state["attendance"] == [
        {
            "attendee": 1,
            "study_session": doors.morning,
            "first": scan["id"],
            "first_at": "2018-12-06T00:40:00.000Z",
            "site": doors.here,
            "flagged": False,
            "duplicates": 0,
            "last_out": None,
        }
    ]
    assert state["totals"] == {str(doors.morning): {str(doors.here): 1}}
    assert state["ids"] == [scan["id"]]
    assert doors.app.test_cli_runner().invoke(args=["export-attendance", "NOWHERE", "--json"]).exit_code == 1


def test_a_program_gets_a_token_by_command_and_counts_with_it(doors: Doors) -> None:
    with doors.app.app_context():
        code = db.session.get_one(Site, doors.here).code
    result = doors.app.test_cli_runner().invoke(args=["make-token", "--device", code, "--json"])
    made = json.loads(result.output)
    assert made["study_sessions"] == [doors.morning, doors.afternoon]
    assert doors.send(doors.item(1), token=made["token"])["items"][0]["verdict"] == "accepted"
    refused = doors.app.test_cli_runner().invoke(args=["make-token", "--device", "NOWHERE"])
    assert refused.exit_code == 1
    assert "does not join" in refused.output
