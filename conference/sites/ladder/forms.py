"""What people write on the ladder, read into typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from unicodedata import normalize

from conference.planning.models import Conference
from conference.sites.ladder.actions import Found
from conference.sites.ladder.rules import (
    DAY,
    HOUR,
    LONGEST_BEFORE,
    MOST_MILLISECONDS,
    MOST_PERCENT,
    ROUNDS,
    CheckState,
    Owner,
    Rung,
    RungRule,
)
from conference.sites.ladder.words import RUNGS
from conference.web.forms import Form, moment_of
from conference.web.words import _

UNITS = {"minutes": 1, "hours": HOUR, "days": DAY}
BOUNDS = {Rung.LINE: MOST_MILLISECONDS, Rung.QUORUM: MOST_PERCENT}
MOST_ITEMS, LONGEST_ITEM, LONGEST_REMARK = 40, 200, 300


def in_units(minutes: int) -> tuple[int, str]:
    """The largest unit that says it in whole numbers."""
    for name, length in reversed(UNITS.items()):
        if minutes and not minutes % length:
            return minutes // length, name
    return minutes, "minutes"


def rules_form(rules: Mapping[Rung, RungRule], items: Sequence[tuple[str, str]]) -> Form:
    form = Form()
    for rung, rule in rules.items():
        amount, unit = in_units(rule.minutes_before)
        form.values |= {
            f"{rung}-owner": rule.owner,
            f"{rung}-before": str(amount),
            f"{rung}-unit": unit,
            f"{rung}-bound": "" if rule.bound is None else str(rule.bound),
        }
    form.values["items"] = "\n".join(title for _key, title in items)
    return form


def read_rules(sent: Mapping[str, str], rungs: Sequence[Rung]) -> tuple[Form, dict[Rung, RungRule]]:
    form = Form(sent)
    rules: dict[Rung, RungRule] = {}
    for rung in rungs:
        word = str(RUNGS[rung])
        owner = form.choice(f"{rung}-owner", _("Người làm: %(rung)s", rung=word), Owner)
        unit = form.one_of(f"{rung}-unit", _("Đơn vị thời gian: %(rung)s", rung=word), UNITS)
        length = UNITS.get(unit or "", 1)
        before = form.whole(
            f"{rung}-before", _("Hạn: %(rung)s", rung=word), low=0, high=max(1, LONGEST_BEFORE // length)
        )
        bound = None
        if rung in BOUNDS:
            bound = form.whole(f"{rung}-bound", _("Ngưỡng: %(rung)s", rung=word), low=1, high=BOUNDS[rung])
        if owner is not None and unit is not None and before is not None:
            rules[rung] = RungRule(owner, before * length, bound)
    return form, rules


def read_items(form: Form, known: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """One line of the box is one line of the checklist; a line that stood before keeps its key, and so its ticks."""
    label = _("Danh mục kiểm tra")
    lines = [" ".join(line.split()) for line in normalize("NFC", form.values.get("items", "")).splitlines()]
    titles = list(dict.fromkeys(line for line in lines if line))
    if len(titles) > MOST_ITEMS:
        form.fault("items", _("Danh mục có nhiều nhất %(most)s dòng.", most=MOST_ITEMS), label)
    if any(len(title) > LONGEST_ITEM for title in titles):
        form.fault("items", _("Mỗi dòng dài nhất %(most)s ký tự.", most=LONGEST_ITEM), label)
    if not all(title.isprintable() for title in titles):
        form.fault("items", _("%(label)s có ký tự điều khiển, mời gõ lại.", label=label), label)
    keys = {title: key for key, title in known}
    return [(keys.get(title) or f"own-{sha256(title.encode()).hexdigest()[:12]}", title) for title in titles]


def read_times(sent: Mapping[str, str]) -> list[int | None] | None:
    """What a page measured, ``"41,39,,120"``: milliseconds of each round, empty for one that never came back."""
    parts = sent.get("times", "").split(",")
    if len(parts) != ROUNDS:
        return None
    times: list[int | None] = []
    for part in parts:
        if part and not (part.isascii() and part.isdigit() and len(part) < 7):
            return None
        times.append(min(int(part), MOST_MILLISECONDS) if part else None)
    return times


def read_found(sent: Mapping[str, str], keys: Sequence[str]) -> tuple[Form, list[Found]]:
    form = Form(sent)
    found = []
    for place, key in enumerate(keys):
        said = form.values.get(f"check-{place}", "")
        remark = form.text(f"remark-{place}", _("Ghi chú dòng %(number)s", number=place + 1), most=LONGEST_REMARK)
        state = CheckState(said) if said in list(CheckState) else None
        if state is CheckState.FAULT and not remark:
            form.fault(
                f"remark-{place}",
                _("Mời ghi lỗi gì, để người khác biết mà sửa."),
                _("Ghi chú dòng %(number)s", number=place + 1),
            )
        found.append(Found(key, state, remark))
    return form, found


def read_own_time(
    sent: Mapping[str, str], conference: Conference
) -> tuple[Form, Rung | None, datetime | None, Owner | None]:
    """A rung with the time and owner that some sites get; both empty goes back to the conference's."""
    form = Form(sent)
    rung = form.choice("rung", _("Bậc"), Rung)
    day = form.day("day", _("Ngày hạn"), required=bool(form.values.get("hour", "").strip()))
    hour = form.hour("hour", _("Giờ hạn"), required=day is not None)
    owner = form.one_of("owner", _("Người làm"), list(Owner), required=False)
    due = moment_of(day, hour, conference.timezone) if day is not None and hour is not None else None
    return form, rung, due, Owner(owner) if owner else None
