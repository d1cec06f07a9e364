"""Questions from sheets and pasted text: good ones are taken, each bad one is named with its place."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.foundation.sheets import Sheet, Table
from conference.reflections.quiz.preparing import QuestionPlan
from conference.reflections.quiz.reading import HEADS, Problem, as_json, as_row, read_json, read_pasted, read_sheets
from tests.reflections.quiz.conftest import PLANS

DOCUMENT = """
Phần một
Câu 1. Nghị quyết nói về
điều gì?
A. Đổi mới tổ chức
*B. Đoàn viên
c) Việc làm,
và đời sống

2) Mấy cấp công đoàn?
A. Ba
B. Bốn
Đáp án: B
"""


def test_a_sheet_that_was_handed_out_comes_back_as_the_same_questions() -> None:
    target = BytesIO()
    write_workbook(target, [Table("Câu hỏi", HEADS, [as_row(plan) for plan in PLANS])])
    found = read_sheets(read_workbook("cau-hoi.xlsx", target.getvalue()).sheets)
    assert (found.good, found.bad, found.is_known) == (PLANS, [], True)


def test_a_bad_row_is_named_with_its_sheet_and_row_and_the_good_ones_are_taken() -> None:
    rows = [
        ["ĐỀ CƯƠNG ÔN TẬP"],
        ["STT", "Nội dung câu hỏi", "A", "B", "C", "Đáp án", "Điểm"],
        [1, "Năm nào?", 2013, 2018.0, "", "b", "0,5"],
        [2, "", "Có", "Không", "", "A", ""],
        [3, "Một phương án?", "Có", "", "", "A", ""],
        [4, "Cách quãng?", "Có", "", "Không", "A", ""],
        [5, "Giống nhau?", "Có", " có ", "", "A", ""],
        [6, "Không khóa?", "Có", "Không", "", "", ""],
        [7, "Khóa lạ?", "Có", "Không", "", "D", ""],
        [8, "Trọng số?", "Có", "Không", "", "A", "0"],
        [9, "năm  NÀO?", "Có", "Không", "", "A", ""],
        [],
    ]
    found = read_sheets([Sheet("Bìa", [["Xin chào"]]), Sheet("Đợt 1", rows)])
    assert found.good == [QuestionPlan("Năm nào?", "", ("2013", "2018"), (1,), Decimal("0.50"))]
    assert {(one.sheet, one.row): one.problem for one in found.bad} == {
        ("Đợt 1", 4): Problem.NO_TEXT,
        ("Đợt 1", 5): Problem.TOO_FEW_CHOICES,
        ("Đợt 1", 6): Problem.GAP_IN_CHOICES,
        ("Đợt 1", 7): Problem.SAME_CHOICES,
        ("Đợt 1", 8): Problem.NO_KEY,
        ("Đợt 1", 9): Problem.BAD_KEY,
        ("Đợt 1", 10): Problem.BAD_WEIGHT,
        ("Đợt 1", 11): Problem.REPEATED,
    }


def test_questions_of_a_document_are_read_with_their_key() -> None:
    found = read_pasted(DOCUMENT)
    assert found.good == [
        QuestionPlan("Nghị quyết nói về điều gì?", "", ("Đổi mới tổ chức", "Đoàn viên", "Việc làm, và đời sống"), (1,)),
        QuestionPlan("Mấy cấp công đoàn?", "", ("Ba", "Bốn"), (1,)),
    ]
    assert found.bad == []


def test_cells_copied_from_a_sheet_are_read_with_and_without_their_head() -> None:
    lines = ["\t".join(map(str, as_row(plan))) for plan in PLANS]
    assert read_pasted("\n".join(lines)).good == PLANS
    assert read_pasted("\n".join(["\t".join(HEADS), *lines])).good == PLANS


@given(st.text(max_size=400))
def test_any_text_is_read_or_not_known_and_what_is_good_is_read_again_as_itself(text: str) -> None:
    found = read_pasted(text)
    assert read_json(as_json(found.good)).good == found.good


@given(st.text(max_size=200))
def test_what_is_no_preview_of_ours_holds_no_question(text: str) -> None:
    assert read_json(text).good == []
