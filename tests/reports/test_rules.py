"""Figures add up, whatever the people."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from conference.checkin.rules import Status
from conference.grading.rules import Rank
from conference.reflections.rules import Standing
from conference.reports.rules import (
    ATTENDED,
    MADE_UP,
    NO,
    NO_RANK,
    ONLINE,
    PART,
    RANK,
    STANDING,
    YES,
    Kind,
    Part,
    columns_of,
    figures_of,
    overall,
    session_dimension,
    values_of,
)

SESSIONS = (1, 2)
FIGURES = figures_of(SESSIONS)
COLUMNS = columns_of(SESSIONS)


def person(
    first: Status, second: Status, standing: Standing, rank: str, online: str, made_up: str, part: Part
) -> dict[str, str]:
    return {
        session_dimension(1): first.value,
        session_dimension(2): second.value,
        ATTENDED: overall([first, second]).value,
        ONLINE: online,
        STANDING: standing.value,
        RANK: rank,
        MADE_UP: made_up,
        PART: part.value,
    }


people = st.lists(
    st.builds(
        person,
        st.sampled_from(Status),
        st.sampled_from(Status),
        st.sampled_from(Standing),
        st.sampled_from([NO_RANK, *(rank.value for rank in Rank)]),
        st.sampled_from([YES, NO]),
        st.sampled_from([YES, NO]),
        st.sampled_from([Part.SUMMONED, *Part]),
    ),
    max_size=60,
)


def counts_of(everybody) -> dict[str, int]:
    return {key: sum(figure.takes(one) for one in everybody) for key, figure in FIGURES.items()}


@given(people)
def test_present_and_absent_are_all_those_summoned(everybody):
    counts = counts_of(everybody)
    parts = ("present", "substituted", "excused", "unexcused", "not_seen")
    assert sum(counts[key] for key in parts) == counts["summoned"]
    assert counts["summoned"] == sum(one[PART] == Part.SUMMONED for one in everybody)


@given(people, people)
def test_the_figures_of_two_places_are_the_sum_of_each(here, there):
    together, apart = counts_of(here + there), (counts_of(here), counts_of(there))
    assert together == {key: apart[0][key] + apart[1][key] for key in together}


@given(people)
def test_the_shares_of_ranks_add_up_to_a_hundred(everybody):
    counts = counts_of(everybody)
    cells = values_of(counts, COLUMNS)
    portions = sum(cells[column.key] for column in COLUMNS if column.kind is Kind.SHARE)
    ranked = sum(counts[rank.value] for rank in Rank)
    assert portions == (Decimal("100.00") if ranked else 0)


@given(people)
def test_a_part_is_never_more_than_its_whole(everybody):
    counts = counts_of(everybody)
    for part, whole in (("late", "present"), ("handed_in", "must_write"), ("handed_in_late", "handed_in")):
        assert counts[part] <= counts[whole] <= len(everybody)  # a walk-in may have to write too
    assert counts["present"] <= counts["summoned"]
    for id in SESSIONS:
        assert counts[f"present_{id}"] <= counts["present"]


def test_every_status_has_exactly_one_place_over_the_whole_conference():
    partition = [FIGURES[key] for key in ("present", "substituted", "excused", "unexcused", "not_seen")]
    for first in Status:
        for second in Status:
            one = person(first, second, Standing.NOT_REQUIRED, NO_RANK, NO, NO, Part.SUMMONED)
            assert sum(figure.takes(one) for figure in partition) == 1
    for one, other in combinations(partition, 2):
        assert not one.any_of[0][1] & other.any_of[0][1]


def test_who_was_seen_once_is_present_and_open_days_are_not_absence():
    assert overall([Status.UNEXCUSED, Status.LATE]) is Status.PRESENT
    assert overall([Status.EXCUSED, Status.NOT_SEEN]) is Status.NOT_SEEN
    assert overall([Status.EXCUSED, Status.UNEXCUSED]) is Status.UNEXCUSED
    assert overall([Status.EXCUSED, Status.EXCUSED]) is Status.EXCUSED
    assert overall([]) is Status.NOT_SEEN


def test_each_column_counts_a_figure_that_there_is():
    for column in COLUMNS:
        assert all(key in FIGURES for key in (column.of or (column.key,)))
        assert not column.whole or column.whole in FIGURES
