"""What ranks and states are called on the screen."""

from __future__ import annotations

from conference.grading.rules import PaperState, Rank, ReadingState
from conference.web.words import lazy

RANKS = {
    Rank.EXCELLENT: lazy("Giỏi"),
    Rank.GOOD: lazy("Khá"),
    Rank.AVERAGE: lazy("Trung bình"),
    Rank.FAILED: lazy("Không đạt"),
}
PAPER_STATES = {
    PaperState.WAITING: lazy("Chưa có người chấm"),
    PaperState.GRADING: lazy("Đang chấm"),
    PaperState.DISAGREED: lazy("Hai lượt lệch nhau"),
    PaperState.SETTLED: lazy("Đã thống nhất"),
}
READING_STATES = {
    ReadingState.ASSIGNED: lazy("Chưa chấm"),
    ReadingState.STARTED: lazy("Đang chấm"),
    ReadingState.FINISHED: lazy("Đã chấm"),
}
PHRASES = (
    lazy("Có số liệu cụ thể"),
    lazy("Cần nêu rõ việc của mình"),
    lazy("Thiếu thời hạn, thước đo"),
    lazy("Còn chung chung"),
)
"""What graders write most often; a touch puts it into the note of the part."""
