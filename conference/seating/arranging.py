"""From who sits where to a puzzle, and from its solution to who would sit elsewhere. No database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from conference.seating.distances import kilometres
from conference.seating.puzzle import Choice, Group, Puzzle, Solution, Tariff
from conference.seating.rules import KILOMETRES, Scope, Shortage, Why, Wishes


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody who is called, or a place of a quota for which nobody is named yet.

    ``is_fixed``: they are there already, or for another reason stay where they are.
    """

    id: int
    unit_id: int
    spot: int
    is_fixed: bool = False
    is_named: bool = True


NOWHERE = 0
"""The spot of those whose unit has no site."""

_WAVE = 2**32


def spot_of(site_id: int, wave_id: int | None) -> int:
    """A site in one wave, as one number; where there are no waves it is the site's own."""
    return site_id + (wave_id or 0) * _WAVE


def site_of(spot: int) -> int:
    return spot % _WAVE


def wave_of(spot: int) -> int | None:
    return spot // _WAVE or None


@dataclass(frozen=True, slots=True)
class Place:
    """A site, or a site in one wave: its seats are taken anew in each."""

    site_id: int
    seats: int | None  # none without a hall
    province: str
    host_unit_id: int
    is_joined: bool = True
    is_of_no_wave: bool = False  # the spot of those who still need one


@dataclass(frozen=True, slots=True)
class UnitPlace:
    unit_id: int
    province: str


@dataclass(frozen=True)
class Conference:
    """All that a proposal is made from."""

    people: tuple[Seated, ...]
    places: Mapping[int, Place]  # by spot
    units: Mapping[int, UnitPlace]
    unit_pins: Mapping[int, int] = field(default_factory=dict)  # unit to site
    person_pins: Mapping[int, int] = field(default_factory=dict)  # attendee to site


@dataclass(frozen=True, slots=True)
class Moving:
    """People of one unit who would go from one spot to another together; without ``to`` nobody found them a seat."""

    unit_id: int
    came: int
    to: int | None
    attendee_ids: tuple[int, ...]
    why: Why
    km: int
    unnamed: int = 0  # places of quotas among them

    @property
    def people(self) -> int:
        return len(self.attendee_ids) + self.unnamed


