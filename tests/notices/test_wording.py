"""Wordings are text with places to fill from a closed list: they parse, never run, and survive being written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.notices.wording import (
    NAMES,
    Fault,
    Place,
    Purpose,
    WordingFault,
    fill,
    parse,
    places_for,
    written,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30)
PARTS = st.lists(st.one_of(TEXT.filter(bool), st.sampled_from(Place)), max_size=12)
HOSTILE = st.sampled_from(
    (
        "{{ 7*7 }}",
        "{% for x in y %}",
        "{{config}}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "{name.__class__}",
        "%(name)s",
        "{}",
    )
)


def joined(parts: list[str | Place]) -> list[str | Place]:
    """Plain words side by side are one."""
    found: list[str | Place] = []
    for part in parts:
        if found and not isinstance(part, Place) and not isinstance(found[-1], Place):
            found[-1] += part
        else:
            found.append(part)
    return found


@given(PARTS, st.sampled_from(("vi", "en")))
def test_what_is_written_is_read_back_the_same(parts, language) -> None:
    assert parse(written(parts, language), Place) == joined(parts)


@given(st.one_of(TEXT, st.lists(st.one_of(TEXT, HOSTILE, st.just("{tên hội nghị}"))).map("".join)))
def test_any_text_is_read_or_refused_with_a_line_and_words(text) -> None:
    try:
        parts, fault = parse(text, Place), None
    except WordingFault as raised:
        parts, fault = [], raised
    if fault is None:
        assert parse(written(parts), Place) == parts
    else:
        assert 1 <= fault.line <= text.count("\n") + 1 and fault.words


@given(st.dictionaries(st.sampled_from(Place), st.one_of(HOSTILE, TEXT.filter(str.strip)), min_size=len(Place)))
def test_what_is_filled_in_is_never_read_again(facts) -> None:
    """Whatever a name says, it stands in the letter as it is."""
    for place in Place:
        text = written(["[", place, "]"])
        assert fill(text, facts) == f"[{facts[place]}]"


@pytest.mark.parametrize(
    ("text", "fault", "line", "words"),
    [
        ("Kính gửi {họ và tên}", Fault.UNKNOWN, 1, "{họ và tên}"),
        ("Một\nHai {{ 7*7 }", Fault.NOT_CLOSED, 2, "Hai {{ 7*7 }"),
        ("{name.__class__}", Fault.UNKNOWN, 1, "{name.__class__}"),
        ("{họ tên", Fault.NOT_CLOSED, 1, "{họ tên"),
        ("{}", Fault.UNKNOWN, 1, "{}"),
        ("{hạn nộp}", Fault.NOT_HERE, 1, "{hạn nộp}"),
        ("{{% x %}}\n{%", Fault.NOT_CLOSED, 2, "{%"),
    ],
)
def test_a_fault_names_its_line_and_its_words(text, fault, line, words) -> None:
    with pytest.raises(WordingFault) as found:
        parse(text, places_for(Purpose.SUMMONS))
    assert (found.value.fault, found.value.line, found.value.words) == (fault, line, words)


def test_names_are_read_without_marks_and_in_either_language() -> None:
    assert parse("{HỌ TÊN}{ho ten}{Name}{họ  tên }", Place) == [Place.NAME] * 4
    assert len({name for names in NAMES.values() for name in names}) == 2 * len(Place)


def test_a_line_without_its_data_is_left_out_and_leaves_no_gap() -> None:
    text = "{họ tên}\n{chức vụ}\n\nChỗ ngồi: {chỗ ngồi}\n\nThẻ {{1}}: {chỗ ngồi}, {đơn vị}\n"
    assert fill(text, {"name": "Ánh", "unit": "Yên Thành"}) == "Ánh\n\nThẻ {1}: , Yên Thành"


def test_a_letter_to_who_is_called_no_longer_has_no_link() -> None:
    assert Place.LINK not in places_for(Purpose.CANCELLATION)
    assert Place.DUE in places_for(Purpose.OVERDUE)
