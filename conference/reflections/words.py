"""How deadlines, standings and refusals of this area are said to people."""

from __future__ import annotations

from datetime import datetime

from flask_babel import LazyString
from markupsafe import Markup

from conference.reflections.rules import (
    Bar,
    MakeUpKind,
    ScopeOfExtension,
    Standing,
    TaskForm,
    Timing,
    Window,
    time_left,
)
from conference.web import filters
from conference.web.words import _, language, lazy

STANDING_WORDS = {
    Standing.NOT_REQUIRED: lazy("Không phải viết"),
    Standing.EXEMPT: lazy("Được miễn"),
    Standing.ABSENT: lazy("Vắng, chưa học bù"),
    Standing.NOT_STARTED: lazy("Chưa viết"),
    Standing.DRAFT: lazy("Đang viết nháp"),
    Standing.RETURNED: lazy("Trả lại để viết lại"),
    Standing.SUBMITTED: lazy("Đã nộp đúng hạn"),
    Standing.LATE: lazy("Nộp muộn"),
}

STANDING_SHAPES = {
    Standing.NOT_REQUIRED: "held",
    Standing.EXEMPT: "held",
    Standing.ABSENT: "unexcused",
    Standing.NOT_STARTED: "not_seen",
    Standing.DRAFT: "writing",
    Standing.RETURNED: "needs_decision",
    Standing.SUBMITTED: "received",
    Standing.LATE: "late",
}

SCOPE_WORDS = {
    ScopeOfExtension.PERSON: lazy("Một người"),
    ScopeOfExtension.UNIT: lazy("Đơn vị và cấp dưới"),
    ScopeOfExtension.SITE: lazy("Điểm cầu"),
    ScopeOfExtension.WAVE: lazy("Đợt"),
}

MAKE_UP_WORDS = {
    MakeUpKind.AT_SITE: lazy("Buổi học bù tại điểm cầu"),
    MakeUpKind.RECORDING: lazy("Xem bản ghi hình"),
}

TEST_WORDS = {
    Standing.NOT_REQUIRED: lazy("Không phải làm"),
    Standing.NOT_STARTED: lazy("Chưa làm"),
    Standing.DRAFT: lazy("Đang làm"),
}


def standing_words(form: TaskForm | None) -> dict[Standing, LazyString]:
    """How standings are said where one writes, and where a test is sat."""
    return STANDING_WORDS | TEST_WORDS if form is TaskForm.QUIZ else STANDING_WORDS


def form_word(form: TaskForm | None) -> str:
    """What a conference asks for, as the head of a column or a card."""
    return _("Trắc nghiệm") if form is TaskForm.QUIZ else _("Thu hoạch")


BAR_WORDS = {
    Bar.NO_TASK: lazy("Ban Tổ chức chưa đưa ra câu hỏi thu hoạch. Mời đồng chí xem lại sau hội nghị."),
    Bar.NOT_REQUIRED: lazy("Đồng chí không thuộc diện phải viết thu hoạch ở hội nghị này."),
    Bar.EXEMPT: lazy("Đồng chí được miễn viết thu hoạch ở hội nghị này."),
    Bar.ABSENT: lazy(
        "Bài thu hoạch mở cho người đã dự hội nghị. Điểm danh chưa ghi đồng chí có mặt đủ số buổi, "
        "nên đồng chí cần học bù trước. Nếu đồng chí đã dự, mời báo phụ trách điểm cầu hoặc đơn vị."
    ),
    Bar.NOT_OPEN: lazy("Chưa đến giờ viết thu hoạch."),
    Bar.QUIZ: lazy("Hội nghị này làm bài trắc nghiệm thay bài viết."),
}

TEST_BARS = {
    Bar.NOT_REQUIRED: lazy("Đồng chí không thuộc diện phải làm trắc nghiệm ở hội nghị này."),
    Bar.EXEMPT: lazy("Đồng chí được miễn làm trắc nghiệm ở hội nghị này."),
    Bar.ABSENT: lazy(
        "Bài trắc nghiệm mở cho người đã dự hội nghị. Điểm danh chưa ghi đồng chí có mặt đủ số buổi, "
        "nên đồng chí cần học bù trước. Nếu đồng chí đã dự, mời báo phụ trách điểm cầu hoặc đơn vị."
    ),
    Bar.NOT_OPEN: lazy("Chưa đến giờ làm trắc nghiệm."),
}


def bar_words(form: TaskForm | None) -> dict[Bar, LazyString]:
    """Why somebody does not write, or does not sit the test."""
    return BAR_WORDS | TEST_BARS if form is TaskForm.QUIZ else BAR_WORDS


def left_words(now: datetime, due_at: datetime, timezone: str) -> str:
    """Còn 3 ngày · Còn 5 giờ · Còn 12 phút · Đã hết hạn."""
    unit, count = time_left(now, due_at, timezone)
    if unit == "days":
        return _("Còn %(count)s ngày", count=filters.number(count))
    if unit == "hours":
        return _("Còn %(count)s giờ", count=count)
    if unit == "minutes":
        return _("Còn %(count)s phút", count=count)
    return _("Đã hết hạn")


def due_words(due_at: datetime) -> str:
    """17:00 thứ Năm 20/12/2018."""
    weekday = filters.weekday(due_at)
    if language() == "vi":
        weekday = weekday[:1].lower() + weekday[1:]
    return f"{filters.clock(due_at)} {weekday} {filters.day(due_at)}"


def window_words(now: datetime, window: Window, timezone: str) -> tuple[str, str]:
    """What stands at the top of the writing page: how long still, and until when."""
    timing = window.judge(now)
    if timing is Timing.LATE:
        return (
            _("Đã quá hạn, còn nhận bài nộp muộn"),
            _("đến %(until)s", until=due_words(window.late_until)),
        )
    if timing is Timing.CLOSED:
        return (_("Đã hết hạn nhận bài"), _("hạn %(until)s", until=due_words(window.due_at)))
    return left_words(now, window.due_at, timezone), _("hạn %(until)s", until=due_words(window.due_at))


def received_words(moment: datetime) -> str:
    """20:52:07 ngày 17/12/2018: the second counts where a deadline is a second."""
    return _(
        "%(hour)s ngày %(day)s",
        hour=moment.astimezone(filters.ZONE).strftime("%H:%M:%S"),
        day=filters.day(moment),
    )


def as_code(text: str) -> Markup:
    return Markup('<span class="code">{}</span>').format(text)


def fingerprint(sha256: str) -> str:
    """In groups of four, as it can be read aloud."""
    return " ".join(sha256[place : place + 4] for place in range(0, len(sha256), 4))
