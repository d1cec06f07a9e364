"""Rows of the sheet that organizers take: a line a sitting, and each question with what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from conference.foundation.sheets import Cell
from conference.reflections.quiz.models import QuizAttempt, QuizQuestion
from conference.reflections.quiz.rules import LETTERS, MOST_CHOICES
from conference.reflections.quiz.taking import chosen_in
from conference.reflections.quiz.words import ENDED_WORDS, letters
from conference.web import filters

RESULT_HEAD = (
    "Số ĐB",
    "Họ và tên",
    "Chức vụ",
    "Đơn vị",
    "Điểm cầu",
    "Lần",
    "Ca",
    "Bắt đầu",
    "Nộp",
    "Nộp bằng",
    "Điểm đạt",
    "Tổng điểm",
)
RESULT_WIDTHS = (10, 28, 24, 36, 30, 6, 20, 18, 18, 24, 10, 10)
QUESTION_HEAD = ("Câu hỏi", *(f"Chọn {letter}" for letter in LETTERS), "Không chọn", "Đáp án", "Chọn đúng", "Số bài")
QUESTION_WIDTHS = (60, *[9] * MOST_CHOICES, 12, 10, 12, 10)


def result_row(row: Any) -> list[Cell]:
    attempt: QuizAttempt = row.QuizAttempt
    return [
        row.number,
        row.full_name,
        row.position,
        row.unit,
        row.site,
        attempt.number,
        row.slot or "",
        filters.moment(attempt.began_at),
        filters.moment(attempt.finished_at) if attempt.finished_at else "",
        str(ENDED_WORDS[attempt.ended_by]) if attempt.ended_by else "",
        float(attempt.points) if attempt.points is not None else "",
        float(attempt.total) if attempt.total is not None else "",
    ]


def question_rows(questions: Sequence[QuizQuestion], papers: Iterable[tuple[QuizAttempt, bytes]]) -> list[list[Cell]]:
    """How many chose which choice of each question, over all sittings that were handed in."""
    counts: dict[int, Counter[int | None]] = {one.id: Counter() for one in questions}
    for attempt, content in papers:
        for drawn, choice in zip(attempt.drawn, chosen_in(content), strict=True):
            counts[drawn.question][choice] += 1
    return [_question_row(one, counts[one.id]) for one in questions]


def _question_row(question: QuizQuestion, chosen: Counter[int | None]) -> list[Cell]:
    right = sum(chosen[place] for place in question.accepted)
    places: list[Cell] = [chosen[place] if place < len(question.choices) else "" for place in range(MOST_CHOICES)]
    return [question.text, *places, chosen[None], letters(question.accepted), right, chosen.total()]
