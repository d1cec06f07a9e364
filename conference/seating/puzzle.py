"""The arithmetic of seating, bare of people: groups that go to places with so many seats, and what each way costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where a group may sit."""

    place: int
    cost: int  # for each person, of the way there
    staying: int = 0  # so many of them sit there now, and whoever stays costs no change
    is_known: bool = False  # others of theirs sit there for good: going there too keeps them together
    seats: int = 1  # that each person takes: two, where every other chair stays empty


@dataclass(frozen=True, slots=True)
class Group:
    """People who belong together; ``is_whole`` when they are so few that they are never parted."""

    key: int
    size: int
    choices: tuple[Choice, ...]
    is_whole: bool = True

    @property
    def has_known(self) -> bool:
        return any(choice.is_known for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a change for a person, a further place for a group, and the way cost beside each other."""

    change: int = 60
    split: int = 600


@dataclass(frozen=True, slots=True)
class Puzzle:
    groups: tuple[Group, ...]
    seats: Mapping[int, int]
    tariff: Tariff = Tariff()

    @property
    def people(self) -> int:
        return sum(group.size for group in self.groups)

    @property
    def is_plain(self) -> bool:
        """True when everybody takes one seat, so that a flow tells how many can sit at all."""
        return all(choice.seats == 1 for group in self.groups for choice in group.choices)


Parts = dict[int, int]
"""Place to the number of a group's people there."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Where each group goes, how much that costs, and less than what no way can cost."""

    parts: Mapping[int, Parts]
    cost: int
    bound: int
    fewest_unseated: int  # no way leaves fewer without a seat

    def unseated(self, puzzle: Puzzle) -> dict[int, int]:
        """Group to how many of it have no seat; those without a lack are left out."""
        left = {group.key: group.size - sum(self.parts[group.key].values()) for group in puzzle.groups}
        return {key: count for key, count in left.items() if count}


def cost_of(group: Group, parts: Parts, tariff: Tariff) -> int:
    """What one group's places cost: the ways, the changes, and each further place."""
    known = {choice.place: choice for choice in group.choices}
    seated = sum(parts.values())
    ways = sum(count * known[place].cost for place, count in parts.items())
    staying = sum(min(count, known[place].staying) for place, count in parts.items())
    further = sum(not known[place].is_known for place in parts)
    further = further if group.has_known else max(0, further - 1)
    return ways + tariff.change * (seated - staying) + tariff.split * further


def apart(puzzle: Puzzle) -> Iterator[Puzzle]:
    """The puzzle in parts that share no place: each is solved by itself, in the order of its first group."""
    leader: dict[int, int] = {}

    def find(place: int) -> int:
        while leader.setdefault(place, place) != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for group in puzzle.groups:
        for choice in group.choices[1:]:
            one, other = find(group.choices[0].place), find(choice.place)
            leader[max(one, other)] = min(one, other)
    together: dict[int, list[Group]] = defaultdict(list)
    for group in puzzle.groups:
        together[find(group.choices[0].place) if group.choices else -1].append(group)
    for groups in together.values():
        places = {choice.place for group in groups for choice in group.choices}
        seats = {place: puzzle.seats[place] for place in sorted(places)}
        yield replace(puzzle, groups=tuple(groups), seats=seats)


def whole_groups_first(puzzle: Puzzle, wished: Mapping[int, Parts]) -> tuple[dict[int, Parts], dict[int, int]]:
    """A quick way for those who are never parted, and the seats it leaves: the largest first, where they wish to be."""
    left = dict(puzzle.seats)
    found: dict[int, Parts] = {}
    whole = [group for group in puzzle.groups if group.is_whole]
    for group in sorted(whole, key=lambda one: (len(wished.get(one.key, ())) != 1, -one.size, one.key)):
        first = wished.get(group.key, {})
        ranked = sorted(group.choices, key=lambda one: (one.place not in first, not one.staying, one.cost, one.place))
        roomy = next((one for one in ranked if left[one.place] >= group.size * one.seats), None)
        found[group.key] = {} if roomy is None else {roomy.place: group.size}
        if roomy is not None:
            left[roomy.place] -= group.size * roomy.seats
    return found, left


def filled_in_turn(puzzle: Puzzle) -> dict[int, Parts]:
    """A quick way for those who may be parted, the largest first: as many as fit, the cheapest places first."""
    left = dict(puzzle.seats)
    found: dict[int, Parts] = {}
    for group in sorted(puzzle.groups, key=lambda one: (-one.size, one.key)):
        parts, waiting = found.setdefault(group.key, {}), group.size
        for choice in sorted(group.choices, key=lambda one: (one.cost, one.place)):
            if count := min(waiting, max(0, left[choice.place]) // choice.seats):
                parts[choice.place] = count
                left[choice.place] -= count * choice.seats
                waiting -= count
    return found
