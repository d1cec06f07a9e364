"""What organizers type about a test, and what its pages send, read into values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from conference.directory.queries import units_called
from conference.foundation.errors import DomainError
from conference.reflections.forms import PAGE
from conference.reflections.quiz.models import Quiz, QuizQuestion, QuizSlot
from conference.reflections.quiz.preparing import QuestionPlan, Settings, SlotPlan
from conference.reflections.quiz.reading import (
    LONGEST_CHOICE,
    LONGEST_GROUP,
    LONGEST_QUESTION,
    Problem,
    choices_of,
    key_from,
    weight_from,
)
from conference.reflections.quiz.rules import (
    LETTERS,
    MOST_CHOICES,
    MOST_DRAWN,
    MOST_MINUTES,
    MOST_TAPS,
    MOST_TAPS_AT_ONCE,
    Shows,
    Tap,
    Weighting,
)
from conference.reflections.quiz.taking import Answers
from conference.reflections.quiz.words import PROBLEM_WORDS, letters, plain
from conference.reflections.task_forms import read_moment
from conference.sites.queries import sites_called
from conference.web.forms import Form
from conference.web.words import _

MOST_GROUPS_A_SLOT = 400
LARGEST_ANSWERS = 60_000
_SENT = {"for", "attempt", "taps"}
_TAP = {"place", "choice", "page", "seq", "base"}


# ---- settings


def settings_form(quiz: Quiz, groups: Sequence[str]) -> Form:
    """A form that shows how the test is set up; a group's field is empty where all are drawn."""
    values = {
        "version": str(quiz.version),
        "minutes": str(quiz.minutes),
        "shuffles_questions": "1" if quiz.shuffles_questions else "",
        "shuffles_choices": "1" if quiz.shuffles_choices else "",
        "weighting": quiz.weighting.value,
        "shows": quiz.shows.value,
    }
    return Form(values | {f"drawn-{place}": str(quiz.drawn.get(group, "")) for place, group in enumerate(groups)})


def read_settings(sent: Mapping[str, str], groups: Sequence[tuple[str, int]]) -> tuple[Form, Settings | None]:
    """``groups`` are those of the bank with how many questions each has."""
    form = Form(sent)
    minutes = form.whole("minutes", _("Số phút làm bài"), low=1, high=MOST_MINUTES)
    drawn: dict[str, int] = {}
    for place, (group, size) in enumerate(groups):
        count = form.whole(f"drawn-{place}", _("Số câu rút"), low=0, high=min(size, MOST_DRAWN), required=False)
        if count is not None:
            drawn[group] = count
    weighting = form.choice("weighting", _("Cách tính điểm"), Weighting)
    shows = form.choice("shows", _("Khi nào xem được kết quả"), Shows)
    shuffles = form.ticked("shuffles_questions"), form.ticked("shuffles_choices")
    if not form.is_valid or minutes is None or weighting is None or shows is None:
        return form, None
    return form, Settings(minutes, drawn, *shuffles, weighting, shows)


# ---- questions


def question_form(row: QuizQuestion) -> Form:
    values = {"text": row.text, "group": row.group, "key": letters(row.accepted), "weight": plain(row.weight)}
    return Form(values | {f"choice-{place}": text for place, text in enumerate(row.choices)})


def read_question(sent: Mapping[str, str]) -> tuple[Form, QuestionPlan | None]:
    form = Form(sent)
    text = form.text("text", _("Câu hỏi"), required=True, most=LONGEST_QUESTION)
    said = [
        form.text(f"choice-{place}", _("Phương án %(letter)s", letter=LETTERS[place]), most=LONGEST_CHOICE)
        for place in range(MOST_CHOICES)
    ]
    group = form.text("group", _("Nhóm"), most=LONGEST_GROUP)
    choices = choices_of(said)
    if isinstance(choices, Problem):
        form.fault("choice-0", str(PROBLEM_WORDS[choices]), _("Các phương án"))
    key = key_from(
        form.text("key", _("Đáp án đúng"), most=40), MOST_CHOICES if isinstance(choices, Problem) else len(choices)
    )
    if isinstance(key, Problem):
        form.fault("key", str(PROBLEM_WORDS[key]), _("Đáp án đúng"))
    weight = weight_from(form.values.get("weight", "").strip())
    if weight is None:
        form.fault("weight", str(PROBLEM_WORDS[Problem.BAD_WEIGHT]), _("Trọng số"))
    if not form.is_valid or isinstance(choices, Problem) or isinstance(key, Problem) or weight is None:
        return form, None
    return form, QuestionPlan(text, group, choices, key, weight)


