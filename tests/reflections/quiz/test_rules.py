"""Drawing, answers and points: what holds for every bank, every delivery and every key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conference.grading.rules import DEFAULT_CUTS, Part, Scheme, mark_of_points
from conference.reflections.quiz.rules import (
    Drawn,
    Fault,
    Question,
    Slot,
    Tap,
    Weighting,
    chosen_of,
    draw,
    ends_at,
    faults_of,
    fold_taps,
    paper_code,
    score,
    slots_for,
    takes,
)

NOON = datetime(2018, 12, 8, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHEME = Scheme(Decimal("0.25"), Decimal(1), Decimal("0.25"), (Part(1, "Bài", Decimal(10)),), DEFAULT_CUTS)


def question(
    id: int, *, group: str = "", choices: int = 4, weight: str = "1.00", accepted: tuple[int, ...] = (0,)
) -> Question:
    return Question(id, group, choices, Decimal(weight), frozenset(accepted))


@st.composite
def banks(draw_: Any) -> list[Question]:
    sizes = draw_(st.lists(st.tuples(st.sampled_from("abc"), st.integers(2, 6)), min_size=1, max_size=25))
    return [question(place, group=group, choices=choices) for place, (group, choices) in enumerate(sizes, 1)]


def paper_of(bank: list[Question], attendee: int, number: int = 1, **more: Any) -> list[Drawn]:
    how: dict[str, Any] = {"seed": "s", "drawn": {}, "shuffles_questions": True, "shuffles_choices": True, **more}
    return draw(bank, attendee=attendee, number=number, **how)


@given(banks(), st.integers(1, 10**6), st.integers(0, 5))
def test_a_paper_has_as_many_of_each_group_as_is_drawn_and_each_choice_once(
    bank: list[Question], attendee: int, most: int
) -> None:
    paper = paper_of(bank, attendee, drawn={"a": most})
    sizes = {group: [one.id for one in bank if one.group == group] for group in "abc"}
    known = {one.id: one for one in bank}
    for group, ids in sizes.items():
        of_group = [one.question for one in paper if known[one.question].group == group]
        assert len(of_group) == len(set(of_group)) == (min(most, len(ids)) if group == "a" else len(ids))
    assert all(sorted(one.order) == list(range(known[one.question].choices)) for one in paper)
    assert paper_of(bank, attendee, drawn={"a": most}) == paper
    assert paper_of(list(bank), attendee, drawn={"a": most}, shuffles_questions=False, shuffles_choices=False) == [
        Drawn(one.id, tuple(range(one.choices))) for one in bank if one.id in {drawn.question for drawn in paper}
    ]


def test_neighbours_and_a_further_attempt_get_other_papers_and_codes() -> None:
    bank = [question(id) for id in range(1, 21)]
    papers = [paper_of(bank, attendee, number) for attendee in range(1, 30) for number in (1, 2)]
    assert len({str(paper) for paper in papers}) == len(papers)
    assert len({paper_code("s", attendee, 1) for attendee in range(1, 30)}) == 29


def test_each_place_of_the_bank_comes_first_about_as_often() -> None:
    bank = [question(id) for id in range(1, 5)]
    firsts = [paper_of(bank, attendee)[0].question for attendee in range(1, 2_001)]
    assert all(400 < firsts.count(id) < 600 for id in range(1, 5))


@st.composite
def deliveries(draw_: Any) -> list[Tap]:
    """Two devices of one person, each knowing what it was told last; some answers are lost and sent again."""
    standing: dict[int, Any] = {}
    seen: dict[str, dict[int, int]] = {"one": {}, "two": {}}
    seqs = {"one": 0, "two": 0}
    taps: list[Tap] = []
    for page, place, choice, is_lost in draw_(
        st.lists(
            st.tuples(st.sampled_from(["one", "two"]), st.integers(1, 3), st.integers(0, 3), st.booleans()), max_size=25
        )
    ):
        seqs[page] += 1
        tap = Tap(place, choice, page, seqs[page], seen[page].get(place, 0))
        taps.append(tap)
        standing = fold_taps(taps)
        if not is_lost and place in standing:
            seen[page][place] = standing[place].revision
    return taps


@given(deliveries())
def test_what_stands_was_pressed_by_somebody_who_had_seen_what_stood_before(taps: list[Tap]) -> None:
    standing: dict[int, Any] = {}
    for place, tap in enumerate(taps, 1):
        before = standing.get(tap.place)
        after = fold_taps(taps[:place])
        if takes(tap, before):
            assert after[tap.place].choice == tap.choice
            assert before is None or tap.page == before.page or tap.base == before.revision
        else:
            assert after == standing  # nothing is overwritten unseen
        standing = after


@given(deliveries())
def test_what_is_sent_again_changes_nothing_once_it_is_kept_once(taps: list[Tap]) -> None:
    kept = list({(tap.page, tap.seq): tap for tap in [*taps, *taps]}.values())
    assert fold_taps(kept) == fold_taps(taps)


@given(banks(), st.data())
def test_points_are_exact_and_never_more_than_there_are(bank: list[Question], data: Any) -> None:
    paper = paper_of(bank, 1)
    known = {one.id: one for one in bank}
    answers = {
        place: data.draw(st.integers(0, len(one.order) - 1))
        for place, one in enumerate(paper, 1)
        if data.draw(st.booleans())
    }
    chosen = chosen_of(paper, answers)
    found = score(paper, chosen, known, Weighting.EQUAL)
    assert found.total == len(paper)
    assert found.points == sum(choice == 0 for choice in chosen)
    mark = mark_of_points(found.points, found.total, SCHEME)
    assert 0 <= mark <= 10 and mark % Decimal("0.25") == 0
    assert (mark == 10) == (found.share > Decimal("0.98"))


def test_weights_count_where_they_are_asked_for() -> None:
    known = {1: question(1, weight="0.50"), 2: question(2, weight="1.50")}
    paper = [Drawn(1, (0, 1, 2, 3)), Drawn(2, (0, 1, 2, 3))]
    assert score(paper, [0, 3], known, Weighting.OWN).points == Decimal("0.50")
    assert score(paper, [0, 3], known, Weighting.EQUAL).points == Decimal("1.00")
    assert mark_of_points(Decimal("0.50"), Decimal("2.00"), SCHEME) == Decimal("2.50")
    assert mark_of_points(Decimal("17.00"), Decimal("20.00"), SCHEME) == Decimal("8.50")


def test_a_question_whose_key_takes_every_choice_is_everybodys() -> None:
    known = {1: question(1, accepted=(0, 1, 2, 3)), 2: question(2, accepted=(0, 2))}
    paper = [Drawn(1, (0, 1, 2, 3)), Drawn(2, (3, 2, 1, 0))]
    assert score(paper, [None, 2], known, Weighting.EQUAL).right == 2
    assert score(paper, [None, 1], known, Weighting.EQUAL).right == 1


def test_who_was_assigned_has_the_own_slots_and_all_others_the_free_ones() -> None:
    free = Slot(1, "Tự chọn", NOON, NOON + HOUR)
    unit = Slot(2, "Đơn vị", NOON, NOON + HOUR, units=frozenset({7}))
    site = Slot(3, "Điểm cầu", NOON, NOON + HOUR, sites=frozenset({40}))
    everything = [free, unit, site]
    assert slots_for(everything, units=[1, 7, 9], site=4) == [unit]
    assert slots_for(everything, units=[1, 7], site=40) == [unit, site]
    assert slots_for(everything, units=[1], site=4) == [free]


def test_nobody_goes_on_after_the_slot_has_closed() -> None:
    assert ends_at(NOON, 60, NOON + 3 * HOUR) == NOON + HOUR
    assert ends_at(NOON + 2.5 * HOUR, 60, NOON + 3 * HOUR) == NOON + 3 * HOUR


def test_faults_are_named_in_the_order_in_which_they_are_mended() -> None:
    bank, inside = [question(1), question(2)], (NOON, NOON + HOUR)

    def of(questions: list[Question], drawn: dict[str, int], slots: list[Any]) -> list[Fault]:
        return faults_of(questions, drawn, slots, opens_at=NOON, late_until=NOON + 2 * HOUR)

    assert of([], {}, []) == [Fault.NO_QUESTIONS, Fault.NO_SLOTS]
    assert of(bank, {"": 0}, [inside]) == [Fault.NO_QUESTIONS]
    assert of(bank, {"": 3}, [inside]) == [Fault.TOO_FEW_IN_GROUP]
    assert of(bank, {}, [(NOON - HOUR, NOON)]) == [Fault.SLOT_OUTSIDE]
    assert of([question(id) for id in range(201)], {}, [inside]) == [Fault.TOO_MANY_DRAWN]
    assert of(bank, {"": 1}, [inside]) == []
