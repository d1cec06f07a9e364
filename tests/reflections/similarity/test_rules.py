"""Folding, shares, groups and passages: each by a rule that a person can check."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.reflections.similarity.rules import (
    LEAST_OWN,
    WHOLE,
    Common,
    Level,
    Limits,
    Mark,
    common_of,
    groups_of,
    marked,
    runs_of,
    runs_of_texts,
    syllables_in_place,
    syllables_of,
)

WORDS = ("Đoàn", "viên", "đổi", "mới", "công", "tác", "Nghị", "quyết", "người", "lao", "động", "2018", "ương", "Ậ", "ở")
texts = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
any_texts = st.text(max_size=120)
runs = st.sets(st.integers(0, 40), max_size=30)
SENTENCE = "Đổi mới tổ chức và hoạt động công đoàn, vì quyền lợi đoàn viên, người lao động"


@pytest.mark.parametrize(
    "same",
    [
        unicodedata.normalize("NFD", SENTENCE),
        SENTENCE.upper(),
        "doi moi to chuc va hoat dong cong doan vi quyen loi doan vien nguoi lao dong",
        SENTENCE.replace(", ", " – ").replace(" ", "\n\t "),
        SENTENCE.replace("công đoàn", "“công\u200b đo\u00adàn”"),
        SENTENCE.replace("o", "о"),  # a Cyrillic letter that looks alike
    ],
    ids=["decomposed", "capitals", "without marks", "other punctuation", "invisible signs", "look-alikes"],
)
def test_the_same_words_are_the_same_however_they_are_typed(same):
    assert list(runs_of(syllables_of(same))) == list(runs_of(syllables_of(SENTENCE)))


def test_a_run_has_one_number_for_ever():
    """Kept runs are compared with new ones years later, on another machine."""
    assert list(runs_of(syllables_of("Đổi mới tổ chức và hoạt động"))) == [3420982482, 1426406057, 3209659074]


@given(any_texts | texts)
def test_syllables_in_place_are_the_same_syllables(text):
    placed = syllables_in_place(text)
    assert [one.folded for one in placed] == syllables_of(text)
    for one in placed:
        assert syllables_of(text[one.begin : one.end]) == [one.folded]
    ends = [0, *(one.end for one in placed)]
    assert all(before <= one.begin < one.end for before, one in zip(ends, placed, strict=False))


@given(any_texts)
def test_composed_and_decomposed_text_fold_alike(text):
    composed = unicodedata.normalize("NFC", text)
    assert syllables_of(composed) == syllables_of(unicodedata.normalize("NFD", composed))


@given(st.lists(texts, max_size=4))
def test_no_run_reaches_from_one_text_into_the_next(several):
    assert list(runs_of_texts(several)) == [run for text in several for run in runs_of(syllables_of(text))]


@given(runs, runs, runs)
def test_what_two_papers_share_is_the_same_from_both_sides(one, other, taken):
    there, back = common_of(one, other, taken), common_of(other, one, taken)
    assert (there.runs, there.share_of_first, there.share_of_second) == (
        back.runs, back.share_of_second, back.share_of_first,
    )  # fmt: skip
    assert 0 <= there.share_of_first <= WHOLE
    assert there.runs <= min(len(one), len(other))


@given(runs, runs, runs, runs)
def test_taking_more_away_never_finds_more_in_common(one, other, taken, more):
    assert common_of(one, other, taken | more).runs <= common_of(one, other, taken).runs


@given(runs, runs, st.data())
def test_taking_away_what_both_have_never_raises_a_share(one, other, data):
    both = sorted(one & other)
    taken = set(data.draw(st.lists(st.sampled_from(both)))) if both else set()
    assert common_of(one, other, taken).share_of_first <= common_of(one, other).share_of_first


@given(st.sets(st.integers(0, 500), min_size=LEAST_OWN))
def test_a_paper_is_wholly_in_itself_and_not_at_all_in_what_was_taken_away(one):
    assert common_of(one, one).share_of_first == WHOLE
    assert common_of(one, one, one).share_of_first == 0


def test_a_few_runs_left_over_are_no_copy():
    """A paper of 300 runs of which 50 are left is not copied because 40 of those stand elsewhere."""
    mine, other, said_by_all = set(range(300)), set(range(260, 700)), set(range(250))
    assert common_of(mine, other, said_by_all) == Common(40, 130, 440)
    assert common_of(range(12), range(12)).share_of_first == 12 * WHOLE // LEAST_OWN < 4_000


def test_limits_are_reached_by_the_exact_share():
    limits = Limits(40, 70)
    found = [limits.level(one) for one in (3_999, 4_000, 6_999, 7_000, WHOLE)]
    assert found == [Level.QUIET, Level.WATCH, Level.WATCH, Level.SUSPECT, Level.SUSPECT]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=25))
def test_groups_are_what_chains_of_pairs_bind_together(pairs):
    found = groups_of(pairs)
    reach = {one: {one} for pair in pairs for one in pair}
    for _round in reach:
        for one, other in pairs:
            both = reach[one] | reach[other]
            for member in both:
                reach[member] = both
    assert found == {one: min(members) for one, members in reach.items()}


@given(any_texts | texts, any_texts | texts, texts)
def test_pieces_put_together_are_the_text(text, other, allowed):
    there, taken = set(runs_of(syllables_of(other))), set(runs_of(syllables_of(allowed)))
    pieces = marked(text, there, taken)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(one.mark is not two.mark for one, two in pairwise(pieces))


def test_common_and_allowed_passages_are_marked_word_for_word():
    official = "vì quyền lợi đoàn viên, người lao động"
    mine = "Tôi nghĩ: mỗi tháng tôi xuống cơ sở hai lần; vì quyền lợi đoàn viên, người lao động. Hết."
    other = "Mỗi tháng, tôi xuống cơ sở hai lần để nghe."
    pieces = marked(mine, set(runs_of(syllables_of(other))), set(runs_of(syllables_of(official))))
    assert [(piece.mark, piece.text) for piece in pieces] == [
        (Mark.OWN, "Tôi nghĩ: "),
        (Mark.COMMON, "mỗi tháng tôi xuống cơ sở hai lần"),
        (Mark.OWN, "; "),
        (Mark.ALLOWED, "vì quyền lợi đoàn viên, người lao động"),
        (Mark.OWN, ". Hết."),
    ]