@dataclass(frozen=True, slots=True)
class Missing:
    """Seats that are missing for a province's people, and for which units."""

    province: str
    people: int
    kind: Shortage
    unit_ids: tuple[int, ...]
    free_seats: int  # within their reach, after everything
    unnamed: int = 0  # of them for people whom units have still to name
    site_id: int | None = None  # to which they are pinned


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Who one group of the puzzle is."""

    unit_id: int
    people: tuple[Seated, ...]
    pinned_to: int | None


@dataclass(frozen=True)
class Arrangement:
    """The puzzle of a conference, with what is needed to read its solution."""

    conference: Conference
    wishes: Wishes
    puzzle: Puzzle
    bundles: Mapping[int, _Bundle]


def distance(unit: UnitPlace, place: Place) -> int:
    return 0 if place.host_unit_id == unit.unit_id else kilometres(unit.province, place.province)


def is_usable(place: Place | None, wishes: Wishes) -> bool:
    if place is None or place.is_of_no_wave:
        return False
    return place.is_joined and bool(place.seats) and place.site_id not in wishes.closing


def arrange(conference: Conference, wishes: Wishes, tariff: Tariff | None = None) -> Arrangement:
    """Who may move makes the groups; who may not takes seats away. Pins leave a group one place alone."""
    called = Counter(one.spot for one in conference.people if one.is_named)
    expected = Counter(one.spot for one in conference.people)
    usable = {id: place.seats or 0 for id, place in conference.places.items() if is_usable(place, wishes)}
    crowded = {id for id, seats in usable.items() if called[id] > seats}
    tight = {id for id, seats in usable.items() if expected[id] > seats}  # only those still to be named make way
    moving: dict[tuple[int, int | None], list[Seated]] = defaultdict(list)
    staying: Counter[int] = Counter()
    anchors: dict[int, set[int]] = defaultdict(set)
    for one in conference.people:
        pin = conference.person_pins.get(one.id, conference.unit_pins.get(one.unit_id))
        if _may_move(one, conference, wishes, crowded if one.is_named else tight, pin):
            moving[one.unit_id, pin].append(one)
        else:
            staying[one.spot] += 1
            anchors[one.unit_id].add(one.spot)
    seats = {
        id: max(0, (place.seats or 0) - staying[id])
        for id, place in sorted(conference.places.items())
        if is_usable(place, wishes)
    }
    keys, bundles, groups = count(1), {}, []
    for (unit_id, pin), people in sorted(moving.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
        key = next(keys)
        bundles[key] = _Bundle(unit_id, tuple(sorted(people, key=lambda one: (not one.is_named, one.id))), pin)
        groups.append(_group(key, bundles[key], conference, wishes, seats, anchors[unit_id]))
    return Arrangement(conference, wishes, Puzzle(tuple(groups), seats, tariff or Tariff()), bundles)


def _may_move(one: Seated, conference: Conference, wishes: Wishes, crowded: set[int], pin: int | None) -> bool:
    place = conference.places.get(one.spot)
    is_waiting = place is not None and place.is_of_no_wave
    if one.is_fixed or (pin == site_of(one.spot) and not is_waiting):
        return False
    if pin is not None or wishes.scope is Scope.EVERYBODY:
        return True
    return one.spot in crowded or not is_usable(place, wishes)


def _group(
    key: int, bundle: _Bundle, conference: Conference, wishes: Wishes, seats: Mapping[int, int], anchors: set[int]
) -> Group:
    unit = conference.units[bundle.unit_id]
    here = Counter(one.spot for one in bundle.people)
    waiting = Counter(site_of(spot) for spot in here.elements() if spot not in seats)  # any wave there is no change
    near = {site_of(spot) for spot in (*here, *anchors)}
    choices = []
    for spot in seats:
        site_id = site_of(spot)
        if bundle.pinned_to not in (None, site_id):
            continue
        km = distance(unit, conference.places[spot])
        if km <= KILOMETRES[wishes.reach] or site_id in near or site_id == bundle.pinned_to:
            staying = here[spot] + (waiting[site_id] if spot != site_id else 0)
            choices.append(Choice(spot, km, staying=staying, is_known=spot in anchors))
    is_together = sum(1 for spot in here if spot in seats) <= 1
    is_whole = is_together and len(bundle.people) <= wishes.whole_up_to
    return Group(key, len(bundle.people), tuple(choices), is_whole)


def movings(arrangement: Arrangement, solution: Solution) -> list[Moving]:
    """Who would go where: whoever sits there stays, and the others go in the order of the list."""
    found = [moving for _key, moving in _movings_by_group(arrangement, solution)]
    return sorted(found, key=lambda one: (one.to is not None, one.unit_id, one.came))


def _movings_by_group(arrangement: Arrangement, solution: Solution) -> Iterator[tuple[int, Moving]]:
    for key, bundle in arrangement.bundles.items():
        room = dict(solution.parts[key])
        leaving: list[Seated] = []
        for one in bundle.people:
            if room.get(one.spot):
                room[one.spot] -= 1
            else:
                leaving.append(one)
        leaving.sort(key=lambda one: (not one.is_named, one.spot, one.id))
        gone: dict[tuple[int, int | None], list[Seated]] = defaultdict(list)
        for place, number in sorted(room.items()):
            for one in leaving[:number]:
                gone[one.spot, place].append(one)
            leaving = leaving[number:]
        for one in leaving:
            gone[one.spot, None].append(one)
        for (came, to), people in gone.items():
            yield key, _moving(arrangement, bundle, came, to, people)


def _moving(arrangement: Arrangement, bundle: _Bundle, came: int, to: int | None, people: list[Seated]) -> Moving:
    conference = arrangement.conference
    unit = conference.units[bundle.unit_id]
    why = _reason(arrangement, bundle, came, to)
    km = distance(unit, conference.places[to]) if to is not None else 0
    named = tuple(one.id for one in people if one.is_named)
    return Moving(bundle.unit_id, came, to, named, why, km, unnamed=len(people) - len(named))


def _reason(arrangement: Arrangement, bundle: _Bundle, came: int, to: int | None) -> Why:
    conference, wishes = arrangement.conference, arrangement.wishes
    before, unit = conference.places.get(came), conference.units[bundle.unit_id]
    if bundle.pinned_to is not None:
        return Why.PINNED
    if came == NOWHERE:
        return Why.NO_SITE
    if site_of(came) in wishes.closing:
        return Why.CLOSING
    if before is not None and before.is_of_no_wave:
        return Why.NO_WAVE
    if before is None or not before.is_joined:
        return Why.NOT_JOINED
    if not before.seats:
        return Why.NO_HALL
    if sum(one.spot == came for one in conference.people) > before.seats:
        return Why.TOO_FEW_SEATS
    if to is not None and any(one.unit_id == bundle.unit_id and one.spot == to for one in conference.people):
        return Why.TOGETHER
    if to is not None and distance(unit, conference.places[to]) < distance(unit, before):
        return Why.NEARER
    return Why.MAKES_ROOM


def missing_seats(arrangement: Arrangement, solution: Solution) -> list[Missing]:
    """Which seats are missing where: by province, or for a pin by its site, the most first."""
    left = Counter(arrangement.puzzle.seats)
    for parts in solution.parts.values():
        left.subtract(parts)
    without: dict[tuple[str, Shortage, int | None], list[tuple[int, Group]]] = defaultdict(list)
    unnamed: Counter[int] = Counter()  # of those without a seat, by group
    for key, moving in _movings_by_group(arrangement, solution):
        if moving.to is None:
            unnamed[key] += moving.unnamed
    for group in arrangement.puzzle.groups:
        lacking = group.size - sum(solution.parts[group.key].values())
        if lacking:
            bundle = arrangement.bundles[group.key]
            province = arrangement.conference.units[bundle.unit_id].province
            kind = _kind(group, bundle, left)
            without[province, kind, bundle.pinned_to].append((lacking, group))
    found = [
        Missing(
            province=province,
            people=sum(lacking for lacking, _group in lines),
            kind=kind,
            unit_ids=tuple(dict.fromkeys(arrangement.bundles[group.key].unit_id for _lacking, group in lines)),
            free_seats=sum(left[id] for id in _within(group for _lacking, group in lines)),
            unnamed=sum(unnamed[group.key] for _lacking, group in lines),
            site_id=pin,
        )
        for (province, kind, pin), lines in without.items()
    ]
    return sorted(found, key=lambda one: (-one.people, one.province, one.kind))


def _kind(group: Group, bundle: _Bundle, left: Mapping[int, int]) -> Shortage:
    if bundle.pinned_to is not None:
        return Shortage.PIN
    if not group.choices:
        return Shortage.OUT_OF_REACH
    return Shortage.SCATTERED if any(left[choice.place] > 0 for choice in group.choices) else Shortage.FULL


def _within(groups: Iterable[Group]) -> set[int]:
    return {choice.place for group in groups for choice in group.choices}
