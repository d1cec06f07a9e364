"""Somebody who is sent instead: named by the unit, approved, let in at the door, counted for the unit alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from conference.checkin import queries
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.planning.models import Conference
from conference.registry.models import Attendee, Substitute
from conference.registry.rules import Reach
from conference.reports.queries import sheaf_of
from conference.reports.tables import by_site, grand_total
from tests.checkin.conftest import Doors
from tests.factories import local


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def officer(doors: Doors, sign_in: Any) -> FlaskClient:
    with doors.app.app_context():
        unit = db.session.scalars(select(Attendee.unit_id)).first()
    return sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, unit)


def name(doors: Doors, who: FlaskClient, number: int = 1, **more: Any) -> int:
    sent = {"substitute_name": "Lê Văn Tám", "substitute_phone": "0912 000 222", **more}
    return who.post(f"/conferences/{doors.code}/people/{number}/substitutes", data=sent).status_code


def turn(doors: Doors, who: FlaskClient, what: str = "", **data: str) -> int:
    with doors.app.app_context():
        id = db.session.scalars(select(Substitute.id).order_by(Substitute.id.desc())).first()
    return who.post(f"/conferences/{doors.code}/people/1/substitutes/{id}{what}", data=data).status_code


def the_substitute(doors: Doors) -> tuple[int, str]:
    with doors.app.app_context():
        one = db.session.scalars(select(Attendee).where(Attendee.is_substitute)).one()
        assert one.ticket is not None
        return one.number, one.ticket


def figures(doors: Doors) -> dict[str, int]:
    with doors.app.app_context():
        conference = db.session.get_one(Conference, doors.conference)
        sheaf = sheaf_of(conference, Reach(is_whole=True))
        whole = grand_total(sheaf)
        assert by_site(sheaf).total.values["substituted"] == whole["substituted"]
        kept = ("summoned", "present", "substituted", "excused", "unexcused", "not_seen", "walk_in")
        assert whole["summoned"] == sum(whole[key] for key in kept[1:6])
        return {key: whole[key] for key in kept}


def test_the_units_word_waits_for_the_organizer_and_then_opens_the_door(
    doors: Doors, officer: FlaskClient, people: Any
) -> None:
    assert name(doors, officer) == 303
    assert doors.send(doors.item(2))["items"][0]["verdict"] == "accepted"
    page = people["organizer"].get(f"/conferences/{doors.code}/people/1").get_data(as_text=True)
    assert "Chờ Ban Tổ chức duyệt" in page
    waiting = people["organizer"].get(f"/conferences/{doors.code}/people?called=asked_substitute")
    assert "Đặng Hữu Phước" in waiting.get_data(as_text=True)
    assert turn(doors, officer, decision="approve") == 403
    assert turn(doors, people["organizer"], decision="approve") == 303
    number, ticket = the_substitute(doors)
    refused, let_in = doors.send(doors.item(1), doors.item(None, ticket=ticket))["items"]
    assert (refused["verdict"], refused["counts"]) == ("substituted", False)
    assert (let_in["verdict"], let_in["attendee"]["name"]) == ("accepted", "Lê Văn Tám")
    roster = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_here}"})
    lines = {one["number"]: one for one in roster.get_json()["people"]}
    assert lines[1]["substituted"] == [doors.morning, doors.afternoon]
    assert (lines[number]["sessions"], lines[number]["extra"]) == ([doors.morning, doors.afternoon], True)
    assert figures(doors) == {
        "summoned": 8, "present": 1, "substituted": 1, "excused": 0, "unexcused": 0, "not_seen": 6, "walk_in": 0,
    }  # fmt: skip
    with doors.app.app_context():
        here = queries.headcount_by_site(doors.morning)[doors.here]
        assert (here.summoned, here.present, here.substitutes, here.replaced, here.absent) == (4, 2, 1, 1, 2)
    listed = people["organizer"].get(f"/conferences/{doors.code}/people?status=substituted").get_data(as_text=True)
    assert "Được cử dự thay" in listed
    assert "Đặng Hữu Phước" in listed


def test_for_one_session_alone_the_other_is_attended_by_who_was_called(doors: Doors, people: Any) -> None:
    assert name(doors, people["organizer"], substitute_session=str(doors.afternoon)) == 303
    _number, ticket = the_substitute(doors)
    mine, other = doors.send(doors.item(1), doors.item(None, ticket=ticket))["items"]
    assert (mine["verdict"], other["verdict"]) == ("accepted", "other_session")
    assert name(doors, people["organizer"], substitute_session=str(doors.afternoon)) == 409
    assert name(doors, people["organizer"]) == 409
    assert name(doors, people["organizer"], substitute_session=str(doors.morning)) == 303
    with doors.app.app_context():
        assert len(db.session.scalars(select(Attendee.id).where(Attendee.is_substitute)).all()) == 1


def test_withdrawn_the_one_who_was_called_is_expected_again(doors: Doors, officer: FlaskClient, people: Any) -> None:
    name(doors, people["organizer"])
    _number, ticket = the_substitute(doors)
    assert turn(doors, officer, "/withdrawal") == 303
    assert turn(doors, officer, "/withdrawal") == 409
    mine, gone = doors.send(doors.item(1), doors.item(None, ticket=ticket))["items"]
    assert (mine["verdict"], gone["verdict"]) == ("accepted", "not_summoned")
    with doors.app.app_context():
        actions = db.session.scalars(
            select(JournalEntry.action).where(JournalEntry.action.like("substitute%")).order_by(JournalEntry.id)
        )
        assert list(actions) == ["substitute.name", "substitute.approve", "substitute.withdraw"]


def test_a_substitute_who_did_not_come_replaces_nobody_once_the_host_has_closed(
    doors: Doors, people: Any, sign_in: Any, clock: Any
) -> None:
    name(doors, people["organizer"])
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)
    clock.stop_at(local("09:00"))
    address = f"/door/{doors.code}/{doors.here}/{doors.morning}/closing"
    assert host.post(address, data={"absent": "4"}).status_code == 303
    page = people["organizer"].get(f"/conferences/{doors.code}/people/1").get_data(as_text=True)
    assert "Vắng không phép" in page


def test_the_rule_of_the_conference_may_take_the_units_word_as_enough(doors: Doors, officer: FlaskClient) -> None:
    with doors.app.app_context(), transaction():
        db.session.get_one(Conference, doors.conference).substitutes_need_approval = False
    assert name(doors, officer) == 303
    assert the_substitute(doors)[0] == 9


def test_who_is_called_on_their_own_account_replaces_nobody(doors: Doors, people: Any) -> None:
    with doors.app.app_context(), transaction():
        attendee = db.session.get_one(Attendee, doors.attendee_ids[2])
        db.session.execute(
            db.text("UPDATE people SET phone_digits = '0912000333' WHERE id = :id"), {"id": attendee.person_id}
        )
    named = {"substitute_name": "Nguyễn Thị Ánh", "substitute_phone": "0912 000 333"}
    assert name(doors, people["organizer"], **named) == 409
    assert name(doors, people["organizer"], substitute_name="Tám") == 422
    assert name(doors, people["organizer"], substitute_phone="") == 422


def test_the_units_officer_asks_leave_and_the_decision_reaches_roster_and_status(
    doors: Doors, officer: FlaskClient, people: Any, sign_in: Any
) -> None:
    address = f"/conferences/{doors.code}/people/1/leave"
    assert officer.post(address, data={"reason": "Đi công tác"}).status_code in (302, 303)
    with doors.app.app_context():
        elsewhere = db.session.get_one(Conference, doors.conference).host_unit_id
    other = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, elsewhere)
    assert other.post(address, data={"reason": "Đi công tác"}).status_code == 404
    assert officer.post(f"{address}/1", data={"decision": "approve"}).status_code == 403
    people["organizer"].post(f"{address}/1", data={"decision": "approve"})
    roster = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_here}"})
    lines = {one["number"]: one["leave"] for one in roster.get_json()["people"]}
    assert (lines[1], lines[2]) == ([doors.morning, doors.afternoon], [])
    assert figures(doors)["excused"] == 1
    assert "Vắng có phép" in officer.get(f"/conferences/{doors.code}/people/1").get_data(as_text=True)