# ---- slots


def slot_form(row: QuizSlot, units: Sequence[str], sites: Sequence[str], timezone: str) -> Form:
    zone = ZoneInfo(timezone)
    opens, closes = row.opens_at.astimezone(zone), row.closes_at.astimezone(zone)
    return Form(
        {
            "name": row.name,
            "opens_day": opens.strftime("%d/%m/%Y"),
            "opens_hour": opens.strftime("%H:%M"),
            "closes_day": closes.strftime("%d/%m/%Y"),
            "closes_hour": closes.strftime("%H:%M"),
            "units": "\n".join(units),
            "sites": "\n".join(sites),
        }
    )


def read_slot(sent: Mapping[str, str], timezone: str, *, joining: Sequence[int]) -> tuple[Form, SlotPlan | None]:
    """``joining`` are the sites of the conference."""
    form = Form(sent)
    name = form.text("name", _("Tên ca"), required=True, most=80)
    opens_at = read_moment(form, "opens", _("Mở lúc"), timezone)
    closes_at = read_moment(form, "closes", _("Đóng lúc"), timezone)
    if opens_at and closes_at and closes_at <= opens_at:
        form.fault("closes_day", _("Giờ đóng phải sau giờ mở."), _("Đóng lúc"))
    units = _named(form, "units", _("Đơn vị"), lambda words: [unit.id for unit in units_called(words)])
    sites = _named(form, "sites", _("Điểm cầu"), lambda words: [id for id in sites_called(words) if id in set(joining)])
    if not form.is_valid or opens_at is None or closes_at is None:
        return form, None
    return form, SlotPlan(name, opens_at, closes_at, units, sites)


def _named(form: Form, field: str, label: str, called: Callable[[str], Sequence[int]]) -> list[int]:
    """What each line names, by code or by name."""
    found: list[int] = []
    lines = [" ".join(line.split()) for line in form.values.get(field, "").replace("\0", "").splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MOST_GROUPS_A_SLOT:
        form.fault(field, _("Nhiều nhất %(most)s dòng.", most=MOST_GROUPS_A_SLOT), label)
        return []
    for line in lines:
        ids = called(line[:200])
        if len(ids) != 1:
            form.fault(field, _("“%(line)s” không chỉ rõ một nơi. Mời ghi mã.", line=line[:60]), label)
        else:
            found.append(ids[0])
    return list(dict.fromkeys(found))


# ---- answers


def read_answers(data: bytes) -> Answers:
    """What the page sends. Raises ``bad_request`` for anything else, an unknown field too."""
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DomainError("bad_request") from error
    if not isinstance(sent, dict) or sent.keys() != _SENT or not isinstance(sent["taps"], list):
        raise DomainError("bad_request")
    if len(sent["taps"]) > MOST_TAPS_AT_ONCE:
        raise DomainError("bad_request")
    return Answers(
        attendee_id=_whole(sent["for"], 2**31 - 1),
        number=_whole(sent["attempt"], 1_000),
        taps=[_tap(one) for one in sent["taps"]],
    )


def _tap(sent: object) -> Tap:
    if not isinstance(sent, dict) or sent.keys() != _TAP:
        raise DomainError("bad_request")
    page = sent["page"]
    if not isinstance(page, str) or PAGE.fullmatch(page) is None:
        raise DomainError("bad_request")
    return Tap(
        place=_whole(sent["place"], MOST_DRAWN),
        choice=_whole(sent["choice"], MOST_CHOICES - 1),
        page=page,
        seq=_whole(sent["seq"], 2**53),
        base=_whole(sent["base"], MOST_TAPS),
    )


def _whole(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise DomainError("bad_request")
    return value


def read_ticked(sent: Mapping[str, str], places: int) -> dict[int, int]:
    """The choices of a plain form: ``answer-3`` is the third question's. Raises ``bad_request``."""
    found: dict[int, int] = {}
    for place in range(1, places + 1):
        value = sent.get(f"answer-{place}", "")
        if value:
            if not re.fullmatch(r"[0-9]", value) or int(value) >= MOST_CHOICES:
                raise DomainError("bad_request")
            found[place] = int(value)
    return found


def read_until(form: Form, timezone: str) -> datetime | None:
    """Until when a grant is good."""
    return read_moment(form, "grant", _("Làm bài trước"), timezone)
