"""What a board shows follows from its figures alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conference.live import steps
from conference.live.hints import AGAIN_SECONDS, Hints
from conference.live.rules import (
    CELL_HEIGHT,
    CELL_WIDTH,
    SILENT_AFTER,
    SiteCount,
    SiteState,
    cumulative,
    forecast,
    level_path,
    place_marks,
    site_state,
)

OPENS = datetime(2018, 12, 6, 0, 15, tzinfo=UTC)
ENDS = OPENS + timedelta(hours=4)


def site(**changes: object) -> SiteCount:
    values = {
        "site_id": 1,
        "code": "H40-01",
        "name": "Yên Thành",
        "province": "Nghệ An",
        "summoned": 100,
        "present": 0,
        "late": 0,
        "excused": 0,
        "silent_since": None,
        "is_closed": False,
    }
    return SiteCount(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "minutes", "state"),
    [
        ({}, -10, SiteState.READY),
        ({}, 10, SiteState.NOT_OPEN),
        ({"present": 1}, 10, SiteState.LIVE),
        ({"present": 94}, 10, SiteState.LIVE),
        ({"present": 95}, 10, SiteState.REACHED),
        ({"present": 95, "is_closed": True}, 10, SiteState.OVER),
        ({"present": 95}, 240, SiteState.OVER),
        ({"present": 50, "silent_since": OPENS}, 5, SiteState.LIVE),
        ({"present": 50, "silent_since": OPENS}, 6, SiteState.LINE_LOST),
        ({"silent_since": OPENS - SILENT_AFTER}, -4, SiteState.READY),
    ],
)
def test_a_site_stands_as_its_figures_say(changes, minutes, state):
    at = OPENS + timedelta(minutes=minutes)
    assert site_state(site(**changes), at=at, doors_open_at=OPENS, ends_at=ENDS, target=0.95) is state


@given(st.lists(st.integers(0, 3_000), max_size=60))
@example([40] * 2_000)
def test_every_mark_stands_inside_its_cell_and_none_is_lost(sizes):
    sites = [(site(site_id=n, code=f"{n:03}", summoned=size), SiteState.LIVE) for n, size in enumerate(sizes)]
    marks = place_marks(sites)
    assert sorted(mark.site.site_id for mark in marks) == list(range(len(sizes)))
    for mark in marks:
        assert mark.x - mark.r >= 0 and mark.x + mark.r <= CELL_WIDTH + 1
        assert mark.y - mark.r >= 0 and mark.y + mark.r <= CELL_HEIGHT + 1
    some = marks[-60:]
    apart = [(a.x - b.x) ** 2 + (a.y - b.y) ** 2 >= (a.r + b.r) ** 2 - 0.01 for a in some for b in some if a is not b]
    assert all(apart)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_people_never_lower_a_level(one, other):
    def top(share: float) -> float:
        path = level_path(50, 50, 40, share)
        return 90.0 if not path else 10.0 if "a" in path else float(path.split("A")[0].split()[1])

    low, high = sorted((one, other))
    assert top(low) >= top(high) - 0.011


def test_a_forecast_goes_on_as_the_last_five_minutes_went():
    arrivals = [(OPENS + timedelta(minutes=n), 10) for n in range(6)]
    at = OPENS + timedelta(minutes=5)
    assert forecast(arrivals, present=60, summoned=200, target=0.95, at=at) == at + timedelta(minutes=5 * 130 / 60)
    assert forecast(arrivals, present=190, summoned=200, target=0.95, at=at) is None
    assert forecast([], present=60, summoned=200, target=0.95, at=at) is None
    assert forecast(arrivals, present=60, summoned=20_000, target=0.95, at=at) is None


@given(st.lists(st.integers(0, 50)))
def test_the_curve_ends_at_the_sum(counts):
    curve = cumulative([(OPENS + timedelta(minutes=n), count) for n, count in enumerate(counts)])
    assert [count for _minute, count in curve[-1:]] == ([sum(counts)] if counts else [])


def test_news_of_one_tick_becomes_one_push_that_names_every_site():
    sent: list[tuple[int, int, frozenset[int]]] = []
    waiting = []
    hints = Hints(lambda *push: not sent.append(push), lambda wait, flush: waiting.append((wait, flush)))
    hints.site_counted(conference_id=1, study_session_id=2, site_id=7)
    first_wait, flush = waiting.pop()
    assert first_wait == 0
    flush()
    for site_id in (8, 9, 8):
        hints.site_counted(conference_id=1, study_session_id=2, site_id=site_id)
    second_wait, flush = waiting.pop()
    assert waiting == []
    assert 0 < second_wait <= 0.2
    flush()
    assert sent == [(1, 2, frozenset({7})), (1, 2, frozenset({8, 9}))]


@given(st.lists(st.one_of(st.integers(1, 5), st.sampled_from(["told", "held up", "broken"])), max_size=40))
def test_no_site_is_forgotten_whatever_pushes_fail_and_one_push_is_made_at_a_time(course):
    """Each number is a site that has counted; each word is how the push ends that is made next."""
    told: dict[int, int] = {}  # site -> the last of its counts of which the boards have heard
    counted: dict[int, int] = {}
    waiting: list[tuple[float, Callable[[], None]]] = []
    ends: list[str] = []

    def send(_conference: int, _session: int, sites: frozenset[int]) -> bool:
        assert sites
        hints.site_counted(conference_id=1, study_session_id=2, site_id=min(sites))  # meanwhile, the same once more
        assert waiting == []
        if ends[-1] == "broken":
            raise ZeroDivisionError
        if ends[-1] == "told":
            told.update({site: counted[site] for site in sites})
        return ends[-1] == "told"

    hints = Hints(send, lambda wait, flush: waiting.append((wait, flush)))

    def flush(end: str) -> None:
        ends.append(end)
        _wait, push = waiting.pop()
        with suppress(ZeroDivisionError):
            push()

    for step in course:
        if isinstance(step, int):
            counted[step] = counted.get(step, 0) + 1
            hints.site_counted(conference_id=1, study_session_id=2, site_id=step)
        elif waiting:
            flush(step)
        assert len(waiting) == bool(counted)
    if waiting:
        flush("told")
    assert told == counted


def test_what_could_not_be_told_is_tried_again_a_second_later():
    waiting = []
    hints = Hints(lambda *_push: False, lambda wait, flush: waiting.append((wait, flush)))
    hints.site_counted(conference_id=1, study_session_id=2, site_id=7)
    waits = []
    for _ in range(3):
        wait, flush = waiting.pop()
        waits.append(wait)
        flush()
    assert waits[0] == 0
    assert all(0 < wait <= AGAIN_SECONDS for wait in waits[1:])


MOMENTS = steps.Moments(
    published_at=OPENS - timedelta(days=9),
    doors_open_at=OPENS,
    ends_at=ENDS,
    writing_ends_at=ENDS + timedelta(days=20),
)


@pytest.mark.parametrize(
    ("days", "facts", "now", "done"),
    [
        (-5, "", {"call", "ready"}, {"plan"}),
        (-5, "called", {"ready"}, {"plan", "call"}),
        (0.1, "called", {"count", "day"}, {"plan", "call", "ready"}),
        (1, "called", {"reflect", "report"}, {"plan", "call", "ready", "count", "day"}),
        (25, "called graded", {"grade", "report"}, {"plan", "call", "ready", "count", "day", "reflect"}),
        (25, "called graded released", {"report"}, {"plan", "call", "ready", "count", "day", "reflect", "grade"}),
    ],
)
def test_the_chain_shows_how_far_a_conference_is(days, facts, now, done):
    known = {f"is_{name}": name in facts.split() for name in ("called", "graded", "released")}
    found = steps.states(MOMENTS, at=OPENS + timedelta(days=days), **known)
    assert {step for step, state in found.items() if state == "now"} == now
    assert {step for step, state in found.items() if state == "done"} == done
