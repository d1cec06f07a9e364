"""Attendance is a function of the set of facts: order, repeats and lost answers change nothing."""

from __future__ import annotations

import itertools
import os
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conference.checkin.attendance import (
    Attendance,
    Fact,
    Ruling,
    attendance_of,
    disagreements_of,
    ruled,
    standing,
)
from conference.checkin.rules import BARS, CaseKind, Direction, Failure, ItemKind, Outcome, Verdict

PROVE = os.environ.get("PROVE") == "1"
START = datetime(2018, 12, 6, 1, 0, tzinfo=UTC)


def scan(number: int, *, minutes: float = 0, attendee: int | None = 7, site: int = 1, **more: object) -> Fact:
    facts = {"device": site * 10, "study_session": 1, **more}
    return Fact(
        id=UUID(int=number),
        kind=ItemKind.SCAN,
        site=site,
        t=START + timedelta(minutes=minutes),
        attendee=attendee,
        **facts,  # type: ignore[arg-type]
    )


def undo(number: int, target: int, *, site: int = 1) -> Fact:
    return Fact(id=UUID(int=number), kind=ItemKind.UNDO, site=site, device=site * 10, t=START, target=UUID(int=target))


def the_one(facts: list[Fact]) -> Attendance:
    return attendance_of(facts)[(7, 1)]


WRONG_MOMENTS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2038, 1, 19, tzinfo=UTC), START - timedelta(days=1))
SHOWN = (Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.LATE, Verdict.ALREADY_IN, Verdict.REVOKED)


class Chosen:
    """What the bytes of one drawn string choose, one after the other: to draw each choice by itself takes ten times as
    long, and an example shrinks as well."""

    def __init__(self, drawn: bytes) -> None:
        self._bytes = iter(drawn)

    def of(self, *options: Any) -> Any:
        return options[next(self._bytes) % len(options)]


shuffles = st.randoms(use_true_random=True)
"""Chance of a seed that is drawn: to draw each single exchange of two scans would take most of the time."""


def facts_of_a_door(largest: int = 14, spares: tuple[int | None, ...] = (None,)) -> st.SearchStrategy[list[Fact]]:
    """Scans and undos of a few people, sites and devices, with everything that can go wrong."""

    def made(drawn: list[bytes]) -> list[Fact]:
        return [fact_of(number, Chosen(each), largest, spares) for number, each in enumerate(drawn, start=1)]

    return st.lists(st.binary(min_size=18, max_size=18), min_size=1, max_size=largest).map(made)


def fact_of(number: int, chosen: Chosen, largest: int, spares: tuple[int | None, ...]) -> Fact:
    site = chosen.of(1, 2, 3)
    device = site * 10 + chosen.of(0, 1)
    right = START + timedelta(minutes=chosen.of(*range(-40, 200)))
    t = chosen.of(right, right, *WRONG_MOMENTS)
    if chosen.of(False, False, False, True):
        target = UUID(int=chosen.of(*range(1, largest + 3)))  # earlier, later, itself, or never to come
        return Fact(id=UUID(int=number), kind=ItemKind.UNDO, site=site, device=device, t=t, target=target)
    failure = chosen.of(None, None, None, None, *Failure)
    read, handed = chosen.of((True, False), (False, True))
    return Fact(
        id=UUID(int=number),
        kind=ItemKind.SCAN,
        site=site,
        device=device,
        t=t,
        attendee=None if failure is Failure.UNKNOWN_TICKET else chosen.of(1, 2, 3),
        study_session=None if failure is Failure.UNKNOWN_SESSION else chosen.of(1, 2),
        flagged=t.date() != START.date(),
        direction=chosen.of(Direction.IN, Direction.IN, Direction.OUT, Direction.SPOT),
        is_guest=chosen.of(False, True),
        is_elsewhere=chosen.of(False, True),
        is_other_session=chosen.of(False, False, True),
        verdict=chosen.of(Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.LATE, *sorted(BARS)),
        shown=chosen.of(None, None, None, *SHOWN),
        failure=failure,
        spare_read=chosen.of(*spares) if read else None,
        spare_handed=chosen.of(*spares) if handed else None,
    )


@settings(max_examples=5_000 if PROVE else 150, deadline=None)
@given(facts_of_a_door(spares=(None, None, 1, 2)), shuffles)
def test_order_and_repeats_change_nothing(facts: list[Fact], chance: random.Random) -> None:
    state = attendance_of(facts), disagreements_of(facts)
    for _ in range(20 if PROVE else 5):
        delivery = facts + chance.choices(facts, k=len(facts))
        chance.shuffle(delivery)
        assert (attendance_of(delivery), disagreements_of(delivery)) == state


