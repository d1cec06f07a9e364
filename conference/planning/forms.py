"""What people write about a conference, read into typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from conference.directory.forms import read_unit
from conference.foundation.text import row_number
from conference.planning.drafts import USUAL_TOLERANCE, ConferenceFacts, StudySessionFacts, TopicFacts
from conference.planning.kinds import USUAL
from conference.planning.models import Conference, ConferenceKind, DayPart, Mode, StudySession, Topic, TopicKind, Wave
from conference.planning.modules import NEEDS, Module
from conference.planning.rules import CODE, LONGEST_CONFERENCE_DAYS
from conference.planning.words import MODULES
from conference.web.filters import ZONE
from conference.web.forms import Form, moment_of
from conference.web.words import _

APPROVED, BY_UNIT = "approved", "by_unit"
VERSION_LIMIT = 1_000_000_000


def read_version(form: Form) -> int:
    """The version that was on the screen; nonsense is a version that never was."""
    return row_number(form.values.get("version", "")) or 0


def read_code(form: Form) -> str:
    label = _("Mã hội nghị")
    code = form.text("code", label, required=True, most=20).upper()
    if "code" not in form.errors and not CODE.fullmatch(code):
        form.fault("code", _("Ghi mã bằng 2 đến 20 chữ hoa không dấu, số hoặc gạch nối, như NQ12."), label)
    return code


def read_conference(sent: Mapping[str, str]) -> tuple[Form, ConferenceFacts | None]:
    form = Form(sent)
    title = form.text("title", _("Tên hội nghị"), required=True, most=300)
    kind = form.choice("kind", _("Loại hội nghị"), ConferenceKind)
    mode = form.choice("mode", _("Hình thức"), Mode)
    host = read_unit(form, "host_unit", _("Đơn vị tổ chức"))
    starts_on = form.day("starts_on", _("Ngày bắt đầu"))
    ends_on = form.day("ends_on", _("Ngày kết thúc"), required=False) or starts_on
    if starts_on and ends_on and not 0 <= (ends_on - starts_on).days < LONGEST_CONFERENCE_DAYS:
        form.fault(
            "ends_on",
            _("Ngày kết thúc phải từ ngày bắt đầu đến nhiều nhất %(days)s ngày sau.", days=LONGEST_CONFERENCE_DAYS - 1),
            _("Ngày kết thúc"),
        )
    plan_number = form.text("plan_number", _("Số kế hoạch"), most=60)
    plan_on = form.day("plan_on", _("Ngày ký kế hoạch"), required=False)
    resolution_title = form.text("resolution_title", _("Nghị quyết"), most=300)
    resolution_number = form.text("resolution_number", _("Số nghị quyết"), most=60)
    resolution_on = form.day("resolution_on", _("Ngày thông qua"), required=False)
    if resolution_number and not resolution_title:
        form.fault("resolution_title", _("Mời ghi tên nghị quyết đi cùng số."), _("Nghị quyết"))
    opens = form.whole("opens_before_minutes", _("Mở điểm danh trước giờ bắt đầu"), low=0, high=240)
    late = form.whole("late_after_minutes", _("Đến muộn sau"), low=0, high=180)
    target = form.decimal("target_rate", _("Chỉ tiêu tham dự"), low=Decimal(0), high=Decimal(100), step=Decimal("0.01"))
    tolerance = form.whole(
        "headcount_tolerance", _("Chênh lệch cho phép khi đếm hội trường"), low=0, high=500, required=False
    )
    approval = form.one_of("substitutes", _("Người dự thay"), (APPROVED, BY_UNIT), required=False)
    modules = _read_modules(form)
    if not form.is_valid or kind is None or mode is None or host is None or starts_on is None or ends_on is None:
        return form, None
    if opens is None or late is None or target is None:
        return form, None
    return form, ConferenceFacts(
        title=title,
        kind=kind,
        mode=mode,
        host_unit_id=host.id,
        starts_on=starts_on,
        ends_on=ends_on,
        plan_number=plan_number,
        plan_on=plan_on,
        resolution_number=resolution_number,
        resolution_title=resolution_title,
        resolution_on=resolution_on,
        opens_before_minutes=opens,
        late_after_minutes=late,
        target_rate=target,
        self_check_in=form.ticked("self_check_in"),
        headcount_tolerance=USUAL_TOLERANCE if tolerance is None else tolerance,
        substitutes_need_approval=approval != BY_UNIT,
        modules=modules,
    )


def _read_modules(form: Form) -> frozenset[Module] | None:
    """What is ticked; None from a page that shows no list of them."""
    if not form.ticked("modules_shown"):
        return None
    chosen = frozenset(module for module in Module if form.ticked(f"module-{module}"))
    for module in Module:
        if module in chosen and module in NEEDS and NEEDS[module] not in chosen:
            form.fault(
                f"module-{module}",
                _(
                    "“%(module)s” cần “%(other)s”. Mời bật thêm, hoặc bỏ cả hai.",
                    module=MODULES[module][0],
                    other=MODULES[NEEDS[module]][0],
                ),
                str(MODULES[module][0]),
            )
    return chosen


def _modules_of(chosen: frozenset[Module]) -> dict[str, str]:
    return {f"module-{module}": "1" for module in Module if module in chosen}


def new_conference_form() -> Form:
    form = Form()
    form.values = {
        "kind": ConferenceKind.STUDY,
        "mode": Mode.ONLINE,
        "opens_before_minutes": "45",
        "late_after_minutes": "15",
        "target_rate": "95",
        "headcount_tolerance": str(USUAL_TOLERANCE),
        "substitutes": APPROVED,
        **_modules_of(USUAL[ConferenceKind.STUDY]),
    }
    return form


def conference_form(conference: Conference) -> Form:
    """The form with what is stored. Host unit and resolution must be loaded."""
    form = Form()
    resolution = conference.resolution
    form.values = {
        "title": conference.title,
        "kind": conference.kind,
        "mode": conference.mode,
        "host_unit": conference.host_unit.code,
        "starts_on": _day(conference.starts_on),
        "ends_on": _day(conference.ends_on),
        "plan_number": conference.plan_number,
        "plan_on": _day(conference.plan_on),
        "resolution_title": resolution.title if resolution else "",
        "resolution_number": resolution.number if resolution else "",
        "resolution_on": _day(resolution.adopted_on) if resolution else "",
        "opens_before_minutes": str(conference.opens_before_minutes),
        "late_after_minutes": str(conference.late_after_minutes),
        "target_rate": f"{conference.target_rate.normalize():f}".replace(".", ","),
        "self_check_in": "1" if conference.self_check_in else "",
        "headcount_tolerance": str(conference.headcount_tolerance),
        "substitutes": APPROVED if conference.substitutes_need_approval else BY_UNIT,
        "version": str(conference.version),
        **_modules_of(conference.modules),
    }
    return form


def read_wave(sent: Mapping[str, str]) -> tuple[Form, str]:
    """What a wave is called."""
    form = Form(sent)
    return form, form.text("title", _("Tên đợt"), required=True, most=60)


def read_study_session(
    sent: Mapping[str, str], conference: Conference, waves: Sequence[Wave]
) -> tuple[Form, StudySessionFacts | None]:
    form = Form(sent)
    wave = form.one_of("wave", _("Dành cho"), [str(one.id) for one in waves], required=False)
    held_on = form.day("held_on", _("Ngày"))
    if held_on and not conference.starts_on <= held_on <= conference.ends_on:
        form.fault(
            "held_on",
            _(
                "Ngày phải nằm trong hội nghị, từ %(first)s đến %(last)s.",
                first=_day(conference.starts_on),
                last=_day(conference.ends_on),
            ),
            _("Ngày"),
        )
    part = form.choice("part", _("Buổi"), DayPart)
    starts, ends = _hours(form)
    if not form.is_valid or held_on is None or part is None or starts is None or ends is None:
        return form, None
    zone = conference.timezone
    return form, StudySessionFacts(
        held_on=held_on,
        part=part,
        starts_at=moment_of(held_on, starts, zone),
        ends_at=moment_of(held_on, ends, zone),
        wave_id=int(wave) if wave else None,
    )


def _hours(form: Form) -> tuple[time | None, time | None]:
    starts = form.hour("starts_at", _("Giờ bắt đầu"))
    ends = form.hour("ends_at", _("Giờ kết thúc"))
    if starts is not None and ends is not None and ends <= starts:
        form.fault("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu."), _("Giờ kết thúc"))
    return starts, ends


def study_session_form(study_session: StudySession, conference: Conference) -> Form:
    form = Form()
    form.values = {
        "held_on": _day(study_session.held_on),
        "part": study_session.part,
        "starts_at": _hour(study_session.starts_at),
        "ends_at": _hour(study_session.ends_at),
        "wave": str(study_session.wave_id or ""),
        "version": str(conference.version),
    }
    return form


def new_study_session_form(conference: Conference, existing: Sequence[StudySession]) -> Form:
    """The next half day that is still free, with the usual hours."""
    taken = {(row.held_on, row.part) for row in existing}
    usual = {
        DayPart.MORNING: ("08:00", "11:30"),
        DayPart.AFTERNOON: ("14:00", "17:00"),
        DayPart.EVENING: ("19:00", "21:00"),
    }
    days = [date.fromordinal(n) for n in range(conference.starts_on.toordinal(), conference.ends_on.toordinal() + 1)]
    free = [(day, part) for day in days for part in (DayPart.MORNING, DayPart.AFTERNOON) if (day, part) not in taken]
    day, part = free[0] if free else (conference.ends_on, DayPart.EVENING)
    form = Form()
    form.values = {
        "held_on": _day(day),
        "part": part,
        "starts_at": usual[part][0],
        "ends_at": usual[part][1],
        "version": str(conference.version),
    }
    return form


def read_topic(
    sent: Mapping[str, str], conference: Conference, study_sessions: Sequence[StudySession]
) -> tuple[Form, TopicFacts | None]:
    """Hours are those of the study session's day: a topic has no day of its own."""
    form = Form(sent)
    chosen = form.one_of("study_session", _("Buổi"), [str(row.id) for row in study_sessions])
    study_session = next((row for row in study_sessions if str(row.id) == chosen), None)
    kind = form.choice("kind", _("Loại mục"), TopicKind)
    title = form.text("title", _("Tên mục"), required=True, most=300)
    presenter = form.text("presenter", _("Báo cáo viên"), most=120)
    position = form.text("presenter_position", _("Chức vụ báo cáo viên"), most=200)
    starts, ends = _hours(form)
    if not form.is_valid or kind is None or study_session is None or starts is None or ends is None:
        return form, None
    zone = conference.timezone
    return form, TopicFacts(
        study_session_id=study_session.id,
        kind=kind,
        title=title,
        starts_at=moment_of(study_session.held_on, starts, zone),
        ends_at=moment_of(study_session.held_on, ends, zone),
        presenter=presenter,
        presenter_position=position,
    )


def topic_form(topic: Topic, conference: Conference) -> Form:
    """Study session and presenter must be loaded."""
    form = Form()
    form.values = {
        "study_session": str(topic.study_session_id),
        "kind": topic.kind,
        "title": topic.title,
        "starts_at": _hour(topic.starts_at),
        "ends_at": _hour(topic.ends_at),
        "presenter": topic.presenter.name if topic.presenter else "",
        "presenter_position": topic.presenter.position if topic.presenter else "",
        "version": str(conference.version),
    }
    return form


def new_topic_form(conference: Conference, study_session: StudySession | None, free_from: datetime | None) -> Form:
    """A topic that begins where the last one of the chosen study session ends."""
    form = Form()
    form.values = {
        "study_session": str(study_session.id) if study_session else "",
        "kind": TopicKind.TOPIC,
        "starts_at": _hour(free_from) if free_from else "",
        "version": str(conference.version),
    }
    return form


def _day(value: date | None) -> str:
    return value.strftime("%d/%m/%Y") if value else ""


def _hour(value: datetime) -> str:
    return value.astimezone(ZONE).strftime("%H:%M")
