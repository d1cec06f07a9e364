"""The words of this area: what kinds of letters and their states are called on the screen."""

from __future__ import annotations

import re

from conference.notices.models import MailKind, MailState
from conference.notices.papers import PaperKind
from conference.notices.reminding import ReminderKind
from conference.notices.wording import Purpose
from conference.web.words import _, lazy

KINDS = {
    MailKind.SUMMONS: lazy("Giấy triệu tập"),
    MailKind.CHANGE: lazy("Báo thay đổi"),
    MailKind.CANCELLATION: lazy("Thôi triệu tập"),
    MailKind.CALL_OFF: lazy("Hủy hội nghị"),
    MailKind.REMINDER: lazy("Nhắc nộp bài"),
    MailKind.OVERDUE: lazy("Nhắc bài quá hạn"),
    MailKind.DAY: lazy("Nhắc ngày họp"),
    MailKind.ANSWER: lazy("Nhắc trả lời"),
    MailKind.RECEIPT: lazy("Biên nhận bài"),
    MailKind.DIGEST: lazy("Việc còn thiếu của đơn vị"),
}
STATES = {
    MailState.HELD: lazy("Đang giữ lại"),
    MailState.QUEUED: lazy("Chờ gửi"),
    MailState.SENDING: lazy("Đang gửi"),
    MailState.SENT: lazy("Đã gửi"),
    MailState.FAILED: lazy("Không gửi được"),
    MailState.BOUNCED: lazy("Bị trả lại"),
    MailState.UNKNOWN: lazy("Chưa rõ đã gửi hay chưa"),
}
PURPOSES = {
    Purpose.SUMMONS: lazy("Giấy triệu tập"),
    Purpose.REPLACEMENT: lazy("Giấy triệu tập thay bản trước"),
    Purpose.CHANGE: lazy("Báo thay đổi"),
    Purpose.CANCELLATION: lazy("Thôi triệu tập"),
    Purpose.CALL_OFF: lazy("Hủy hội nghị"),
    Purpose.ANSWER: lazy("Nhắc trả lời"),
    Purpose.DAY: lazy("Nhắc ngày họp"),
    Purpose.REFLECTION: lazy("Nhắc nộp bài"),
    Purpose.OVERDUE: lazy("Nhắc bài quá hạn"),
    Purpose.DIGEST: lazy("Việc còn thiếu của đơn vị"),
}
PAPER_KINDS = {
    PaperKind.UNION: lazy("Của công đoàn (Quyết định 933/QĐ-TLĐ)"),
    PaperKind.PARTY: lazy("Của cơ quan đảng (Hướng dẫn 36-HD/VPTW)"),
}
REMINDERS = {
    ReminderKind.ANSWER: lazy("Người chưa trả lời có dự không"),
    ReminderKind.DAY: lazy("Ngày họp"),
    ReminderKind.REFLECTION: lazy("Bài thu hoạch sắp đến hạn"),
    ReminderKind.OVERDUE: lazy("Bài thu hoạch quá hạn"),
    ReminderKind.UNITS: lazy("Đơn vị còn thiếu gì, trước hội nghị"),
    ReminderKind.UNITS_DUE: lazy("Đơn vị còn thiếu gì, trước hạn nộp bài"),
}


def when_words(kind: ReminderKind, days: int) -> str:
    """3 ngày trước hạn nộp."""
    if kind is ReminderKind.OVERDUE:
        return _("%(days)s ngày sau hạn nộp", days=days) if days else _("đúng ngày hạn nộp")
    if kind in (ReminderKind.REFLECTION, ReminderKind.UNITS_DUE):
        return _("%(days)s ngày trước hạn nộp", days=days) if days else _("đúng ngày hạn nộp")
    return _("%(days)s ngày trước hội nghị", days=days) if days else _("đúng ngày hội nghị")


def reason_words(said: str) -> str:
    """Why a letter did not arrive and what to do, from the server's code (RFC 3463); its own words stand below."""
    found = re.search(r"[45]\.([0-9])\.[0-9]{1,3}", said)
    subject = found[1] if found else ""
    if subject == "1":
        return _("Không có hộp thư này. Hỏi đơn vị địa chỉ đúng, sửa rồi gửi lại.")
    if subject == "2":
        return _("Hộp thư đầy hoặc bị khóa. Báo người nhận dọn hộp thư, hoặc dùng địa chỉ khác.")
    if subject in ("3", "4"):
        return _("Máy chủ bên nhận có sự cố. Gửi lại sau, hoặc trao đường dẫn qua đơn vị.")
    if subject == "7":
        return _("Máy chủ bên nhận từ chối thư của ta. Báo người quản trị, và trao đường dẫn qua đơn vị.")
    return _("Thư không đến. Kiểm tra địa chỉ rồi gửi lại, hoặc trao đường dẫn qua đơn vị.")
