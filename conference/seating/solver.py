"""Finding the best places with OR-Tools: how many can sit at all is a flow, who sits where a model of CP-SAT.

The same puzzle gives the same solution: the search runs in one thread with a fixed seed and is limited by counted work,
not by the clock. OR-Tools is loaded where it is used: it costs 60 MiB that no page needs.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from conference.seating.puzzle import (
    Choice,
    Group,
    Parts,
    Puzzle,
    Solution,
    apart,
    cost_of,
    filled_in_turn,
    whole_groups_first,
)

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Said = Callable[[int, int], None]
WORK = 6.0
"""In CP-SAT's own count; about as many seconds on a core that does nothing else."""

LEAST_WORK = 0.5
NEAR_ENOUGH = 0.002
FOR_SEATS = 0.3
"""Of the work: to seat as many as possible, before the ways are made cheap."""

FINE = 1_000
"""Parts of a unit of cost, in which a flow counts."""

STRATEGIES = 8
SEED = 20181206
NEAREST = 20
"""Places that are looked at for a group beyond those that the flow would give it."""

ASK_EVERY_SECONDS = 0.25


def solve(puzzle: Puzzle, said: Said, *, work: float = WORK) -> Solution:
    """The best way found: as few as possible without a seat, and among those ways a cheap one.

    ``said`` hears how many people are done of how many; what it raises ends the search.
    """
    found: dict[int, Parts] = {}
    cost = bound = fewest = done = 0
    parts = [_begun(part) for part in apart(puzzle)]
    hard = sum(_weight(begun.puzzle) for begun in parts if not begun.is_settled)
    for begun in parts:
        said(done, puzzle.people)
        share = max(LEAST_WORK, work * _weight(begun.puzzle) / max(1, hard))
        solution = begun.solution if begun.is_settled else _search(begun, share, partial(said, done, puzzle.people))
        found |= solution.parts
        cost, bound = cost + solution.cost, bound + solution.bound
        fewest, done = fewest + solution.fewest_unseated, done + begun.puzzle.people
    said(done, done)
    return Solution(found, cost, bound, fewest)


def _weight(puzzle: Puzzle) -> int:
    return sum(len(group.choices) for group in puzzle.groups)


@dataclass(frozen=True)
class _Begun:
    """One connected puzzle with a plain, quick way, and what a flow says of it."""

    puzzle: Puzzle
    near: Puzzle
    flow: _Flow | None
    found: _Found

    @property
    def solution(self) -> Solution:
        cost, unseated = _cost(self.puzzle, self.found.parts), self.found.unseated(self.puzzle)
        bound = min(cost, self.flow.cost) if self.flow else 0
        return Solution(self.found.parts, cost, bound, min(unseated, self.flow.missing if self.flow else 0))

    @property
    def is_settled(self) -> bool:
        """True when no search could find anything worth its time."""
        solution = self.solution
        is_seated = self.found.unseated(self.puzzle) == solution.fewest_unseated == 0
        return is_seated and solution.cost - solution.bound <= NEAR_ENOUGH * solution.cost


def _begun(puzzle: Puzzle) -> _Begun:
    flow = _flow(puzzle, puzzle.people) if puzzle.is_plain else None
    near = _nearest(puzzle, flow)
    return _Begun(puzzle, near, flow, _Found(_quick_way(near, flow), 0))


def _search(begun: _Begun, work: float, asked: Callable[[], None]) -> Solution:
    """First as few as possible without a seat, then as cheap as possible, from the quick way on."""
    puzzle, near, flow, found = begun.puzzle, begun.near, begun.flow, begun.found
    missing = flow.missing if flow else 0
    if found.unseated(puzzle) > missing:
        fewest = _Model(near, found).fewest_unseated(missing, work * FOR_SEATS, asked)
        found = fewest if fewest.unseated(puzzle) < found.unseated(puzzle) else found
        missing = fewest.bound if near is puzzle else missing
    unseated = found.unseated(puzzle)
    found = _Model(near, found).cheapest(work, asked)
    bound = _flow(puzzle, puzzle.people - unseated).cost if flow else 0
    bound = max(bound, found.bound) if near is puzzle else bound  # else the farther places were left out of the proof
    cost = _cost(puzzle, found.parts)
    return Solution(found.parts, cost, min(bound, cost), min(missing, unseated))


def _quick_way(puzzle: Puzzle, flow: _Flow | None) -> dict[int, Parts]:
    """Those who are never parted where a flow would have them; then the others flow into the seats that are left."""
    parts, left = whole_groups_first(puzzle, flow.parts if flow else {})
    others = replace(puzzle, groups=tuple(group for group in puzzle.groups if not group.is_whole), seats=left)
    return parts | (_flow(others, others.people).parts if others.is_plain else filled_in_turn(others))


