"""Items of a half day push each other: nothing is shortened, nothing comes to overlap, breaks stay between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.agenda import STEP, Slot, Step, in_order, placed, stepped
from conference.planning.models import Topic
from conference.web import filters
from tests.factories import make_conference, make_study_session, make_topic

EIGHT = datetime(2018, 12, 6, 1, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


@st.composite
def half_days(draw: st.DrawFn) -> list[Slot]:
    """Items that do not overlap, with free time between some of them."""
    slots, begins = [], 0
    for id in range(1, draw(st.integers(1, 7)) + 1):
        begins += draw(st.sampled_from([0, 0, 5, 20]))
        length = draw(st.sampled_from([5, 15, 30, 60]))
        slots.append(Slot(id, at(begins), at(begins + length), draw(st.booleans())))
        begins += length
    return slots


def overlaps(slots: list[Slot]) -> bool:
    order = in_order(slots)
    return any(one.ends_at > other.starts_at for one, other in pairwise(order))


def lengths(slots: list[Slot]) -> dict[int, timedelta]:
    return {slot.id: slot.length for slot in slots}


@given(half_days(), st.data())
def test_no_step_makes_items_overlap_and_only_the_item_changes_its_length(slots, data):
    id = data.draw(st.sampled_from(slots)).id
    step = data.draw(st.sampled_from(Step))
    try:
        after = stepped(slots, id, step)
    except DomainError:
        return
    assert not overlaps(after)
    changed = {slot for slot, length in lengths(after).items() if length != lengths(slots)[slot]}
    assert changed == ({id} if step in (Step.LONGER, Step.SHORTER) else set())


@given(half_days(), st.data())
def test_a_step_moves_its_item_by_five_minutes_and_nobody_further(slots, data):
    id = data.draw(st.sampled_from(slots)).id
    step, way = data.draw(st.sampled_from([(Step.LATER, STEP), (Step.EARLIER, -STEP)]))
    before, after = ({slot.id: slot.starts_at for slot in day} for day in (slots, stepped(slots, id, step)))
    assert after[id] - before[id] == way
    assert all(abs(after[other] - before[other]) <= STEP for other in before)


@given(half_days(), st.data())
def test_exchanging_back_restores_the_half_day(slots, data):
    id = data.draw(st.sampled_from([slot for slot in slots if not slot.stays] or [slots[0]])).id
    try:
        after = stepped(slots, id, Step.DOWN)
    except DomainError:
        return
    assert in_order(stepped(after, id, Step.UP)) == in_order(slots)


@given(half_days(), st.data())
def test_an_exchange_keeps_breaks_in_their_place_of_the_order(slots, data):
    id = data.draw(st.sampled_from(slots)).id
    try:
        after = stepped(slots, id, data.draw(st.sampled_from([Step.UP, Step.DOWN])))
    except DomainError:
        return
    for number, (one, other) in enumerate(zip(in_order(slots), in_order(after), strict=True)):
        if one.stays and one.id != id:
            assert other.id == one.id, number
    assert in_order(after)[-1].ends_at == in_order(slots)[-1].ends_at


@given(half_days(), st.data(), st.integers(-12, 60))
def test_what_is_put_elsewhere_overlaps_nothing(slots, data, fives):
    id = data.draw(st.sampled_from(slots)).id
    after = placed(slots, id, at(5 * fives))
    assert not overlaps(after)
    assert lengths(after) == lengths(slots)
    assert next(slot for slot in after if slot.id == id).starts_at >= at(5 * fives)


def test_a_break_between_two_topics_stays_between_them():
    slots = [Slot(1, at(0), at(60)), Slot(2, at(60), at(75), stays=True), Slot(3, at(75), at(105))]
    after = [(slot.id, slot.starts_at, slot.ends_at) for slot in stepped(slots, 1, Step.DOWN)]
    assert after == [(3, at(0), at(30)), (2, at(30), at(45)), (1, at(45), at(105))]


@pytest.mark.parametrize(("id", "step", "code"), [(1, Step.UP, "item_is_first"), (2, Step.DOWN, "item_is_last")])
def test_an_item_at_the_end_goes_no_further(id, step, code):
    with pytest.raises(DomainError) as refused:
        stepped([Slot(1, at(0), at(30)), Slot(2, at(30), at(60))], id, step)
    assert refused.value.code == code


def test_free_time_is_used_up_before_others_are_pushed():
    slots = [Slot(1, at(0), at(30)), Slot(2, at(35), at(60)), Slot(3, at(60), at(90))]
    assert [slot.starts_at for slot in stepped(slots, 1, Step.LATER)] == [at(5), at(35), at(60)]
    assert [slot.starts_at for slot in stepped(slots, 2, Step.LATER)] == [at(0), at(40), at(65)]


@pytest.fixture
def app(sqlite_app):
    return sqlite_app


def hours(topics: list[int]) -> list[tuple[str, str]]:
    db.session.expire_all()
    rows = [db.session.get_one(Topic, id) for id in topics]
    return [(filters.clock(row.starts_at), filters.clock(row.ends_at)) for row in rows]


def test_the_server_moves_what_the_page_asks_for_and_refuses_what_is_stale(people, db_session):
    morning = make_study_session(make_conference())
    topics = [
        make_topic(morning, "Một", starts="08:15", ends="09:15").id,
        make_topic(morning, "Hai", starts="09:20", ends="09:50", position=2).id,
    ]
    db_session.commit()
    client = people["organizer"]
    url = f"/conferences/NQ12/topics/{topics[0]}/move"
    answer = client.post(url, data={"how": "later", "version": "1"})
    assert answer.location == f"/conferences/NQ12/plan#topic-{topics[0]}"
    assert hours(topics) == [("08:20", "09:20"), ("09:20", "09:50")]
    client.post(url, data={"how": "down", "version": "2"})
    assert hours(topics) == [("08:50", "09:50"), ("08:20", "08:50")]
    client.post(url, data={"how": "place", "starts_at": "08:00", "version": "3"})
    assert hours(topics) == [("08:00", "09:00"), ("09:00", "09:30")]
    for stale in ({"how": "later", "version": "3"}, {"how": "up", "version": "4"}, {"how": "x", "version": "4"}, {}):
        client.post(url, data=stale)
    assert hours(topics) == [("08:00", "09:00"), ("09:00", "09:30")]
    assert "Mục này đã ở đầu buổi" in client.post(url, data={"how": "up", "version": "4"}, follow_redirects=True).text
