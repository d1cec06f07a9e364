"""Somebody of another site whom a door takes in for good: counted there, moved there, and looked at when needed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import select, text

from conference.checkin.models import Attendance, Case
from conference.checkin.rules import CaseKind
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.registry import actions as registry
from conference.registry.models import Attendee
from conference.sites.models import Hall
from tests.checkin.conftest import Doors
from tests.factories import local


def where(doors: Doors, number: int = 5) -> tuple[int, int | None, int]:
    """(site, site they were called to when it is another, how often the calendar changed)."""
    with doors.app.app_context():
        one = db.session.get_one(Attendee, doors.attendee_ids[number])
        return one.site_id, one.called_site_id, one.calendar_sequence


def counted(doors: Doors) -> list[int]:
    with doors.app.app_context():
        return list(db.session.scalars(select(Attendance.site_id)))


def cases(doors: Doors) -> list[CaseKind]:
    with doors.app.app_context():
        return sorted(db.session.scalars(select(Case.kind)))


def test_a_move_counts_here_and_changes_where_the_person_belongs(doors: Doors, people: Any) -> None:
    (answer,) = doors.send(doors.item(5, decision="move"))["items"]
    assert (answer["verdict"], answer["counts"]) == ("accepted", True)
    assert where(doors) == (doors.here, doors.there, 1)
    assert (counted(doors), cases(doors)) == ([doors.here], [])
    (noon,) = doors.send(doors.item(5, study_session=doors.afternoon, at=local("13:50")))["items"]
    assert (noon["verdict"], noon["counts"]) == ("accepted", True)
    (old,) = doors.send(doors.item(5, study_session=doors.afternoon, at=local("13:55")), token=doors.token_there)[
        "items"
    ]
    assert (old["verdict"], old["counts"]) == ("other_site", False)
    with doors.app.app_context():
        entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "attendee.move")).one()
        assert (entry.actor_kind, entry.before, entry.after) == ("device", {"site": doors.there}, {"site": doors.here})
    listed = people["organizer"].get(f"/conferences/{doors.code}/people?called=moved").get_data(as_text=True)
    assert "Trần Văn Ẩn" in listed
    page = people["organizer"].get(f"/conferences/{doors.code}/people/5").get_data(as_text=True)
    assert "Đô Lương, chuyển tại cửa lúc" in page


def test_a_move_is_news_on_the_organizers_home_for_a_day(doors: Doors, people: Any, clock: Any) -> None:
    home = f"/conferences/{doors.code}/"
    assert "chuyển hẳn tại cửa" not in people["organizer"].get(home).text
    doors.send(doors.item(5, decision="move"), doors.item(6, decision="move"))
    assert "2 người chuyển hẳn tại cửa" in people["organizer"].get(home).text
    clock.move(hours=25)
    assert "chuyển hẳn tại cửa" not in people["organizer"].get(home).text


def test_undone_at_the_door_the_person_belongs_where_they_were_called(doors: Doors) -> None:
    move = doors.item(5, decision="move")
    doors.send(move)
    doors.send(doors.undo(move["id"]))
    assert where(doors)[:2] == (doors.there, None)
    assert counted(doors) == []


def test_the_hall_of_the_door_being_full_somebody_looks_and_may_send_them_back(doors: Doors, people: Any) -> None:
    with doors.app.app_context(), transaction():
        db.session.scalars(select(Hall).where(Hall.site_id == doors.here)).one().capacity = 4
    doors.send(doors.item(5, decision="move"))
    assert (where(doors)[0], cases(doors)) == (doors.here, [CaseKind.MOVE])
    with doors.app.app_context():
        case = db.session.scalars(select(Case.id)).one()
    address = f"/conferences/{doors.code}/cases/{case}"
    assert "Trả về Đô Lương" in people["organizer"].get(address).get_data(as_text=True)
    assert people["organizer"].post(f"{address}/decision", data={"outcome": "moved"}).status_code == 303
    assert where(doors)[:2] == (doors.there, None)
    assert counted(doors) == [doors.here]
    assert people["organizer"].post(f"{address}/reopening").status_code == 303
    assert where(doors)[0] == doors.here


def test_a_move_that_comes_after_the_organizers_own_changes_nothing_and_is_shown(doors: Doors, clock: Any) -> None:
    clock.stop_at(local("08:00"))
    with doors.app.app_context(), transaction():
        attendee = db.session.get_one(Attendee, doors.attendee_ids[1])
        registry.move(attendees=[attendee], site_id=doors.there, by=SYSTEM, at=local("08:00"))
        registry.move(attendees=[attendee], site_id=doors.here, by=SYSTEM, at=local("08:01"))
        registry.move(attendees=[attendee], site_id=doors.there, by=SYSTEM, at=local("08:02"))
    doors.send(doors.item(1, decision="move", at=local("07:30"), verdict_shown="accepted"))
    assert where(doors, 1)[0] == doors.there
    assert cases(doors) == [CaseKind.MOVE]


@pytest.mark.parametrize("order", list(itertools.permutations(["move", "home", "again", "undo"])), ids="-".join)
def test_all_orders_of_four_deliveries_end_alike(doors: Doors, order: tuple[str, ...]) -> None:
    """Two phones without a line, one ticket: a move here at 07:40, a scan at home at 07:35, one more there, undone."""
    again = doors.item(5, at=local("07:36"), verdict_shown="already_in")
    told = {
        "move": (doors.item(5, decision="move", at=local("07:40"), verdict_shown="accepted"), doors.token_here),
        "home": (doors.item(5, at=local("07:35"), verdict_shown="accepted"), doors.token_there),
        "again": (again, doors.token_there),
        "undo": (doors.undo(again["id"]), doors.token_there),
    }
    for name in order:
        item, token = told[name]
        doors.send(item, token=token)
    assert where(doors)[:2] == (doors.here, doors.there)
    with doors.app.app_context():
        (row,) = db.session.scalars(select(Attendance))
        assert (row.site_id, str(row.first), row.duplicates) == (doors.there, told["home"][0]["id"], 1)
        assert db.session.scalar(text("SELECT count(*) FROM cases WHERE kind = 'two_sites'")) == 1
