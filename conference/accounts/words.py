"""The words of accounts: roles, scopes, why a password is refused, what the journal says happened."""

from __future__ import annotations

from conference.accounts.rules import SHORTEST_PASSWORD, PasswordFault, Right
from conference.foundation.actor import ActorKind, Role, ScopeKind
from conference.web.words import _, lazy

ROLES = {
    Role.ADMIN: lazy("Quản trị hệ thống"),
    Role.ORGANIZER: lazy("Ban Tổ chức"),
    Role.LEADER: lazy("Lãnh đạo"),
    Role.UNIT_OFFICER: lazy("Phụ trách đơn vị"),
    Role.SITE_HOST: lazy("Phụ trách điểm cầu"),
    Role.SCANNER: lazy("Cán bộ điểm danh"),
    Role.GRADER: lazy("Người chấm"),
}
"""Roles that an account may be given; attendees and devices have no account."""

SCOPES = {
    ScopeKind.ALL: lazy("Toàn hệ thống"),
    ScopeKind.CONFERENCE: lazy("Một hội nghị"),
    ScopeKind.UNIT: lazy("Đơn vị và cấp dưới"),
    ScopeKind.SITE: lazy("Một điểm cầu"),
}

SCOPES_OF_ROLE = {
    Role.ADMIN: (ScopeKind.ALL,),
    Role.ORGANIZER: (ScopeKind.ALL, ScopeKind.CONFERENCE),
    Role.LEADER: (ScopeKind.ALL, ScopeKind.CONFERENCE),
    Role.UNIT_OFFICER: (ScopeKind.UNIT,),
    Role.SITE_HOST: (ScopeKind.SITE,),
    Role.SCANNER: (ScopeKind.SITE,),
    Role.GRADER: (ScopeKind.CONFERENCE,),
}

RIGHTS = {
    Right.CONFERENCES: lazy("Hội nghị, chương trình"),
    Right.SITES: lazy("Điểm cầu, hội trường"),
    Right.UNITS: lazy("Các đơn vị"),
    Right.ATTENDEES: lazy("Đại biểu: họ tên, chức vụ, đơn vị"),
    Right.CONTACTS: lazy("Điện thoại, thư điện tử, ngày sinh"),
    Right.TICKETS: lazy("Mã trên thẻ đại biểu"),
    Right.SCANS: lazy("Lượt quét và điểm danh"),
    Right.HEADCOUNTS: lazy("Quân số"),
    Right.REFLECTIONS: lazy("Tình hình nộp bài thu hoạch"),
    Right.MARKS: lazy("Điểm đã công bố"),
    Right.REPORTS: lazy("Biểu tổng hợp"),
}

ACTORS = {
    ActorKind.ACCOUNT: lazy("Tài khoản"),
    ActorKind.ATTENDEE: lazy("Đại biểu"),
    ActorKind.DEVICE: lazy("Thiết bị"),
    ActorKind.SERVICE: lazy("Phần mềm khác"),
    ActorKind.SYSTEM: lazy("Hệ thống"),
    ActorKind.NOBODY: lazy("Chưa đăng nhập"),
}

