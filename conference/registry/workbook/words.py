"""The words of the workbook's preview."""

from __future__ import annotations

from conference.registry.workbook.content import HEADS
from conference.registry.workbook.rules import Kind, Rejected, Why
from conference.web.words import _, lazy

KINDS = {
    Kind.UNIT: lazy("Đơn vị"),
    Kind.SITE: lazy("Điểm cầu"),
    Kind.BLOCK: lazy("Sơ đồ ghế"),
    Kind.GUEST: lazy("Đơn vị ghép"),
    Kind.TOPIC: lazy("Chương trình"),
}
WHYS = {
    Why.NO_KEY: lazy("Thiếu mã. Ghi mã để biết dòng này là của ai."),
    Why.SAME_KEY: lazy("Mã này đã có ở dòng trên."),
    Why.UNKNOWN: lazy("Mã này chưa có. Đơn vị mới và mục chương trình mới thì thêm ở trang của chúng."),
    Why.UNKNOWN_SITE: lazy("Hội nghị không có điểm cầu mang mã này."),
    Why.UNKNOWN_UNIT: lazy("Không có đơn vị mang mã này."),
    Why.NO_HALL: lazy("Điểm cầu chưa có hội trường nên chưa có chỗ cho sơ đồ."),
    Why.NEEDED: lazy("Ô này không được để trống."),
    Why.NUMBER: lazy("Ghi số nguyên dương, không kèm chữ."),
    Why.LEVEL: lazy("Ghi một trong bốn cấp: Trung tâm, Cấp tỉnh, Cấp huyện, Cấp xã."),
    Why.PHONE: lazy("Ghi số điện thoại 10 số, như 0912 345 678."),
    Why.EMAIL: lazy("Ghi thư điện tử như ten@congdoan.vn."),
    Why.ADDRESS: lazy("Ghi đường dẫn như https://hop.vn/phong-12."),
    Why.HOUR: lazy("Ghi giờ như 08:15."),
    Why.HOURS: lazy("Giờ bắt đầu phải trước giờ kết thúc."),
    Why.TOO_LONG: lazy("Nội dung quá dài hoặc có ký tự lạ."),
    Why.BLOCK_NAME: lazy("Ghi tên khu bằng chữ in, như A hoặc B, không có số."),
    Why.HOST_IS_GUEST: lazy("Đơn vị này chủ trì điểm cầu nên không cần ghép."),
}


def field_word(name: str) -> str:
    """A column by its head: the workbook speaks Vietnamese whatever the reader's language."""
    return HEADS.get(name, name)


def reason(rejected: Rejected) -> str:
    sentence = str(WHYS[rejected.why])
    if rejected.field:
        return _("Cột %(column)s: %(sentence)s", column=field_word(rejected.field), sentence=sentence)
    return sentence
