"""A ticket of a line that was merged with another opens the door for the one person, who is counted once."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from conference.checkin.models import Attendance
from conference.checkin.rosters import snapshot_of
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.registry.doubles import actions
from conference.registry.doubles.models import Merge
from conference.registry.models import Attendee
from tests.checkin.conftest import Doors
from tests.factories import local


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


def test_the_merged_ticket_counts_the_one_who_was_kept(doors: Doors) -> None:
    first, second = doors.numbers_here[:2]
    with doors.app.app_context():
        with transaction():
            people = [db.session.get_one(Attendee, doors.attendee_ids[number]) for number in (first, second)]
            conference = db.session.get_one(Conference, doors.conference)
            actions.merge(conference=conference, first=people[0], second=people[1], by=SYSTEM, at=local("07:00"))
        lines = {one["number"]: one for one in snapshot_of(doors.conference, doors.here)[0]}
        assert (lines[second]["withdrawn"], lines[second]["extra"]) == (False, True)
    answers = doors.send(doors.item(second))["items"] + doors.send(doors.item(first, at=local("07:41")))["items"]
    assert [answer["verdict"] for answer in answers] == ["accepted", "already_in"]
    with doors.app.app_context():
        assert db.session.scalars(select(Attendance.attendee_id)).all() == [doors.attendee_ids[first]]
        with transaction():
            actions.undo(merge=db.session.scalars(select(Merge)).one(), by=SYSTEM, at=local("08:00"))
    assert doors.send(doors.item(second, at=local("07:42")))["items"][0]["verdict"] == "accepted"
