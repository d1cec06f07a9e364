"""How marks are settled, rounded and ranked. Exact decimals, no database: each rule can be checked with a pencil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import floor
from statistics import median

HUNDREDTH = Decimal("0.01")
MOST_PARTS = 8
MOST_MARKS_A_PART = 80
"""Points on a part's scale: more would be a slider, not a scale."""


class Rank(StrEnum):
    """Xếp loại, from the best."""

    EXCELLENT = "excellent"
    GOOD = "good"
    AVERAGE = "average"
    FAILED = "failed"


class PaperState(StrEnum):
    """How far a paper is: ``DISAGREED`` waits for a third reader; of a ``WITHDRAWN`` one the text was erased."""

    WAITING = "waiting"
    GRADING = "grading"
    DISAGREED = "disagreed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class ReadingState(StrEnum):
    ASSIGNED = "assigned"
    STARTED = "started"
    FINISHED = "finished"


class RulingKind(StrEnum):
    """What the council decides about a paper that is like another one."""

    CLEARED = "cleared"
    REMINDED = "reminded"
    DEDUCTED = "deducted"
    RETURNED = "returned"
    FAILED = "failed"


@dataclass(frozen=True)
class Ruling:
    """A decision that stands, as far as the mark follows from it."""

    kind: RulingKind
    points: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Part:
    id: int
    title: str
    max_mark: Decimal
    hint: str = ""


@dataclass(frozen=True)
class Scheme:
    """What a conference has laid down about its marks. Part of every release, as it then was."""

    step: Decimal
    tolerance: Decimal
    rounding: Decimal
    parts: tuple[Part, ...]
    cuts: tuple[tuple[Rank, Decimal], ...]  # from the best; the last begins at 0

    @property
    def max_total(self) -> Decimal:
        return sum((part.max_mark for part in self.parts), Decimal(0))


DEFAULT_PARTS = (
    ("Nhận thức", Decimal("4.00"), "Nắm đúng nội dung, nêu được điểm mới của Nghị quyết."),
    ("Liên hệ bản thân, đơn vị", Decimal("2.50"), "Nêu việc của mình, có số liệu, thấy cả mặt chưa được."),
    ("Kế hoạch, giải pháp", Decimal("2.00"), "Việc rõ, có thời hạn, có thước đo."),
    ("Kiến nghị", Decimal("0.50"), "Đúng thẩm quyền, làm được."),
    ("Hình thức", Decimal("1.00"), "Bố cục rõ, câu đúng, trình bày sạch."),
)
DEFAULT_CUTS = (
    (Rank.EXCELLENT, Decimal("8.00")),
    (Rank.GOOD, Decimal("7.00")),
    (Rank.AVERAGE, Decimal("5.00")),
    (Rank.FAILED, Decimal("0.00")),
)


@dataclass(frozen=True)
class Settlement:
    """The mark that stands, what it was before rounding, and which readings (by place, from 0) it comes from."""

    mark: Decimal
    exact: Fraction
    readings: tuple[int, ...]


def round_to_step(value: Fraction, step: Decimal) -> Decimal:
    """The nearest multiple of ``step``; a value half-way between two goes up. 7,125 in steps of 0,25 is 7,25."""
    exact_step = Fraction(step)
    return (floor(value / exact_step + Fraction(1, 2)) * step).quantize(HUNDREDTH)


def settle(totals: Sequence[Decimal], scheme: Scheme) -> Settlement | None:
    """The mark of a paper from the totals of its finished readings, in their order; None while one is missing.

    Two readings no further apart than the tolerance settle it by their mean. Otherwise a third reads, and the
    mean of the two closest stands. A third mark exactly half-way supports both sides alike: then the mean of
    all three stands, which is the middle mark, as examination boards do it. A third reading is left out when
    the first two have come to agree (one of them was corrected).
    """
    if len(totals) < 2:
        return None
    chosen: tuple[int, ...]
    if abs(totals[0] - totals[1]) <= scheme.tolerance:
        chosen = (0, 1)
    elif len(totals) < 3:
        return None
    else:
        low, middle, high = sorted(range(3), key=lambda place: (totals[place], place))
        below, above = totals[middle] - totals[low], totals[high] - totals[middle]
        if below == above:
            chosen = (0, 1, 2)
        else:
            chosen = tuple(sorted((low, middle) if below < above else (middle, high)))
    exact = sum((Fraction(totals[place]) for place in chosen), Fraction(0)) / len(chosen)
    return Settlement(round_to_step(exact, scheme.rounding), exact, chosen)


def mark_of_points(points: Decimal, total: Decimal, scheme: Scheme) -> Decimal:
    """The mark of a test: its share of the points there were, of the scheme's most, rounded as marks are."""
    share = Fraction(points) / Fraction(total) if total else Fraction(0)
    return round_to_step(share * Fraction(scheme.max_total), scheme.rounding)


def paper_state(totals: Sequence[Decimal | None], scheme: Scheme) -> tuple[PaperState, Settlement | None]:
    """How far a paper is, from the totals of its readings in their order; None for one that is not finished."""
    if not totals:
        return PaperState.WAITING, None
    first = [total for total in totals[:2] if total is not None]
    if len(first) < 2:
        return PaperState.GRADING, None
    agreed = settle(first, scheme)
    if agreed is not None:
        return PaperState.SETTLED, agreed
    if len(totals) < 3:
        return PaperState.DISAGREED, None
    if totals[2] is None:
        return PaperState.GRADING, None
    return PaperState.SETTLED, settle([*first, totals[2]], scheme)