@settings(max_examples=2_000 if PROVE else 150, deadline=None)
@given(facts_of_a_door(), facts_of_a_door(largest=4))
def test_the_count_falls_only_by_an_undo_or_a_decision(facts: list[Fact], more: list[Fact]) -> None:
    """Every further scan, whatever it is and whenever it comes, leaves everybody present who was."""
    scans = [replace(fact, id=UUID(int=fact.id.int + 1_000)) for fact in more if fact.kind is ItemKind.SCAN]
    present = attendance_of(facts).keys()
    for count in range(len(scans) + 1):
        now = attendance_of(facts + scans[:count]).keys()
        assert now >= present
        present = now


@st.composite
def decided(draw: st.DrawFn) -> tuple[list[Fact], list[Ruling]]:
    """Facts, and decisions of a few cases, one after the other, each about some of the scans."""
    facts = draw(facts_of_a_door())
    decisions: dict[int, int] = defaultdict(int)
    found: list[Ruling] = []
    for drawn in draw(st.lists(st.binary(min_size=7, max_size=7), max_size=6)):
        chosen = Chosen(drawn)
        case, outcome = chosen.of(1, 2, 3), chosen.of(*Outcome)
        decisions[case] += 1
        given_to = (chosen.of(1, 2, 3, 4), 1) if outcome is Outcome.GIVEN else None
        for scan in {chosen.of(*facts).id for _ in range(chosen.of(1, 2, 3))}:
            found.append(Ruling(case, decisions[case], outcome, scan, given_to))
    return facts, found


@settings(max_examples=2_000 if PROVE else 150, deadline=None)
@given(decided(), shuffles)
def test_order_and_repeats_of_decisions_change_nothing(
    day: tuple[list[Fact], list[Ruling]], chance: random.Random
) -> None:
    facts, decisions = day
    state = attendance_of(ruled(facts, decisions))
    disagreeing = disagreements_of(facts)
    for _ in range(10 if PROVE else 5):
        heard = decisions + chance.choices(decisions, k=len(decisions)) if decisions else []
        delivery = facts + chance.choices(facts, k=len(facts))
        chance.shuffle(heard)
        chance.shuffle(delivery)
        assert attendance_of(ruled(delivery, heard)) == state
        assert disagreements_of(ruled(delivery, heard)) == disagreeing  # a decision closes, it does not unmake


@settings(max_examples=2_000 if PROVE else 150, deadline=None)
@given(decided(), st.lists(st.sampled_from([*Outcome]), min_size=3, max_size=3))
def test_a_decision_that_is_taken_back_leaves_everything_as_before(
    day: tuple[list[Fact], list[Ruling]], outcomes: list[Outcome]
) -> None:
    facts, decisions = day
    about = [Ruling(99, 1, outcome, fact.id, (1, 1)) for outcome, fact in zip(outcomes, facts, strict=False)]
    back = [Ruling(99, 2, Outcome.TAKEN_BACK, one.scan, one.given_to) for one in about]
    assert attendance_of(ruled(facts, decisions + about + back)) == attendance_of(ruled(facts, decisions))


def test_what_a_decision_makes_of_two_sites_a_stranger_and_a_wrong_clock() -> None:
    here, there = scan(1, minutes=5), scan(2, site=2, minutes=1, is_elsewhere=True, is_guest=True)
    assert the_one([here, there]).site == 2
    assert the_one(ruled([here, there], [Ruling(1, 1, Outcome.PLACED, here.id)])).site == 1
    stranger = scan(3, attendee=None, failure=Failure.UNKNOWN_TICKET, shown=Verdict.ACCEPTED)
    assert attendance_of([stranger]) == {}
    assert the_one(ruled([stranger], [Ruling(2, 1, Outcome.GIVEN, stranger.id, (7, 1))])).first == stranger.id
    undone = [stranger, undo(4, 3)]
    assert attendance_of(ruled(undone, [Ruling(2, 1, Outcome.GIVEN, stranger.id, (7, 1))])) == {}
    wrong = scan(5, flagged=True)
    assert attendance_of(ruled([wrong], [Ruling(3, 1, Outcome.IGNORED, wrong.id)])) == {}
    both = [Ruling(3, 1, Outcome.IGNORED, wrong.id), Ruling(4, 1, Outcome.COUNTS, wrong.id)]
    assert attendance_of(ruled([wrong], both)) == {}


