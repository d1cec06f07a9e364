"""Marks settle, round and rank as a pencil would do it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.grading.rules import (
    DEFAULT_CUTS,
    Part,
    Rank,
    Scheme,
    marks_of_part,
    rank_of,
    rate,
    round_to_step,
    scheme_faults,
    settle,
    shares,
    total_of,
)

D = Decimal


def scheme(**changes) -> Scheme:
    values = {
        "step": D("0.25"),
        "tolerance": D("1.00"),
        "rounding": D("0.25"),
        "parts": (Part(1, "Nhận thức", D("6.00")), Part(2, "Liên hệ", D("4.00"))),
        "cuts": DEFAULT_CUTS,
    }
    return Scheme(**(values | changes))


quarters = st.integers(0, 40).map(lambda count: D(count) * D("0.25"))


@pytest.mark.parametrize(
    ("totals", "mark", "used"),
    [
        (["7.00", "7.50"], "7.25", (0, 1)),
        (["7.00", "7.25"], "7.25", (0, 1)),  # 7,125 goes up
        (["7.00", "8.00"], "7.50", (0, 1)),  # as far apart as allowed
        (["6.00", "8.00", "7.75"], "8.00", (1, 2)),  # 7,875 goes up
        (["6.00", "8.00", "6.25"], "6.25", (0, 2)),
        (["6.00", "8.00", "7.00"], "7.00", (0, 1, 2)),  # exactly half-way: the mean of all three
        (["6.00", "8.00", "9.00"], "8.50", (1, 2)),
        (["6.00", "8.00", "6.00"], "6.00", (0, 2)),
        (["7.00", "7.50", "3.00"], "7.25", (0, 1)),  # the first two agree again: the third is left out
        (["0.00", "0.00"], "0.00", (0, 1)),
        (["10.00", "10.00"], "10.00", (0, 1)),
    ],
)
def test_two_agree_or_the_closest_of_three_stand(totals, mark, used):
    found = settle([D(total) for total in totals], scheme())
    assert found is not None
    assert (found.mark, found.readings) == (D(mark), used)


@pytest.mark.parametrize("totals", [[], ["7.00"], ["5.00", "6.25"]])
def test_a_mark_waits_while_a_reading_is_missing(totals):
    assert settle([D(total) for total in totals], scheme()) is None


@given(st.lists(quarters, min_size=3, max_size=3))
def test_a_settled_mark_lies_between_its_readings_and_on_the_step(totals):
    found = settle(totals, scheme())
    assert found is not None
    used = [totals[place] for place in found.readings]
    assert min(used) <= found.mark <= max(used) + D("0.25")
    assert found.mark % D("0.25") == 0
    assert abs(Fraction(found.mark) - found.exact) <= Fraction(1, 8)


@given(st.permutations([0, 1, 2]), st.lists(quarters, min_size=3, max_size=3))
def test_the_order_of_three_readings_that_all_disagree_changes_nothing(order, totals):
    strict = scheme(tolerance=D("0.00"))
    if len(set(totals)) < 3:
        return  # equal totals agree, and then the first two decide
    one, other = settle(totals, strict), settle([totals[place] for place in order], strict)
    assert one is not None
    assert other is not None
    assert one.mark == other.mark


@given(st.fractions(0, 10), st.sampled_from([D("0.25"), D("0.50"), D("0.10"), D("0.01"), D("1.00")]))
def test_rounding_is_to_the_nearest_step_and_half_goes_up(value, step):
    rounded = Fraction(round_to_step(value, step))
    assert -Fraction(step) / 2 < rounded - value <= Fraction(step) / 2


@pytest.mark.parametrize(
    ("mark", "rank"),
    [
        ("10.00", Rank.EXCELLENT), ("8.00", Rank.EXCELLENT), ("7.99", Rank.GOOD), ("7.00", Rank.GOOD),
        ("6.75", Rank.AVERAGE), ("5.00", Rank.AVERAGE), ("4.75", Rank.FAILED), ("0.00", Rank.FAILED),
    ],
)  # fmt: skip
def test_a_rank_begins_at_its_cut(mark, rank):
    assert rank_of(D(mark), scheme()) is rank


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=6))
def test_shares_add_up_and_stay_within_a_hundredth(counts):
    found = shares(counts)
    assert sum(found) == (D("100.00") if sum(counts) else 0)
    for count, share in zip(counts, found, strict=True):
        if sum(counts):
            assert abs(Fraction(share) - Fraction(count * 100, sum(counts))) < Fraction(1, 100)


def test_the_district_that_rounded_by_hand_gets_shares_that_add_up():
    assert shares([40, 73, 14]) == [D("31.50"), D("57.48"), D("11.02")]
    assert rate(14, 31) == D("45.16")
    assert rate(0, 0) == D("0.00")


def test_a_total_needs_every_part():
    assert total_of({1: D("3.25")}, scheme()) is None
    assert total_of({1: D("3.25"), 2: D("0.75")}, scheme()) == D("4.00")


def test_a_scale_goes_from_nothing_to_its_maximum():
    assert marks_of_part(Part(1, "", D("0.50")), D("0.25")) == [D("0.00"), D("0.25"), D("0.50")]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"parts": ()}, ["scheme_without_parts"]),
        ({"step": D("0.00")}, ["scheme_without_step"]),
        ({"parts": (Part(1, "a", D("1.10")),), "cuts": ((Rank.FAILED, D(0)),)}, ["scheme_part_off_step"]),
        ({"step": D("0.01"), "rounding": D("0.01")}, ["scheme_step_too_small"]),
        ({"cuts": ((Rank.EXCELLENT, D(7)), (Rank.GOOD, D(7)), (Rank.FAILED, D(0)))}, ["scheme_cuts_out_of_order"]),
        ({"cuts": ((Rank.EXCELLENT, D(11)), (Rank.FAILED, D(0)))}, ["scheme_cut_out_of_reach"]),
    ],
)
def test_a_scheme_that_cannot_work_says_why(changes, faults):
    assert scheme_faults(scheme(**changes)) == faults
