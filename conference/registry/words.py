"""The words of the registry: what roles, reasons and requests are called on the screen."""

from __future__ import annotations

from conference.directory.models import Sex
from conference.registry.models import AttendeeRole, LeaveState, SubstituteState
from conference.registry.rules import TicketReason, WithdrawReason
from conference.web.words import lazy

ROLES = {
    AttendeeRole.OFFICIAL: lazy("Chính thức"),
    AttendeeRole.GUEST: lazy("Khách mời"),
    AttendeeRole.OBSERVER: lazy("Dự thính"),
    AttendeeRole.SERVICE: lazy("Phục vụ"),
}
SEXES = {Sex.MALE: lazy("Nam"), Sex.FEMALE: lazy("Nữ")}
LEAVES = {
    LeaveState.REQUESTED: lazy("Chờ quyết định"),
    LeaveState.APPROVED: lazy("Được phép vắng"),
    LeaveState.REFUSED: lazy("Không đồng ý"),
}
LEAVE_SHAPES = {
    LeaveState.REQUESTED: "needs_decision",
    LeaveState.APPROVED: "excused",
    LeaveState.REFUSED: "refused",
}
SUBSTITUTES = {
    SubstituteState.REQUESTED: lazy("Chờ Ban Tổ chức duyệt"),
    SubstituteState.APPROVED: lazy("Được cử dự thay"),
    SubstituteState.REFUSED: lazy("Không đồng ý"),
    SubstituteState.WITHDRAWN: lazy("Đã rút lại"),
}
SUBSTITUTE_SHAPES = {
    SubstituteState.REQUESTED: "needs_decision",
    SubstituteState.APPROVED: "substituted",
    SubstituteState.REFUSED: "refused",
    SubstituteState.WITHDRAWN: "inactive",
}
TICKET_REASONS = {
    TicketReason.LOST: lazy("Thẻ bị mất hoặc hỏng"),
    TicketReason.HANDED_OVER: lazy("Thẻ đã trao cho người khác"),
    TicketReason.ABUSED: lazy("Nghi có người dùng sai thẻ"),
}
WITHDRAW_REASONS = {
    WithdrawReason.MISTAKE: lazy("Lập danh sách nhầm"),
    WithdrawReason.LEFT_OFFICE: lazy("Thôi giữ chức vụ, chuyển công tác"),
    WithdrawReason.REPLACED: lazy("Đơn vị cử người khác"),
    WithdrawReason.OTHER: lazy("Lý do khác"),
}
CALLED = (
    ("asked_leave", lazy("Xin vắng, chờ quyết định")),
    ("walk_in", lazy("Ngoài danh sách")),
    ("substitute", lazy("Dự thay")),
    ("asked_substitute", lazy("Cử người dự thay, chờ duyệt")),
    ("moved", lazy("Chuyển hẳn tại cửa")),
    ("withdrawn", lazy("Đã rút khỏi danh sách")),
)
