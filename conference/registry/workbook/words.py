"""The words of the workbook's preview."""

from __future__ import annotations

from collections.abc import Sequence

from conference.registry.workbook.content import HEADS
from conference.registry.workbook.rules import Kind, Rejected, Row, Sent, Why
from conference.web.words import _, lazy

MOST_NAMED = 20
KINDS = {
    Kind.UNIT: lazy("Đơn vị"),
    Kind.SITE: lazy("Điểm cầu"),
    Kind.BLOCK: lazy("Sơ đồ ghế"),
    Kind.PIN: lazy("Chỗ dành riêng"),
    Kind.GUEST: lazy("Đơn vị ghép"),
    Kind.QUOTA: lazy("Chỉ tiêu"),
    Kind.HALF: lazy("Buổi"),
    Kind.TOPIC: lazy("Chương trình"),
}
WHYS = {
    Why.NO_KEY: lazy("Thiếu mã. Ghi mã để biết dòng này là của ai."),
    Why.SAME_KEY: lazy("Mã này đã có ở dòng trên."),
    Why.UNKNOWN: lazy("Chương trình không có mục mang mã này. Mục mới thì để trống ô mã."),
    Why.UNKNOWN_SITE: lazy("Hội nghị không có điểm cầu mang mã này."),
    Why.UNKNOWN_UNIT: lazy("Không có đơn vị mang mã hay tên này."),
    Why.AMBIGUOUS_UNIT: lazy("Nhiều đơn vị mang tên này. Mời ghi mã đơn vị."),
    Why.UNKNOWN_HALF: lazy("Chương trình chưa có buổi này. Thêm buổi vào trang Buổi của tệp."),
    Why.NOT_YOURS: lazy("Đơn vị dùng chung cho mọi hội nghị. Người phụ trách toàn hệ thống mới sửa được."),
    Why.FIXED: lazy("Đơn vị đã có thì đổi cấp trên và loại ở trang đơn vị, để giữ lịch sử."),
    Why.CODE: lazy("Ghi mã bằng chữ và số, không có dấu cách, dài nhất 30 ký tự."),
    Why.OTHER_HALL: lazy("Tệp này đổi hội trường của điểm cầu. Đưa hội trường vào trước, rồi sửa sơ đồ."),
    Why.NO_HALL: lazy("Điểm cầu chưa có hội trường nên chưa có chỗ cho sơ đồ."),
    Why.NEEDED: lazy("Ô này không được để trống."),
    Why.NUMBER: lazy("Ghi số nguyên dương, không kèm chữ."),
    Why.LEVEL: lazy("Ghi một trong bốn cấp: Trung tâm, Cấp tỉnh, Cấp huyện, Cấp xã."),
    Why.UNIT_KIND: lazy("Ghi loại đơn vị như trong cột: Công đoàn ngành, Cấp huyện, Công đoàn cơ sở…"),
    Why.TOPIC_KIND: lazy("Ghi một trong năm loại: Đón tiếp, Khai mạc, Chuyên đề, Nghỉ, Bế mạc."),
    Why.DAY: lazy("Ghi ngày như 05/12/2018."),
    Why.DAY_OUTSIDE: lazy("Ngày này nằm ngoài hội nghị."),
    Why.PART: lazy("Ghi sáng, chiều hoặc tối."),
    Why.CLOSED: lazy("Buổi này đã kết thúc nên giờ không đổi nữa."),
    Why.BEGUN: lazy("Buổi này đã mở điểm danh nên không chuyển đợt nữa."),
    Why.NO_WAVE: lazy("Hội nghị chưa có đợt mang tên này. Thêm đợt ở trang Chia đợt trước; buổi chung thì để trống."),
    Why.PHONE: lazy("Ghi số điện thoại 10 số, như 0912 345 678."),
    Why.EMAIL: lazy("Ghi thư điện tử như ten@congdoan.vn."),
    Why.ADDRESS: lazy("Ghi đường dẫn như https://hop.vn/phong-12."),
    Why.HOUR: lazy("Ghi giờ như 08:15."),
    Why.HOURS: lazy("Giờ bắt đầu phải trước giờ kết thúc."),
    Why.TOO_LONG: lazy("Nội dung quá dài hoặc có ký tự lạ."),
    Why.BLOCK_NAME: lazy("Ghi tên khu bằng chữ in, như A hoặc B, không có số."),
    Why.HOST_IS_GUEST: lazy("Đơn vị này chủ trì điểm cầu nên không cần ghép."),
    Why.NO_PLACE: lazy("Sơ đồ không có chỗ này. Ghi dãy như A1 hoặc ghế như A1-5."),
    Why.PLACE_TAKEN: lazy("Chỗ này đã dành cho dòng khác."),
    Why.FOR_NOBODY: lazy("Ghi số thẻ của đại biểu, hoặc chỗ này dành cho ai."),
    Why.ONE_SEAT: lazy("Một đại biểu ngồi một ghế: ghi ghế như A1-5 thay cho cả dãy."),
    Why.NOT_CALLED: lazy("Không có đại biểu mang số thẻ này ở điểm cầu."),
    Why.SEATED_TWICE: lazy("Đại biểu này được dành hai chỗ."),
}


def field_word(name: str) -> str:
    """A column by its head: the workbook speaks Vietnamese whatever the reader's language."""
    return HEADS.get(name, name)


def key_word(row: Sent) -> str:
    """What a new row is known by; an item of the programme has no number yet."""
    return row.values["title"] if row.kind is Kind.TOPIC else row.key.strip("|").replace("|", " · ")


def rows_word(rows: Sequence[Row]) -> str:
    """The first of these by name and code; an ellipsis for the others."""
    named = [f"{KINDS[row.kind]} {row.key.replace('|', ' · ')}" for row in rows[:MOST_NAMED]]
    return "; ".join(named) + (" …" if len(rows) > MOST_NAMED else "")


def reason(rejected: Rejected) -> str:
    sentence = str(WHYS[rejected.why])
    if rejected.field:
        return _("Cột %(column)s: %(sentence)s", column=field_word(rejected.field), sentence=sentence)
    return sentence
