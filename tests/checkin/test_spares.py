"""Spare badges: they open nothing until a door hands them to somebody, and are that person's from then on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from conference.checkin.attendance import attendance_of
from conference.checkin.decided import ruled_facts_of
from conference.checkin.models import Attendance, Case
from conference.checkin.rules import CaseKind
from conference.foundation.db import db
from conference.registry.models import Attendee
from tests.checkin.conftest import Doors
from tests.checkin.counted import send_somebody_else, state_of
from tests.factories import local

WALK_IN = {"kind": "walk_in", "ticket": None, "method": "typed"}


def present(doors: Doors) -> dict[tuple[int, int], int]:
    """Number and study session -> site; the stored rows are those worked out from the facts."""
    with doors.app.app_context():
        rows = db.session.execute(
            select(Attendee.number, Attendance).join(Attendance, Attendance.attendee_id == Attendee.id)
        ).all()
        derived = attendance_of(ruled_facts_of(doors.conference))
        assert {pair: one.first for pair, one in derived.items()} == {
            (row.Attendance.attendee_id, row.Attendance.study_session_id): row.Attendance.first for row in rows
        }
        return {(row.number, row.Attendance.study_session_id): row.Attendance.site_id for row in rows}


def handed(doors: Doors, number: int, spare: str, at: str = "07:40", **more: Any) -> dict[str, Any]:
    return doors.item(ticket=str(number), method="name", spare=spare, at=local(at), **more)


def test_a_spare_badge_counts_nobody_until_it_is_handed_over_and_then_its_holder_all_day(doors: Doors) -> None:
    spare = doors.spare(3)
    (before,) = doors.send(doors.item(ticket=spare))["items"]
    assert (before["verdict"], before["counts"], before["attendee"], before["spare"]) == ("spare", False, None, 3)
    (to_an_older_page,) = doors.send(doors.item(ticket=spare), device={"app": "door-3"})["items"]
    assert to_an_older_page["verdict"] == "unknown"
    (given,) = doors.send(handed(doors, 2, spare))["items"]
    assert (given["verdict"], given["attendee"]["number"], given["spare"]) == ("accepted", 2, 3)
    again, later = doors.send(
        doors.item(ticket=spare, at=local("07:45")),
        doors.item(ticket=spare, at=local("13:50"), study_session=doors.afternoon),
    )["items"]
    assert (again["verdict"], again["attendee"]["name"]) == ("already_in", "Nguyễn Thị Ánh")
    assert (later["verdict"], later["counts"], later["attendee"]["number"]) == ("accepted", True, 2)
    assert present(doors) == {(2, doors.morning): doors.here, (2, doors.afternoon): doors.here}


def test_who_is_on_no_list_gets_one_with_the_walk_in_and_an_undo_takes_both_back(doors: Doors) -> None:
    spare = doors.spare(1)
    came = doors.item(**WALK_IN, person={"name": "Trần Thị Lạ", "birth": "1980"}, spare=spare)
    (answer,) = doors.send(came)["items"]
    number = answer["attendee"]["number"]
    (later,) = doors.send(doors.item(ticket=spare, at=local("13:50"), study_session=doors.afternoon))["items"]
    assert later["attendee"]["number"] == number
    doors.send(doors.undo(came["id"]))
    assert present(doors) == {}
    (now,) = doors.send(doors.item(ticket=spare, at=local("14:00"), study_session=doors.afternoon))["items"]
    assert now["verdict"] == "spare"


def test_what_was_read_before_the_news_of_the_handing_arrives_counts_when_it_does(doors: Doors) -> None:
    spare = doors.spare(1)
    offline = handed(doors, 1, spare, at="07:30", verdict_shown="accepted")
    reading = doors.item(ticket=spare, at=local("13:40"), study_session=doors.afternoon, verdict_shown="spare")
    earlier = doors.item(ticket=spare, at=local("07:20"), verdict_shown="spare")
    doors.send(reading, earlier)
    assert present(doors) == {}
    doors.send(offline, offline)
    assert present(doors) == {(1, doors.morning): doors.here, (1, doors.afternoon): doors.here}
    assert [one["first"] for one in state_of(doors)["attendance"]] == [offline["id"], reading["id"]]


def test_a_reading_that_came_before_the_handing_can_be_taken_back_after_it(doors: Doors) -> None:
    spare = doors.spare(1)
    reading = doors.item(ticket=spare, at=local("13:40"), study_session=doors.afternoon, verdict_shown="spare")
    doors.send(reading)
    doors.send(handed(doors, 1, spare, at="07:30", verdict_shown="accepted"))
    assert present(doors) == {(1, doors.morning): doors.here, (1, doors.afternoon): doors.here}
    undo = doors.undo(reading["id"], at=local("13:41"))
    doors.send(undo)
    assert present(doors) == {(1, doors.morning): doors.here}
    doors.send(doors.undo(undo["id"], at=local("13:42")))
    assert present(doors) == {(1, doors.morning): doors.here, (1, doors.afternoon): doors.here}


def test_a_door_hears_whose_a_badge_is_and_elsewhere_the_holder_is_a_guest(doors: Doors) -> None:
    spare = doors.spare(2)
    doors.send(handed(doors, 3, spare))
    doors.send(doors.item(5, decision="guest", spare=doors.spare(4)))
    at = int(local("07:40").timestamp() * 1000)
    asked = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_here}"})
    assert asked.get_json()["spares"] == [
        [doors.here, 2, 3, at, doors.morning],
        [doors.here, 4, 5, at, doors.morning],
    ]
    (there,) = doors.send(doors.item(ticket=spare, at=local("07:50")), token=doors.token_there)["items"]
    assert (there["verdict"], there["attendee"]["number"]) == ("other_site", 3)
    (guest,) = doors.send(doors.item(ticket=doors.spare(4), study_session=doors.afternoon, at=local("13:40")))["items"]
    assert (guest["verdict"], guest["counts"]) == ("accepted", True)


def test_one_badge_handed_to_two_people_is_a_case_and_a_mistake_can_be_taken_back(doors: Doors, people: Any) -> None:
    spare = doors.spare(1)
    later = doors.item(ticket=spare, at=local("13:50"), study_session=doors.afternoon)
    doors.send(handed(doors, 2, spare, at="07:45", verdict_shown="accepted"), later)
    assert (2, doors.afternoon) in present(doors)
    doors.send(handed(doors, 1, spare, at="07:35", verdict_shown="accepted"))
    assert (2, doors.afternoon) in present(doors)  # the badge went on to the second
    with doors.app.app_context():
        case = db.session.scalars(select(Case)).one()
        assert (case.kind, case.attendee_id) == (CaseKind.SPARE, doors.attendee_ids[2])
    address = f"/conferences/{doors.code}/cases/{case.id}"
    page = people["organizer"].get(address).get_data(as_text=True)
    assert "Gắn thẻ dự phòng số 1 cho Nguyễn Thị Ánh" in page and "Gắn thẻ dự phòng số 1 cho Đặng Hữu Phước" in page
    pages = [people["organizer"].get(f"/conferences/{doors.code}/people/{number}") for number in (1, 2)]
    first, second = (page.get_data(as_text=True) for page in pages)
    assert "số 1, nhận lúc" in second and "số 1, nhận lúc" not in first  # where the badge is now
    assert people["organizer"].post(f"{address}/decision", data={"outcome": "ignored"}).status_code == 303
    assert present(doors) == {(1, doors.morning): doors.here, (1, doors.afternoon): doors.here}


def test_who_was_barred_when_handed_a_badge_was_so_in_what_was_read_of_it_before(doors: Doors, people: Any) -> None:
    """The reading comes first, then the handing, of somebody who is replaced in the afternoon; a person decides."""
    send_somebody_else(doors, number=1, study_session=doors.afternoon)
    spare, at = doors.spare(1), local("13:50")
    live = doors.item(ticket=spare, at=at, study_session=doors.afternoon)
    let_in = doors.item(ticket=spare, at=at, study_session=doors.afternoon, verdict_shown="accepted")
    doors.send(live, let_in)
    doors.send(handed(doors, 1, spare, at="07:40"))
    assert present(doors) == {(1, doors.morning): doors.here, (1, doors.afternoon): doors.here}
    assert [one["first"] for one in state_of(doors)["attendance"]][1] == let_in["id"]
    with doors.app.app_context():
        case = db.session.scalars(select(Case)).one()
        assert (case.kind, case.attendee_id) == (CaseKind.SUBSTITUTED, doors.attendee_ids[1])
    address = f"/conferences/{doors.code}/cases/{case.id}"
    page = people["organizer"].get(address).get_data(as_text=True)
    assert (page.count('class="proof"'), "Đặng Hữu Phước" in page) == (2, True)
    assert people["organizer"].post(f"{address}/decision", data={"outcome": "ignored"}).status_code == 303
    assert present(doors) == {(1, doors.morning): doors.here}


def test_what_is_no_spare_badge_hands_over_nothing_and_harms_nobody(doors: Doors) -> None:
    other = doors.keys.issue(conference=doors.conference + 1, attendee=2**31 + 1, site=doors.here)
    for wrong in ("", "x", doors.tickets[2], doors.spare(1)[:-1], other):
        (answer,) = doors.send(handed(doors, 1, wrong))["items"]
        assert (answer["status"], answer["counts"], "spare" in answer) == (200, True, False)
    read = doors.item(ticket=doors.spare(8), spare=doors.spare(9))  # one badge does not hand over another
    assert doors.send(read)["items"][0]["spare"] == 8
    (malformed,) = doors.send(doors.item(1, spare=7))["items"]
    assert malformed["status"] == 400
