"""Candidates by prints find what exact comparison of all pairs finds, and call nobody a copy who is none."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from random import Random

import pytest

from conference.demo.essays import copied, essay
from conference.reflections.similarity.comparing import Compared, Index, compare_all
from conference.reflections.similarity.rules import Limits, common_of, runs_of_texts, syllables_of

SUSPECT, WATCH = Limits().suspect_share, Limits().least_share
HEADS = "b c ch d g h kh l m n ng nh t th tr v x"
TAILS = "a ac ai am an ang anh ao at au ay e en eo i ia ich iem ien inh o oan oi ong u ua ung uoc uong"
SYLLABLES = [head + tail for head in HEADS.split() for tail in TAILS.split()]
STOCK = [Random(f"stock {n}").choices(SYLLABLES, k=12) for n in range(40)]


def written(chance: Random, least: int = 300, most: int = 1_200) -> list[str]:
    """A paper of nobody's phrases, with a stock phrase now and then."""
    words: list[str] = []
    while len(words) < chance.randint(least, most):
        words += chance.choices(SYLLABLES, k=chance.randint(6, 20))
        if chance.random() < 0.3:
            words += STOCK[chance.randrange(len(STOCK))]
    return words


def rewritten(words: list[str], chance: Random) -> list[str]:
    """The same paper as people hand it on: words changed, sentences moved, a half left out, own words added."""
    kind = chance.choice(("changed", "moved", "half", "added"))
    pieces = [words[start : start + 15] for start in range(0, len(words), 15)]
    if kind == "changed":
        rate = chance.uniform(0.01, 0.25)
        return [chance.choice(SYLLABLES) if chance.random() < rate else word for word in words]
    if kind == "moved":
        chance.shuffle(pieces)
        return [word for piece in pieces for word in piece]
    if kind == "half":
        return words[: max(200, len(words) * chance.randint(40, 95) // 100)]
    return words + written(chance, 30, len(words))


def the_set(papers: int, seed: int) -> list[tuple[int, bytes]]:
    chance = Random(seed)
    texts: list[list[str]] = []
    while len(texts) < papers:
        texts.append(rewritten(chance.choice(texts), chance) if texts and chance.random() < 0.25 else written(chance))
    return [(id, runs_of_texts([" ".join(words)]).tobytes()) for id, words in enumerate(texts, start=100)]


def sets_of(papers: list[tuple[int, bytes]]) -> dict[int, set[int]]:
    return {id: set(memoryview(runs).cast("I")) for id, runs in papers}


def edges(compared: Compared, least: int) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in compared.pairs if pair.closeness >= least}


def test_recall_and_precision_beside_exact_comparison_of_all_pairs(sized):
    """Of pairs with a Jaccard of 0.5 95 in 100 are found; of those called alike 99 in 100 are, without subtraction."""
    papers = the_set(sized(400, 2_000), seed=5)
    runs = sets_of(papers)
    compared = compare_all(papers, ())
    stock = set(memoryview(compared.stock).cast("I"))
    found, alike, said, true = 0, 0, 0, 0
    pairs = {(pair.first, pair.second): pair.common for pair in compared.pairs}
    for one, other in combinations(runs, 2):
        both = len(runs[one] & runs[other])
        if both / len(runs[one] | runs[other]) >= 0.5:
            alike += 1
            found += (one, other) in pairs
        if (one, other) in pairs:
            exact = common_of(runs[one], runs[other], stock)
            assert pairs[one, other] == exact
            said += max(exact.share_of_first, exact.share_of_second) >= WATCH
            true += (
                max(exact.share_of_first, exact.share_of_second) >= WATCH
                and both / min(len(runs[one]), len(runs[other])) >= 0.3
            )
    assert alike >= sized(60, 300)
    assert found >= 0.95 * alike
    assert true >= 0.99 * said > 0


def test_no_two_independent_papers_on_the_same_questions_are_called_copies(sized):
    """The demo's papers are made of fifty sentences with gaps: as alike as independent papers can be."""
    chance = Random(8)
    papers = [
        (n, runs_of_texts(essay(f"author {n}", chance.randint(330, 900))).tobytes()) for n in range(sized(600, 5_000))
    ]
    assert edges(compare_all(papers, ()), WATCH) == set()


def test_copies_among_papers_of_the_same_phrases_are_found_and_grouped(sized):
    """Ten sources, each handed on four times with sentences swapped, left out and changed."""
    papers = [(n, runs_of_texts(essay(f"author {n}", 480)).tobytes()) for n in range(sized(600, 5_000))]
    sources = [essay(f"source {n}", 480) for n in range(10)]
    copies = {
        10_000 + 10 * n + copy: runs_of_texts(copied(source, f"{n}:{copy}")).tobytes()
        for n, source in enumerate(sources)
        for copy in range(4)
    }
    compared = compare_all(sorted([*papers, *copies.items()]), ())
    bound = edges(compared, WATCH)
    assert {one // 10 for pair in bound for one in pair if one >= 10_000} == {1_000 + n for n in range(10)}
    assert all(one // 10 == other // 10 for one, other in bound)
    assert {one for pair in bound for one in pair} == set(copies)


@pytest.mark.parametrize("people", [5, 90])
def test_a_paper_that_many_hand_in_is_no_stock_phrase(people):
    """However many copied it, they are found, and stand in one group."""
    chance = Random(people)
    others = [(n, runs_of_texts([" ".join(written(chance))]).tobytes()) for n in range(200)]
    source = written(chance, 600, 700)
    copies = [(1_000 + n, runs_of_texts([" ".join(lightly(source, chance))]).tobytes()) for n in range(people)]
    compared = compare_all([*others, *copies], ())
    close = {one for pair in compared.pairs if pair.closeness >= SUSPECT for one in (pair.first, pair.second)}
    assert close == {id for id, _runs in copies}


def lightly(words: list[str], chance: Random) -> list[str]:
    return [chance.choice(SYLLABLES) if chance.random() < 0.02 else word for word in words]


def test_what_is_allowed_is_taken_away_from_both():
    chance = Random(3)
    official = " ".join(written(chance, 300, 300))
    papers = [(n, runs_of_texts([official, " ".join(written(chance, 200, 300))]).tobytes()) for n in range(3)]
    assert edges(compare_all(papers, ()), WATCH) == {(0, 1), (0, 2), (1, 2)}
    assert edges(compare_all(papers, runs_of_texts([official])), WATCH) == set()


def test_one_more_paper_meets_what_comparing_all_would_have_met():
    papers = the_set(300, seed=21)
    whole = compare_all(papers, ())
    first = compare_all(papers[:250], ())
    index = Index.of(papers[:250], (), first.stock)
    for held in (first.index, index):
        pairs = {}
        for id, runs in papers[250:]:
            found, own = held.add(id, runs)
            pairs |= {(pair.first, pair.second): pair for pair in found}
            assert own > 0
        met = {pair for pair, found in pairs.items() if found.closeness >= WATCH}
        later = {pair for pair in edges(whole, WATCH) if pair[1] >= papers[250][0]}
        assert len(later) >= 10
        assert len(later & met) >= 0.95 * len(later)


def test_short_and_empty_papers_do_no_harm():
    assert compare_all([], ()).pairs == []
    blank = [(1, b""), (2, runs_of_texts(["một hai ba"]).tobytes()), (3, runs_of_texts(["a b c d e f"]).tobytes())]
    compared = compare_all(blank, ())
    assert (compared.pairs, compared.own) == ([], {1: 0, 2: 0, 3: 2})
    assert compared.index.add(4, b"") == ([], 0)
    assert syllables_of("…") == []


def test_a_web_process_does_not_carry_the_arithmetic():
    """It would cost every process 25 MiB; the job process loads it when it compares."""
    program = "import sys; import conference; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
