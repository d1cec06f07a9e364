"""Seats of a hall and who gets which: each unit side by side, kept seats kept. No database, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MOST_BLOCKS, MOST_ROWS, MOST_A_ROW = 26, 200, 200
USUAL_ROW = 20


@dataclass(frozen=True)
class Block:
    """A khu: rows of equally many seats, counted from the stage."""

    name: str
    rows: int
    seats_per_row: int

    @property
    def seats(self) -> int:
        return self.rows * self.seats_per_row

    def row_names(self) -> list[str]:
        return [f"{self.name}{row}" for row in range(1, self.rows + 1)]

    def seats_of_row(self, row: str) -> list[str]:
        return [f"{row}-{seat}" for seat in range(1, self.seats_per_row + 1)]


class HallState(StrEnum):
    """How far the seats of a hall are, what needs a hand first."""

    NO_HALL = "no_hall"
    NO_PLAN = "no_plan"
    TOO_FEW = "too_few"
    WAITING = "waiting"
    DONE = "done"
    EMPTY = "empty"


def state_of_hall(*, has_hall: bool, planned: int, called: int, at_once: int, seated: int) -> HallState:
    """``at_once`` is how many of those called sit there at the same time."""
    if not called:
        return HallState.EMPTY
    if not has_hall:
        return HallState.NO_HALL
    if not planned:
        return HallState.NO_PLAN
    if planned < at_once:
        return HallState.TOO_FEW
    return HallState.DONE if seated >= called else HallState.WAITING


def usual_plan(capacity: int) -> list[Block]:
    """A first plan for a hall of which only the number of seats is known; never more seats than it has."""
    if capacity < USUAL_ROW:
        return [Block("A", 1, capacity)]
    rows, rest = divmod(capacity, USUAL_ROW)
    plan = [Block("A", min(rows, MOST_ROWS), USUAL_ROW)]
    return [*plan, Block("B", 1, rest)] if rest else plan


def seats_in_order(blocks: Sequence[Block]) -> list[str]:
    """Every seat of a plan, khu by khu from the stage, left to right: ``A1-1``, ``A1-2`` …"""
    return [seat for block in blocks for row in block.row_names() for seat in block.seats_of_row(row)]


def seats_of_place(blocks: Sequence[Block], place: str) -> list[str]:
    """The seats that a place names: a whole row (``A1``) or one seat (``A1-5``); none when there is no such place."""
    for block in blocks:
        for row in block.row_names():
            if place == row:
                return block.seats_of_row(row)
            if place in block.seats_of_row(row):
                return [place]
    return []


@dataclass(frozen=True)
class Party:
    """People who sit together, in the order in which they sit."""

    people: tuple[int, ...]


@dataclass
class Seating:
    """Who sits where, and who found no seat."""

    seats: dict[int, str] = field(default_factory=dict)
    unseated: list[int] = field(default_factory=list)
    split: int = 0
    """Parties that don't sit in one run of seats."""

    def and_then(self, later: Seating) -> Seating:
        """Together with other people who sit on the same seats at another time."""
        return Seating(self.seats | later.seats, [*self.unseated, *later.unseated], self.split + later.split)


def allocate(
    blocks: Sequence[Block],
    parties: Sequence[Party],
    *,
    reserved: Iterable[str] = (),
    pinned: Mapping[int, str] | None = None,
    kept: Mapping[int, str] | None = None,
) -> Seating:
    """Give everybody a seat: the pinned theirs, those who were told theirs again, each party side by side.

    The same input gives the same seats. Nobody is left without a seat while one is free that is not reserved. Parties
    sit in the order given; where that tears some apart, the largest are seated first, if fewer are torn then.
    """
    hall = _Hall(blocks, frozenset(reserved))
    fixed = hall.fixed(parties, dict(pinned or {}), dict(kept or {}))
    in_order = hall.seat(parties, fixed)
    if not in_order.split:
        return in_order
    by_size = hall.seat(sorted(parties, key=lambda party: -len(party.people)), fixed)
    return by_size if by_size.split < in_order.split else in_order


class _Hall:
    def __init__(self, blocks: Sequence[Block], reserved: frozenset[str]) -> None:
        self.reserved = reserved
        self.order: dict[str, int] = {}
        place = 0
        for block in blocks:
            place += 1  # a gap between two blocks: a run of seats never crosses it
            for seat in seats_in_order([block]):
                place += 1
                self.order[seat] = place

    def fixed(self, parties: Sequence[Party], pinned: dict[int, str], kept: dict[int, str]) -> dict[int, str]:
        """The seats that are settled before any party is seated; a pinned seat comes before one that is kept."""
        called = {person for party in parties for person in party.people}
        settled: dict[int, str] = {}
        taken: set[str] = set()
        held = set(pinned.values())
        for person, seat in sorted(pinned.items()):
            if person in called and seat in self.order and seat not in taken:
                settled[person] = seat
                taken.add(seat)
        for person, seat in sorted(kept.items()):
            is_free = seat in self.order and seat not in taken and seat not in self.reserved and seat not in held
            if person in called and person not in settled and is_free:
                settled[person] = seat
                taken.add(seat)
        return settled

    def seat(self, parties: Sequence[Party], fixed: Mapping[int, str]) -> Seating:
        seating = Seating(seats=dict(fixed))
        free = sorted(
            (place, seat)
            for seat, place in self.order.items()
            if seat not in self.reserved and seat not in fixed.values()
        )
        for party in parties:
            rest = [person for person in party.people if person not in fixed]
            if not rest:
                continue
            near = [self.order[fixed[person]] for person in party.people if person in fixed]
            chosen, is_whole = _nearest(free, near, len(rest)) if near else _side_by_side(free, len(rest))
            seating.split += not is_whole
            taken = set(chosen)
            free = [one for one in free if one not in taken]
            for person, (_place, seat) in zip(rest, chosen, strict=False):
                seating.seats[person] = seat
            seating.unseated += rest[len(chosen) :]
        return seating


Place = tuple[int, str]


def _nearest(free: Sequence[Place], near: Sequence[int], wanted: int) -> tuple[list[Place], bool]:
    """The free seats nearest to those that some of the party keep."""
    by_distance = sorted(free, key=lambda one: (min(abs(one[0] - place) for place in near), one[0]))
    return sorted(by_distance[:wanted]), True


def _side_by_side(free: Sequence[Place], wanted: int) -> tuple[list[Place], bool]:
    """The first run of free seats that takes all of them; else as few runs as possible, the longest first."""
    runs: list[list[Place]] = []
    for one in free:
        if runs and runs[-1][-1][0] + 1 == one[0]:
            runs[-1].append(one)
        else:
            runs.append([one])
    for run in runs:
        if len(run) >= wanted:
            return run[:wanted], True
    chosen: list[Place] = []
    for run in sorted(runs, key=lambda run: (-len(run), run[0][0])):
        chosen += run[: wanted - len(chosen)]
    return sorted(chosen), False
