"""Papers are shared out evenly, to two strangers each, and the same way every time."""

from __future__ import annotations

import time
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from conference.grading.allocation import Reader, Sheet, allocate, may_read

readers_of = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=2, max_size=12).map(
    lambda places: [Reader(id, unit, site, person=1000 + id) for id, (unit, site) in enumerate(places, 1)]
)
sheets_of = st.lists(
    st.tuples(st.integers(1, 3000), st.integers(1, 6), st.integers(1, 6), st.integers(1001, 1030)), max_size=40
).map(lambda rows: [Sheet(id, *row) for id, row in enumerate(rows, 1)])


@given(sheets_of, readers_of, st.integers(0, 9))
def test_every_paper_goes_to_two_different_strangers_or_is_named(sheets, readers, seed):
    found = allocate(sheets, readers, each=2, seed=seed)
    by_id = {reader.id: reader for reader in readers}
    got = {sheet.id: [grader for paper, grader in found.pairs if paper == sheet.id] for sheet in sheets}
    for sheet in sheets:
        allowed = [reader for reader in readers if may_read(reader, sheet)]
        assert len(set(got[sheet.id])) == len(got[sheet.id]) == (2 if len(allowed) >= 2 else 0)
        assert all(may_read(by_id[grader], sheet) for grader in got[sheet.id])
    assert found.left_over == [sheet.id for sheet in sheets if not got[sheet.id]]


@given(sheets_of, readers_of, st.randoms(use_true_random=False))
def test_the_order_in_which_papers_come_changes_nothing(sheets, readers, chance):
    shuffled = list(sheets)
    chance.shuffle(shuffled)
    assert allocate(sheets, readers, each=2, seed=4) == allocate(shuffled, readers, each=2, seed=4)


def test_a_third_reader_is_somebody_new():
    readers = [Reader(id, id, id) for id in range(1, 5)]
    sheet = Sheet(1, 900, unit=4, site=9, person=7, readers=frozenset({1, 2}))
    assert allocate([sheet], readers, each=1, seed=1).pairs == [(1, 3)]


def test_words_already_on_a_desk_count():
    readers = [Reader(1, 1, 1, words=5_000), Reader(2, 2, 2), Reader(3, 3, 3)]
    found = allocate([Sheet(1, 900, 9, 9, 9)], readers, each=2, seed=1)
    assert {grader for _paper, grader in found.pairs} == {2, 3}


def test_the_reference_conference_is_shared_out_in_seconds_and_evenly():
    chance = Random(12)
    sheets = [
        Sheet(id, chance.randint(600, 2_400), chance.randrange(795), chance.randrange(364), id)
        for id in range(1, 24_815)
    ]
    readers = [Reader(id, chance.randrange(795), id // 2) for id in range(728)]
    began = time.monotonic()
    found = allocate(sheets, readers, each=2, seed=7)
    assert time.monotonic() - began < 5
    assert len(found.pairs) == 2 * 24_814
    assert found.left_over == []
    words = {sheet.id: sheet.words for sheet in sheets}
    loads: Counter[int] = Counter()
    for paper, grader in found.pairs:
        loads[grader] += words[paper]
    assert max(loads.values()) - min(loads.values()) < 0.01 * max(loads.values())
