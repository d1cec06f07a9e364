"""What organizers write about following online, and what an attendee's page sends, read into typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.models import OnlineRule
from conference.checkin.online.rules import OLDEST_SIGN, Rule
from conference.foundation.errors import DomainError
from conference.web.forms import Form
from conference.web.words import _

MOST_SIGNS = 60
MOST_ANSWERS = 20
LONGEST_URL = 1_000


def rule_form(kept: OnlineRule | None) -> Form:
    rule = kept.as_rule() if kept else Rule()
    form = Form()
    form.values = {
        "room_url": kept.room_url if kept else "",
        "opens_before_minutes": str(rule.opens_before_minutes),
        "least_minutes": str(rule.least_minutes),
        "least_answers": str(rule.least_answers),
        "prompts": str(rule.prompts),
        "prompt_minutes": str(rule.prompt_minutes),
        "late_after_minutes": str(rule.late_after_minutes),
        "version": str(kept.version if kept else 0),
    }
    return form


def read_rule(sent: Mapping[str, str]) -> tuple[Form, RuleFacts | None]:
    form = Form(sent)
    room_url = read_room(form, "room_url", _("Đường dẫn phòng họp"))
    opens = form.whole("opens_before_minutes", _("Mở phòng chờ trước giờ bắt đầu"), low=0, high=240)
    minutes = form.whole("least_minutes", _("Số phút theo dõi ít nhất"), low=0, high=100)
    answers = form.whole("least_answers", _("Số lần trả lời ít nhất"), low=0, high=100)
    prompts = form.whole("prompts", _("Số lần hỏi mỗi buổi"), low=0, high=10)
    stands = form.whole("prompt_minutes", _("Mỗi lần hỏi đứng trên màn hình"), low=3, high=5)
    late = form.whole("late_after_minutes", _("Vào muộn sau"), low=0, high=180)
    if opens is None or minutes is None or answers is None or prompts is None or stands is None or late is None:
        return form, None
    if not form.is_valid:
        return form, None
    return form, RuleFacts(room_url, Rule(opens, minutes, answers, prompts, stands, late))


def read_room(form: Form, name: str, label: str) -> str:
    """An https address of somebody else's room, or nothing."""
    text = form.text(name, label, most=LONGEST_URL)
    if text and not is_room(text):
        form.fault(name, _("Ghi đường dẫn đầy đủ bắt đầu bằng https://, như https://zoom.us/j/123456789."), label)
    return text


def is_room(text: str) -> bool:
    if not text.isascii() or not text.isprintable() or any(sign in text for sign in ' "<>\\^`{|}'):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and "." in (parts.hostname or "")
        and parts.username is None
        and parts.password is None
        and (port is None or port > 0)
    )


@dataclass(frozen=True, slots=True)
class SentSigns:
    """What the page says: how long ago it lived, by no clock but its own, and which prompts were answered then."""

    study_session: int
    moments: tuple[datetime, ...]
    answers: tuple[tuple[int, datetime], ...]


def read_signs(sent: Any, *, at: datetime) -> SentSigns:
    """Raises ``signs_unreadable``. Ages that are too old are left out: nobody can say any more."""
    if not isinstance(sent, dict) or set(sent) - {"study_session", "ages", "answers"}:
        raise DomainError("signs_unreadable")
    study_session, ages, answers = sent.get("study_session"), sent.get("ages", []), sent.get("answers", [])
    fits = (
        isinstance(ages, list)
        and isinstance(answers, list)
        and len(ages) <= MOST_SIGNS
        and len(answers) <= MOST_ANSWERS
    )
    if not fits or not isinstance(study_session, int):
        raise DomainError("signs_unreadable")
    moments = [_moment(age, at) for age in ages]
    given = []
    for one in answers:
        if not isinstance(one, dict) or type(one.get("prompt")) is not int or set(one) != {"prompt", "age"}:
            raise DomainError("signs_unreadable")
        given.append((one["prompt"], _moment(one["age"], at)))
    oldest = at - OLDEST_SIGN
    return SentSigns(
        study_session,
        tuple(moment for moment in moments if moment >= oldest),
        tuple((prompt, moment) for prompt, moment in given if moment >= oldest),
    )


def _moment(age: Any, at: datetime) -> datetime:
    """A moment by its age in seconds; what is not yet is now."""
    if type(age) not in (int, float) or not -1e9 < age < 1e9:  # not a number fails both
        raise DomainError("signs_unreadable")
    return at - timedelta(milliseconds=round(max(0, age) * 1000))