@settings(max_examples=2_000 if PROVE else 150, deadline=None)
@given(facts_of_a_door())
def test_an_attendee_counts_once_and_first_is_the_least_key_of_what_counts(facts: list[Fact]) -> None:
    """Recounted plainly: an undo stands when no standing undo of the same door targets it."""

    def is_standing(fact: Fact) -> bool:
        return not any(
            other.kind is ItemKind.UNDO and other.target == fact.id and other.site == fact.site and is_standing(other)
            for other in facts
        )

    expected = {}
    for attendee, study_session in itertools.product(range(1, 4), range(1, 3)):
        counted = [
            fact
            for fact in facts
            if fact.kind is ItemKind.SCAN
            and (fact.attendee, fact.study_session) == (attendee, study_session)
            and fact.failure is None
            and fact.direction is not Direction.OUT
            and (fact.is_guest or not fact.is_elsewhere)
            and (
                fact.shown in (Verdict.ACCEPTED, Verdict.LATE)
                if fact.is_other_session and not fact.is_guest
                else fact.verdict not in BARS or fact.shown in (Verdict.ACCEPTED, Verdict.LATE, Verdict.ALREADY_IN)
            )
            and is_standing(fact)
        ]
        if counted:
            first = min(counted, key=lambda fact: (fact.flagged, fact.t, fact.device, fact.id))
            expected[(attendee, study_session)] = (first.id, first.t, first.site, len(counted) - 1)
    assert {
        pair: (one.first, one.first_at, one.site, one.duplicates) for pair, one in attendance_of(facts).items()
    } == expected


def test_two_phones_without_a_line_make_one_presence_in_every_order() -> None:
    """Two doors accept the same ticket offline, one of them twice, and somebody goes out again."""
    events = [
        scan(1, minutes=5, site=1, shown=Verdict.ACCEPTED),
        scan(2, minutes=3, site=2, is_elsewhere=True, is_guest=True, shown=Verdict.ACCEPTED),
        scan(3, minutes=9, site=1, shown=Verdict.ALREADY_IN),
        scan(4, minutes=60, site=1, direction=Direction.OUT, shown=Verdict.ACCEPTED),
    ]
    states = {
        (tuple(attendance_of(order).values()), frozenset(disagreements_of(order)))
        for order in itertools.permutations(events)
    }
    assert len(states) == 1
    ((attendance,), disagreements) = states.pop()
    assert (attendance.first, attendance.site, attendance.duplicates) == (UUID(int=2), 2, 2)
    assert attendance.last_out == START + timedelta(minutes=60)
    assert {found.kind for found in disagreements} == {CaseKind.TWO_SITES}


def test_any_two_phones_in_any_order_make_one_presence() -> None:
    chance = random.Random(3)
    for _ in range(1_000 if PROVE else 100):
        events = [
            scan(
                number,
                minutes=chance.randint(-30, 60),
                site=chance.randint(1, 2),
                device=chance.randint(1, 4),
            )
            for number in range(1, 7)
        ]
        first = min(events, key=lambda fact: fact.key)
        shuffled = chance.sample(events, k=len(events))
        assert the_one(shuffled).first == first.id
        assert the_one(shuffled).duplicates == len(events) - 1


def test_a_flagged_scan_counts_but_stands_after_every_other() -> None:
    wrong_clock = scan(1, minutes=-60 * 24 * 400, flagged=True)
    assert the_one([wrong_clock]).first == wrong_clock.id
    assert the_one([wrong_clock, scan(2, minutes=30)]).first == UUID(int=2)


def test_the_same_moment_is_decided_by_device_and_then_by_id() -> None:
    assert the_one([scan(9, device=3), scan(1, device=4)]).first == UUID(int=9)
    assert the_one([scan(9), scan(1)]).first == UUID(int=1)


def test_an_undo_takes_back_and_may_come_first() -> None:
    assert attendance_of([undo(5, 1), scan(1)]) == {}
    assert the_one([undo(5, 1), scan(1), scan(2, minutes=8)]).first == UUID(int=2)


def test_an_undo_can_be_undone_again_and_again() -> None:
    facts = [scan(1)]
    for depth in range(1, 9):
        facts.append(undo(depth + 1, depth))
        assert bool(attendance_of(facts)) is (depth % 2 == 0)


def test_a_very_long_chain_of_undos_still_gets_an_answer() -> None:
    facts = [scan(1), *(undo(number + 1, number) for number in range(1, 20_001))]
    assert len(standing(facts)) == 1


def test_undos_in_a_circle_undo_nothing() -> None:
    assert the_one([scan(1), undo(2, 3), undo(3, 2), undo(4, 4)]).first == UUID(int=1)


def test_one_door_cannot_take_back_what_another_counted() -> None:
    assert the_one([scan(1, site=1), undo(2, 1, site=2)]).first == UUID(int=1)


