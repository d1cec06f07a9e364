"""Heads of the report's columns, and the names of its figures as a sentence begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import LazyString

from conference.grading.words import RANKS
from conference.planning.models import StudySession
from conference.planning.words import PARTS
from conference.reflections.rules import TaskForm
from conference.reports.rules import Block, Column, Kind
from conference.reports.tables import By
from conference.web import filters
from conference.web.words import _, lazy

BLOCKS = {
    Block.ATTENDANCE: lazy("Tham dự"),
    Block.WRITING: lazy("Bài thu hoạch"),
    Block.RANKS: lazy("Xếp loại"),
}
BLOCKS_OF_TESTS = {**BLOCKS, Block.WRITING: lazy("Bài trắc nghiệm")}
PLACES = {
    By.PROVINCE: lazy("Tỉnh, thành phố"),
    By.SITE: lazy("Điểm cầu"),
    By.UNIT: lazy("Đơn vị"),
    By.WAVE: lazy("Đợt"),
    By.SITE_AND_WAVE: lazy("Điểm cầu"),
}
SHEETS = {
    By.PROVINCE: lazy("Theo tỉnh, thành phố"),
    By.SITE: lazy("Theo điểm cầu"),
    By.UNIT: lazy("Theo đơn vị"),
    By.WAVE: lazy("Theo đợt"),
    By.SITE_AND_WAVE: lazy("Theo điểm cầu và đợt"),
}
SECOND = {By.SITE: lazy("Tỉnh, thành phố"), By.SITE_AND_WAVE: lazy("Đợt")}
"""What the second column of a sheet says of a place."""
HEADS = {
    "summoned": (lazy("Triệu tập"), lazy("Triệu tập")),
    "present": (lazy("Có mặt"), lazy("Có mặt ít nhất một buổi")),
    "online": (lazy("Tr. tuyến"), lazy("Có mặt trực tuyến ít nhất một buổi, tính trong số có mặt")),
    "attendance_rate": (lazy("Tỷ lệ"), lazy("Có mặt và được cử dự thay, trên số triệu tập")),
    "late": (lazy("Muộn"), lazy("Đến muộn ít nhất một buổi, tính trong số có mặt")),
    "substituted": (lazy("Dự thay"), lazy("Có người dự thay")),
    "excused": (lazy("Vắng CP"), lazy("Vắng có phép")),
    "unexcused": (lazy("Vắng KP"), lazy("Vắng không phép")),
    "not_seen": (lazy("Chưa ĐD"), lazy("Chưa điểm danh")),
    "made_up": (lazy("Học bù"), lazy("Đã học bù buổi vắng")),
    "walk_in": (lazy("Ngoài DS"), lazy("Có mặt, ngoài danh sách; không tính trong số triệu tập")),
    "must_write": (lazy("Phải viết"), lazy("Phải viết thu hoạch")),
    "handed_in": (lazy("Đã nộp"), lazy("Đã nộp bài")),
    "handed_in_rate": (lazy("Tỷ lệ"), lazy("Đã nộp, trên số phải viết")),
    "handed_in_late": (lazy("Nộp muộn"), lazy("Nộp muộn")),
    "excellent": (lazy("Giỏi"), lazy("Xếp loại Giỏi")),
    "good": (lazy("Khá"), lazy("Xếp loại Khá")),
    "average": (lazy("TB"), lazy("Xếp loại Trung bình")),
    "failed": (lazy("KĐ"), lazy("Xếp loại Không đạt")),
}
"""Figure -> the short head of its column, and its full name."""

HEADS_OF_TESTS = {
    **HEADS,
    "must_write": (lazy("Phải làm"), lazy("Phải làm trắc nghiệm")),
    "handed_in_rate": (lazy("Tỷ lệ"), lazy("Đã nộp, trên số phải làm")),
}
"""The same where a test is sat instead of writing."""


def blocks_of(form: TaskForm | None) -> Mapping[Block, LazyString]:
    return BLOCKS_OF_TESTS if form is TaskForm.QUIZ else BLOCKS


def _heads_of(form: TaskForm | None) -> Mapping[str, tuple[LazyString, LazyString]]:
    return HEADS_OF_TESTS if form is TaskForm.QUIZ else HEADS


def head_of(column: Column, sessions: Sequence[StudySession], form: TaskForm | None) -> tuple[str, str]:
    """The short head of a column and its full name."""
    if column.key.startswith("present_"):
        return session_head(next(one for one in sessions if column.key == f"present_{one.id}"), sessions)
    if column.kind is Kind.SHARE:
        return str(HEADS[column.of[0]][0]), _(
            "Tỷ lệ %(rank)s trên số bài đã công bố điểm", rank=str(HEADS[column.of[0]][0])
        )
    short, full = _heads_of(form)[column.key]
    return str(short), str(full)


def session_head(study_session: StudySession, sessions: Sequence[StudySession]) -> tuple[str, str]:
    """Sáng; with its day where the conference has several."""
    part = str(PARTS[study_session.part]).removeprefix("Buổi ").capitalize()
    full = _("Có mặt %(part)s %(day)s", part=part.lower(), day=filters.day(study_session.held_on))
    if len({one.held_on for one in sessions}) > 1:
        part = f"{part} {filters.day(study_session.held_on)[:5]}"
    return part, full


def figure_name(key: str, sessions: Sequence[StudySession], form: TaskForm | None) -> str:
    """A figure's full name, as the title of its list."""
    for study_session in sessions:
        if key == f"present_{study_session.id}":
            return session_head(study_session, sessions)[1]
    return str(_heads_of(form)[key][1])


__all__ = ["HEADS", "PLACES", "RANKS", "blocks_of", "figure_name", "head_of", "session_head"]
