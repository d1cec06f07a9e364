"""Which questions somebody gets, which answer counts, what they are worth, and when. No clock, no database."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

LETTERS = "ABCDEF"
LEAST_CHOICES, MOST_CHOICES = 2, len(LETTERS)
MOST_QUESTIONS = 500
MOST_DRAWN = 200
MOST_MINUTES = 300
MOST_TAPS = 3_000
"""Of one attempt: far more than anybody presses in the longest test."""

MOST_TAPS_AT_ONCE = 250
USUAL_MINUTES = 60
LARGEST_WEIGHT = Decimal("100.00")


class Weighting(StrEnum):
    """What a right answer brings: the same for all questions, or what stands beside each."""

    EQUAL = "equal"
    OWN = "own"


class Shows(StrEnum):
    """When somebody learns how many answers were right. The key itself is never shown before a release."""

    AT_ONCE = "at_once"
    WITH_RELEASE = "with_release"


class EndedBy(StrEnum):
    """Who handed an attempt in."""

    PERSON = "person"
    TIME = "time"
    OFFICER = "officer"


class GrantState(StrEnum):
    """What became of a grant. Only an open one lets somebody begin, and can be taken back."""

    OPEN = "open"
    USED = "used"
    OVER = "over"
    REVOKED = "revoked"


class Fault(StrEnum):
    """What keeps a test from being begun."""

    NO_QUESTIONS = "no_questions"
    TOO_MANY_DRAWN = "too_many_drawn"
    TOO_FEW_IN_GROUP = "too_few_in_group"
    NO_SLOTS = "no_slots"
    SLOT_OUTSIDE = "slot_outside"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as far as drawing and marking look at it."""

    id: int
    group: str
    choices: int
    weight: Decimal
    accepted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One question of somebody's paper: which, and in which order its choices stand there."""

    question: int
    order: tuple[int, ...]


# ---- drawing


def lot(seed: str, *names: object) -> bytes:
    """A number nobody can foresee without the seed, and everybody with it can work out again."""
    said = "\x1f".join(map(str, names))
    return hmac.new(seed.encode(), said.encode(), hashlib.sha256).digest()


def draw(
    questions: Sequence[Question],
    *,
    seed: str,
    attendee: int,
    number: int,
    drawn: Mapping[str, int],
    shuffles_questions: bool,
    shuffles_choices: bool,
) -> list[Drawn]:
    """The paper of one attempt: so many of each group, all where nothing is said, in the order of the seed."""
    kept: set[int] = set()
    for group in dict.fromkeys(one.group for one in questions):
        among = [one for one in questions if one.group == group]
        lots = sorted(among, key=lambda one: lot(seed, "draw", attendee, number, one.id))
        kept |= {one.id for one in lots[: drawn.get(group, len(among))]}
    chosen = [one for one in questions if one.id in kept]
    if shuffles_questions:
        chosen.sort(key=lambda one: lot(seed, "order", attendee, number, one.id))
    return [
        Drawn(one.id, _order(one, seed, attendee, number) if shuffles_choices else tuple(range(one.choices)))
        for one in chosen
    ]


def _order(question: Question, seed: str, attendee: int, number: int) -> tuple[int, ...]:
    places = range(question.choices)
    return tuple(sorted(places, key=lambda place: lot(seed, "choice", attendee, number, question.id, place)))


def paper_code(seed: str, attendee: int, number: int) -> str:
    """What stands on a printed paper and its answer sheet, so that the two are kept together."""
    return f"{int.from_bytes(lot(seed, 'code', attendee, number)[:4], 'big') % 1_000_000:06}"


def faults_of(
    questions: Sequence[Question],
    drawn: Mapping[str, int],
    slots: Iterable[tuple[datetime, datetime]],
    *,
    opens_at: datetime,
    late_until: datetime,
) -> list[Fault]:
    """What is still to be mended, in the order a person would do it."""
    sizes: dict[str, int] = {}
    for one in questions:
        sizes[one.group] = sizes.get(one.group, 0) + 1
    faults = []
    if not sum(drawn.get(group, size) for group, size in sizes.items()):
        faults.append(Fault.NO_QUESTIONS)
    if any(count > sizes.get(group, 0) for group, count in drawn.items()):
        faults.append(Fault.TOO_FEW_IN_GROUP)
    if sum(min(size, drawn.get(group, size)) for group, size in sizes.items()) > MOST_DRAWN:
        faults.append(Fault.TOO_MANY_DRAWN)
    times = list(slots)
    if not times:
        faults.append(Fault.NO_SLOTS)
    if any(begins < opens_at or ends > late_until for begins, ends in times):
        faults.append(Fault.SLOT_OUTSIDE)
    return faults