def test_out_alone_is_no_presence() -> None:
    assert attendance_of([scan(1, direction=Direction.OUT)]) == {}


def test_a_surprise_check_alone_is_presence() -> None:
    assert the_one([scan(1, direction=Direction.SPOT)]).duplicates == 0


def test_elsewhere_counts_only_with_the_hosts_decision() -> None:
    assert attendance_of([scan(1, site=2, is_elsewhere=True, verdict=Verdict.OTHER_SITE)]) == {}
    assert the_one([scan(1, site=2, is_elsewhere=True, is_guest=True)]).site == 2


def test_another_session_counts_with_the_hosts_decision_or_when_a_phone_did_not_know_of_it() -> None:
    """Whether the scan was judged before the guest was known to be in, or after, is the same."""
    guest = scan(1, is_other_session=True, is_guest=True)
    for verdict in (Verdict.OTHER_SESSION, Verdict.ALREADY_IN):
        again = scan(2, minutes=5, is_other_session=True, verdict=verdict)
        shown = replace(again, id=UUID(int=3), shown=Verdict.ALREADY_IN)
        assert attendance_of([again, shown]) == {}
        assert the_one([guest, again, shown]).duplicates == 0
        assert disagreements_of([guest, again, shown]) == set()
        unknowing = replace(again, id=UUID(int=4), shown=Verdict.ACCEPTED)
        assert the_one([unknowing]).first == unknowing.id
        assert {found.kind for found in disagreements_of([unknowing])} == {CaseKind.OTHER_SESSION}


def test_a_revoked_ticket_counts_only_when_a_phone_without_a_line_let_it_in() -> None:
    live = scan(1, verdict=Verdict.REVOKED)
    refused_offline = scan(2, verdict=Verdict.REVOKED, shown=Verdict.REVOKED)
    offline = scan(3, verdict=Verdict.REVOKED, shown=Verdict.ACCEPTED)
    assert attendance_of([live, refused_offline]) == {}
    assert disagreements_of([live, refused_offline]) == set()
    assert the_one([live, refused_offline, offline]).first == offline.id
    assert {(found.kind, found.scan) for found in disagreements_of([live, offline])} == {(CaseKind.REVOKED, offline.id)}


def test_what_failed_never_becomes_presence_and_is_shown_when_a_phone_let_it_in() -> None:
    for failure in Failure:
        facts = [scan(1, failure=failure, verdict=Verdict.UNKNOWN, shown=Verdict.ACCEPTED)]
        assert attendance_of(facts) == {}
        assert {found.kind for found in disagreements_of(facts)} == {CaseKind.UNKNOWN}


def test_too_early_is_kept_and_counts_by_its_own_time() -> None:
    assert the_one([scan(1, minutes=-80, verdict=Verdict.TOO_EARLY), scan(2)]).first == UUID(int=1)


class DoorsOfADay(RuleBasedStateMachine):
    """Facts are only ever added; what was answered for a set stays true of it. Asked after some and at the end: each
    fact more makes every answer dearer."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[UUID, Fact] = {}
        self.chance = random.Random(1)

    @rule(
        attendee=st.integers(1, 4),
        site=st.integers(1, 2),
        minutes=st.integers(-60, 200),
        direction=st.sampled_from(Direction),
        again=st.booleans(),
    )
    def read_a_ticket(self, attendee: int, site: int, minutes: int, direction: Direction, again: bool) -> None:
        number = len(self.facts) + 1
        fact = scan(number, minutes=minutes, attendee=attendee, site=site, direction=direction)
        self.facts[fact.id] = fact
        if again:
            self.facts[fact.id] = fact

    @rule(back=st.integers(0, 6), site=st.integers(1, 2))
    def take_something_back(self, back: int, site: int) -> None:
        number = len(self.facts) + 1
        fact = undo(number, max(1, number - back), site=site)
        self.facts[fact.id] = fact

    @invariant()
    def the_state_is_that_of_the_set_and_the_total_falls_only_by_an_undo(self) -> None:
        if len(self.facts) % 5 == 0:
            self.look()

    def teardown(self) -> None:
        self.look()

    def look(self) -> None:
        delivery = list(self.facts.values()) * 2
        self.chance.shuffle(delivery)
        state = attendance_of(self.facts.values())
        assert attendance_of(delivery) == state
        without_undos = [fact for fact in self.facts.values() if fact.kind is ItemKind.SCAN]
        assert state.keys() <= attendance_of(without_undos).keys()


DoorsOfADay.TestCase.settings = settings(
    max_examples=1_000 if PROVE else 20, stateful_step_count=60 if PROVE else 25, deadline=None
)
TestDoorsOfADay = DoorsOfADay.TestCase
