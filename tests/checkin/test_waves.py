"""Two waves at the doors: who comes in which is let in then and not otherwise, and is counted once."""

from __future__ import annotations

from typing import Any

import pytest

from conference.checkin.models import Attendance, Case
from conference.checkin.queries import Headcount, headcount_by_site, total_of
from conference.checkin.rosters import roster_with_status
from conference.checkin.rules import CaseKind
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, StudySession
from conference.reflections.receipts import signer
from conference.registry.models import Attendee
from conference.registry.tickets import key_ring
from conference.reports.verifying import verify
from conference.sites.models import Hall
from tests.checkin.conftest import Doors
from tests.checkin.counted import put_into_waves
from tests.conftest import SECRET
from tests.factories import local

FIRST, SECOND = (1, 2, 5, 6), (3, 7)
"""Numbers of the people of each wave; 4 and 8 are in none."""


@pytest.fixture
def waves(doors: Doors) -> dict[str, int]:
    """The morning is of the first wave, the afternoon of the second."""
    first, second = put_into_waves(doors, {doors.morning: FIRST, doors.afternoon: SECOND})
    return {"first": first, "second": second}


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
    assert differences(doors) == 0


def differences(doors: Doors) -> int:
    """What ``verify`` finds when it recounts everything."""
    with doors.app.app_context():
        parts = verify(signer=signer(SECRET), ring=key_ring(SECRET), read=lambda name: None)
        return sum(len(part.differences) for part in parts)


def test_the_host_may_let_in_a_guest_of_another_wave_who_is_then_in_and_still_expected_in_their_own(
    doors: Doors, waves: Any
) -> None:
    guest, again = doors.item(3, decision="guest"), doors.item(3, at=local("07:50"))
    assert verdicts(doors, doors.item(3), guest, again, doors.item(1)) == [
        "other_session",
        "accepted",
        "already_in",
        "accepted",
    ]
    assert verdicts(doors, doors.item(3, at=local("11:00"), direction="out")) == ["other_session"]
    count = counted(doors, doors.morning)
    assert (count.summoned, count.present, count.guests, count.absent) == (4, 2, 1, 3)
    own = counted(doors, doors.afternoon)
    assert (own.summoned, own.present, own.absent) == (2, 0, 2)
    assert differences(doors) == 0
    doors.send(doors.undo(guest["id"]))
    assert counted(doors, doors.morning).present == 1
    assert differences(doors) == 0


def test_a_guest_of_another_site_and_wave_comes_in_and_a_move_makes_no_other_wave_of_it(
    doors: Doors, waves: Any
) -> None:
    assert verdicts(doors, doors.item(7), doors.item(7, decision="guest"), doors.item(8, decision="move")) == [
        "other_session",
        "accepted",
        "accepted",
    ]
    with doors.app.app_context():
        guest, moved = (db.session.get_one(Attendee, doors.attendee_ids[number]) for number in (7, 8))
        assert (guest.site_id, guest.wave_id) == (doors.there, waves["second"])
        assert (moved.site_id, moved.wave_id) == (doors.here, None)
    count = counted(doors, doors.morning)
    assert (count.present, count.guests) == (2, 2)


@pytest.mark.parametrize("first", ["reading", "handing"])
def test_a_spare_badge_handed_to_a_guest_of_another_wave_is_good_in_the_session_where_it_was_handed_over(
    doors: Doors, waves: Any, first: str
) -> None:
    """Whichever of the two arrives first."""
    spare = doors.spare(4)
    handing = doors.item(ticket="3", method="name", spare=spare, decision="guest")
    out = doors.item(ticket=spare, at=local("09:00"), direction="out")
    for item in (handing, out) if first == "handing" else (out, handing):
        doors.send(item)
    with doors.app.app_context():
        (stay,) = db.session.query(Attendance).all()
        assert (stay.attendee_id, stay.study_session_id) == (doors.attendee_ids[3], doors.morning)
        assert stay.last_out == local("09:00")
    door = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_here}"})
    at = int(local("07:40").timestamp() * 1000)
    assert door.get_json()["spares"] == [[doors.here, 4, 3, at, doors.morning]]
    assert differences(doors) == 0


def test_of_guests_of_another_wave_beyond_the_seats_somebody_hears(doors: Doors, waves: Any) -> None:
    with doors.app.app_context(), transaction():
        db.session.query(Hall).filter_by(site_id=doors.here).one().capacity = 3  # two of the first wave are called
    doors.send(doors.item(3, decision="guest"), doors.item(4, decision="guest"))
    with doors.app.app_context():
        assert [(case.kind, case.attendee_id) for case in db.session.query(Case)] == [
            (CaseKind.NO_SEAT, doors.attendee_ids[4])
        ]


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
