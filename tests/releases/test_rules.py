"""What differs between two plans, and whom it concerns: exactly, whatever was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conference.planning.given import GivenPresenter, GivenSession, GivenTopic, GivenWave, as_json, from_json
from conference.planning.models import DayPart, TopicKind
from conference.registry.called import sessions_of
from conference.releases.rules import ChangeKind, Group, Plan, Seat, concerns, differences, how_many_concerned
from conference.sites.places import Place

NOON = datetime(2018, 12, 6, 5, tzinfo=UTC)
WORDS = st.sampled_from(["Ánh", "Hội trường lớn", "Chuyên đề 1", "Yên Thành", ""])
MINUTES = st.integers(0, 8).map(lambda number: NOON + timedelta(minutes=15 * number))


WAVES = [GivenWave(id, f"Đợt {id}") for id in (1, 2)]


def a_topic(id: int) -> st.SearchStrategy[GivenTopic]:
    presenter = st.none() | st.builds(GivenPresenter, st.integers(1, 2), WORDS, WORDS)
    return st.builds(
        lambda title, starts, length, who: GivenTopic(
            id, TopicKind.TOPIC, title, starts, starts + timedelta(minutes=length), who
        ),
        WORDS,
        MINUTES,
        st.sampled_from([30, 45]),
        presenter,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Small plans of few things, so that two of them share many."""
    sessions, ids = [], draw(st.lists(st.integers(1, 6), unique=True, max_size=5))
    for id in draw(st.lists(st.integers(1, 3), unique=True, max_size=3)):
        here = [topic for topic in ids if topic % 3 == id % 3]
        starts = draw(MINUTES)
        sessions.append(
            GivenSession(
                id,
                date(2018, 12, 6),
                draw(st.sampled_from(DayPart)),
                starts - timedelta(minutes=45),
                starts,
                starts + timedelta(hours=3),
                tuple(draw(a_topic(topic)) for topic in here),
                draw(st.sampled_from([None, *WAVES])),
            )
        )
    sites = draw(st.lists(st.integers(1, 4), unique=True, max_size=4))
    places = {id: draw(st.builds(Place, st.just(id), *[WORDS] * 6)) for id in sites}
    return Plan(draw(WORDS), sessions, places)


SEATINGS = st.dictionaries(
    st.integers(1, 12),
    st.builds(Seat, st.integers(1, 4), st.sampled_from([None, "A1", "A2"]), st.sampled_from([None, 1, 2])),
    max_size=12,
)
Seating = Mapping[int, Seat]


def groups_of(before: Seating, after: Seating) -> list[Group]:
    counted: Counter[tuple[Any, ...]] = Counter()
    for who in before.keys() | after.keys():
        was, now = before.get(who), after.get(who)
        reseated = was is not None and now is not None and was.site_id == now.site_id and was.seat != now.seat
        counted[was and was.site_id, now and now.site_id, reseated, was and was.wave_id, now and now.wave_id] += 1
    return [Group(*key[:3], count, *key[3:]) for key, count in counted.items()]


def told(plan: Plan, seat: Seat | None) -> Any:
    """Everything that stands on somebody's page, as it stands there: of the programme, what is of their wave."""
    if seat is None:
        return None
    programme = [
        (
            one.id, one.wave, one.held_on, one.part, one.doors_open_at, one.starts_at, one.ends_at,
            [(topic.id, topic.title, topic.starts_at, topic.ends_at, topic.presenter) for topic in one.topics],
        )
        for one in sorted(sessions_of(seat.wave_id, plan.study_sessions), key=lambda one: one.id)
    ]  # fmt: skip
    return plan.title, programme, seat.site_id, plan.places.get(seat.site_id), seat.seat, seat.wave_id


@given(plans(), plans(), SEATINGS, SEATINGS)
def test_it_concerns_exactly_those_who_are_told_something_else(before, after, sat, sit):
    """Compared one by one with what each person was told. A seat lies at a site that both plans know or neither."""
    for who in [*sat, *sit]:
        for seats, plan in ((sat, before), (sit, after)):
            if who in seats and seats[who].site_id not in before.places.keys() & after.places.keys():
                del seats[who]
            assert plan is not None
    groups = groups_of(sat, sit)
    changes = differences(before, after, groups)
    concerned = {
        who
        for who in sat.keys() | sit.keys()
        if any(concerns(change, sat.get(who), sit.get(who)) for change in changes)
    }
    assert concerned == {
        who for who in sat.keys() | sit.keys() if told(before, sat.get(who)) != told(after, sit.get(who))
    }
    assert how_many_concerned(changes, groups) == len(concerned)


@given(plans(), plans(), SEATINGS, SEATINGS)
def test_each_difference_says_how_many_it_concerns(before, after, sat, sit):
    for change in differences(before, after, groups_of(sat, sit)):
        people = sum(concerns(change, sat.get(who), sit.get(who)) for who in sat.keys() | sit.keys())
        assert change.count == people


