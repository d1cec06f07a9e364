"""The last seat of a hall: whoever is let in is counted, and somebody looks at those for whom there was none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from conference.checkin.models import Attendance, Case
from conference.checkin.rules import CaseKind
from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Hall
from tests.checkin.conftest import Doors
from tests.factories import local


@pytest.fixture
def one_free(doors: Doors) -> Doors:
    """Four are called here, and the hall has five seats."""
    with doors.app.app_context(), transaction():
        db.session.scalars(select(Hall).where(Hall.site_id == doors.here)).one().capacity = 5
    return doors


def counted_here(doors: Doors) -> list[int]:
    with doors.app.app_context():
        rows = select(Attendee.number).join(Attendance, Attendance.attendee_id == Attendee.id)
        return sorted(db.session.scalars(rows.where(Attendance.site_id == doors.here)))


def looked_at(doors: Doors) -> list[int]:
    """The numbers of the guests for whom there was no seat."""
    with doors.app.app_context():
        rows = select(Attendee.number).join(Case, Case.attendee_id == Attendee.id)
        return sorted(db.session.scalars(rows.where(Case.kind == CaseKind.NO_SEAT)))


def test_two_guests_at_two_devices_in_the_same_moment_are_both_counted_and_one_is_looked_at(one_free: Doors) -> None:
    ready = Barrier(2)

    def let_in(number: int, token: str) -> bool:
        client, item = one_free.app.test_client(), one_free.item(number, decision="guest")
        with clock.stopped_at(local("07:40")):
            ready.wait()
            (answer,) = one_free.send(item, token=token, client=client)["items"]
        return bool(answer["counts"])

    with ThreadPoolExecutor(2) as threads:
        tokens = one_free.token_here, one_free.second_token_here
        assert list(threads.map(let_in, (5, 6), tokens)) == [True, True]
    assert counted_here(one_free) == [5, 6]
    assert len(looked_at(one_free)) == 1


def test_the_first_guests_sit_and_those_after_them_are_looked_at_once(one_free: Doors) -> None:
    first, second = one_free.item(5, decision="guest"), one_free.item(6, decision="guest", verdict_shown="accepted")
    one_free.send(first)
    assert looked_at(one_free) == []
    one_free.send(one_free.item(5, decision="guest", at=local("07:45")))  # once more at the door: no further seat
    assert looked_at(one_free) == []
    third = one_free.item(7, decision="guest")
    for _ in range(2):  # without a line, and delivered twice
        one_free.send(second, third, token=one_free.second_token_here)
    one_free.send(one_free.item(7, decision="guest", at=local("07:35")))  # an earlier scan of the same guest
    assert looked_at(one_free) == [6, 7]
    assert counted_here(one_free) == [5, 6, 7]


def test_the_organizer_may_say_that_a_guest_without_a_seat_does_not_count(one_free: Doors, people: Any) -> None:
    one_free.send(one_free.item(5, decision="guest"), one_free.item(6, decision="guest"))
    with one_free.app.app_context():
        address = f"/conferences/{one_free.code}/cases/{db.session.scalars(select(Case.id)).one()}"
    page = people["organizer"].get(address).get_data(as_text=True)
    assert "Khách được cho vào khi hội trường đã hết chỗ" in page
    assert people["organizer"].post(f"{address}/decision", data={"outcome": "ignored"}).status_code == 303
    assert counted_here(one_free) == [5]
    assert people["organizer"].post(f"{address}/reopening").status_code == 303
    assert counted_here(one_free) == [5, 6]


def test_a_hall_whose_seats_nobody_knows_is_never_full(doors: Doors) -> None:
    with doors.app.app_context(), transaction():
        db.session.scalars(select(ConferenceSite).where(ConferenceSite.site_id == doors.here)).one().hall_id = None
    doors.send(*(doors.item(number, decision="guest") for number in doors.numbers_there))
    assert (looked_at(doors), len(counted_here(doors))) == ([], 4)
