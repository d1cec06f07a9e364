"""The words of naming: what states, kinds, problems and changes are called on the screen."""

from __future__ import annotations

from conference.registry.naming.pasted import BadRow, Problem
from conference.registry.naming.rules import Approver, ListChangeKind, NominationKind, NominationState
from conference.registry.rules import WithdrawReason
from conference.registry.words import WITHDRAW_REASONS
from conference.web.words import _, lazy

APPROVERS = {
    Approver.NOBODY: lazy("Không cần duyệt: cử là được triệu tập"),
    Approver.UPPER_UNIT: lazy("Đơn vị cấp trên hoặc Ban Tổ chức duyệt"),
    Approver.ORGANIZER: lazy("Ban Tổ chức duyệt"),
}
KINDS = {
    NominationKind.ADD: lazy("Cử thêm"),
    NominationKind.WITHDRAW: lazy("Rút ra"),
    NominationKind.REPLACE: lazy("Thay người"),
}
STATES = {
    NominationState.PROPOSED: lazy("Chờ duyệt"),
    NominationState.APPROVED: lazy("Đã duyệt"),
    NominationState.RETURNED: lazy("Trả lại"),
    NominationState.TAKEN_BACK: lazy("Đã rút đề nghị"),
}
SHAPES = {
    NominationState.PROPOSED: "needs_decision",
    NominationState.APPROVED: "saved",
    NominationState.RETURNED: "check",
    NominationState.TAKEN_BACK: "inactive",
}
CHANGES = {
    ListChangeKind.ADDED: lazy("Thêm người"),
    ListChangeKind.WITHDRAWN: lazy("Rút người"),
    ListChangeKind.CALLED_AGAIN: lazy("Đưa lại"),
    ListChangeKind.IMPORTED: lazy("Nhập danh sách"),
    ListChangeKind.IMPORT_TAKEN_BACK: lazy("Rút lại lần nhập"),
    ListChangeKind.MERGED: lazy("Gộp trùng"),
    ListChangeKind.UNMERGED: lazy("Bỏ gộp"),
}
_PROBLEMS = {
    Problem.NO_NAME: lazy("Chưa có họ tên."),
    Problem.SHORT_NAME: lazy("Họ tên chưa đủ, mời ghi cả họ và tên."),
    Problem.UNKNOWN_SITE: lazy("Điểm cầu “%(subject)s” không có trong các điểm cầu của đơn vị."),
    Problem.NO_SITE: lazy("Chưa rõ dự ở điểm cầu nào, mời ghi cột Điểm cầu."),
    Problem.UNKNOWN_UNIT: lazy("Đơn vị “%(subject)s” không thuộc phạm vi của đồng chí."),
    Problem.BAD_PHONE: lazy("Số điện thoại “%(subject)s” không đủ 10 chữ số."),
    Problem.REPEATED: lazy("Trùng với một dòng ở trên."),
    Problem.CALLED: lazy("Đã có trong danh sách triệu tập."),
    Problem.NAMED: lazy("Đã được đề nghị, đang chờ duyệt."),
}


def problem_of(bad: BadRow) -> str:
    """What is wrong with a row, and what may have been meant."""
    said = str(_PROBLEMS[bad.problem]) % {"subject": bad.subject}
    return said + " " + _("Có phải “%(name)s”?", name=bad.nearest) if bad.nearest else said


def reason_word(kind: ListChangeKind, reason: str) -> str:
    """Why a list changed: what a person wrote, the word of a chosen reason, or which import."""
    if kind in (ListChangeKind.IMPORTED, ListChangeKind.IMPORT_TAKEN_BACK):
        return _("Lần nhập số %(number)s", number=reason)
    if reason in list(WithdrawReason):
        return str(WITHDRAW_REASONS[WithdrawReason(reason)])
    return reason
