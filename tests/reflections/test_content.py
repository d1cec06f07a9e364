from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation.errors import DomainError
from conference.reflections.content import (
    Commitment,
    Content,
    canonical,
    checked,
    count_words,
    from_canonical,
    from_json,
    sections_of,
)

KEEPABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
COMMITMENTS = st.builds(Commitment, KEEPABLE, KEEPABLE, KEEPABLE)
PAPERS = st.builds(
    Content,
    st.fixed_dictionaries({7: KEEPABLE, 9: KEEPABLE}),
    st.lists(COMMITMENTS.filter(lambda one: not one.is_blank), max_size=4).map(tuple),
)
TITLES = {7: "Nhận thức", 9: "Kiến nghị"}


@given(PAPERS)
def test_a_draft_comes_back_as_it_was_kept(paper):
    assert from_json(checked(paper).as_json()) == paper


@given(PAPERS)
def test_what_is_handed_in_reads_as_it_was_typed(paper):
    data = canonical(paper, TITLES)
    assert from_canonical(data) == paper
    assert sections_of(data) == [("Nhận thức", paper.parts[7]), ("Kiến nghị", paper.parts[9])]
    assert hashlib.sha256(data).hexdigest() == hashlib.sha256(data.decode().encode()).hexdigest()


@given(PAPERS)
def test_the_bytes_are_those_of_rfc_8785(paper):
    data = canonical(paper, TITLES)
    assert json.loads(data) == json.loads(json.dumps(json.loads(data)))
    assert list(json.loads(data)) == ["commitments", "files", "parts"]  # keys in their order
    assert canonical(from_canonical(data), TITLES) == data


BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000"
NO_BLANKS = "aộ,\x1b\x1c\x1d\x1e\x1f\u180e\u200b\u2060\ufeff"
"""Some of them are blanks to Python, and none is to Word."""


@given(st.text(st.sampled_from(BLANKS + NO_BLANKS)))
def test_a_word_is_what_stands_between_blanks(text):
    parts = "".join("|" if sign in BLANKS else sign for sign in text).split("|")
    assert count_words(text) == sum(map(bool, parts))


@pytest.mark.parametrize("text", ["a\0b", "\ud83d", "x\udc00"])
def test_what_no_utf_8_can_hold_is_refused(text):
    with pytest.raises(DomainError) as refusal:
        checked(Content({7: text}))
    assert refusal.value.code == "text_has_nul"


def test_a_whole_library_is_no_paper():
    with pytest.raises(DomainError) as refusal:
        checked(Content({7: "x" * 400_001}))
    assert refusal.value.code == "text_too_long"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("Nghị quyết Đại hội XII", 5),
        ("hai-từ một,hai", 2),
        ("không\u00a0tách cũng là\u2003dấu cách", 6),
        ("- gạch đầu dòng", 4),
        ("dài\u200bẩn", 1),
        ("a\r\nb\vc\fd\x85e\u2028f\u3000g", 7),
        ("Ngu\u0302\u0301n ba\u0323n", 2),
    ],
)
def test_words_are_counted_as_word_counts_them(text, count):
    assert count_words(text) == count


def test_commitments_count_as_words_and_blank_cards_do_not_count_as_commitments():
    paper = Content({7: "một hai"}, (Commitment("Rà soát chế độ", "28/02/2019", ""), Commitment(" ", "", "")))
    assert paper.words == 7
    assert len(from_canonical(canonical(paper, TITLES)).commitments) == 1
    assert [one.lacks_measure for one in paper.commitments] == [True, False]
