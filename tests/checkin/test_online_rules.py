"""Presence online follows from the set of evidence: neither order nor repeats change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.checkin.online import rules
from conference.checkin.online.forms import is_room
from conference.checkin.online.rules import Interval, Rule, following_of, hours_of, prompts_of, stays_of
from tests.factories import local

RULE = Rule()
HOURS = hours_of(local("08:00"), local("11:00"), RULE)


def after(minutes: float):
    return local("08:00") + timedelta(minutes=minutes)


moments = st.integers(-90 * 60, 240 * 60).map(lambda seconds: after(seconds / 60))
intervals = st.tuples(moments, st.integers(0, 3600)).map(
    lambda pair: Interval(pair[0], pair[0] + timedelta(seconds=pair[1]))
)
evidence = st.lists(intervals, max_size=12)
answers = st.lists(st.integers(-2, 6), max_size=8)
rules_of_conferences = st.builds(
    Rule,
    opens_before_minutes=st.integers(0, 60),
    least_minutes=st.integers(0, 100),
    least_answers=st.integers(0, 100),
    prompts=st.integers(0, 6),
)


@given(evidence, answers, rules_of_conferences, st.randoms())
def test_order_and_repeats_change_nothing(found, answered, rule, chance):
    hours = hours_of(HOURS.starts_at, HOURS.ends_at, rule)
    again, answered_again = [*found, *found], [*answered, *answered]
    chance.shuffle(again)
    chance.shuffle(answered_again)
    assert following_of(again, answered_again, hours=hours, rule=rule) == following_of(
        found, answered, hours=hours, rule=rule
    )


@given(evidence, evidence, answers, rules_of_conferences)
def test_more_evidence_never_takes_presence_away(found, more, answered, rule):
    hours = hours_of(HOURS.starts_at, HOURS.ends_at, rule)
    less, all_of_it = (following_of(some, answered, hours=hours, rule=rule) for some in (found, [*found, *more]))
    assert less.seconds <= all_of_it.seconds <= all_of_it.of_seconds
    assert all_of_it.is_enough or not less.is_enough
    assert less.first_at is None or all_of_it.first_at <= less.first_at


@given(st.lists(moments, max_size=40), st.data())
def test_signs_that_come_in_any_order_and_in_any_portions_make_the_same_stays(found, data):
    whole = stays_of(Interval(moment, moment) for moment in found)
    kept: list[Interval] = []
    for moment in data.draw(st.permutations([*found, *found[:5]])):
        kept = stays_of([*kept, Interval(moment, moment)])
    assert kept == whole
    assert all(later.from_at - earlier.until_at > rules.LONGEST_GAP for earlier, later in pairwise(whole))


@pytest.mark.parametrize(
    ("found", "answered", "says"),
    [
        ([], [], (0, 0, False)),
        ([(0, 126)], [0, 1], (126, 2, True)),
        ([(0, 125)], [0, 1], (125, 2, False)),
        ([(0, 126)], [0], (126, 1, False)),
        ([(0, 126)], [0, 0, 7], (126, 1, False)),
        ([(-30, 70), (60, 130)], [0, 2], (130, 2, True)),  # overlapping minutes count once, those before none
        ([(100, 400)], [2], (80, 1, False)),
    ],
)
def test_shares_of_minutes_and_of_prompts_both_count(found, answered, says):
    following = following_of(
        [Interval(after(begins), after(ends)) for begins, ends in found], answered, hours=HOURS, rule=RULE
    )
    assert (following.minutes, following.answered, following.is_enough) == says


@given(st.text(min_size=1), st.integers(1, 10**6), st.integers(1, 99), st.integers(0, 10), st.integers(3, 5))
def test_each_part_of_a_session_has_one_prompt_within_it(secret, attendee, session, count, stands):
    rule = replace(RULE, prompts=count, prompt_minutes=stands)
    found = prompts_of(secret, attendee=attendee, study_session=session, hours=HOURS, rule=rule)
    assert [one.number for one in found] == list(range(count))
    part = (HOURS.ends_at - HOURS.starts_at) / max(count, 1)
    for one in found:
        assert one.until_at - one.from_at == timedelta(minutes=stands)
        assert HOURS.starts_at + part * one.number <= one.from_at
        assert one.until_at <= HOURS.starts_at + part * (one.number + 1) + timedelta(milliseconds=1)
    assert found == prompts_of(secret, attendee=attendee, study_session=session, hours=HOURS, rule=rule)


def test_different_people_are_asked_at_different_moments():
    asked = {
        prompts_of("x", attendee=attendee, study_session=1, hours=HOURS, rule=RULE)[0].from_at for attendee in range(40)
    }
    assert len(asked) == 40


def test_an_answer_counts_when_it_was_given_in_time_and_arrives_soon():
    (prompt, *_rest) = found = prompts_of("x", attendee=1, study_session=1, hours=HOURS, rule=RULE)
    inside, late = prompt.from_at + timedelta(seconds=30), prompt.until_at + timedelta(seconds=1)
    soon = timedelta(seconds=90)
    assert rules.is_answer(found, 0, given_at=inside, at=inside + soon)
    assert not rules.is_answer(found, 0, given_at=inside, at=inside + timedelta(minutes=3))
    assert not rules.is_answer(found, 0, given_at=late, at=late)
    assert not rules.is_answer(found, 1, given_at=inside, at=inside)
    assert not rules.is_answer(found, 99, given_at=inside, at=inside)
    assert rules.prompt_now(found, [], inside) == prompt
    assert rules.prompt_now(found, [0], inside) is None


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("https://zoom.us/j/123456789?pwd=abc", True),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting", True),
        ("https://hop.congdoan.vn:8443/phong", True),
        ("http://zoom.us/j/1", False),
        ("javascript:alert(1)", False),
        ("https://ai:mat-khau@zoom.us/j/1", False),
        ("https://zoom.us@evil.example/", False),
        ("https://zoom.us\\@evil.example/", False),
        ("https://localhost/", False),
        ("https://zoom.us:99999/", False),
        ("https://", False),
        ("//zoom.us/j/1", False),
        ("https://zoom.us/j/1\r\nX: y", False),
        ("https://phòng.vn/", False),
        ("", False),
    ],
)
def test_a_room_is_a_whole_https_address(text, fits):
    assert is_room(text) is fits
