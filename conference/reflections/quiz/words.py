"""How tests, their faults and their states are said to people."""

from __future__ import annotations

from decimal import Decimal

from conference.reflections.quiz.reading import Problem
from conference.reflections.quiz.rules import LETTERS, EndedBy, Fault, GrantState, Shows, Weighting
from conference.web.words import _, lazy

FAULT_WORDS = {
    Fault.NO_QUESTIONS: lazy("Chưa có câu hỏi nào được rút ra."),
    Fault.TOO_MANY_DRAWN: lazy("Mỗi người được rút quá nhiều câu, nhiều nhất là 200."),
    Fault.TOO_FEW_IN_GROUP: lazy("Có nhóm ít câu hơn số câu cần rút."),
    Fault.NO_SLOTS: lazy("Chưa có ca thi nào."),
    Fault.SLOT_OUTSIDE: lazy("Có ca thi nằm ngoài thời gian mở và nhận bài của hội nghị."),
}

PROBLEM_WORDS = {
    Problem.NO_TEXT: lazy("Thiếu câu hỏi"),
    Problem.TOO_LONG: lazy("Chữ dài quá"),
    Problem.TOO_FEW_CHOICES: lazy("Cần ít nhất hai phương án"),
    Problem.GAP_IN_CHOICES: lazy("Các phương án phải liền nhau, bắt đầu từ A"),
    Problem.SAME_CHOICES: lazy("Có hai phương án giống nhau"),
    Problem.NO_KEY: lazy("Thiếu đáp án đúng"),
    Problem.BAD_KEY: lazy("Đáp án đúng ghi bằng chữ của phương án, như B"),
    Problem.BAD_WEIGHT: lazy("Trọng số là số lớn hơn 0, như 1 hoặc 0,5"),
    Problem.REPEATED: lazy("Câu hỏi này đã có ở một dòng trên"),
}

WEIGHTING_WORDS = {
    Weighting.EQUAL: lazy("Các câu bằng điểm nhau"),
    Weighting.OWN: lazy("Theo trọng số của từng câu"),
}

SHOWS_WORDS = {
    Shows.AT_ONCE: lazy("Ngay khi nộp: số câu đúng, không có đáp án"),
    Shows.WITH_RELEASE: lazy("Khi Ban Tổ chức công bố điểm"),
}

GRANT_WORDS = {
    GrantState.OPEN: lazy("chưa dùng"),
    GrantState.USED: lazy("đã dùng"),
    GrantState.OVER: lazy("đã hết hạn"),
    GrantState.REVOKED: lazy("đã thu lại"),
}

ENDED_WORDS = {
    EndedBy.PERSON: lazy("Tự nộp"),
    EndedBy.TIME: lazy("Hết giờ, máy chủ thu"),
    EndedBy.OFFICER: lazy("Đơn vị nhập từ bài giấy"),
}


def letters(places: list[int]) -> str:
    """A, C"""
    return ", ".join(LETTERS[place] for place in places)


def plain(value: Decimal) -> str:
    """17 or 17,5: points without the decimals that say nothing."""
    return format(value.normalize(), "f").replace(".", ",")


def group_word(group: str) -> str:
    return group or _("Không ghi nhóm")
