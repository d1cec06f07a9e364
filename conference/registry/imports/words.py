"""The words of the import: why a row can't be used and how to mend it, and what the screens call things."""

from __future__ import annotations

from flask_babel import LazyString

from conference.foundation.legacy_text import Encoding
from conference.foundation.text import format_phone
from conference.registry.imports.rules import BatchState, FindingKind, Value
from conference.registry.lists.columns import VOCABULARIES, Column, ListKind
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


# ---- what the screens say

OLD_ENCODINGS = ("tcvn3", "vni", "windows-1258")
TABS = tuple(kind.value for kind in FindingKind)
FIGURE_OF: dict[str, str] = {
    FindingKind.CONFLICT: "conflicts",
    FindingKind.REPEATED: "repeated",
    FindingKind.CHANGED: "changed",
    FindingKind.KEPT: "kept",
    FindingKind.MISSING: "missing",
    FindingKind.NEW: "new",
    "rejected": "rejected",
}
TAB_WORDS: dict[str, LazyString] = {
    FindingKind.CONFLICT: lazy("Cần xem"),
    FindingKind.REPEATED: lazy("Trùng"),
    "rejected": lazy("Dòng lỗi"),
    FindingKind.CHANGED: lazy("Thay đổi"),
    FindingKind.KEPT: lazy("Giữ bản đã sửa"),
    FindingKind.MISSING: lazy("Không còn trong danh sách"),
    FindingKind.NEW: lazy("Người mới"),
}
STATE_WORDS: dict[BatchState, LazyString] = {
    BatchState.READING: lazy("Đang đọc"),
    BatchState.READY: lazy("Chờ quyết định"),
    BatchState.APPLYING: lazy("Đang nhập"),
    BatchState.APPLIED: lazy("Đã nhập"),
    BatchState.TAKEN_BACK: lazy("Đã rút lại"),
    BatchState.DISCARDED: lazy("Đã bỏ"),
    BatchState.FAILED: lazy("Không đọc được"),
}
KIND_WORDS: dict[str, LazyString] = {
    ListKind.DELEGATES: lazy("Đại biểu"),
    ListKind.SITES: lazy("Điểm cầu"),
    ListKind.UNITS: lazy("Các đơn vị"),
    ListKind.PROGRAMME: lazy("Chương trình"),
}
FIELD_WORDS: dict[str, LazyString] = {
    "name": lazy("Họ và tên"),
    "birth": lazy("Ngày sinh"),
    "sex": lazy("Giới tính"),
    "position": lazy("Chức vụ"),
    "unit": lazy("Đơn vị"),
    "site": lazy("Điểm cầu"),
    "phone": lazy("Số điện thoại"),
    "email": lazy("Thư điện tử"),
    "categories": lazy("Thành phần"),
    "online": lazy("Được theo dõi trực tuyến"),
    "wave": lazy("Đợt"),
}
_COLUMN_WORDS: dict[Column, LazyString] = {
    Column.NUMBER: lazy("Số thứ tự"),
    Column.CODE: lazy("Mã"),
    Column.NAME: lazy("Tên"),
    Column.LEVEL: lazy("Cấp"),
    Column.NOTE: lazy("Ghi chú"),
    Column.IGNORED: lazy("không dùng"),
    Column.PARENT: lazy("Đơn vị cấp trên"),
    Column.PROVINCE: lazy("Tỉnh, thành phố"),
    Column.HOST_UNIT: lazy("Đơn vị chủ trì"),
    Column.ADDRESS: lazy("Địa điểm"),
    Column.CAPACITY: lazy("Sức chứa"),
    Column.MANAGER: lazy("Phụ trách"),
    Column.DAY: lazy("Ngày"),
    Column.PART: lazy("Buổi"),
    Column.TIME: lazy("Thời gian"),
    Column.STARTS: lazy("Bắt đầu"),
    Column.ENDS: lazy("Giờ kết thúc"),
    Column.TITLE: lazy("Nội dung"),
    Column.PRESENTER: lazy("Báo cáo viên"),
    Column.FULL_NAME: lazy("Họ và tên"),
    Column.FAMILY_NAME: lazy("Họ và tên đệm"),
    Column.GIVEN_NAME: lazy("Tên riêng"),
    Column.BIRTH: lazy("Ngày sinh"),
    Column.BIRTH_MALE: lazy("Năm sinh (nam)"),
    Column.BIRTH_FEMALE: lazy("Năm sinh (nữ)"),
    Column.SEX: lazy("Giới tính"),
    Column.MALE: lazy("Đánh dấu nam"),
    Column.FEMALE: lazy("Đánh dấu nữ"),
    Column.POSITION: lazy("Chức vụ"),
    Column.UNIT: lazy("Đơn vị"),
    Column.CATEGORY: lazy("Thành phần"),
    Column.SITE: lazy("Điểm cầu"),
    Column.PHONE: lazy("Số điện thoại"),
    Column.EMAIL: lazy("Thư điện tử"),
    Column.ONLINE: lazy("Được theo dõi trực tuyến"),
    Column.WAVE: lazy("Đợt"),
    Column.MARK: lazy("Dấu đối chiếu của tệp đã xuất"),
}
_ENCODINGS: dict[str, LazyString] = {
    Encoding.UNICODE: lazy("Unicode"),
    Encoding.UTF_8: lazy("Unicode (UTF-8)"),
    Encoding.UTF_16: lazy("Unicode (UTF-16)"),
    Encoding.WINDOWS_1258: lazy("Windows-1258"),
    Encoding.TCVN3: lazy("TCVN3 (.VnTime)"),
    Encoding.VNI: lazy("VNI (VNI-Times)"),
}
_SEXES = {"male": lazy("Nam"), "female": lazy("Nữ")}
_ANSWERS = {"yes": lazy("có"), "no": lazy("không")}


def column_word(column: str) -> LazyString:
    return _COLUMN_WORDS[Column(column)]


def encoding_word(encoding: str) -> LazyString:
    return _ENCODINGS[encoding]


def encodings() -> list[tuple[str, LazyString]]:
    return list(_ENCODINGS.items())


def columns_of(kind: ListKind) -> list[tuple[str, LazyString]]:
    """The columns that a list of this kind may have, in the order in which they are offered."""
    offered = set(VOCABULARIES[kind].values())
    if kind is ListKind.DELEGATES:
        offered |= {Column.BIRTH_MALE, Column.BIRTH_FEMALE}
    return [(column.value, word) for column, word in _COLUMN_WORDS.items() if column in offered]


def all_columns() -> list[tuple[str, LazyString]]:
    return [(column.value, word) for column, word in _COLUMN_WORDS.items()]


def field_value(field: str, value: Value) -> str:
    """A compared value as people read it: a date as written in lists, a phone as it is read aloud."""
    if isinstance(value, list):
        return "; ".join(value)
    text = "" if value is None else str(value)
    if field == "sex":
        return str(_SEXES.get(text, text))
    if field == "online":
        return str(_ANSWERS.get(text, text))
    if field == "birth" and len(text) == 10:
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    if field == "phone":
        return format_phone(text)
    return text