@given(plans(), SEATINGS)
def test_equal_plans_have_no_difference(plan, seats):
    assert differences(plan, replace(plan, study_sessions=list(plan.study_sessions)), groups_of(seats, seats)) == []


@given(plans())
def test_a_programme_comes_back_from_its_json_as_it_was(plan):
    assert list(from_json(as_json(plan.study_sessions))) == plan.study_sessions


PRESENTERS = [GivenPresenter(1, "Nguyễn Thị Ánh", "Phó Chủ tịch"), GivenPresenter(2, "Hồ Sỹ Quyền", "Trưởng ban")]


def full_plan() -> Plan:
    def session(id: int, hour: int) -> GivenSession:
        starts = NOON + timedelta(hours=hour)
        topics = tuple(
            GivenTopic(
                10 * id + number, TopicKind.TOPIC, f"Chuyên đề {number}", starts + timedelta(minutes=30 * number),
                starts + timedelta(minutes=30 * number + 30), PRESENTERS[0],
            )
            for number in range(3)
        )  # fmt: skip
        return GivenSession(id, date(2018, 12, 6), DayPart.MORNING, starts, starts, starts + timedelta(hours=2), topics)

    places = {
        id: Place(id, f"Điểm cầu {id}", "Số 1 Lê Lợi", "Nghệ An", "Hội trường lớn", "Bích", "0912") for id in (1, 2, 3)
    }
    return Plan("Hội nghị", [session(1, 0), session(2, 4)], places)


def on_topic(plan: Plan, id: int, **changes: Any) -> Plan:
    sessions = [
        replace(one, topics=tuple(replace(topic, **changes) if topic.id == id else topic for topic in one.topics))
        for one in plan.study_sessions
    ]
    return replace(plan, study_sessions=sessions)


def on_session(plan: Plan, id: int, **changes: Any) -> Plan:
    sessions = [replace(one, **changes) if one.id == id else one for one in plan.study_sessions]
    return replace(plan, study_sessions=sessions)


def on_place(plan: Plan, id: int, **changes: Any) -> Plan:
    return replace(plan, places={**plan.places, id: replace(plan.places[id], **changes)})


def without_topic(plan: Plan, id: int) -> Plan:
    sessions = [
        replace(one, topics=tuple(topic for topic in one.topics if topic.id != id)) for one in plan.study_sessions
    ]
    return replace(plan, study_sessions=sessions)


LATER = NOON + timedelta(hours=6)
EDITS = {
    ("title", 0): lambda plan: replace(plan, title="Hội nghị mới"),
    ("session_wave", 1): lambda plan: on_session(plan, 1, wave=WAVES[0]),
    ("session_moved", 2): lambda plan: on_session(plan, 2, ends_at=LATER + timedelta(hours=1)),
    ("topic_moved", 10): lambda plan: on_topic(plan, 10, starts_at=NOON + timedelta(minutes=5)),
    ("topic_moved", 21): lambda plan: on_topic(plan, 21, ends_at=LATER),
    ("topic_renamed", 11): lambda plan: on_topic(plan, 11, title="Tên khác"),
    ("presenter_replaced", 11): lambda plan: on_topic(plan, 11, presenter=PRESENTERS[1]),
    ("presenter_replaced", 20): lambda plan: on_topic(plan, 20, presenter=None),
    ("topic_removed", 12): lambda plan: without_topic(plan, 12),
    ("place_changed", 1): lambda plan: on_place(plan, 1, address="Số 2 Lê Lợi"),
    ("hall_changed", 1): lambda plan: on_place(plan, 1, hall="Hội trường nhỏ"),
    ("hall_changed", 3): lambda plan: on_place(plan, 3, hall=""),
    ("host_changed", 2): lambda plan: on_place(plan, 2, host_phone="0988"),
    ("site_joined", 4): lambda plan: replace(
        plan, places={**plan.places, 4: Place(4, "Điểm cầu 4", "", "", "", "", "")}
    ),
}


@given(st.sets(st.sampled_from(sorted(EDITS))), st.permutations(sorted(EDITS)))
def test_the_differences_are_exactly_the_changes_that_were_made(chosen, order):
    plan = full_plan()
    for edit in order:
        if edit in chosen:
            plan = EDITS[edit](plan)
    found = [(str(change.kind), change.subject) for change in differences(full_plan(), plan, [])]
    assert sorted(found) == sorted(chosen)
    back = [(str(change.kind), change.subject) for change in differences(plan, full_plan(), [])]
    undone = {"topic_removed": "topic_added", "site_joined": "site_left"}
    assert sorted(back) == sorted((undone.get(kind, kind), subject) for kind, subject in chosen)


def test_a_session_that_goes_takes_its_topics_with_it_unnamed():
    plan = full_plan()
    fewer = replace(plan, study_sessions=plan.study_sessions[:1])
    assert [(change.kind, change.subject) for change in differences(plan, fewer, [])] == [
        (ChangeKind.SESSION_REMOVED, 2)
    ]
    assert [(change.kind, change.subject) for change in differences(fewer, plan, [])] == [(ChangeKind.SESSION_ADDED, 2)]
