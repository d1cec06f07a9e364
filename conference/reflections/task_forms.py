"""The task as an organizer writes it: from a form into typed values, and back into a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conference.reflections.managing import PartPlan, TaskPlan
from conference.reflections.models import ReflectionTask
from conference.reflections.rules import LATE_DAYS, Forms, deadline_at, working_days_after
from conference.web.forms import Form, read_day
from conference.web.words import _

MOST_PARTS = 12
MOST_MINUTES_OF_GRACE = 60
MOST_WORKING_DAYS = 120
MOMENTS = ("opens", "due", "late")


def form_of(plan: TaskPlan, timezone: str, version: int = 0) -> Form:
    """A form that shows a plan."""
    zone = ZoneInfo(timezone)
    values = {
        "version": str(version),
        "min_words": str(plan.min_words),
        "max_words": str(plan.max_words),
        "grace_seconds": str(plan.grace_seconds),
        "least_sessions": str(plan.least_sessions),
        "holidays": "\n".join(day.strftime("%d/%m/%Y") for day in plan.holidays),
        "guidance": plan.guidance,
        **{f"takes_{name}": "1" if taken else "" for name, taken in asdict(plan.forms).items()},
    }
    for name, moment in zip(MOMENTS, (plan.opens_at, plan.due_at, plan.late_until), strict=True):
        local = moment.astimezone(zone)
        values[f"{name}_day"], values[f"{name}_hour"] = local.strftime("%d/%m/%Y"), local.strftime("%H:%M")
    for place, part in enumerate(plan.parts):
        values |= {
            f"part-{place}-id": str(part.id or ""),
            f"part-{place}-title": part.title,
            f"part-{place}-prompt": part.prompt,
            f"part-{place}-min_words": str(part.min_words),
            f"part-{place}-takes_commitments": "1" if part.takes_commitments else "",
        }
    return Form(values)


def plan_of(task: ReflectionTask) -> TaskPlan:
    return TaskPlan(
        min_words=task.min_words,
        max_words=task.max_words,
        opens_at=task.opens_at,
        due_at=task.due_at,
        grace_seconds=task.grace_seconds,
        late_until=task.late_until,
        least_sessions=task.least_sessions,
        holidays=[date.fromisoformat(day) for day in task.holidays],
        guidance=task.guidance,
        forms=task.forms,
        parts=[
            PartPlan(part.id, part.title, part.prompt, part.min_words, part.takes_commitments) for part in task.parts
        ],
    )


def read_plan(sent: Mapping[str, str], timezone: str, *, sessions: int) -> tuple[Form, TaskPlan | None]:
    form = Form(sent)
    parts = _parts(form)
    least = form.whole("min_words", _("Số từ ít nhất"), low=1, high=20_000)
    most = form.whole("max_words", _("Số từ nhiều nhất"), low=1, high=20_000)
    if least and most and least > most:
        form.fault("max_words", _("Số từ nhiều nhất phải từ %(least)s trở lên.", least=least), _("Số từ nhiều nhất"))
    opens_at = read_moment(form, "opens", _("Mở từ"), timezone)
    due_at = read_moment(form, "due", _("Hạn nộp"), timezone)
    late_until = read_moment(form, "late", _("Nhận muộn đến"), timezone)
    if opens_at and due_at and due_at < opens_at:
        form.fault("due_day", _("Hạn nộp phải sau lúc mở."), _("Hạn nộp"))
    if due_at and late_until and late_until < due_at:
        form.fault("late_day", _("Nhận muộn phải từ hạn nộp trở đi."), _("Nhận muộn đến"))
    grace = form.whole("grace_seconds", _("Số giây châm chước"), low=0, high=MOST_MINUTES_OF_GRACE * 60)
    present = form.whole("least_sessions", _("Số buổi phải có mặt"), low=0, high=max(1, sessions))
    holidays = _holidays(form)
    forms = _forms(form)
    guidance = form.text("guidance", _("Hướng dẫn viết"), most=10_000, lines=True)
    if not form.is_valid or least is None or most is None or grace is None or present is None:
        return form, None
    if opens_at is None or due_at is None or late_until is None:
        return form, None
    plan = TaskPlan(least, most, opens_at, due_at, grace, late_until, present, holidays, guidance, forms, parts)
    return form, plan


def reckon_due(form: Form, after: date) -> None:
    """Put the deadline so many working days after a day, and the end of the late window after that, into the form.

    Saturdays, Sundays and the days off that the form names do not count.
    """
    form.errors.clear()  # of what is still being written
    days = form.whole("due_days", _("Số ngày làm việc"), low=1, high=MOST_WORKING_DAYS)
    holidays = _holidays(form)
    if days is None or not form.is_valid:
        return
    due_on = working_days_after(after, days, holidays)
    form.values["due_day"] = due_on.strftime("%d/%m/%Y")
    form.values["late_day"] = (due_on + timedelta(days=LATE_DAYS)).strftime("%d/%m/%Y")


def read_moment(form: Form, name: str, label: str, timezone: str) -> datetime | None:
    """The moment that a day and an hour name in the conference's zone."""
    day, hour = form.day(f"{name}_day", label), form.hour(f"{name}_hour", label)
    return deadline_at(day, hour, timezone) if day and hour else None


def places(form: Form) -> list[int]:
    """Which parts the form shows."""
    found = {int(match[1]) for name in form.values if (match := re.fullmatch(r"part-(\d{1,2})-title", name))}
    return sorted(place for place in found if place < MOST_PARTS)


def _parts(form: Form) -> list[PartPlan]:
    found: list[PartPlan] = []
    for place in places(form):
        id = form.values.get(f"part-{place}-id", "")
        if not form.values.get(f"part-{place}-title", "").strip():
            continue  # an emptied title takes the part away
        number = len(found) + 1
        title = form.text(f"part-{place}-title", _("Tên phần %(number)s", number=number), required=True, most=200)
        prompt = form.text(f"part-{place}-prompt", _("Câu gợi ý phần %(number)s", number=number), most=2_000)
        words = form.whole(
            f"part-{place}-min_words", _("Số từ ít nhất phần %(number)s", number=number), low=0, high=20_000
        )
        takes = form.ticked(f"part-{place}-takes_commitments")
        found.append(PartPlan(int(id) if re.fullmatch(r"\d{1,9}", id) else None, title, prompt, words or 0, takes))
    if not found:
        form.fault("part-0-title", _("Bài cần ít nhất một phần."), _("Các phần"))
    return found


def _forms(form: Form) -> Forms:
    forms = Forms(*(form.ticked(f"takes_{one.name}") for one in fields(Forms)))
    if not (forms.typed or forms.files or forms.photos):
        form.fault("takes_typed", _("Mời chọn ít nhất một hình thức nộp bài."), _("Hình thức nộp"))
    return forms


def _holidays(form: Form) -> list[date]:
    days = []
    for line in re.split(r"[\s,;]+", form.values.get("holidays", "").strip()):
        if not line:
            continue
        day = read_day(line)
        if day is None:
            form.fault("holidays", _("“%(line)s” chưa phải ngày. Ghi như 01/01/2019.", line=line[:20]), _("Ngày nghỉ"))
        else:
            days.append(day)
    return sorted(set(days))[:200]
