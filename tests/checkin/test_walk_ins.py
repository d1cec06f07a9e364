"""People without a ticket: written down at the door, one person with who is called already, and never summoned."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import func, select

from conference.checkin import queries
from conference.checkin.attendance import attendance_of
from conference.checkin.decided import ruled_facts_of
from conference.checkin.models import Attendance, Case, QuarantinedScan, Scan, WalkIn
from conference.checkin.rules import CaseKind
from conference.directory.models import Person
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.registry.models import Attendee
from tests.checkin.conftest import Doors
from tests.checkin.counted import forget
from tests.factories import local

NGHIA = {"name": "Phan Trọng Nghĩa", "birth": "1971-03-02", "phone": "0912 000 111", "unit": "Công đoàn xã Tân Thành"}


def walk_in(doors: Doors, person: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    item = doors.item(None, **{"method": "typed", **fields})
    return {**item, "kind": "walk_in", "ticket": None, "person": {**NGHIA, **(person or {})}}


def present(doors: Doors) -> list[tuple[int, int, bool]]:
    """(number, site, on no list) of who is counted in the morning; the rows are those that the facts give."""
    with doors.app.app_context():
        rows = db.session.execute(
            select(Attendee.number, Attendance.site_id, Attendee.is_walk_in, Attendee.id, Attendance.first)
            .join(Attendance, Attendance.attendee_id == Attendee.id)
            .where(Attendance.study_session_id == doors.morning)
            .order_by(Attendee.number)
        ).all()
        derived = attendance_of(ruled_facts_of(doors.conference)).values()
        assert {(row.id, row.first) for row in rows} == {
            (one.attendee, one.first) for one in derived if one.study_session == doors.morning
        }
        return [(row.number, row.site_id, row.is_walk_in) for row in rows]


def count(doors: Doors, table: Any) -> int:
    with doors.app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_stranger_is_counted_and_gets_a_number_and_never_raises_the_summoned(doors: Doors) -> None:
    item = walk_in(doors)
    (answer,) = doors.send(item)["items"]
    assert (answer["verdict"], answer["counts"], answer["case"]) == ("accepted", True, None)
    assert answer["attendee"]["name"] == "Phan Trọng Nghĩa"
    assert answer["attendee"]["number"] == 9
    assert present(doors) == [(9, doors.here, True)]
    with doors.app.app_context():
        figures = queries.headcount_by_site(doors.morning)[doors.here]
        assert (figures.summoned, figures.present, figures.walk_ins, figures.absent) == (4, 1, 1, 4)
        person = db.session.scalars(select(Person).where(Person.full_name == "Phan Trọng Nghĩa")).one()
        assert (person.birth_year, person.phone_digits) == (1971, "0912000111")
        assert db.session.scalars(select(JournalEntry.action)).all().count("attendee.add") == 1
    roster = doors.app.test_client().get("/api/v1/door", headers={"Authorization": f"Bearer {doors.token_here}"})
    assert [one["extra"] for one in roster.get_json()["people"] if one["number"] == 9] == [True]


def test_sent_again_it_is_one_fact_and_another_body_is_set_aside(doors: Doors) -> None:
    item = walk_in(doors)
    first = doors.send(item, item)
    assert doors.send(item)["items"] == first["items"][:1]
    (other,) = doors.send({**item, "person": {**NGHIA, "name": "Phan Trọng Nghị"}})["items"]
    assert (other["status"], other["verdict"]) == (409, "conflict")
    assert (count(doors, Attendee), count(doors, WalkIn), count(doors, QuarantinedScan)) == (9, 1, 1)


def test_the_same_stranger_at_two_doors_and_in_two_sessions_is_one_person(doors: Doors) -> None:
    doors.send(walk_in(doors), walk_in(doors, {"name": "PHAN TRONG NGHIA", "birth": None}, at=local("07:50")))
    (noon,) = doors.send(walk_in(doors, {"phone": None}, study_session=doors.afternoon, at=local("13:30")))["items"]
    assert noon["attendee"]["number"] == 9
    doors.send(walk_in(doors), token=doors.token_there)
    assert present(doors) == [(9, doors.here, True)]
    assert count(doors, Attendee) == 9
    assert cases(doors) == [CaseKind.TWO_SITES, CaseKind.WALK_IN]
    doors.send(walk_in(doors, {"birth": "1971-03-03", "phone": "0912 000 112"}))
    assert count(doors, Attendee) == 10


def cases(doors: Doors) -> list[CaseKind]:
    with doors.app.app_context():
        return sorted(db.session.scalars(select(Case.kind)))


def know(doors: Doors, number: int, **facts: Any) -> None:
    """Give a called person the birth date or phone by which they are known."""
    with doors.app.app_context(), transaction():
        person = db.session.get_one(Person, db.session.get_one(Attendee, doors.attendee_ids[number]).person_id)
        for name, value in facts.items():
            setattr(person, name, value)


def test_who_is_called_here_after_all_is_simply_counted(doors: Doors) -> None:
    know(doors, 1, phone_digits="0912000111")
    (answer,) = doors.send(walk_in(doors, {"name": "Đặng Hữu Phước"}))["items"]
    assert (answer["attendee"]["number"], answer["case"]) == (1, None)
    assert present(doors) == [(1, doors.here, False)]


@pytest.mark.parametrize("outcome", ["counts", "separated", "ignored"])
def test_who_is_called_elsewhere_is_a_case_and_never_counts_twice(doors: Doors, people: Any, outcome: str) -> None:
    know(doors, 5, phone_digits="0912000111")
    (answer,) = doors.send(walk_in(doors, {"name": "Trần Văn Ẩn"}))["items"]
    assert (answer["attendee"]["number"], answer["counts"]) == (5, True)
    assert answer["case"] is not None
    assert present(doors) == [(5, doors.here, False)]
    doors.send(doors.item(5, at=local("07:50")), token=doors.token_there)
    assert present(doors) == [(5, doors.here, False)]
    address = f"/conferences/{doors.code}/cases/{answer['case']}"
    page = people["organizer"].get(address).get_data(as_text=True)
    assert "0912 000 111" in page
    assert people["organizer"].post(f"{address}/decision", data={"outcome": outcome}).status_code == 303
    expected = {
        "counts": [(5, doors.here, False)],
        "separated": [(5, doors.there, False), (9, doors.here, True)],
        "ignored": [(5, doors.there, False)],
    }
    assert present(doors) == expected[outcome]
    assert people["organizer"].post(f"{address}/reopening").status_code == 303
    assert present(doors) == [(5, doors.here, False)]


def test_an_undo_at_the_door_takes_it_back(doors: Doors) -> None:
    item = walk_in(doors)
    doors.send(item, doors.undo(item["id"]))
    assert present(doors) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "123"},
        {"name": "x" * 121},
        {"name": "Phan\u0000"},
        {"birth": "02/03/1971"},
        {"birth": "1971-02-30"},
        {"birth": 1971},
        {"phone": "12"},
        {"more": "x"},
    ],
)
def test_what_cannot_be_read_is_kept_as_failed_and_adds_nobody(doors: Doors, wrong: dict[str, Any]) -> None:
    good = walk_in(doors, {"name": "Lê Văn Tám", "birth": "1980", "phone": None})
    bad, fine = doors.send(walk_in(doors, wrong), good)["items"]
    assert (bad["status"], fine["status"]) == (400, 200)
    assert (count(doors, Attendee), count(doors, Scan)) == (9, 2)


def test_a_ticket_and_a_person_do_not_go_together(doors: Doors) -> None:
    for wrong in ({**walk_in(doors), "ticket": doors.tickets[1]}, {**doors.item(1), "person": NGHIA}):
        assert doors.send(wrong)["items"][0]["status"] == 400
    assert present(doors) == []


def test_after_closing_a_stranger_is_refused_live_and_looked_at_when_let_in_offline(doors: Doors, people: Any) -> None:
    with doors.app.app_context(), transaction():
        from_closing = local("08:30")
        db.session.execute(
            db.insert(queries.SiteClosing.__table__).values(
                study_session_id=doors.morning, site_id=doors.here, closed_at=from_closing
            )
        )
    (live,) = doors.send(walk_in(doors, at=local("08:40")))["items"]
    assert (live["verdict"], live["attendee"], count(doors, Attendee)) == ("closed", None, 8)
    (offline,) = doors.send(walk_in(doors, at=local("08:41"), verdict_shown="accepted"))["items"]
    assert (offline["verdict"], offline["counts"]) == ("closed", True)
    assert cases(doors) == [CaseKind.CLOSED]


def test_whatever_the_order_the_same_people_are_counted_at_the_same_places(doors: Doors) -> None:
    """Two walk-ins of one called elsewhere, the scan at home, and an undo: the count is the same in every order."""
    know(doors, 5, phone_digits="0912000111")
    first = walk_in(doors, {"name": "Trần Văn Ẩn"}, at=local("07:35"))
    second = walk_in(doors, {"name": "Trần Văn Ẩn"}, at=local("07:36"))
    home = doors.item(5, at=local("07:50"))
    back = doors.undo(first["id"])
    told = {"first": first, "second": second, "back": back}
    for round_, order in enumerate(itertools.permutations(["first", "second", "home", "back"])):
        if round_ % 6:
            continue  # every sixth of the twenty-four here; the function itself is tried in all orders
        forget(doors, "attendances", "walk_ins", "cases")
        for name in order:
            if name == "home":
                doors.send(home, token=doors.token_there)
            else:
                doors.send(told[name])
        assert present(doors) == [(5, doors.here, False)]
