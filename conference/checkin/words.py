"""The words of the doors: what kinds of cases, ways of reading, verdicts and decisions are called on the screen."""

from __future__ import annotations

from conference.checkin.rules import CaseKind, Method, Outcome, Verdict
from conference.checkin.watch import Sign
from conference.web.words import lazy

KINDS = {
    CaseKind.TWO_SITES: lazy("Điểm danh ở hai nơi"),
    CaseKind.REVOKED: lazy("Thẻ đã thu hồi, máy ngoại tuyến cho vào"),
    CaseKind.NOT_SUMMONED: lazy("Không còn trong danh sách, máy ngoại tuyến cho vào"),
    CaseKind.SUBSTITUTED: lazy("Đã cử người dự thay, máy ngoại tuyến cho vào"),
    CaseKind.OTHER_SESSION: lazy("Không được triệu tập buổi này, máy ngoại tuyến cho vào"),
    CaseKind.CLOSED: lazy("Vào sau khi đã khóa điểm danh"),
    CaseKind.OTHER_SITE: lazy("Người của điểm cầu khác, máy ngoại tuyến cho vào"),
    CaseKind.UNKNOWN: lazy("Thẻ không đọc được là của ai, máy ngoại tuyến cho vào"),
    CaseKind.CLOCK: lazy("Đồng hồ của máy sai ngày"),
    CaseKind.WALK_IN: lazy("Người ngoài danh sách trùng với người được gọi nơi khác"),
    CaseKind.MOVE: lazy("Chuyển hẳn tại cửa, cần Ban Tổ chức xem"),
    CaseKind.NO_SEAT: lazy("Khách được cho vào khi hội trường đã hết chỗ"),
    CaseKind.SPARE: lazy("Một thẻ dự phòng gắn cho hai người"),
}
METHODS = {
    Method.CAMERA: lazy("camera"),
    Method.WEDGE: lazy("máy quét cầm tay"),
    Method.TYPED: lazy("nhập mã"),
    Method.NAME: lazy("tìm theo tên"),
    Method.IMAGE: lazy("ảnh"),
    Method.PAPER: lazy("danh sách giấy"),
    Method.SELF: lazy("tự quét"),
    Method.ONLINE: lazy("trực tuyến"),
}
VERDICTS = {
    Verdict.ACCEPTED: lazy("Mời vào"),
    Verdict.LATE: lazy("Mời vào, đến muộn"),
    Verdict.ALREADY_IN: lazy("Đã điểm danh"),
    Verdict.OTHER_SITE: lazy("Điểm cầu khác"),
    Verdict.OTHER_SESSION: lazy("Không phải buổi này"),
    Verdict.NOT_SUMMONED: lazy("Không có trong danh sách"),
    Verdict.REVOKED: lazy("Thẻ đã thu hồi"),
    Verdict.SUBSTITUTED: lazy("Đã cử người dự thay"),
    Verdict.TOO_EARLY: lazy("Chưa đến giờ"),
    Verdict.CLOSED: lazy("Đã khóa điểm danh"),
    Verdict.SPARE: lazy("Thẻ dự phòng chưa gắn người"),
    Verdict.UNKNOWN: lazy("Không có trong danh sách"),
    Verdict.FORGED: lazy("Mã không hợp lệ"),
    Verdict.INVALID: lazy("Mã không hợp lệ"),
    Verdict.CONFLICT: lazy("Chờ Ban Tổ chức xem"),
}
SIGNS = {
    Sign.BY_HAND: lazy("Nhiều lượt ghi bằng tay"),
    Sign.TOO_FAST: lazy("Quét nhanh bất thường"),
    Sign.BURST_BY_HAND: lazy("Ghi tay dồn dập"),
    Sign.UNDONE: lazy("Hoàn tác nhiều"),
    Sign.CLOCK: lazy("Đồng hồ máy bị chỉnh khi đang quét"),
}
OUTCOMES = {
    Outcome.COUNTS: lazy("Vẫn tính có mặt"),
    Outcome.IGNORED: lazy("Không tính lượt quét này"),
    Outcome.PLACED: lazy("Tính có mặt tại %(site)s"),
    Outcome.MOVED: lazy("Chuyển hẳn về %(site)s"),
    Outcome.GIVEN: lazy("Là người trong danh sách"),
    Outcome.SEPARATED: lazy("Là người khác cùng tên, thêm vào ngoài danh sách"),
    Outcome.TAKEN_BACK: lazy("Rút lại quyết định"),
}
OUTCOMES_OF = {
    (CaseKind.OTHER_SITE, Outcome.COUNTS): lazy("Ghi nhận dự tại %(site)s"),
    (CaseKind.WALK_IN, Outcome.COUNTS): lazy("Đúng là người này, ghi nhận dự tại %(site)s"),
    (CaseKind.MOVE, Outcome.COUNTS): lazy("Đồng ý, vẫn dự tại %(site)s"),
    (CaseKind.MOVE, Outcome.MOVED): lazy("Trả về %(site)s, buổi này vẫn tính có mặt"),
    (CaseKind.UNKNOWN, Outcome.IGNORED): lazy("Vẫn chưa rõ là ai, không tính"),
    (CaseKind.CLOCK, Outcome.COUNTS): lazy("Chấp nhận giờ đã chỉnh, vẫn tính có mặt"),
    (CaseKind.SPARE, Outcome.COUNTS): lazy("Đúng, thẻ nay của người này"),
    (CaseKind.SPARE, Outcome.IGNORED): lazy("Gắn nhầm, không tính lượt này"),
    (CaseKind.CLOCK, Outcome.IGNORED): lazy("Không tính các lượt quét sai ngày"),
}
"""Where a decision is called by another name in one kind of case."""


def outcome_word(kind: CaseKind, outcome: Outcome, site: str) -> str:
    word = OUTCOMES_OF.get((kind, outcome), OUTCOMES[outcome])
    return str(word) % {"site": site} if "%(site)s" in str(word) else str(word)
