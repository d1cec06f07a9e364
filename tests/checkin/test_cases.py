"""What a person decides about a case is a fact, from which the count follows: through the real pages."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from conference.checkin.attendance import attendance_of
from conference.checkin.decided import ruled_facts_of
from conference.checkin.exporting import exported_state
from conference.checkin.models import Attendance, Case
from conference.checkin.rules import CaseState
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.registry.models import Attendee
from tests.checkin.conftest import Doors
from tests.factories import local


def counted(doors: Doors) -> dict[int, tuple[int, str]]:
    """Number -> site and scan that stand in the morning; the stored rows are those worked out from the facts."""
    with doors.app.app_context():
        rows = db.session.execute(
            select(Attendee.number, Attendance.site_id, Attendance.first, Attendance.attendee_id).join(
                Attendance, Attendance.attendee_id == Attendee.id
            )
        ).all()
        derived = attendance_of(ruled_facts_of(doors.conference))
        assert {(pair[0], one.first) for pair, one in derived.items()} == {(row.attendee_id, row.first) for row in rows}
        return {row.number: (row.site_id, str(row.first)) for row in rows}


def the_case(doors: Doors) -> tuple[int, CaseState]:
    with doors.app.app_context():
        case = db.session.scalars(select(Case)).one()
        return case.id, case.state


@pytest.fixture
def organizer(people: Any) -> FlaskClient:
    return people["organizer"]


def decide(doors: Doors, organizer: FlaskClient, outcome: str, **more: Any) -> int:
    address = f"/conferences/{doors.code}/cases/{the_case(doors)[0]}"
    return organizer.post(f"{address}/decision", data={"outcome": outcome, **more}).status_code


def take_back(doors: Doors, organizer: FlaskClient) -> None:
    answer = organizer.post(f"/conferences/{doors.code}/cases/{the_case(doors)[0]}/reopening")
    assert answer.status_code == 303


def test_of_two_sites_the_decided_one_stands_whatever_comes_later(doors: Doors, organizer: FlaskClient) -> None:
    guest = doors.item(5, decision="guest", at=local("07:41"))
    home = doors.item(5, at=local("07:38"))
    doors.send(guest)
    doors.send(home, token=doors.token_there)
    assert counted(doors) == {5: (doors.there, home["id"])}
    assert decide(doors, organizer, f"placed:{doors.here}") == 303
    assert counted(doors) == {5: (doors.here, guest["id"])}
    doors.send(doors.item(5, at=local("07:30")), token=doors.token_there)
    assert counted(doors) == {5: (doors.here, guest["id"])}
    assert the_case(doors)[1] is CaseState.DECIDED  # once more where the person was seen is nothing new
    take_back(doors, organizer)
    assert counted(doors)[5][0] == doors.there
    with doors.app.app_context():
        assert [one["outcome"] for one in exported_state(doors.code)["decisions"]] == ["placed", "taken_back"]


def test_what_a_phone_let_in_offline_counts_until_somebody_decides_otherwise(
    doors: Doors, organizer: FlaskClient
) -> None:
    with doors.app.app_context(), transaction():
        attendee = db.session.get_one(Attendee, doors.attendee_ids[1])
        attendee.ticket_issue, attendee.ticket_reissued_at, attendee.ticket = 2, local("07:00"), None
    revoked = doors.item(1, verdict_shown="accepted")
    doors.send(revoked)
    assert counted(doors) == {1: (doors.here, revoked["id"])}
    assert decide(doors, organizer, "given") == 422
    assert decide(doors, organizer, "ignored", note="Người khác dùng thẻ cũ") == 303
    assert counted(doors) == {}
    take_back(doors, organizer)
    assert counted(doors) == {1: (doors.here, revoked["id"])}
    assert decide(doors, organizer, "counts") == 303
    assert counted(doors) == {1: (doors.here, revoked["id"])}


def test_someone_of_another_site_becomes_a_guest_or_moves_for_good(doors: Doors, organizer: FlaskClient) -> None:
    stray = doors.item(6, verdict_shown="accepted")
    doors.send(stray)
    assert counted(doors) == {}
    assert decide(doors, organizer, "counts") == 303
    assert counted(doors) == {6: (doors.here, stray["id"])}
    take_back(doors, organizer)
    assert decide(doors, organizer, "moved") == 303
    assert counted(doors) == {6: (doors.here, stray["id"])}
    with doors.app.app_context():
        moved = db.session.get_one(Attendee, doors.attendee_ids[6])
        assert (moved.site_id, moved.calendar_sequence) == (doors.here, 1)
    take_back(doors, organizer)
    with doors.app.app_context():
        assert db.session.get_one(Attendee, doors.attendee_ids[6]).site_id == doors.there
        actions = db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all()
    taken = ["case.decide", "case.take_back", "attendee.move", "case.decide", "case.take_back", "attendee.move"]
    assert actions[-6:] == taken


def test_a_stranger_is_given_to_somebody_and_an_undo_at_the_door_still_holds(
    doors: Doors, organizer: FlaskClient
) -> None:
    unknown = doors.item(None, ticket=doors.keys.issue(conference=doors.conference, attendee=99, site=doors.here))
    unknown["verdict_shown"] = "accepted"
    doors.send(unknown)
    assert counted(doors) == {}
    assert decide(doors, organizer, "given") == 422
    assert decide(doors, organizer, "given", number="77") == 422
    assert decide(doors, organizer, "given", number="3") == 303
    assert counted(doors) == {3: (doors.here, unknown["id"])}
    later = doors.item(3, at=local("07:55"))
    assert doors.send(later)["items"][0]["verdict"] == "already_in"
    assert counted(doors) == {3: (doors.here, unknown["id"])}
    doors.send(doors.undo(unknown["id"]))
    assert counted(doors) == {3: (doors.here, later["id"])}


def test_scans_of_a_wrong_clock_are_dropped_together_and_new_ones_ask_again(
    doors: Doors, organizer: FlaskClient
) -> None:
    doors.send(*(doors.item(number, at="1970-01-01T00:10:00+00:00") for number in (1, 2)))
    assert len(counted(doors)) == 2
    page = organizer.get(f"/conferences/{doors.code}/cases/{the_case(doors)[0]}").get_data(as_text=True)
    assert "2 người thôi được tính có mặt" in page
    assert decide(doors, organizer, "ignored") == 303
    assert counted(doors) == {}
    doors.send(doors.item(3, at="1970-01-01T00:20:00+00:00"))
    assert the_case(doors)[1] is CaseState.OPEN
    assert list(counted(doors)) == [3]
    assert decide(doors, organizer, "ignored") == 303
    assert counted(doors) == {}
    take_back(doors, organizer)
    assert sorted(counted(doors)) == [1, 2, 3]


def test_cases_are_found_by_site_kind_and_study_session(doors: Doors, organizer: FlaskClient) -> None:
    doors.send(doors.item(5, decision="guest", at=local("07:41")))
    doors.send(doors.item(5, at=local("07:38")), token=doors.token_there)
    doors.send(doors.item(6, verdict_shown="accepted"))

    def found(query: str) -> list[bool]:
        page = organizer.get(f"/conferences/{doors.code}/cases?{query}").get_data(as_text=True)
        return [name in page for name in ("Trần Văn Ẩn", "Nguyễn Thị An")]

    assert found("") == [True, True]
    assert found("kind=other_site") == [False, True]
    assert found(f"site={doors.there}") == [True, False]
    assert found(f"session={doors.afternoon}") == [False, False]
    assert found("state=decided") == [False, False]


CHANGES = (
    "UPDATE case_decisions SET site_id = NULL",
    "DELETE FROM case_decisions",
    "UPDATE ruled_scans SET given_to = NULL",
    "DELETE FROM ruled_scans",
    "UPDATE hall_counts SET people = 0",
    "DELETE FROM hall_counts",
)


def test_what_people_decided_and_counted_is_never_changed_not_even_by_sql(doors: Doors, organizer: FlaskClient) -> None:
    doors.send(doors.item(5, decision="guest", at=local("07:41")))
    doors.send(doors.item(5, at=local("07:38")), token=doors.token_there)
    assert decide(doors, organizer, f"placed:{doors.here}") == 303
    count = {"id": str(uuid.uuid4()), "study_session": doors.morning, "people": 3, "counted_at": "2018-12-06T07:39Z"}
    bearer = {"Authorization": f"Bearer {doors.token_here}"}
    assert doors.app.test_client().post("/api/v1/headcounts", json=count, headers=bearer).status_code == 200
    for change in CHANGES:
        with doors.app.app_context(), pytest.raises(Exception, match="never changed"), transaction():
            db.session.execute(text(change))
