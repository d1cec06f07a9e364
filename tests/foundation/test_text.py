"""Vietnamese text: one spelling to compare, one order to sort, whatever was typed."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation.loose_dates import LooseDate, read_date
from conference.foundation.text import (
    clean,
    collation_key,
    fold,
    format_phone,
    phone_digits,
    sort_key,
)

WORDS = (
    "An Anh Ánh Ăn Ẵn Ân Ẩn Ấn Dũng Đạt Em Ê Hoa Hòa Hỏa Hóa Họa Nga Ngà Nghĩa Oanh Ông Ơn"
    " Thao Thào Thảo Tháo Thạo Út Uyên Ước Ý Yến"
)
PEOPLE = (
    "Dương Văn An",
    "Đặng Văn An",
    "Nguyễn Thị An",
    "Nguyễn Văn An",
    "Lê Anh",
    "Trần Thị Ánh",
    "Nguyễn Ân",
)
LETTERS = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
syllables = st.text(LETTERS + LETTERS.upper(), min_size=1, max_size=6)
names = st.lists(syllables, min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize("order", [tuple(WORDS.split()), PEOPLE])
def test_names_sort_as_in_the_dictionary(order):
    backwards = list(order)[::-1]
    assert sorted(backwards, key=sort_key) == list(order)


@pytest.mark.parametrize(("old", "new"), [("Hoà", "Hòa"), ("thuý", "thúy"), ("khoẻ", "khỏe"), ("HOÀ", "HÒA")])
def test_a_tone_may_stand_on_either_vowel(old, new):
    assert (sort_key(f"Nguyễn {old}"), fold(old)) == (sort_key(f"Nguyễn {new}"), fold(new))
    assert sort_key("Lê Quý") != sort_key("Lê Quỳ")


@given(names)
def test_every_form_of_a_name_folds_alike(name):
    """F21: Composed or not, in capitals, with spaces and signs of no width."""
    forms = {fold(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}
    forms |= {fold(name.upper()), fold(f"  {name.replace(' ', '   ')}\u200b ")}
    assert forms == {fold(name)}
    assert fold(name).isascii()
    assert fold(fold(name)) == fold(name)


@given(names)
def test_cleaning_keeps_what_was_typed(name):
    assert clean(unicodedata.normalize("NFD", f" {name}\ufeff ")) == unicodedata.normalize("NFC", name)
    assert clean(clean(name)) == clean(name)


@given(names, names)
def test_sort_keys_are_ascii_and_agree_on_forms(one, other):
    for name in (one, other):
        assert sort_key(name).isascii()
        assert sort_key(unicodedata.normalize("NFD", name)) == sort_key(name)


def test_lookalikes_of_the_letter_d_become_the_letter():
    """F21: Three letters that look like one."""
    assert clean("ðặng Ðức Ɖạt") == "đặng Đức Đạt"
    assert fold("Ðặng ðức") == "dang duc"


def test_titles_sort_by_number_where_they_hold_one():
    assert sorted(["quận 10", "quận 2", "quận Ba Đình"], key=collation_key) == ["quận 2", "quận 10", "quận Ba Đình"]


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("0912345678", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("84912345678", "0912345678"),
        (912345678.0, "0912345678"),
        (912345678, "0912345678"),
        ("912345678", "0912345678"),
        ("0912 345 678 / 0987 654 321", "0912345678"),
        ("024 3825 3781", "02438253781"),
        ("đt: 0912-345-678", "0912345678"),
        ("", None),
        (None, None),
        ("không có", None),
        ("12345", None),
        ("00123456789", None),
    ],
)
def test_phones_come_out_as_national_digits(typed, digits):
    assert phone_digits(typed) == digits


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True))
def test_every_way_to_write_a_phone_is_one_phone(digits):
    ways = (
        format_phone(digits),
        ".".join((digits[:4], digits[4:7], digits[7:])),
        f"+84 {digits[1:4]} {digits[4:7]} {digits[7:]}",
        float(digits),
        int(digits),
        f" {digits} ",
    )
    assert {phone_digits(way) for way in ways} == {digits}


@given(st.dates(date(1907, 1, 1), date(2030, 12, 31)))
def test_every_habit_of_writing_a_date_is_one_date(day):
    serial = (day - date(1899, 12, 30)).days
    ways = (
        f"{day:%d/%m/%Y}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d-%m-%Y}",
        day.isoformat(),
        f"ngày {day.day} tháng {day.month} năm {day.year}",
        day,
        datetime(day.year, day.month, day.day, 7, 30),  # noqa: DTZ001 (spreadsheets know no zone)
        serial,
        float(serial),
    )
    assert {read_date(way) for way in ways} == {LooseDate(day.year, day)}


@pytest.mark.parametrize("year", ["1972", 1972, 1972.0, "Năm 1972", "00/00/1972"])
def test_a_year_alone_is_a_year(year):
    assert read_date(year) == LooseDate(1972)


@pytest.mark.parametrize("nonsense", ["", None, "31/02/1975", "abc", 12, 3.5, True, "12"])
def test_what_is_no_date_is_none(nonsense):
    assert read_date(nonsense) is None
