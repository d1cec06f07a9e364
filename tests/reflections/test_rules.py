from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.reflections.rules import (
    Bar,
    Facts,
    Timing,
    Window,
    bar_to,
    deadline_at,
    fixed_holidays,
    time_left,
    working_days_after,
)

DUE = datetime(2018, 12, 20, 10, 0, tzinfo=UTC)
WINDOW = Window(DUE - timedelta(days=14), DUE, timedelta(seconds=60), DUE + timedelta(days=10))
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("moment", "timing"),
    [
        (WINDOW.opens_at - TICK, Timing.NOT_OPEN),
        (WINDOW.opens_at, Timing.ON_TIME),
        (DUE - timedelta(seconds=1), Timing.ON_TIME),
        (DUE, Timing.ON_TIME),
        (DUE + timedelta(seconds=1), Timing.ON_TIME),
        (DUE + timedelta(seconds=59), Timing.ON_TIME),
        (DUE + timedelta(seconds=60), Timing.ON_TIME),
        (DUE + timedelta(seconds=60) + TICK, Timing.LATE),
        (DUE + timedelta(seconds=61), Timing.LATE),
        (WINDOW.late_until - timedelta(seconds=1), Timing.LATE),
        (WINDOW.late_until, Timing.LATE),
        (WINDOW.late_until + TICK, Timing.CLOSED),
        (WINDOW.late_until + timedelta(seconds=1), Timing.CLOSED),
    ],
)
def test_a_second_decides_at_each_edge_of_the_deadline(moment, timing):
    """S5: At each edge, a second before, on it and after."""
    assert WINDOW.judge(moment) is timing


@given(st.integers(-50 * 86_400, 50 * 86_400), st.sampled_from([0, 1, 60, 3600]))
def test_every_moment_has_one_verdict_and_they_come_in_order(seconds, grace):
    moment = DUE + timedelta(seconds=seconds)
    window = Window(WINDOW.opens_at, DUE, timedelta(seconds=grace), WINDOW.late_until)
    order = [Timing.NOT_OPEN, Timing.ON_TIME, Timing.LATE, Timing.CLOSED]
    assert order.index(window.judge(moment)) <= order.index(window.judge(moment + timedelta(seconds=1)))


def test_without_grace_the_second_after_is_late():
    strict = Window(WINDOW.opens_at, DUE, timedelta(0), WINDOW.late_until)
    assert strict.judge(DUE) is Timing.ON_TIME
    assert strict.judge(DUE + timedelta(seconds=1)) is Timing.LATE


def test_extensions_only_ever_give_time():
    later = DUE + timedelta(days=30)
    extended = WINDOW.extended([DUE - timedelta(days=5), later])
    assert (extended.due_at, extended.late_until) == (later, later)
    assert WINDOW.extended([]) == WINDOW


# Days on which clocks are set forward or back, and the end of a year, in six zones.
EDGES = [
    ("Asia/Ho_Chi_Minh", date(2018, 12, 31), time(23, 59, 59), "2018-12-31T16:59:59+00:00"),
    ("Europe/Berlin", date(2019, 3, 31), time(2, 30), "2019-03-31T01:30:00+00:00"),  # does not come
    ("Europe/Berlin", date(2019, 10, 27), time(2, 30), "2019-10-27T01:30:00+00:00"),  # comes twice: the later
    ("America/New_York", date(2019, 3, 10), time(2, 30), "2019-03-10T07:30:00+00:00"),
    ("America/New_York", date(2019, 11, 3), time(1, 30), "2019-11-03T06:30:00+00:00"),
    ("Australia/Lord_Howe", date(2019, 4, 7), time(1, 45), "2019-04-06T15:15:00+00:00"),  # half an hour
    ("America/Sao_Paulo", date(2018, 11, 4), time(0, 0), "2018-11-04T03:00:00+00:00"),  # midnight does not come
    ("Africa/Casablanca", date(2019, 5, 5), time(2, 30), "2019-05-05T02:30:00+00:00"),
    ("Asia/Ho_Chi_Minh", date(2020, 2, 29), time(17, 0), "2020-02-29T10:00:00+00:00"),
]


@pytest.mark.parametrize(("zone", "day", "hour", "moment"), EDGES)
def test_a_deadline_falls_by_the_clocks_of_the_conference(zone, day, hour, moment):
    """S5, F20: Days on which clocks jump, leap days and the end of the year."""
    assert deadline_at(day, hour, zone) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("zone", sorted({edge[0] for edge in EDGES}))
def test_no_deadline_ends_before_its_hour_has_struck(zone):
    """S5, F20: On any day, in six zones."""
    day = date(2018, 10, 1)
    while day < date(2019, 12, 1):
        for hour in (time(0, 0), time(1, 30), time(2, 30), time(17, 0), time(23, 59, 59)):
            due_at = deadline_at(day, hour, zone)
            earliest = datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)
            assert earliest <= due_at <= earliest + timedelta(hours=1)
        day += timedelta(days=1)


def test_the_reference_conference_is_due_ten_working_days_later():
    assert working_days_after(date(2018, 12, 6), 10, fixed_holidays([2018, 2019])) == date(2018, 12, 20)


def test_holidays_and_weekends_are_no_working_days():
    assert working_days_after(date(2018, 12, 28), 2, fixed_holidays([2018, 2019])) == date(2019, 1, 2)
    assert working_days_after(date(2018, 12, 7), 0) == date(2018, 12, 7)


@pytest.mark.parametrize(
    ("must_write", "exempt", "admitted", "sessions", "bar"),
    [
        (True, False, False, 1, None),
        (True, False, False, 0, Bar.ABSENT),
        (True, False, True, 0, None),
        (True, True, False, 2, Bar.EXEMPT),
        (False, False, False, 2, Bar.NOT_REQUIRED),
    ],
)
def test_who_may_write(must_write, exempt, admitted, sessions, bar):
    assert bar_to(Facts(must_write, exempt, admitted, sessions, 1, DUE)) is bar


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(days=3), ("days", 3)),
        (timedelta(days=1), ("days", 1)),
        (timedelta(hours=11), ("hours", 11)),
        (timedelta(minutes=61), ("hours", 1)),
        (timedelta(minutes=12), ("minutes", 12)),
        (timedelta(seconds=5), ("minutes", 1)),
        (timedelta(0), ("minutes", 1)),
        (-timedelta(seconds=1), ("over", 0)),
    ],
)
def test_the_time_left_is_said_as_a_calendar_shows_it(before, said):
    assert time_left(DUE - before, DUE, "Asia/Ho_Chi_Minh") == said
