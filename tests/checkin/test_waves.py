"""Two waves at the doors: who comes in which is let in then and not otherwise, and is counted once."""

from __future__ import annotations

from typing import Any

import pytest

from conference.checkin.queries import Headcount, headcount_by_site, total_of
from conference.checkin.rosters import roster_with_status
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, StudySession
from conference.reflections.receipts import signer
from conference.registry.models import Attendee
from conference.registry.tickets import key_ring
from conference.reports.verifying import verify
from tests.checkin.conftest import Doors
from tests.conftest import SECRET
from tests.factories import local, make_wave

FIRST, SECOND = (1, 2, 5, 6), (3, 7)
"""Numbers of the people of each wave; 4 and 8 are in none."""


@pytest.fixture
def waves(doors: Doors) -> dict[str, int]:
    """The morning is of the first wave, the afternoon of the second."""
    with doors.app.app_context(), transaction():
        conference = db.session.get_one(Conference, doors.conference)
        first, second = make_wave(conference, "Đợt 1"), make_wave(conference, "Đợt 2")
        for id, wave in ((doors.morning, first), (doors.afternoon, second)):
            db.session.get_one(StudySession, id).wave_id = wave.id
        for numbers, wave in ((FIRST, first), (SECOND, second)):
            for number in numbers:
                db.session.get_one(Attendee, doors.attendee_ids[number]).wave_id = wave.id
        return {"first": first.id, "second": second.id}


def counted(doors: Doors, session: int) -> Headcount:
    with doors.app.app_context():
        return total_of(headcount_by_site(session).values())


def verdicts(doors: Doors, *items: dict[str, Any]) -> list[str]:
    return [item["verdict"] for item in doors.send(*items)["items"]]


def test_a_door_lets_in_whose_wave_it_is_and_says_so_to_the_others(doors: Doors, waves: Any, people: Any) -> None:
    assert verdicts(doors, *(doors.item(number) for number in (1, 3, 4))) == [
        "accepted",
        "other_session",
        "other_session",
    ]
    later = {"study_session": doors.afternoon, "at": local("13:40")}
    assert verdicts(doors, *(doors.item(number, **later) for number in (1, 3))) == ["other_session", "accepted"]
    moved = people["organizer"].post(f"/conferences/{doors.code}/people/4/wave", data={"wave": waves["second"]})
    assert moved.status_code == 303
    assert verdicts(doors, doors.item(4, **later)) == ["accepted"]
    assert (counted(doors, doors.morning).summoned, counted(doors, doors.morning).absent) == (4, 3)
    assert (counted(doors, doors.afternoon).summoned, counted(doors, doors.afternoon).present) == (3, 2)


def test_a_phone_knows_the_sessions_of_everybody_on_its_roster(doors: Doors, waves: Any) -> None:
    bearer = {"Authorization": f"Bearer {doors.token_here}"}
    door = doors.app.test_client().get("/api/v1/door", headers=bearer).get_json()
    called = {one["number"]: one["sessions"] for one in door["people"]}
    assert called == {1: [doors.morning], 2: [doors.morning], 3: [doors.afternoon], 4: []}
    assert [one["free_seats"] for one in door["sessions"]] == [58, 59]
    assert door["free_seats"] == 56


def test_who_was_let_in_by_a_phone_that_did_not_know_counts_as_a_guest(doors: Doors, waves: Any) -> None:
    answer = doors.send(doors.item(3, verdict_shown="accepted"), doors.item(1))["items"]
    assert [(item["verdict"], item["counts"], item["case"] is not None) for item in answer] == [
        ("other_session", True, True),
        ("accepted", True, False),
    ]
    count = counted(doors, doors.morning)
    assert (count.summoned, count.present, count.guests, count.absent) == (4, 2, 1, 3)
    with doors.app.app_context():
        assert [
            part.differences
            for part in verify(signer=signer(SECRET), ring=key_ring(SECRET), read=lambda name: None)
            if part.differences
        ] == []


def test_somebody_without_a_ticket_comes_in_the_wave_that_is_there(doors: Doors, waves: Any) -> None:
    person = {"name": "Lê Văn Tám", "phone": "0912 000 222"}
    item = {**doors.item(), "kind": "walk_in", "ticket": None, "method": "name", "person": person}
    assert doors.send(item)["items"][0]["counts"]
    with doors.app.app_context():
        added = db.session.query(Attendee).filter_by(is_walk_in=True).one()
        assert added.wave_id == waves["first"]


def test_the_list_of_a_site_for_a_session_holds_its_wave_alone(doors: Doors, waves: Any) -> None:
    with doors.app.app_context():
        conference = db.session.get_one(Conference, doors.conference)
        sessions = [db.session.get_one(StudySession, id) for id in (doors.morning, doors.afternoon)]
        listed = [{line.number for line in roster_with_status(conference, doors.here, one)} for one in sessions]
    assert listed == [{1, 2}, {3}]
