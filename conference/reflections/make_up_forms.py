"""A way to make up as an organizer writes it: from a form into typed values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from conference.reflections.making_up import MakeUpPlan
from conference.reflections.rules import MakeUpKind
from conference.reflections.task_forms import read_moment
from conference.web.forms import Form
from conference.web.words import _

MOST_CHOICES = 4
MOST_MINUTES = 600
ADDRESS = re.compile(r"https?://[^\s<>\"']{4,500}")


def read_make_up(
    sent: Mapping[str, str], timezone: str, *, sessions: Collection[int], sites: Collection[int]
) -> tuple[Form, MakeUpPlan | None]:
    form = Form(sent)
    session = form.one_of("study_session", _("Buổi đã vắng"), map(str, sessions))
    kind = form.choice("kind", _("Cách học bù"), MakeUpKind)
    opens_at = read_moment(form, "opens", _("Bắt đầu"), timezone)
    closes_at = read_moment(form, "closes", _("Giờ kết thúc"), timezone)
    if opens_at and closes_at and closes_at <= opens_at:
        form.fault("closes_day", _("Lúc kết thúc phải sau lúc bắt đầu."), _("Giờ kết thúc"))
    if kind is MakeUpKind.AT_SITE:
        site = form.one_of("site", _("Điểm cầu"), map(str, sites))
        if not form.is_valid or session is None or site is None or opens_at is None or closes_at is None:
            return form, None
        return form, MakeUpPlan(int(session), kind, opens_at, closes_at, site_id=int(site))
    address = form.text("address", _("Địa chỉ bản ghi hình"), required=kind is not None, most=500)
    if address and not ADDRESS.fullmatch(address):
        form.fault("address", _("Ghi địa chỉ như https://hoinghi.example/ban-ghi."), _("Địa chỉ bản ghi hình"))
    minutes = form.whole("least_minutes", _("Số phút xem ít nhất"), low=1, high=MOST_MINUTES)
    question, choices, right = _question(form)
    if not form.is_valid or session is None or kind is None or opens_at is None or closes_at is None or minutes is None:
        return form, None
    plan = MakeUpPlan(
        int(session),
        kind,
        opens_at,
        closes_at,
        address=address,
        least_minutes=minutes,
        question=question,
        choices=choices,
        right_choice=right,
    )
    return form, plan


def _question(form: Form) -> tuple[str, tuple[str, ...], int | None]:
    """The question that shows that somebody has watched; without one the minutes alone do."""
    question = form.text("question", _("Câu hỏi sau khi xem"), most=500)
    given = [
        form.text(f"choice-{place}", _("Câu trả lời %(number)s", number=place + 1), most=200)
        for place in range(MOST_CHOICES)
    ]
    choices = tuple(choice for choice in given if choice)
    if not question:
        if choices:
            form.fault("question", _("Mời ghi câu hỏi cho các câu trả lời này."), _("Câu hỏi sau khi xem"))
        return "", (), None
    if len(choices) < 2:
        form.fault("choice-0", _("Câu hỏi cần từ 2 câu trả lời."), _("Câu trả lời"))
    right = form.one_of("right", _("Câu đúng"), [str(place) for place in range(MOST_CHOICES) if given[place]])
    if right is None or not choices:
        return question, choices, None
    return question, choices, choices.index(given[int(right)])