def after_ruling(mark: Decimal, ruling: Ruling | None) -> Decimal:
    """The mark that stands: points are taken off, never below 0; a paper that failed for copying has 0."""
    if ruling is None:
        return mark
    if ruling.kind is RulingKind.FAILED:
        return Decimal("0.00")
    return max(Decimal("0.00"), mark - ruling.points)


def standing_mark(
    totals: Sequence[Decimal | None], scheme: Scheme, ruling: Ruling | None
) -> tuple[PaperState, Decimal | None]:
    """How far a paper is and the mark it has now. One that was given back has none until it is written anew."""
    state, settlement = paper_state(totals, scheme)
    if settlement is None:
        return state, None
    if ruling is not None and ruling.kind is RulingKind.RETURNED:
        return PaperState.GRADING, None
    return state, after_ruling(settlement.mark, ruling)


def without_text(state: PaperState, mark: Decimal | None) -> tuple[PaperState, Decimal | None]:
    """The same once the text was erased: what has a mark keeps it, nobody can read the rest any more."""
    return (state, mark) if state is PaperState.SETTLED else (PaperState.WITHDRAWN, None)


def rank_of(mark: Decimal, scheme: Scheme) -> Rank:
    """The first rank whose minimum the mark reaches."""
    return next((rank for rank, minimum in scheme.cuts if mark >= minimum), scheme.cuts[-1][0])


def marks_of_part(part: Part, step: Decimal) -> list[Decimal]:
    """The points on a part's scale: 0, one step, two steps … its maximum."""
    return [(step * count).quantize(HUNDREDTH) for count in range(int(part.max_mark / step) + 1)]


def fits(mark: Decimal, part: Part, step: Decimal) -> bool:
    """Whether a mark stands on the part's scale."""
    return 0 <= mark <= part.max_mark and mark % step == 0


def total_of(marks: Mapping[int, Decimal], scheme: Scheme) -> Decimal | None:
    """The sum over all parts, or None while a part has no mark."""
    if any(part.id not in marks for part in scheme.parts):
        return None
    return sum((marks[part.id] for part in scheme.parts), Decimal(0)).quantize(HUNDREDTH)


def scheme_faults(scheme: Scheme) -> list[str]:
    """Codes of what makes a scheme unusable, in the order a person would mend them."""
    faults = []
    if not scheme.parts or len(scheme.parts) > MOST_PARTS:
        faults.append("scheme_without_parts")
    if scheme.step <= 0 or scheme.rounding <= 0:
        faults.append("scheme_without_step")
    elif any(part.max_mark <= 0 or part.max_mark % scheme.step for part in scheme.parts):
        faults.append("scheme_part_off_step")
    elif any(part.max_mark / scheme.step > MOST_MARKS_A_PART for part in scheme.parts):
        faults.append("scheme_step_too_small")
    if any(better[1] <= worse[1] for better, worse in pairwise(scheme.cuts)):
        faults.append("scheme_cuts_out_of_order")
    if scheme.parts and scheme.cuts[0][1] > scheme.max_total:
        faults.append("scheme_cut_out_of_reach")
    return faults


def shares(counts: Sequence[int]) -> list[Decimal]:
    """Percentages with two decimals that add up to 100,00 exactly: the largest remainders are rounded up.

    Of equal remainders the larger count goes first, then the earlier. Nothing to share gives zeros.
    """
    total = sum(counts)
    if not total:
        return [Decimal("0.00")] * len(counts)
    whole = [count * 10_000 // total for count in counts]
    order = sorted(range(len(counts)), key=lambda i: (-(counts[i] * 10_000 % total), -counts[i], i))
    for i in order[: 10_000 - sum(whole)]:
        whole[i] += 1
    return [Decimal(part) / 100 for part in whole]


def rate(part: int, whole: int) -> Decimal:
    """A single percentage with two decimals, half up; 0 of nothing."""
    return Decimal((part * 20_000 + whole) // (2 * whole)) / 100 if whole else Decimal("0.00")


LONGEST_SITTING = timedelta(minutes=30)
"""A longer gap between two finished papers is a break, not a slow paper."""

REST_AFTER = timedelta(minutes=50)


@dataclass(frozen=True)
class Pace:
    """How a grader goes on: minutes a paper, and how many papers without a rest."""

    minutes_each: int | None
    in_a_row: int
    needs_rest: bool


def pace_of(finished: Sequence[datetime]) -> Pace:
    """From the moments at which papers were finished, oldest first."""
    gaps = [later - earlier for earlier, later in pairwise(finished)]
    sitting = [gap for gap in gaps if gap <= LONGEST_SITTING]
    minutes = round(median(gap.total_seconds() for gap in sitting) / 60) if sitting else None
    last = 0
    for gap in reversed(gaps):
        if gap > LONGEST_SITTING:
            break
        last += 1
    spent = finished[-1] - finished[-1 - last] if last else timedelta(0)
    return Pace(max(1, minutes) if minutes is not None else None, last + 1 if finished else 0, spent >= REST_AFTER)