def _cost(puzzle: Puzzle, parts: Mapping[int, Parts]) -> int:
    return sum(cost_of(group, parts[group.key], puzzle.tariff) for group in puzzle.groups)


@dataclass(frozen=True)
class _Flow:
    """The best way if everybody went alone: nobody can do better than this.

    A group that may be parted pays for a place as if it filled it: of the price of a further place each person bears
    the part that a full one would, so that small rests of seats are no bargain. A group that is never parted looks at
    places that hold all of it. Both stay below what any way costs.
    """

    missing: int
    cost: int
    parts: dict[int, Parts]


def _flow(puzzle: Puzzle, people: int) -> _Flow:
    from ortools.graph.python import min_cost_flow

    network = min_cost_flow.SimpleMinCostFlow()
    source, sink = 0, 1
    group_node = {group.key: number for number, group in enumerate(puzzle.groups, start=2)}
    place_node = {place: number for number, place in enumerate(sorted(puzzle.seats), start=2 + len(group_node))}
    arcs: dict[int, tuple[int, int]] = {}
    first_places = 0
    for group in puzzle.groups:
        network.add_arc_with_capacity_and_unit_cost(source, group_node[group.key], group.size, 0)
        first_places += 0 if group.is_whole or group.has_known or not group.choices else 1
        for choice in group.choices:
            most = min(group.size, max(0, puzzle.seats[choice.place]))
            if not most or (group.is_whole and most < group.size):
                continue
            to = place_node[choice.place]
            parted = 0 if group.is_whole or choice.is_known else FINE * puzzle.tariff.split // most
            stays = FINE * choice.cost + parted
            changes = stays + FINE * puzzle.tariff.change
            for capacity, price in ((min(choice.staying, group.size), stays), (group.size, changes)):
                if capacity:
                    arc = network.add_arc_with_capacity_and_unit_cost(group_node[group.key], to, capacity, price)
                    arcs[arc] = (group.key, choice.place)
    for place, seats in puzzle.seats.items():
        network.add_arc_with_capacity_and_unit_cost(place_node[place], sink, max(0, seats), 0)
    network.set_node_supply(source, people)
    network.set_node_supply(sink, -people)
    status = network.solve_max_flow_with_min_cost()
    if status != network.OPTIMAL:
        raise RuntimeError(f"the flow of a seating plan ended as {status}")
    parts: dict[int, Parts] = {group.key: {} for group in puzzle.groups}
    for arc, (key, place) in arcs.items():
        if count := network.flow(arc):
            parts[key][place] = parts[key].get(place, 0) + count
    cost = -(-network.optimal_cost() // FINE) - puzzle.tariff.split * first_places  # each group's first place is free
    return _Flow(people - network.maximum_flow(), max(0, cost), parts)


def _nearest(puzzle: Puzzle, flow: _Flow | None) -> Puzzle:
    """The same puzzle with the cheapest places of each group, those it sits at, and those of the flow."""
    if all(len(group.choices) <= NEAREST for group in puzzle.groups):
        return puzzle
    groups = []
    for group in puzzle.groups:
        by_cost = sorted(group.choices, key=lambda choice: (choice.cost, choice.place))
        kept = {choice.place for choice in by_cost[:NEAREST]} | set(flow.parts[group.key] if flow else ())
        kept |= {choice.place for choice in group.choices if choice.staying or choice.is_known}
        groups.append(replace(group, choices=tuple(one for one in group.choices if one.place in kept)))
    return replace(puzzle, groups=tuple(groups))


@dataclass(frozen=True)
class _Found:
    parts: dict[int, Parts]
    bound: int

    def unseated(self, puzzle: Puzzle) -> int:
        return puzzle.people - sum(sum(parts.values()) for parts in self.parts.values())


class _Model:
    """One connected puzzle as a model of CP-SAT, in which no more are unseated than in a way that is known."""

    def __init__(self, puzzle: Puzzle, known: _Found) -> None:
        from ortools.sat.python import cp_model

        self.puzzle, self.known = puzzle, known
        self.model = cp_model.CpModel()
        self.taken: dict[int, list[Any]] = defaultdict(list)
        self.costs: list[Any] = []
        self.unseated: list[Any] = []
        self.counts: dict[int, dict[int, Any]] = {}
        for group in puzzle.groups:
            add = self._add_whole if group.is_whole else self._add_parted
            add(group, known.parts[group.key])
        for place, seats in puzzle.seats.items():
            if self.taken[place]:
                self.model.add(sum(self.taken[place]) <= max(0, seats))
        self.model.add(sum(self.unseated) <= known.unseated(puzzle))

    def _add_whole(self, group: Group, start: Parts) -> None:
        """One place for all of them, or none."""
        tariff, here = self.puzzle.tariff, []
        counts = self.counts[group.key] = {}
        for choice in group.choices:
            chosen = self.model.new_bool_var("")
            here.append(chosen)
            counts[choice.place] = group.size * chosen
            self.taken[choice.place].append(group.size * choice.seats * chosen)
            self.costs.append(cost_of(group, {choice.place: group.size}, tariff) * chosen)
            self.model.add_hint(chosen, choice.place in start)
        nowhere = self.model.new_bool_var("")
        self.model.add_hint(nowhere, not start)
        self.model.add_exactly_one([*here, nowhere])
        self.unseated.append(group.size * nowhere)

    def _add_parted(self, group: Group, start: Parts) -> None:
        """So many people at each place, and what it costs that they are at several."""
        tariff, used = self.puzzle.tariff, []
        counts = self.counts[group.key] = {}
        for choice in group.choices:
            count, is_used = self._add_part(group, choice, start.get(choice.place, 0))
            counts[choice.place] = count
            if not choice.is_known:
                used.append(is_used)
        nowhere = self.model.new_int_var(0, group.size, "")
        self.model.add(sum(counts.values()) + nowhere == group.size)
        self.model.add_hint(nowhere, group.size - sum(start.values()))
        self.unseated.append(nowhere)
        if group.has_known:
            self.costs += [tariff.split * is_used for is_used in used]
        elif used:
            further = self.model.new_int_var(0, len(used), "")
            self.model.add(further >= sum(used) - 1)
            self.model.add_hint(further, max(0, len(start) - 1))
            self.costs.append(tariff.split * further)

    def _add_part(self, group: Group, choice: Choice, start: int) -> tuple[Any, Any]:
        tariff = self.puzzle.tariff
        most = min(group.size, max(0, self.puzzle.seats[choice.place]) // choice.seats)
        count = self.model.new_int_var(0, most, "")
        is_used = self.model.new_bool_var("")
        self.model.add(count <= most * is_used)
        self.model.add(count >= is_used)
        self.taken[choice.place].append(choice.seats * count)
        self.costs.append((choice.cost + tariff.change) * count)
        if choice.staying:
            staying = self.model.new_int_var(0, min(most, choice.staying), "")
            self.model.add(staying <= count)
            self.model.add_hint(staying, min(choice.staying, start))
            self.costs.append(-tariff.change * staying)
        self.model.add_hint(count, start)
        self.model.add_hint(is_used, start > 0)
        return count, is_used

    def cheapest(self, work: float, asked: Callable[[], None]) -> _Found:
        """The cheapest way found."""
        self.model.minimize(sum(self.costs))
        return self._search(work, asked)

    def fewest_unseated(self, at_least: int, work: float, asked: Callable[[], None]) -> _Found:
        """The way found that leaves the fewest without a seat."""
        self.model.add(sum(self.unseated) >= at_least)
        self.model.minimize(sum(self.unseated))
        return self._search(work, asked)

    def _search(self, work: float, asked: Callable[[], None]) -> _Found:
        """The best within so much work; the way that is known when nothing better came."""
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        settings = solver.parameters
        settings.random_seed = SEED
        settings.num_workers = STRATEGIES
        settings.interleave_search = True  # they take turns in one thread, so that nothing depends on the clock
        settings.max_deterministic_time = work
        settings.relative_gap_limit = NEAR_ENOUGH
        settings.linearization_level = 2
        status = _solve_aside(solver, self.model, asked)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return replace(self.known, bound=0)
        parts = {
            key: {place: people for place, count in counts.items() if (people := int(solver.value(count)))}
            for key, counts in self.counts.items()
        }
        return _Found(parts, int(solver.best_objective_bound))


def _solve_aside(solver: cp_model.CpSolver, model: cp_model.CpModel, asked: Callable[[], None]) -> Any:
    """Search in a thread of its own, so that this one can tell how far it is and end it."""
    status: list[Any] = []
    thread = threading.Thread(target=lambda: status.append(solver.solve(model)), name="seating", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(ASK_EVERY_SECONDS)
            if thread.is_alive():
                asked()
    except BaseException:
        solver.stop_search()
        thread.join()
        raise
    return status[0]
