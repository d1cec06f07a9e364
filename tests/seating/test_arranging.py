"""From a conference to who would sit elsewhere: pins and seats hold, and open places of quotas make way first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from conference.seating.arranging import (
    NOWHERE,
    Arrangement,
    Conference,
    Moving,
    Place,
    Seated,
    UnitPlace,
    arrange,
    is_usable,
    missing_seats,
    movings,
    site_of,
    spot_of,
)
from conference.seating.rules import Reach, Scope, Wishes
from conference.seating.solver import solve

PROVINCES = ("Nghệ An", "Hà Tĩnh", "Cà Mau")


@st.composite
def conferences(draw: st.DrawFn) -> tuple[Conference, Wishes]:
    """A few units at a few sites: some full, some closing, some people there already, some still without a name.

    With waves each site has its seats in each of them, and some people are in none yet.
    """
    sites = range(1, draw(st.integers(2, 4)) + 1)
    waves = draw(st.sampled_from([(), (1, 2)]))
    places = {}
    for id in sites:
        place = Place(id, draw(st.sampled_from([None, 2, 4, 6, 9])), draw(st.sampled_from(PROVINCES)), host_unit_id=id)
        places[id] = replace(place, is_of_no_wave=bool(waves))
        places |= {spot_of(id, wave): place for wave in waves}
    units = {id: UnitPlace(id, draw(st.sampled_from(PROVINCES))) for id in range(1, 4)}
    people = []
    for id in range(1, draw(st.integers(1, 14)) + 1):
        is_named = draw(st.booleans())
        people.append(
            Seated(
                id,
                draw(st.sampled_from(sorted(units))),
                draw(st.sampled_from(sorted(places) if is_named else [NOWHERE, *sorted(places)])),
                is_fixed=is_named and draw(st.integers(0, 4)) == 0,
                is_named=is_named,
            )
        )
    named = [one.id for one in people if one.is_named]
    pins = st.sampled_from(list(sites))
    wishes = Wishes(
        draw(st.sampled_from(Scope)),
        tuple(draw(st.lists(pins, max_size=1))),
        draw(st.sampled_from(Reach)),
        draw(st.sampled_from([1, 3, 30])),
    )
    unit_pins = draw(st.dictionaries(st.sampled_from(sorted(units)), pins, max_size=1))
    person_pins = draw(st.dictionaries(st.sampled_from(named), pins, max_size=2)) if named else {}
    return Conference(tuple(people), places, units, unit_pins, person_pins), wishes


def plan_of(conference: Conference, wishes: Wishes) -> tuple[Arrangement, list[Moving], int]:
    arrangement = arrange(conference, wishes)
    solution = solve(arrangement.puzzle, lambda done, total: None, work=0.5)
    missing = missing_seats(arrangement, solution)
    moves = movings(arrangement, solution)
    lacking = [one for one in moves if one.to is None]
    assert sum(one.people for one in missing) == sum(one.people for one in lacking)
    assert sum(one.unnamed for one in missing) == sum(one.unnamed for one in lacking)
    return arrangement, moves, sum(one.people for one in lacking)


@settings(deadline=None, max_examples=25)
@given(conferences())
def test_pins_and_seats_hold_nobody_who_came_moves_and_the_same_again_is_the_same(drawn) -> None:
    conference, wishes = drawn
    _arrangement, moves, _lacking = plan_of(conference, wishes)
    assert plan_of(conference, wishes)[1] == moves
    people = {one.id: one for one in conference.people}
    going = {id: one.to for one in moves for id in one.attendee_ids}
    assert len(going) == sum(len(one.attendee_ids) for one in moves)
    assert not any(people[id].is_fixed for id in going)
    for id, one in people.items():
        pin = conference.person_pins.get(id, conference.unit_pins.get(one.unit_id))
        if one.is_named and not one.is_fixed and pin is not None:
            to = going.get(id, one.spot)
            assert to is None or site_of(to) == pin
    after = Counter(one.spot for one in conference.people)
    for one in moves:
        after[one.came] -= one.people
        if one.to is not None:
            after[one.to] += one.people
    for spot in {one.to for one in moves} - {None}:
        assert is_usable(conference.places.get(spot), wishes)
        assert after[spot] <= conference.places[spot].seats


@settings(deadline=None, max_examples=15)
@given(conferences())
def test_an_open_place_takes_no_seat_from_anybody_who_sits_on_one(drawn) -> None:
    conference, _wishes = drawn
    wishes = Wishes(Scope.UNSEATED)
    unpinned = Conference(conference.people, conference.places, conference.units)
    called = Counter(one.spot for one in conference.people if one.is_named)
    _arrangement, moves, _lacking = plan_of(unpinned, wishes)
    for one in moves:
        before = conference.places.get(one.came)
        if one.attendee_ids and is_usable(before, wishes):
            assert called[one.came] > before.seats
