"""What ranks and states are called on the screen."""

from __future__ import annotations

from conference.grading.rules import PaperState, Rank, ReadingState, RulingKind
from conference.reflections.similarity.rules import Level
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
    PaperState.WITHDRAWN: lazy("Đã rút, người viết xóa dữ liệu"),
}
READING_STATES = {
    ReadingState.ASSIGNED: lazy("Chưa chấm"),
    ReadingState.STARTED: lazy("Đang chấm"),
    ReadingState.FINISHED: lazy("Đã chấm"),
}
RULINGS = {
    RulingKind.CLEARED: lazy("Không vi phạm"),
    RulingKind.REMINDED: lazy("Nhắc nhở"),
    RulingKind.DEDUCTED: lazy("Trừ điểm"),
    RulingKind.RETURNED: lazy("Trả lại viết lại"),
    RulingKind.FAILED: lazy("Không đạt"),
}
RULING_HINTS = {
    RulingKind.CLEARED: lazy("Giống nhau vì lý do chính đáng. Điểm giữ nguyên."),
    RulingKind.REMINDED: lazy("Điểm giữ nguyên; người viết đọc lời nhắc cùng kết quả."),
    RulingKind.DEDUCTED: lazy("Trừ vào điểm đã thống nhất, thấp nhất là 0."),
    RulingKind.RETURNED: lazy("Người viết nộp bản mới rồi chấm lại. Chỉ trả lại được một lần."),
    RulingKind.FAILED: lazy("Điểm 0, xếp loại không đạt."),
}
RULING_SHAPES = {
    RulingKind.CLEARED: "ready",
    RulingKind.REMINDED: "check",
    RulingKind.DEDUCTED: "check",
    RulingKind.RETURNED: "needs_decision",
    RulingKind.FAILED: "wrong",
}
LEVELS = {
    Level.SUSPECT: ("wrong", lazy("Nghi sao chép")),
    Level.WATCH: ("check", lazy("Cần xem")),
    Level.QUIET: ("held", lazy("Dưới mức cần xem")),
}
PHRASES = (
    lazy("Có số liệu cụ thể"),
    lazy("Cần nêu rõ việc của mình"),
    lazy("Thiếu thời hạn, thước đo"),
    lazy("Còn chung chung"),
)
"""What graders write most often; a touch puts it into the note of the part."""
