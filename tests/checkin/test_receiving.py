"""Scans through the real endpoint, on SQLite and on PostgreSQL."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from conference.checkin import actions, queries
from conference.checkin.models import Case, Device, QuarantinedScan, Scan
from conference.checkin.signals import site_counted
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import StudySession
from conference.registry.models import Attendee
from conference.registry.row_codes import RowCode
from tests.checkin.conftest import Doors
from tests.checkin.counted import present, rows_in, state_of
from tests.factories import local


def test_a_ticket_lets_its_person_in_with_name_position_unit_and_seat(doors: Doors) -> None:
    scan = doors.item(1)
    answer = doors.send(scan)
    assert answer["items"] == [
        {
            "id": scan["id"],
            "status": 200,
            "verdict": "accepted",
            "counts": True,
            "attendee": {
                "number": 1,
                "site": doors.here,
                "site_name": "Yên Thành",
                "name": "Đặng Hữu Phước",
                "position": "Chủ tịch",
                "unit": "Liên đoàn Lao động huyện Yên Thành",
                "seat": "C1",
            },
            "first_seen": None,
            "minutes_late": None,
            "case": None,
        }
    ]
    assert answer["headcounts"] == [{"study_session": doors.morning, "site": doors.here, "present": 1}]
    assert answer["server_time"] == "2018-12-06T00:40:00.000Z"
    assert present(doors) == {1: "07:40"}


def test_a_second_reading_says_when_and_where_the_first_was(doors: Doors) -> None:
    doors.send(doors.item(1, at=local("07:31")))
    (again,) = doors.send(doors.item(1, at=local("07:42")), token=doors.second_token_here)["items"]
    assert again["verdict"] == "already_in"
    assert again["first_seen"] == {
        "at": "2018-12-06T00:31:00.000Z",
        "site": doors.here,
        "site_name": "Yên Thành",
        "device": "Cửa chính",
    }
    assert present(doors) == {1: "07:31"}
    assert state_of(doors)["attendance"][0]["duplicates"] == 1


def test_the_same_delivery_again_gets_the_same_answer_and_adds_nothing(doors: Doors) -> None:
    batch = [
        doors.item(1),
        doors.item(1, at=local("07:45")),
        doors.item(5),
        doors.item(2, at=local("08:20")),
        doors.item(None, ticket="9" * 188),
        doors.item(3, at=local("07:00")),
        {"id": str(uuid.uuid4()), "kind": "nonsense"},
        {"without": "an id"},
        doors.undo(str(uuid.uuid4())),
    ]
    first = doors.send(*batch)
    counted = rows_in(doors, Scan), rows_in(doors, QuarantinedScan), state_of(doors)
    again = doors.send(*batch)
    assert again["items"] == first["items"]
    assert [item["verdict"] for item in first["items"]] == [
        "accepted",
        "already_in",
        "other_site",
        "late",
        "invalid",
        "too_early",
        "invalid",
        "invalid",
        "accepted",
    ]
    assert (rows_in(doors, Scan), rows_in(doors, QuarantinedScan), state_of(doors)) == counted


def test_another_body_under_a_known_id_is_refused_and_kept(doors: Doors) -> None:
    scan = doors.item(1)
    doors.send(scan)
    (conflict,) = doors.send({**scan, "ticket": doors.tickets[2]})["items"]
    assert (conflict["status"], conflict["verdict"]) == (409, "conflict")
    assert present(doors) == {1: "07:40"}
    assert state_of(doors)["quarantined"] == [scan["id"]]
    doors.send({**scan, "ticket": doors.tickets[2]})
    assert rows_in(doors, QuarantinedScan) == 1
    (same,) = doors.send(scan)["items"]
    assert (same["status"], same["verdict"]) == (200, "accepted")


def test_arrivals_are_counted_by_the_minute_and_wrong_clocks_are_left_out(doors: Doors) -> None:
    moments = [
        local("07:41"),
        local("07:41") + timedelta(seconds=59.9),
        local("07:43"),
        local("07:45") + timedelta(days=2),
    ]
    doors.send(*(doors.item(number, at=moment) for number, moment in enumerate(moments, 1)))
    with doors.app.app_context():
        assert queries.arrivals_by_minute(doors.morning) == [(local("07:41"), 2), (local("07:43"), 1)]


def test_one_id_twice_in_one_delivery_is_one_scan_or_a_conflict(doors: Doors) -> None:
    scan = doors.item(1)
    other = {**scan, "ticket": doors.tickets[2]}
    answers = doors.send(scan, scan, {**scan, "device_seq": 99}, other)["items"]
    assert [(one["status"], one["verdict"]) for one in answers] == [
        (200, "accepted"),
        (200, "accepted"),
        (409, "conflict"),
        (409, "conflict"),
    ]
    assert rows_in(doors, Scan) == 1
    assert present(doors) == {1: "07:40"}  # not the second, whose ticket came last


def test_an_undo_takes_the_presence_back_and_another_gives_it_again(doors: Doors) -> None:
    scan = doors.item(1)
    undo = doors.undo(scan["id"])
    doors.send(scan)
    doors.send(undo)
    assert present(doors) == {}
    doors.send(doors.undo(undo["id"]))
    assert present(doors) == {1: "07:40"}


def test_an_undo_needs_no_more_than_its_target(doors: Doors) -> None:
    scan = doors.item(1)
    bare_undo = {"id": str(uuid.uuid4()), "kind": "undo", "target": scan["id"]}
    assert [one["verdict"] for one in doors.send(scan, bare_undo)["items"]] == ["accepted", "accepted"]
    assert present(doors) == {}


def test_an_undo_may_come_before_what_it_undoes_and_be_undone_before_too(doors: Doors) -> None:
    scan, other = doors.item(1), doors.item(2)
    undo, undo_other = doors.undo(scan["id"]), doors.undo(other["id"])
    doors.send(doors.undo(undo_other["id"]))
    doors.send(undo, undo_other)
    doors.send(scan)
    doors.send(other)
    assert present(doors) == {2: "07:40"}
    doors.send(doors.undo(undo["id"]))
    assert present(doors) == {1: "07:40", 2: "07:40"}


def test_another_door_cannot_take_a_presence_back(doors: Doors) -> None:
    scan = doors.item(1)
    doors.send(scan)
    (answer,) = doors.send(doors.undo(scan["id"]), token=doors.token_there)["items"]
    assert answer["verdict"] == "other_site"
    assert present(doors) == {1: "07:40"}


def test_somebody_of_another_site_counts_once_the_host_decides(doors: Doors) -> None:
    (asked,) = doors.send(doors.item(5))["items"]
    assert (asked["verdict"], asked["counts"], asked["attendee"]["site_name"]) == ("other_site", False, "Đô Lương")
    (taken,) = doors.send(doors.item(5, decision="guest", at=local("07:41")))["items"]
    assert (taken["verdict"], taken["counts"]) == ("accepted", True)
    with doors.app.app_context():
        counts = queries.headcount_by_site(doors.morning)
    assert (counts[doors.here].present, counts[doors.here].guests) == (1, 1)
    assert (counts[doors.there].summoned, counts[doors.there].elsewhere, counts[doors.there].absent) == (4, 1, 3)


def test_two_sites_make_one_presence_and_one_case(doors: Doors) -> None:
    doors.send(doors.item(5, decision="guest", at=local("07:41"), verdict_shown="accepted"))
    doors.send(doors.item(5, at=local("07:38"), verdict_shown="accepted"), token=doors.token_there)
    state = state_of(doors)
    assert [(one["attendee"], one["site"], one["duplicates"]) for one in state["attendance"]] == [(5, doors.there, 1)]
    assert [(case["kind"], case["attendee"]) for case in state["cases"]] == [("two_sites", 5)]
    with doors.app.app_context():
        assert db.session.scalars(select(Case.kind)).all() == ["two_sites"]
        assert queries.open_case_count(doors.conference) == 1


def reissue(doors: Doors, number: int, hour: str) -> str:
    with doors.app.app_context(), transaction():
        attendee = db.session.get_one(Attendee, doors.attendee_ids[number])
        attendee.ticket_issue = 2
        attendee.ticket_reissued_at = local(hour)
        attendee.ticket = doors.keys.issue(conference=doors.conference, attendee=number, site=doors.here, issue=2)
        return attendee.ticket


def test_a_revoked_ticket_is_refused_live_and_counts_with_a_case_when_a_phone_let_it_in(doors: Doors) -> None:
    new = reissue(doors, 1, "07:30")
    (live,) = doors.send(doors.item(1))["items"]
    assert (live["verdict"], live["counts"]) == ("revoked", False)
    assert present(doors) == {}
    (offline,) = doors.send(doors.item(1, at=local("07:35"), verdict_shown="accepted"))["items"]
    assert (offline["verdict"], offline["counts"]) == ("revoked", True)
    assert offline["case"] is not None
    assert present(doors) == {1: "07:35"}
    (before,) = doors.send(doors.item(1, at=local("07:29"), verdict_shown="accepted"))["items"]
    assert (before["verdict"], before["case"]) == ("accepted", None)
    (good,) = doors.send(doors.item(ticket=new))["items"]
    assert good["verdict"] == "already_in"


def test_a_number_is_taken_by_hand_and_marked_and_opens_no_foreign_name(doors: Doors) -> None:
    (mine,) = doors.send(doors.item(ticket="1", method="name"))["items"]
    assert (mine["verdict"], mine["attendee"]["name"]) == ("accepted", "Đặng Hữu Phước")
    (foreign,) = doors.send(doors.item(ticket="5", method="typed"))["items"]
    assert foreign["verdict"] == "other_site"
    assert foreign["attendee"] == {"number": 5, "site": doors.there, "site_name": "Đô Lương"}
    (camera,) = doors.send(doors.item(ticket="2", method="camera"))["items"]
    assert camera["verdict"] == "invalid"
    with doors.app.app_context():
        assert queries.headcount_by_site(doors.morning)[doors.here].by_hand == 1


def test_a_signed_row_counts_at_the_time_that_is_stated_and_opens_no_foreign_name(doors: Doors) -> None:
    def row(number: int, **fields: Any) -> dict[str, Any]:
        code = RowCode(fields.pop("conference", doors.conference), number).digits()
        return doors.item(None, ticket=code, method="paper", at=local("08:00"), **fields)

    home, foreign, other, by_camera = doors.send(
        row(1), row(5), row(2, conference=doors.conference + 1), row(3) | {"method": "camera"}
    )["items"]
    assert (home["verdict"], home["counts"], home["attendee"]["name"]) == ("accepted", True, "Đặng Hữu Phước")
    assert (foreign["verdict"], "name" in foreign["attendee"]) == ("other_site", False)
    assert (other["verdict"], other["counts"]) == ("not_summoned", False)
    assert (by_camera["verdict"], by_camera["counts"]) == ("invalid", False)
    assert present(doors) == {1: "08:00"}
    (kept,) = state_of(doors)["attendance"]
    assert kept["first"] == home["id"]


def test_a_wrong_clock_counts_flagged_and_opens_one_case_for_its_device(doors: Doors) -> None:
    for number in (1, 2):
        doors.send(doors.item(number, at="1970-01-01T00:00:00Z"))
    doors.send(doors.item(1, at=local("07:50")))
    state = state_of(doors)
    assert [(one["attendee"], one["flagged"]) for one in state["attendance"]] == [(1, False), (2, True)]
    assert [case["kind"] for case in state["cases"]] == ["clock"]


def test_going_out_alone_is_no_presence(doors: Doors) -> None:
    doors.send(doors.item(1, direction="out"))
    assert present(doors) == {}
    doors.send(doors.item(1, at=local("07:39")))
    assert state_of(doors)["attendance"][0]["last_out"] == "2018-12-06T00:40:00.000Z"


def test_a_closed_door_refuses_and_what_was_scanned_before_still_counts(doors: Doors, clock: Any) -> None:
    now = clock.stop_at(local("11:00"))
    with doors.app.app_context(), transaction():
        actions.close_site(
            study_session=db.session.get_one(StudySession, doors.morning), site_id=doors.here, by=SYSTEM, at=now
        )
    (after,) = doors.send(doors.item(1, at=local("11:01")))["items"]
    assert (after["verdict"], after["counts"]) == ("closed", False)
    (before,) = doors.send(doors.item(2, at=local("10:59")))["items"]
    assert (before["verdict"], before["counts"], before["minutes_late"]) == ("late", True, 179)
    assert present(doors) == {2: "10:59"}


def test_other_devices_of_the_door_learn_what_they_have_not_seen(doors: Doors) -> None:
    first = doors.send(doors.item(1), cursor=None)
    mine = doors.send(doors.item(2), token=doors.second_token_here, cursor=first["cursor"])
    assert mine["changes"] == []
    seen = doors.send(doors.item(3), cursor=first["cursor"])
    assert sorted(change["number"] for change in seen["changes"]) == [2, 3]
    client = doors.app.test_client()
    answer = client.get(
        f"/api/v1/door/changes?cursor={first['cursor']}", headers={"Authorization": f"Bearer {doors.token_here}"}
    ).get_json()
    assert sorted(change["number"] for change in answer["changes"]) == [2, 3]
    assert answer["headcounts"][0]["present"] == 3


@pytest.mark.parametrize(
    ("ended", "status"),
    [(timedelta(0), 200), (timedelta(days=29), 200), (timedelta(days=31), 401)],
)
def test_an_ended_device_delivers_its_queue_for_thirty_days_and_learns_nothing(
    doors: Doors, clock: Any, ended: timedelta, status: int
) -> None:
    doors.send(doors.item(1))
    with doors.app.app_context(), transaction():
        device = db.session.scalars(
            select(Device).where(Device.token_hash == queries.token_hash(doors.token_here))
        ).one()
        actions.revoke_device(device=device, by=SYSTEM, at=local("07:41"))
    clock.stop_at(local("07:41") + ended)
    answer = doors.ask(doors.item(2))
    assert answer.status_code == status
    if status == 200:
        assert (answer.get_json()["cursor"], answer.get_json()["headcounts"]) == (None, [])
        with doors.app.app_context():
            late = db.session.scalars(select(Scan.came_after_end).order_by(Scan.received_at, Scan.came_after_end))
            assert list(late) == [False, True]
    else:
        assert answer.get_json()["error"] == "device_ended"
    roster = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_here}"})
    assert roster.status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "scans_not_json"),
        (b"{", 400, "scans_not_json"),
        (b"[" * 100_000, 400, "scans_not_json"),
        (b"[]", 400, "scans_not_an_object"),
        (b'"x"', 400, "scans_not_an_object"),
        (b"{}", 400, "scans_no_items"),
        (b'{"items": []}', 400, "scans_no_items"),
        (b'{"items": {}}', 400, "scans_no_items"),
        (b'{"items": [' + b",".join([b"{}"] * 501) + b"]}", 413, "scans_too_many"),
        (b'{"items": [{}], "role": "admin"}', 400, "scans_unknown_field"),
        (b'{"items": ["' + b"x" * 3_000_000 + b'"]}', 413, "http_413"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(doors: Doors, body: bytes, status: int, code: str) -> None:
    answer = doors.app.test_client().post(
        "/api/v1/scans",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {doors.token_here}"},
    )
    assert (answer.status_code, answer.get_json()["error"]) == (status, code)
    assert len(answer.get_json()["message"]) > 20
    assert rows_in(doors, Scan) == 0


def test_only_json_is_taken_and_only_from_a_device(doors: Doors) -> None:
    client = doors.app.test_client()
    bearer = {"Authorization": f"Bearer {doors.token_here}"}
    assert client.post("/api/v1/scans", data="x", headers=bearer).status_code == 415
    for headers in ({}, {"Authorization": "Bearer nobody's"}, {"Authorization": "Basic eDp5"}):
        answer = client.post("/api/v1/scans", json={"items": [doors.item(1)]}, headers=headers)
        assert (answer.status_code, answer.get_json()["error"]) == (401, "sign_in_first")
    assert rows_in(doors, Scan) == 0


def test_news_of_a_site_is_told_after_the_commit_and_only_when_something_changed(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[dict[str, int]] = []
    monkeypatch.setattr(site_counted, "_listeners", [])
    site_counted.listen(lambda **facts: heard.append(facts))
    scan = doors.item(1)
    doors.send(scan)
    assert heard == [{"conference_id": doors.conference, "study_session_id": doors.morning, "site_id": doors.here}]
    doors.send(scan)
    doors.send(doors.item(5))
    assert len(heard) == 1


def test_a_scan_is_never_changed_not_even_by_sql(doors: Doors) -> None:
    doors.send(doors.item(1))
    with doors.app.app_context(), pytest.raises(Exception, match="never changed"), transaction():
        db.session.execute(text("UPDATE scans SET verdict = 'late'"))


def test_the_number_of_statements_does_not_grow_with_the_delivery(doors: Doors, count_queries: Any) -> None:
    doors.send(doors.item(1))
    with count_queries() as few:
        doors.send(doors.item(2))
    with count_queries() as many:
        later = [doors.item(number, at=local("07:45")) for number in doors.numbers_here for _ in range(20)]
        doors.send(*later)
    assert len(many) <= len(few) + 2  # who was seen again is written by a statement of its own, and told when first


def test_a_program_gets_the_roster_of_its_door_and_no_other(doors: Doors) -> None:
    client = doors.app.test_client()
    bearer = {"Authorization": f"Bearer {doors.token_here}"}
    doors.send(doors.item(1))
    answer = client.get("/api/v1/door", headers=bearer)
    door = answer.get_json()
    assert [person["number"] for person in door["people"]] == [1, 4, 2, 3] or len(door["people"]) == 4
    assert {person["site"] for person in door["people"]} == {doors.here}
    assert door["seen"][str(doors.morning)]["1"][1] == doors.here
    assert door["keys"] == doors.keys.published()
    again = client.get("/api/v1/door", headers={**bearer, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_app_starts_without_scans(app: Flask) -> None:
    assert app.test_client().get("/keys/tickets.json").get_json()["keys"][0]["crv"] == "Ed25519"
