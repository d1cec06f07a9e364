"""The words of planning: what kinds, states and faults are called on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from conference.planning.models import Conference, ConferenceKind, ConferenceState, DayPart, Mode, TopicKind
from conference.planning.modules import Module
from conference.planning.rules import Fault, FaultKind
from conference.web import filters
from conference.web.words import lazy

KINDS = {
    ConferenceKind.STUDY: lazy("Học tập, quán triệt nghị quyết"),
    ConferenceKind.HALL: lazy("Hội nghị một điểm"),
    ConferenceKind.DIALOGUE: lazy("Đối thoại"),
    ConferenceKind.STAFF: lazy("Hội nghị cán bộ, công chức, người lao động"),
    ConferenceKind.WORKSHOP: lazy("Hội thảo"),
    ConferenceKind.COMMITTEE: lazy("Hội nghị Ban Chấp hành"),
    ConferenceKind.COURSE: lazy("Tập huấn, bồi dưỡng"),
}
MODES = {
    Mode.IN_PERSON: lazy("Trực tiếp"),
    Mode.ONLINE: lazy("Trực tuyến"),
    Mode.MIXED: lazy("Kết hợp"),
}
STATES = {
    ConferenceState.DRAFT: lazy("Bản nháp"),
    ConferenceState.PUBLISHED: lazy("Đã công bố"),
    ConferenceState.CLOSED: lazy("Đã kết thúc"),
    ConferenceState.CALLED_OFF: lazy("Đã hủy hội nghị"),
}
PARTS = {
    DayPart.MORNING: lazy("Buổi sáng"),
    DayPart.AFTERNOON: lazy("Buổi chiều"),
    DayPart.EVENING: lazy("Buổi tối"),
}
TOPIC_KINDS = {
    TopicKind.RECEPTION: lazy("Đón tiếp, điểm danh"),
    TopicKind.OPENING: lazy("Khai mạc"),
    TopicKind.TOPIC: lazy("Chuyên đề"),
    TopicKind.BREAK: lazy("Nghỉ"),
    TopicKind.CLOSING: lazy("Bế mạc"),
}
MODULES = {
    Module.NAMING: (lazy("Đăng ký"), lazy("Đơn vị cử đại biểu theo chỉ tiêu, Ban Tổ chức duyệt.")),
    Module.CHECKIN: (lazy("Điểm danh"), lazy("Thẻ, máy ở cửa, số có mặt từng điểm cầu, phòng điều hành.")),
    Module.SEATS: (lazy("Sơ đồ chỗ ngồi"), lazy("Khu, dãy, ghế của từng người trong hội trường.")),
    Module.ONLINE: (lazy("Dự trực tuyến"), lazy("Người được phép dự từ xa được ghi có mặt.")),
    Module.MAKE_UP: (lazy("Học bù"), lazy("Người vắng học lại theo bản ghi hoặc buổi riêng.")),
    Module.REFLECTIONS: (lazy("Thu hoạch"), lazy("Đại biểu viết và nộp bài trên trang của mình.")),
    Module.GRADING: (lazy("Chấm điểm"), lazy("Chấm bài không biết tên, xếp loại, công bố điểm.")),
}
"""What a module is called, and what it brings."""


SENTENCES = {
    FaultKind.NO_SESSION: (
        lazy("Chưa có buổi nào"),
        lazy("Hội nghị cần ít nhất một buổi có giờ bắt đầu và kết thúc."),
        "",
        lazy("Thêm buổi"),
    ),
    FaultKind.NO_TOPIC: (
        lazy("Buổi chưa có nội dung"),
        lazy("Đại biểu sẽ nhận chương trình trống."),
        lazy("Chưa có nội dung"),
        lazy("Thêm mục"),
    ),
    FaultKind.OVERLAP: (
        lazy("Hai mục trùng giờ"),
        lazy("“%(title)s” bắt đầu khi “%(other)s” chưa xong, đến %(until)s mới hết."),
        lazy("Trùng giờ với mục trước, đến %(until)s"),
        lazy("Dời mục này"),
    ),
    FaultKind.OUTSIDE_SESSION: (
        lazy("Mục nằm ngoài giờ của buổi"),
        lazy("“%(title)s” phải nằm từ %(opens)s đến %(ends)s."),
        lazy("Ngoài giờ của buổi, %(opens)s đến %(ends)s"),
        lazy("Sửa giờ mục này"),
    ),
    FaultKind.PRESENTER_TWICE: (
        lazy("Báo cáo viên ở hai buổi cùng lúc"),
        lazy("%(presenter)s đang báo cáo “%(other)s” trong giờ của “%(title)s”."),
        lazy("Báo cáo viên đang ở buổi khác"),
        lazy("Dời mục này"),
    ),
    FaultKind.PRESENTER_ELSEWHERE: (
        lazy("Báo cáo viên ở hai nơi"),
        lazy("%(presenter)s dự “%(conference)s” đến %(until)s, trùng giờ “%(title)s”."),
        lazy("Báo cáo viên đang ở hội nghị khác đến %(until)s"),
        lazy("Dời mục này"),
    ),
    FaultKind.PRESENTER_HURRIES: (
        lazy("Báo cáo viên khó kịp đi"),
        lazy("%(presenter)s chỉ có %(minutes)s phút giữa “%(title)s” và “%(conference)s”."),
        lazy("Báo cáo viên chỉ có %(minutes)s phút để đi từ hội nghị khác"),
        lazy("Dời mục này"),
    ),
    FaultKind.NO_PRESENTER: (
        lazy("Chuyên đề chưa có báo cáo viên"),
        lazy("“%(title)s” chưa ghi ai trình bày."),
        lazy("Chưa có báo cáo viên"),
        lazy("Chọn báo cáo viên"),
    ),
    FaultKind.SESSION_TOO_LONG: (
        lazy("Buổi dài hơn %(hours)s giờ"),
        lazy("Đại biểu ngồi quá lâu, nên tách thành hai buổi."),
        lazy("Dài hơn %(hours)s giờ"),
        lazy("Sửa giờ của buổi"),
    ),
    FaultKind.SESSIONS_OVERLAP: (
        lazy("Hai buổi trùng giờ"),
        lazy("Buổi này bắt đầu khi buổi trước chưa xong."),
        lazy("Trùng giờ với buổi khác"),
        lazy("Sửa giờ của buổi"),
    ),
    FaultKind.OUTSIDE_CONFERENCE: (
        lazy("Buổi nằm ngoài ngày của hội nghị"),
        lazy("Buổi ngày %(day)s không nằm trong các ngày của hội nghị."),
        lazy("Ngoài ngày của hội nghị"),
        lazy("Sửa ngày của buổi"),
    ),
    FaultKind.STARTS_UNLIKE_TOPICS: (
        lazy("Buổi bắt đầu sớm hơn nội dung"),
        lazy("Mục đầu tiên bắt đầu lúc %(first)s; giờ đến muộn vẫn tính từ giờ bắt đầu của buổi."),
        lazy("Mục đầu tiên lúc %(first)s"),
        lazy("Sửa giờ của buổi"),
    ),
}
"""Of a fault: title, evidence, the short form inside the item, and the step that mends it."""


@dataclass(frozen=True)
class FaultLine:
    """A fault as a person reads it: what is wrong, the evidence, and the step that mends it."""

    blocks: bool
    title: str
    detail: str = ""
    at_item: str = ""
    step: str = ""
    endpoint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    topic_id: int | None = None
    study_session_id: int | None = None


NOT_VISIBLE = lazy("hội nghị của ban tổ chức khác")
"""For who may not know of a conference that takes what this one wants."""


def line_of(fault: Fault, conference: Conference) -> FaultLine:
    """The words of a fault in the programme of this conference."""
    facts = {name: _fact(value) for name, value in fault.facts.items()}
    if facts.get("conference") == "":
        facts["conference"] = NOT_VISIBLE
    title, detail, at_item, step = (str(sentence) % facts for sentence in SENTENCES[fault.kind])
    endpoint: str
    values: dict[str, Any]
    if fault.topic_id is not None:
        endpoint, values = "planning.edit_topic", {"topic_id": fault.topic_id}
    elif fault.kind is FaultKind.NO_TOPIC:
        endpoint, values = "planning.new_topic", {"study_session": fault.study_session_id}
    elif fault.study_session_id is not None:
        endpoint, values = "planning.edit_study_session", {"study_session_id": fault.study_session_id}
    else:
        endpoint, values = "planning.new_study_session", {}
    return FaultLine(
        blocks=fault.blocks,
        title=title,
        detail=detail,
        at_item=at_item,
        step=step,
        endpoint=endpoint,
        values={"code": conference.code, **values},
        topic_id=fault.topic_id,
        study_session_id=fault.study_session_id,
    )


def _fact(value: object) -> object:
    if isinstance(value, datetime):
        return filters.clock(value)
    return filters.day(value) if isinstance(value, date) else value
