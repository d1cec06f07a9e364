"""The words of the ladder: rungs, owners, what shows a rung, and how it is climbed."""

from __future__ import annotations

from conference.sites.ladder.queries import Climbed, RungLine
from conference.sites.ladder.rules import CheckState, Owner, Rung, Standing
from conference.web import filters
from conference.web.words import _, lazy

RUNGS = {
    Rung.HALL: lazy("Có hội trường"),
    Rung.HOST: lazy("Có phụ trách"),
    Rung.DEVICES: lazy("Ghi máy điểm danh"),
    Rung.LINE: lazy("Thử đường truyền"),
    Rung.REHEARSAL: lazy("Quét thử"),
    Rung.DOORS: lazy("Mở cửa đón"),
    Rung.QUORUM: lazy("Đủ người dự"),
}
OWNERS = {
    Owner.ORGANIZER: lazy("Ban Tổ chức"),
    Owner.UNIT: lazy("Đơn vị chủ trì"),
    Owner.HOST: lazy("Phụ trách điểm cầu"),
    Owner.TECHNICIAN: lazy("Cán bộ kỹ thuật"),
}
HOW = {
    Rung.HALL: lazy("Ban Tổ chức chọn hội trường và ghi số ghế."),
    Rung.HOST: lazy("Ghi họ tên và số điện thoại của người phụ trách."),
    Rung.DEVICES: lazy("Mở mã ghi máy, rồi quét mã ấy bằng điện thoại sẽ dùng ở cửa."),
    Rung.LINE: lazy("Đứng ở hội trường, dùng đúng mạng sẽ dùng trong ngày, rồi bấm Thử đường truyền ở dưới."),
    Rung.REHEARSAL: lazy("Trên máy điểm danh, mở Kiểm tra máy và quét mã thử cho đến khi mọi bậc đều đạt."),
    Rung.DOORS: lazy("Đến giờ, mở trang điểm danh trên máy và quét đại biểu đầu tiên."),
    Rung.QUORUM: lazy("Đón đại biểu; đủ tỷ lệ thì bậc này tự đạt."),
}
STANDINGS = {
    Standing.DONE: ("done", lazy("Đã đạt")),
    Standing.OVERDUE: ("check", lazy("Quá hạn")),
    Standing.OPEN: ("todo", lazy("Chưa đạt")),
}
CHECK_STATES = {CheckState.GOOD: lazy("Tốt"), CheckState.FAULT: lazy("Có lỗi")}
USUAL_ITEMS = (
    ("picture", lazy("Hình: thấy rõ điểm cầu trung tâm, trung tâm thấy rõ hội trường")),
    ("sound", lazy("Tiếng: loa đều khắp hội trường, không vọng, không rè")),
    ("microphone", lazy("Micro phát biểu: trung tâm nghe rõ, biết cách tắt mở")),
    ("network", lazy("Mạng chính: cắm dây, không dùng chung với việc khác")),
    ("spare_network", lazy("Mạng dự phòng: có sẵn và đã thử chuyển sang")),
    ("power", lazy("Điện: ổ cắm đủ, không quá tải")),
    ("spare_power", lazy("Điện dự phòng: máy phát hoặc bộ lưu điện đã thử")),
    ("screen", lazy("Màn chiếu: hàng ghế cuối đọc được chữ")),
    ("phones", lazy("Máy điểm danh: đã sạc đầy, có máy thay thế")),
    ("paper", lazy("Hồ sơ điểm cầu: đã in danh sách giấy phòng khi mất điện")),
)
"""The checklist of a conference that has not written its own."""


def evidence_of(climbed: Climbed, line: RungLine) -> str:
    """What shows this rung, in one line; empty when nothing does."""
    facts = climbed.facts
    if line.rung is Rung.DEVICES and facts["devices"]:
        return _("%(count)s máy đã ghi.", count=filters.number(facts["devices"]))
    if line.rung is Rung.LINE and facts["median_ms"] is not None:
        return _(
            "Lần thử %(when)s: thường %(median)s ms, lâu nhất %(worst)s ms, mất %(lost)s lượt.",
            when=filters.moment(facts["tested_at"]),
            median=filters.number(facts["median_ms"]),
            worst=filters.number(facts["worst_ms"]),
            lost=filters.number(facts["lost"]),
        )
    if line.rung is Rung.REHEARSAL and facts["rehearsal_ends_at"] is not None:
        count = facts["rehearsed"] or 0
        return _("%(count)s máy đã quét thử trong buổi duyệt.", count=filters.number(count)) if count else ""
    if line.rung is Rung.REHEARSAL and facts["ready"]:
        return _("%(count)s máy đã quét thử xong.", count=filters.number(facts["ready"]))
    if line.rung is Rung.QUORUM and facts["called"]:
        return _(
            "%(present)s có mặt trên %(called)s triệu tập.",
            present=filters.number(facts["present"]),
            called=filters.number(facts["called"]),
        )
    if line.rung in (Rung.DEVICES, Rung.LINE, Rung.REHEARSAL, Rung.DOORS) and facts["present"]:
        return _("Đã điểm danh %(present)s người.", present=filters.number(facts["present"]))
    return ""
