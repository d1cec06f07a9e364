"""What a rejected row is told: why it can't be used, and how to mend it."""

from __future__ import annotations

from flask_babel import LazyString

from conference.registry.lists.rejects import Reject, Why
from conference.web.words import lazy

_WHY: dict[Why, LazyString] = {
    Why.NO_NAME: lazy("Thiếu họ và tên. Ghi tên rồi gửi lại dòng này."),
    Why.NO_CODE: lazy("Thiếu mã. Ghi mã rồi gửi lại dòng này."),
    Why.SAME_CODE: lazy("Mã này đã có ở một dòng khác trong cùng danh sách."),
    Why.NO_SITE: lazy("Thiếu điểm cầu. Ghi mã hoặc tên điểm cầu."),
    Why.UNKNOWN_SITE: lazy("Không có điểm cầu này trong danh sách điểm cầu."),
    Why.AMBIGUOUS_SITE: lazy("Tên này chỉ nhiều điểm cầu. Ghi thêm tỉnh hoặc ghi mã."),
    Why.UNKNOWN_UNIT: lazy("Không có đơn vị này trong danh mục, và không rõ đơn vị gửi."),
    Why.AMBIGUOUS_UNIT: lazy("Nhiều đơn vị cùng tên này. Ghi thêm tên tỉnh sau dấu phẩy."),
    Why.UNKNOWN_HOST: lazy("Không có đơn vị chủ trì này trong danh mục đơn vị."),
    Why.BAD_TIME: lazy("Giờ bắt đầu hoặc kết thúc không đọc được. Ghi giờ như 08:15."),
}
_NEAREST = lazy("Gần nhất: %(name)s.")


def reason_of(why: str, nearest: str) -> str:
    """The sentence for a rejected row."""
    sentence = str(_WHY[Why(why)])
    return f"{sentence} {str(_NEAREST) % {'name': nearest}}" if nearest else sentence


def reason_of_reject(reject: Reject) -> str:
    return reason_of(reject.why.value, reject.nearest)
