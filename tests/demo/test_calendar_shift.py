"""The demo's programme can stand at any hour of any day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conference.demo.calendar_shift import moved_to_day, moved_to_now
from conference.registry.lists.programme import ProgrammeItem
from conference.web.filters import ZONE

DAY = date(2018, 12, 6)
HOURS = (
    ("morning", "07:30", "08:00"),
    ("morning", "08:00", "08:15"),
    ("morning", "08:15", "09:15"),
    ("morning", "10:30", "11:30"),
    ("afternoon", "13:30", "14:00"),
    ("afternoon", "14:00", "15:00"),
    ("afternoon", "16:15", "16:45"),
)
ITEMS = [
    ProgrammeItem(DAY, part, "topic", "Chuyên đề", "", time.fromisoformat(begins), time.fromisoformat(ends))
    for part, begins, ends in HOURS
]


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 (hypothesis wants them bare)
def test_the_doors_stand_open_at_any_hour_and_nothing_crosses_midnight(naive):
    now = naive.replace(tzinfo=ZONE)
    moved = moved_to_now(ITEMS, now)
    assert [(item.part, _length(item)) for item in moved] == [(item.part, _length(item)) for item in ITEMS]
    assert all(item.starts < item.ends for item in moved)
    assert [item.held_on for item in moved if item.part == "morning"] == [now.date()] * 4
    afternoon = [datetime.combine(item.held_on, item.starts) for item in moved if item.part == "afternoon"]
    morning = [datetime.combine(item.held_on, item.ends) for item in moved if item.part == "morning"]
    assert max(morning) < min(afternoon)
    if time(0, 45) < now.time() < time(19, 5):
        opening = datetime.combine(moved[1].held_on, moved[1].starts, ZONE)
        assert timedelta(minutes=14) < opening - now <= timedelta(minutes=20)


def test_another_day_keeps_the_hours():
    moved = moved_to_day(ITEMS, date(2026, 11, 21))
    assert {item.held_on for item in moved} == {date(2026, 11, 21)}
    assert [(item.starts, item.ends) for item in moved] == [(item.starts, item.ends) for item in ITEMS]


def _length(item: ProgrammeItem) -> timedelta:
    return datetime.combine(DAY, item.ends) - datetime.combine(DAY, item.starts)
