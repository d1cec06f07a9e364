"""When a site is ready, and when a hall is taken twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conference.sites.rules import Booking, Lack, Readiness, double_bookings, lacks, readiness

MORNING = datetime(2018, 12, 6, 0, 15, tzinfo=UTC)
WHOLE = {"seats": 60, "called": 54, "manager_name": "Trần Thị Bích", "manager_phone": "0912345678"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"called": 60}, []),
        ({"called": 61}, [Lack.SEATS]),
        ({"seats": None}, [Lack.HALL]),
        ({"manager_name": "", "manager_phone": ""}, [Lack.HOST]),
        ({"manager_phone": ""}, [Lack.PHONE]),
        ({"seats": None, "manager_name": ""}, [Lack.HALL, Lack.HOST]),
    ],
)
def test_what_a_site_lacks(change, expected):
    found = lacks(**{**WHOLE, **change})
    assert found == expected
    assert readiness(found) is (Readiness.NOT_READY if expected else Readiness.READY)


def booking(hall: int, conference: int, begins: int = 0, hours: int = 4) -> Booking:
    start = MORNING + timedelta(hours=begins)
    return Booking(hall, conference, start, start + timedelta(hours=hours))


def test_a_hall_taken_by_two_conferences_at_once_is_found_once_a_pair():
    found = double_bookings(1, [booking(7, 1), booking(7, 1, 6), booking(7, 2, 2), booking(7, 2, 6), booking(8, 2)])
    assert [(clash.hall_id, clash.other_conference_id, clash.from_) for clash in found] == [
        (7, 2, MORNING + timedelta(hours=2))
    ]


def test_halves_of_one_conference_and_neighbours_in_time_do_not_clash():
    assert double_bookings(1, [booking(7, 1), booking(7, 1, 2)]) == []
    assert double_bookings(1, [booking(7, 1), booking(7, 2, 4)]) == []
    assert double_bookings(1, [booking(7, 2), booking(7, 3)]) == []
