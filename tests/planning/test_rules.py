"""What is wrong with a programme, and how it is drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.planning.rules import (
    Elsewhere,
    FaultKind,
    Half,
    Item,
    Span,
    doors_open,
    faults_of_programme,
    laid_out,
    month_around,
    put_at,
    weeks_of_month,
)

DAY = date(2018, 12, 6)


def at(hour: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(hour), UTC)


def span(starts: str, ends: str) -> Span:
    return Span(at(starts), at(ends))


def topic(id: int, starts: str, ends: str, presenter_id: int | None = 1, **fields) -> Item:
    return Item(id, f"Chuyên đề {id}", span(starts, ends), "Bà Ánh", presenter_id, needs_presenter=True, **fields)


def morning(*items: Item, id: int = 1) -> Half:
    return Half(id, DAY, span("08:00", "11:30"), items)


def found(*halves: Half, elsewhere=()) -> list[tuple[FaultKind, int | None]]:
    faults = faults_of_programme(halves, first_day=DAY, last_day=DAY, elsewhere=elsewhere)
    return [(fault.kind, fault.topic_id) for fault in faults]


def test_a_programme_in_order_has_no_fault():
    reception = Item(1, "Đón tiếp", span("07:15", "08:00"), is_reception=True)
    assert found(morning(reception, topic(2, "08:00", "09:00"), topic(3, "09:00", "11:30"))) == []


def test_nothing_planned_is_a_fault():
    assert found() == [(FaultKind.NO_SESSION, None)]
    assert found(morning()) == [(FaultKind.NO_TOPIC, None)]


def test_the_later_of_two_overlapping_topics_is_named():
    half = morning(topic(1, "08:00", "09:10"), topic(2, "09:00", "10:00"))
    assert found(half) == [(FaultKind.OVERLAP, 2)]


def test_a_topic_outside_its_session_is_a_fault():
    assert found(morning(topic(1, "08:00", "11:40"))) == [(FaultKind.OUTSIDE_SESSION, 1)]
    assert found(morning(topic(1, "07:50", "09:00"))) == [(FaultKind.OUTSIDE_SESSION, 1)]


def test_a_presenter_cannot_be_in_two_places_across_conferences():
    there = Elsewhere(1, "Hội thảo Quảng Ninh", "Tham luận", span("08:30", "10:45"))
    assert found(morning(topic(1, "08:00", "09:00")), elsewhere=[there]) == [(FaultKind.PRESENTER_ELSEWHERE, 1)]
    assert found(morning(topic(1, "08:00", "08:30")), elsewhere=[there]) == [(FaultKind.PRESENTER_HURRIES, 1)]
    assert found(morning(topic(1, "08:00", "09:00", presenter_id=2)), elsewhere=[there]) == []


def test_a_presenter_needs_an_hour_between_two_places_and_a_shorter_way_stops_nothing():
    there = Elsewhere(1, "Hội thảo Quảng Ninh", "Tham luận", span("09:00", "09:30"))
    for starts, ends, faults in (("10:29", "11:00", 1), ("10:30", "11:00", 0), ("08:00", "08:01", 1)):
        half = morning(topic(1, starts, ends))
        hurries = [
            fault
            for fault in faults_of_programme([half], first_day=DAY, last_day=DAY, elsewhere=[there])
            if fault.kind is FaultKind.PRESENTER_HURRIES
        ]
        assert len(hurries) == faults
        assert not any(fault.blocks for fault in hurries)


def test_a_presenter_cannot_be_in_two_sessions_at_once():
    other = Half(2, DAY, span("08:00", "11:00"), [topic(2, "08:30", "09:30")])
    kinds = [kind for kind, _ in found(morning(topic(1, "08:00", "09:00")), other)]
    assert FaultKind.PRESENTER_TWICE in kinds
    assert FaultKind.SESSIONS_OVERLAP in kinds


def test_a_topic_without_presenter_is_only_a_reminder():
    (fault,) = faults_of_programme([morning(topic(1, "08:00", "09:00", None))], first_day=DAY, last_day=DAY)
    assert (fault.kind, fault.blocks) == (FaultKind.NO_PRESENTER, False)


def test_a_session_longer_than_six_hours_and_one_outside_the_days_are_named():
    half = Half(1, DAY, span("08:00", "17:00"), [topic(1, "08:00", "09:00")])
    kinds = {
        fault.kind for fault in faults_of_programme([half], first_day=date(2018, 12, 7), last_day=date(2018, 12, 8))
    }
    assert kinds == {FaultKind.SESSION_TOO_LONG, FaultKind.OUTSIDE_CONFERENCE}


def test_a_session_that_begins_before_its_first_item_is_only_a_reminder():
    assert found(morning(topic(1, "08:15", "09:00"))) == [(FaultKind.STARTS_UNLIKE_TOPICS, None)]


def test_doors_open_before_the_start():
    assert doors_open(at("08:00"), 45) == at("07:15")


@pytest.mark.parametrize(
    ("first", "months", "expected"),
    [
        (date(2018, 12, 1), 1, date(2019, 1, 1)),
        (date(2019, 1, 1), -1, date(2018, 12, 1)),
        (date(2018, 6, 1), -18, date(2016, 12, 1)),
    ],
)
def test_months_go_on_over_new_year(first, months, expected):
    assert month_around(first, months=months) == expected


def test_weeks_begin_on_monday():
    weeks = weeks_of_month(2018, 12)
    assert {week[0].weekday() for week in weeks} == {0}
    assert weeks[0][0] == date(2018, 11, 26)
    assert weeks[-1][-1] == date(2019, 1, 6)


@given(st.permutations(range(6)), st.integers(0, 5), st.integers(-3, 12))
def test_who_is_put_elsewhere_stands_there_and_the_others_keep_their_order(order, id, place):
    after = put_at(order, id, place)
    assert after.index(id) == min(max(place, 1), len(order)) - 1
    assert [one for one in after if one != id] == [one for one in order if one != id]


spans = st.tuples(st.integers(0, 600), st.integers(1, 240)).map(
    lambda pair: Span(at("07:00") + timedelta(minutes=pair[0]), at("07:00") + timedelta(minutes=pair[0] + pair[1]))
)


@given(st.lists(spans, max_size=12))
def test_drawn_items_never_cover_each_other(items):
    blocks = laid_out(list(enumerate(items)), top=at("07:00"), shortest=1)
    assert sorted(block.id for block in blocks) == list(range(len(items)))
    for block in blocks:
        assert 0 <= block.lane < block.lanes
        for other in blocks:
            if block.id < other.id and items[block.id].overlaps(items[other.id]):
                assert block.lanes == other.lanes
                assert block.lane != other.lane


@given(st.lists(spans, min_size=1, max_size=8))
def test_a_shuffled_programme_has_the_same_faults(items):
    halves = [Item(number, "x", one) for number, one in enumerate(items)]
    forward = found(Half(1, DAY, span("07:00", "13:00"), halves))
    backward = found(Half(1, DAY, span("07:00", "13:00"), halves[::-1]))
    assert sorted(forward, key=str) == sorted(backward, key=str)