# ---- answers


@dataclass(frozen=True, slots=True)
class Tap:
    """One answer as a device sent it. ``seq`` counts the taps of its page; ``base`` is the revision it had seen."""

    place: int
    choice: int
    page: str
    seq: int
    base: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer that counts at a place: its revision is raised by each tap that was taken."""

    choice: int
    revision: int
    page: str
    seq: int


def takes(tap: Tap, standing: Standing | None) -> bool:
    """Whether a tap becomes the answer that counts.

    The taps of one page are one line: its later ones follow its earlier ones. Another device takes over only what
    it has seen; else the answer stays and both are shown to the person, who decides by pressing once more.
    """
    if standing is None:
        return True
    if tap.page == standing.page:
        return tap.seq > standing.seq
    return tap.base == standing.revision


def stand_after(tap: Tap, standing: Standing | None) -> Standing:
    return Standing(tap.choice, (standing.revision if standing else 0) + 1, tap.page, tap.seq)


def fold_taps(taps: Iterable[Tap]) -> dict[int, Standing]:
    """The answers that count after these taps, in the order in which the server received them."""
    standing: dict[int, Standing] = {}
    for tap in taps:
        before = standing.get(tap.place)
        if takes(tap, before):
            standing[tap.place] = stand_after(tap, before)
    return standing


def chosen_of(paper: Sequence[Drawn], answers: Mapping[int, int]) -> list[int | None]:
    """What was chosen at each place, as the question lists its choices; None where nothing was."""
    return [
        one.order[answers[place]] if place in answers and answers[place] < len(one.order) else None
        for place, one in enumerate(paper, 1)
    ]


# ---- what it is worth


@dataclass(frozen=True, slots=True)
class Score:
    points: Decimal
    total: Decimal
    right: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.points) / Fraction(self.total) if self.total else Fraction(0)


def score(
    paper: Sequence[Drawn],
    chosen: Sequence[int | None],
    questions: Mapping[int, Question],
    weighting: Weighting,
) -> Score:
    """Exact points of a paper. A question whose key takes every choice brings its points to everybody."""
    points, total, right = Decimal("0.00"), Decimal("0.00"), 0
    for one, choice in zip(paper, chosen, strict=True):
        question = questions[one.question]
        weight = question.weight if weighting is Weighting.OWN else Decimal("1.00")
        total += weight
        if choice in question.accepted or len(question.accepted) == question.choices:
            points += weight
            right += 1
    return Score(points, total, right)


# ---- time


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which the test may be sat, and for whom. Without units and sites it is open to all others."""

    id: int
    name: str
    opens_at: datetime
    closes_at: datetime
    units: frozenset[int] = frozenset()
    sites: frozenset[int] = frozenset()

    @property
    def is_free(self) -> bool:
        return not (self.units or self.sites)


def slots_for(slots: Iterable[Slot], *, units: Collection[int], site: int) -> list[Slot]:
    """The slots of one person: those assigned to the site, the unit or one above it; without any, the free ones."""
    everything = list(slots)
    own = [one for one in everything if one.units & set(units) or site in one.sites]
    return own or [one for one in everything if one.is_free]


def grant_state(*, until: datetime, revoked_at: datetime | None, is_used: bool, at: datetime) -> GrantState:
    if is_used:
        return GrantState.USED
    if revoked_at is not None:
        return GrantState.REVOKED
    return GrantState.OPEN if at < until else GrantState.OVER


def ends_at(began_at: datetime, minutes: int, closes_at: datetime) -> datetime:
    """Everybody has the same minutes, and nobody goes on after the slot has closed."""
    return min(began_at + timedelta(minutes=minutes), closes_at)