ACTIONS = {
    "person.export": lazy("Lấy dữ liệu cá nhân"),
    "person.erase": lazy("Xóa dữ liệu cá nhân"),
    "erasure.ask": lazy("Yêu cầu xóa dữ liệu"),
    "erasure.take_back": lazy("Rút yêu cầu xóa dữ liệu"),
    "erasure.refuse": lazy("Không xóa dữ liệu"),
    "account.create": lazy("Tạo tài khoản"),
    "account.grant": lazy("Giao quyền"),
    "account.revoke": lazy("Thu quyền"),
    "account.disable": lazy("Ngừng tài khoản"),
    "account.erase": lazy("Xóa tài khoản"),
    "account.enable": lazy("Mở lại tài khoản"),
    "account.renew_entry": lazy("Cấp lại lối vào"),
    "account.make_link": lazy("Tạo đường dẫn một lần"),
    "account.lock": lazy("Tài khoản nghỉ vì sai nhiều lần"),
    "account.enrol_second_factor": lazy("Cài mã xác thực"),
    "account.set_password": lazy("Đặt mật khẩu"),
    "account.sign_in": lazy("Đăng nhập"),
    "account.language": lazy("Chọn ngôn ngữ của thư"),
    "account.end_sessions": lazy("Kết thúc các phiên"),
    "service_token.make": lazy("Cấp mã truy cập cho phần mềm"),
    "service_token.revoke": lazy("Thu hồi mã truy cập"),
    "people.read_by_program": lazy("Phần mềm đọc dữ liệu đại biểu"),
    "unit.rename": lazy("Đổi tên đơn vị"),
    "conference.create": lazy("Tạo hội nghị"),
    "conference.change": lazy("Sửa kế hoạch"),
    "conference.publish": lazy("Công bố hội nghị"),
    "conference.call_off": lazy("Hủy hội nghị"),
    "conference.hold_after_all": lazy("Khôi phục hội nghị"),
    "topic.add_document": lazy("Thêm tài liệu"),
    "topic.remove_document": lazy("Bỏ tài liệu"),
    "conference.join_sites": lazy("Thêm điểm cầu"),
    "conference.leave_site": lazy("Đưa điểm cầu ra"),
    "study_session.add": lazy("Thêm buổi"),
    "study_session.change": lazy("Sửa buổi"),
    "study_session.remove": lazy("Bỏ buổi"),
    "topic.add": lazy("Thêm mục"),
    "topic.change": lazy("Sửa mục"),
    "topic.remove": lazy("Bỏ mục"),
    "device.enrol": lazy("Ghi máy điểm danh"),
    "device.revoke": lazy("Thu hồi máy điểm danh"),
    "enrolment_link.make": lazy("Cấp mã ghi máy"),
    "enrolment_link.revoke": lazy("Thu hồi mã ghi máy"),
    "enrolment_link.export": lazy("Tải tờ mã ghi máy"),
    "site.create": lazy("Tạo điểm cầu"),
    "conference_site.equip": lazy("Sửa hội trường, phụ trách"),
    "reflection.exempt": lazy("Miễn viết thu hoạch"),
    "reflection.end_exemption": lazy("Bỏ miễn viết"),
    "reflection.admit": lazy("Mở bài sau học bù"),
    "reflection.end_admission": lazy("Bỏ mở bài"),
    "reflection.extend": lazy("Gia hạn nộp bài"),
    "reflection.revoke_extension": lazy("Thôi gia hạn nộp bài"),
    "reflection.return": lazy("Trả lại bài để viết lại"),
    "reflection.end_return": lazy("Thu lại việc trả bài"),
    "make_up.confirm": lazy("Ghi người học bù"),
    "make_up.take_back": lazy("Bỏ ghi học bù"),
    "quiz.grant": lazy("Cho làm trắc nghiệm riêng"),
    "quiz.revoke_grant": lazy("Thu lại lần làm bài riêng"),
    "copying.rule": lazy("Quyết định về trùng lặp"),
    "copying.undo": lazy("Rút quyết định về trùng lặp"),
    "conference_site.seat_guests": lazy("Ghép đơn vị"),
    "conference_site.send_guests_away": lazy("Bỏ đơn vị ghép"),
}
"""What the administrator reads often; an action without words is shown by its code."""


def password_sentence(fault: PasswordFault) -> str:
    if fault is PasswordFault.TOO_SHORT:
        return _("Mật khẩu cần từ %(count)s ký tự. Một câu dễ nhớ là tốt nhất.", count=SHORTEST_PASSWORD)
    if fault is PasswordFault.TOO_LONG:
        return _("Mật khẩu dài quá 256 ký tự.")
    if fault is PasswordFault.LIKE_LOGIN:
        return _("Mật khẩu giống tên của đồng chí, người khác đoán được. Mời chọn câu khác.")
    if fault is PasswordFault.MONOTONOUS:
        return _("Mật khẩu lặp lại hoặc theo dãy, người khác đoán được. Mời chọn câu khác.")
    return _("Mật khẩu này nhiều người dùng, dễ bị đoán. Mời chọn câu khác.")
