"""Text from outside becomes typed values or a sentence, and what was typed stays."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from unicodedata import normalize

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from conference.web import words
from conference.web.forms import Form, moment_of, read_day, ticked_rows

APP = Flask(__name__)
words.speak(APP)


class Colour(StrEnum):
    RED = "red"


@pytest.fixture(autouse=True)
def speaking():  # type: ignore[no-untyped-def]
    with APP.test_request_context():
        yield


def form(value: str, name: str = "x") -> Form:
    return Form({name: value})


def test_text_is_composed_and_trimmed() -> None:
    assert form(normalize("NFD", "  Nguyễn \u00a0 Thị\tÁnh \n")).text("x", "Tên") == "Nguyễn Thị Ánh"
    assert form(" một\n\nhai ").text("x", "Bài", lines=True) == "một\n\nhai"


@pytest.mark.parametrize(
    ("sent", "options", "fault"),
    [
        ("", {"required": True}, "Mời ghi tên."),
        ("   ", {"required": True}, "Mời ghi tên."),
        ("a" * 11, {"most": 10}, "Tên dài quá 10 ký tự."),
        ("a\x00b", {}, "Tên có ký tự điều khiển, mời gõ lại."),
        ("a\x1bb", {"lines": True}, "Tên có ký tự điều khiển, mời gõ lại."),
    ],
)
def test_text_that_cannot_be_taken_is_told_why(sent, options, fault) -> None:
    asked = form(sent)
    asked.text("x", "Tên", **options)
    assert asked.errors == {"x": fault}
    assert asked.summary == [("x", "Tên", fault)]
    assert asked.values["x"] == sent
    assert not asked.is_valid


@pytest.mark.parametrize(
    ("sent", "value"),
    [("0", 0), ("24814", 24814), ("24.814", 24814), ("24 814", 24814), ("24\u00a0814", 24814), (" 7 ", 7),
     ("1.000.000", 1_000_000), ("007", 7)],
)  # fmt: skip
def test_whole_numbers_are_read(sent, value) -> None:
    assert form(sent).whole("x", "Số", low=0, high=1_000_000) == value


@pytest.mark.parametrize(
    "sent",
    ["", "8.5", "8,5", "1.5", "-1", "+1", "1e3", "0x10", "1_000", "٣", "12.3456", "1 000 00", "9" * 20, "NaN", "x"],
)
def test_what_is_no_whole_number_in_range_is_refused(sent) -> None:
    asked = form(sent)
    assert asked.whole("x", "Số", low=0, high=1_000_000) is None
    assert asked.errors == {"x": "Ghi số bằng số từ 0 đến 1000000."}


@given(st.integers(0, 10**9 - 1), st.sampled_from(["{}", "{:,}"]))
def test_a_whole_number_written_either_way_is_itself(number, shape) -> None:
    with APP.test_request_context():
        sent = shape.format(number).replace(",", ".")
        assert form(sent).whole("x", "Số", low=0, high=10**9) == number


@given(st.decimals(min_value=0, max_value=100, places=2), st.booleans())
def test_a_mark_written_either_way_is_itself(mark, with_comma) -> None:
    with APP.test_request_context():
        sent = str(mark).replace(".", ",") if with_comma else str(mark)
        assert form(sent).decimal("x", "Điểm", low=Decimal(0), high=Decimal(100)) == mark


@given(st.text(max_size=12))
def test_nothing_else_is_a_mark_and_nothing_breaks(sent) -> None:
    with APP.test_request_context():
        value = form(sent).decimal("x", "Điểm", low=Decimal(0), high=Decimal(10), step=Decimal("0.25"))
        assert value is None or (0 <= value <= 10 and value % Decimal("0.25") == 0)


@pytest.mark.parametrize(
    "sent", ["NaN", "sNaN", "Infinity", "1e1", "1e-999999", "8.125", "8,,5", "8.", ",5", "1_0", "٣", "10,25"]
)
def test_odd_marks_are_refused(sent) -> None:
    asked = form(sent)
    assert asked.decimal("x", "Điểm", low=Decimal(0), high=Decimal(10)) is None
    assert asked.errors == {"x": "Ghi điểm bằng số từ 0 đến 10, như 8,5."}


@given(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"])
)
def test_a_day_written_in_any_known_way_is_itself(day, shape) -> None:
    assert read_day(day.strftime(shape)) == day


@given(st.text(alphabet="0123456789/-. ٣", max_size=12))
def test_no_text_breaks_the_reading_of_days(sent) -> None:
    day = read_day(sent)
    assert day is None or 1900 <= day.year <= 2100


@pytest.mark.parametrize(
    "sent", ["31/02/2018", "29/02/2019", "00/01/2018", "1/1/0001", "1/1/9999", "2018/12/06", "06/12/18", "x"]
)
def test_what_is_no_day_is_refused(sent) -> None:
    asked = form(sent)
    assert asked.day("x", "Ngày sinh") is None
    assert asked.errors == {"x": "Ghi ngày sinh như 03/11/1964."}


@pytest.mark.parametrize(
    ("sent", "value"), [("07:30", time(7, 30)), ("7g30", time(7, 30)), ("7h05", time(7, 5)), ("23.59", time(23, 59))]
)
def test_hours_are_read(sent, value) -> None:
    assert form(sent).hour("x", "Giờ") == value


@pytest.mark.parametrize("sent", ["24:00", "7:60", "23:59:60", "7", "", "٧:30"])
def test_what_is_no_hour_is_refused(sent) -> None:
    asked = form(sent)
    assert asked.hour("x", "Giờ") is None
    assert asked.errors == {"x": "Ghi giờ như 07:30."}


def test_choices_are_of_the_list_alone() -> None:
    assert form("red").choice("x", "Màu", Colour) is Colour.RED
    asked = form("RED")
    assert asked.choice("x", "Màu", Colour) is None
    assert asked.one_of("x", "Màu", ["red"]) is None
    assert asked.errors == {"x": "Mời chọn màu trong danh sách."}
    assert form("").one_of("x", "Màu", ["red"], required=False) is None


def test_what_need_not_be_filled_in_may_be_empty() -> None:
    asked = form("")
    assert asked.whole("x", "Số", low=0, high=9, required=False) is None
    assert asked.day("x", "Ngày", required=False) is None
    assert asked.hour("x", "Giờ", required=False) is None
    assert asked.text("x", "Tên") == ""
    assert asked.is_valid


def test_a_tick_is_a_tick_and_the_token_is_no_value() -> None:
    assert Form({"x": "on", "csrf_token": "secret"}).ticked("x")
    assert not form("yes").ticked("x")
    assert Form({"csrf_token": "secret"}).values == {}


def test_the_first_fault_of_a_field_stays() -> None:
    asked = Form({})
    asked.fault("x", "một", "Tên")
    asked.fault("x", "hai", "Tên")
    assert asked.summary == [("x", "Tên", "một")]


def test_an_hour_strikes_in_the_zone_of_its_conference() -> None:
    assert moment_of(date(2018, 12, 6), time(7, 30), "Asia/Ho_Chi_Minh").isoformat() == "2018-12-06T07:30:00+07:00"


def test_ticked_rows_come_in_order_each_once_and_nonsense_is_none() -> None:
    sent = MultiDict([("people", text) for text in ("7", "x", "3", "7", "", "-1", "9" * 30)] + [("units", "1")])
    assert ticked_rows(sent, "people") == [3, 7]
