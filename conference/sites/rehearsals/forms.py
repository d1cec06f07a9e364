"""What people write about a rehearsal, read into typed values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from conference.foundation.text import row_number
from conference.planning.models import Conference
from conference.sites.rehearsals.actions import RehearsalFacts
from conference.sites.rehearsals.models import Rehearsal
from conference.sites.rehearsals.rules import LONGEST
from conference.web.filters import ZONE
from conference.web.forms import Form, moment_of
from conference.web.words import _

ALL, SOME = "all", "some"
LONGEST_TASKS = 2_000
Places = Mapping[str, Iterable[tuple[int, str]]]


def read_rehearsal(
    sent: Mapping[str, str],
    conference: Conference,
    places: Places,
    *,
    provinces: Collection[str],
    sites: Collection[str],
    first_session: datetime | None,
) -> tuple[Form, RehearsalFacts | None, frozenset[int]]:
    """A rehearsal lies within one day and before the first study session. Third: the places that are ticked."""
    form = Form(sent)
    title = form.text("title", _("Tên"), required=True, most=120)
    day = form.day("day", _("Ngày"))
    starts, ends = form.hour("starts_at", _("Giờ bắt đầu")), form.hour("ends_at", _("Giờ kết thúc"))
    tasks = form.text("tasks", _("Nội dung thử"), most=LONGEST_TASKS, lines=True)
    whom = form.one_of("whom", _("Điểm cầu tham gia"), (ALL, SOME))
    asked = {id for text in sites if (id := row_number(text)) is not None}
    ticked = frozenset(
        id for province, entries in places.items() for id, _name in entries if province in provinces or id in asked
    )
    if whom == SOME and not ticked:
        form.fault("whom", _("Mời chọn ít nhất một điểm cầu, hoặc chọn mọi điểm cầu."), _("Điểm cầu tham gia"))
    if day is None or starts is None or ends is None:
        return form, None, ticked
    begins, over = moment_of(day, starts, conference.timezone), moment_of(day, ends, conference.timezone)
    if not begins < over <= begins + LONGEST:
        form.fault("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu, nhiều nhất 12 giờ."), _("Giờ kết thúc"))
    if first_session is not None and over > first_session:
        form.fault("day", _("Buổi duyệt phải xong trước khi mở điểm danh buổi đầu của hội nghị."), _("Ngày"))
    if not form.is_valid:
        return form, None, ticked
    return form, RehearsalFacts(title, begins, over, tasks, None if whom == ALL else ticked), ticked


def new_form(conference: Conference) -> Form:
    """The afternoon before, as most do."""
    form = Form()
    form.values = {
        "title": _("Tổng duyệt"),
        "day": _day(date.fromordinal(conference.starts_on.toordinal() - 1)),
        "starts_at": "14:00",
        "ends_at": "16:00",
        "whom": ALL,
        "tasks": "\n".join(
            (
                _("Hình, tiếng hai chiều với điểm cầu trung tâm"),
                _("Quét thử trên từng máy điểm danh"),
                _("Chuyển sang mạng dự phòng"),
            )
        ),
    }
    return form


def rehearsal_form(rehearsal: Rehearsal) -> Form:
    form = Form()
    form.values = {
        "title": rehearsal.title,
        "day": _day(rehearsal.starts_at.astimezone(ZONE).date()),
        "starts_at": f"{rehearsal.starts_at.astimezone(ZONE):%H:%M}",
        "ends_at": f"{rehearsal.ends_at.astimezone(ZONE):%H:%M}",
        "tasks": rehearsal.tasks,
        "whom": ALL if rehearsal.is_for_all else SOME,
        "version": str(rehearsal.version),
    }
    return form


def _day(value: date) -> str:
    return value.strftime("%d/%m/%Y")
