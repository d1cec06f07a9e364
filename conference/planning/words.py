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
from conference.web.words import _, lazy

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
    title, detail, at_item, step = _sentences(fault.kind, facts)
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


def _sentences(kind: FaultKind, facts: dict[str, object]) -> tuple[str, str, str, str]:
    """Title, evidence, the short form inside the item, and the step that mends it."""
    if kind is FaultKind.NO_SESSION:
        return (
            _("Chưa có buổi nào"),
            _("Hội nghị cần ít nhất một buổi có giờ bắt đầu và kết thúc."),
            "",
            _("Thêm buổi"),
        )
    if kind is FaultKind.NO_TOPIC:
        return (
            _("Buổi chưa có nội dung"),
            _("Đại biểu sẽ nhận chương trình trống."),
            _("Chưa có nội dung"),
            _("Thêm mục"),
        )
    if kind is FaultKind.OVERLAP:
        return (
            _("Hai mục trùng giờ"),
            _("“%(title)s” bắt đầu khi “%(other)s” chưa xong, đến %(until)s mới hết.", **facts),
            _("Trùng giờ với mục trước, đến %(until)s", **facts),
            _("Dời mục này"),
        )
    if kind is FaultKind.OUTSIDE_SESSION:
        return (
            _("Mục nằm ngoài giờ của buổi"),
            _("“%(title)s” phải nằm từ %(opens)s đến %(ends)s.", **facts),
            _("Ngoài giờ của buổi, %(opens)s đến %(ends)s", **facts),
            _("Sửa giờ mục này"),
        )
    if kind is FaultKind.PRESENTER_TWICE:
        return (
            _("Báo cáo viên ở hai buổi cùng lúc"),
            _("%(presenter)s đang báo cáo “%(other)s” trong giờ của “%(title)s”.", **facts),
            _("Báo cáo viên đang ở buổi khác"),
            _("Dời mục này"),
        )
    if kind is FaultKind.PRESENTER_ELSEWHERE:
        return (
            _("Báo cáo viên ở hai nơi"),
            _("%(presenter)s dự “%(conference)s” đến %(until)s, trùng giờ “%(title)s”.", **facts),
            _("Báo cáo viên đang ở hội nghị khác đến %(until)s", **facts),
            _("Dời mục này"),
        )
    if kind is FaultKind.PRESENTER_HURRIES:
        return (
            _("Báo cáo viên khó kịp đi"),
            _("%(presenter)s chỉ có %(minutes)s phút giữa “%(title)s” và “%(conference)s”.", **facts),
            _("Báo cáo viên chỉ có %(minutes)s phút để đi từ hội nghị khác", **facts),
            _("Dời mục này"),
        )
    if kind is FaultKind.NO_PRESENTER:
        return (
            _("Chuyên đề chưa có báo cáo viên"),
            _("“%(title)s” chưa ghi ai trình bày.", **facts),
            _("Chưa có báo cáo viên"),
            _("Chọn báo cáo viên"),
        )
    if kind is FaultKind.SESSION_TOO_LONG:
        return (
            _("Buổi dài hơn %(hours)s giờ", **facts),
            _("Đại biểu ngồi quá lâu, nên tách thành hai buổi."),
            _("Dài hơn %(hours)s giờ", **facts),
            _("Sửa giờ của buổi"),
        )
    if kind is FaultKind.SESSIONS_OVERLAP:
        return (
            _("Hai buổi trùng giờ"),
            _("Buổi này bắt đầu khi buổi trước chưa xong."),
            _("Trùng giờ với buổi khác"),
            _("Sửa giờ của buổi"),
        )
    if kind is FaultKind.OUTSIDE_CONFERENCE:
        return (
            _("Buổi nằm ngoài ngày của hội nghị"),
            _("Buổi ngày %(day)s không nằm trong các ngày của hội nghị.", **facts),
            _("Ngoài ngày của hội nghị"),
            _("Sửa ngày của buổi"),
        )
    return (
        _("Buổi bắt đầu sớm hơn nội dung"),
        _("Mục đầu tiên bắt đầu lúc %(first)s; giờ đến muộn vẫn tính từ giờ bắt đầu của buổi.", **facts),
        _("Mục đầu tiên lúc %(first)s", **facts),
        _("Sửa giờ của buổi"),
    )
