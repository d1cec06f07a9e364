"""The letter to an officer in words: what each of the own units still owes, and where the list is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, current_app

from conference.accounts.models import Account
from conference.foundation.db import db
from conference.notices import officers
from conference.notices.models import OutboxMail
from conference.notices.officers import Lack, LacksOf, Officer, Owed
from conference.notices.queries import Occasion
from conference.planning.models import Conference
from conference.settings import Settings
from conference.web import filters
from conference.web.words import _


def count_lacks_with(app: Flask, lacks: LacksOf) -> None:
    """Let an area say what people may owe: an answer, a reason, a paper."""
    app.extensions.setdefault("unit_lacks", []).append(lacks)


def lacks_of(conference: Conference, at: datetime) -> list[Lack]:
    """Everything that people may still owe at this moment."""
    given: list[LacksOf] = current_app.extensions.get("unit_lacks", [])
    return [lack for lacks in given for lack in lacks(conference, at)]


def officer_of(mail: OutboxMail) -> Officer:
    """Whom a letter is to. Who speaks for no unit any more hears of none."""
    assert mail.account_id is not None
    found = officers.officers(mail.account_id)
    return found[0] if found else officers.officer_from(db.session.get_one(Account, mail.account_id))


def somebody_to_show(conference: Conference, at: datetime) -> Officer | None:
    """An officer of whose units something is missing; whoever there is when nothing is."""
    found = officers.who_owe(conference, lacks_of(conference, at), at) or officers.officers()
    return found[0] if found else None


def facts_of_officer(officer: Officer, occasion: Occasion, *, at: datetime) -> dict[str, Any]:
    """What fills the places of a letter to an officer, as it stands at this moment."""
    settings: Settings = current_app.extensions["settings"]
    conference, plan = occasion.conference, occasion.plan
    lacks = lacks_of(conference, at)
    blocks = [_block(conference, unit, lacks, at, is_alone=len(officer.units) == 1) for unit in officer.units]
    begins = min((one.starts_at for one in plan.study_sessions), default=None)
    return {
        "name": officer.name,
        "unit": ", ".join(name for _id, name, _path in officer.units),
        "title": plan.title,
        "issuer": conference.host_unit.name,
        "plan": conference.plan_number,
        "when": f"{filters.clock(begins)} {filters.weekday(begins)}, {filters.day(begins)}" if begins else "",
        "link": f"{settings.address}/conferences/{conference.code}/unit",
        "missing": "\n\n".join(block for block in blocks if block) or _("Đến lúc này đơn vị không còn thiếu việc gì."),
    }


def _block(
    conference: Conference, unit: tuple[int, str, str], lacks: list[Lack], at: datetime, *, is_alone: bool
) -> str:
    _id, name, path = unit
    places = officers.still_to_name(conference, path, at)
    lines = [_("Còn phải cử %(count)s người", count=filters.number(places))] if places else []
    lines += [_line(one) for one in officers.owed_in(path, lacks)]
    if not lines:
        return ""
    listed = [f"- {line}" for line in lines]
    return "\n".join(listed if is_alone else [f"{name}:", *listed])


def _line(owed: Owed) -> str:
    """5 người chưa trả lời: An, Bình và 3 người khác."""
    words, names = owed.lack.words(owed.count), ", ".join(owed.names)
    others = owed.count - len(owed.names)
    if others:
        names = _("%(names)s và %(count)s người khác", names=names, count=filters.number(others))
    return f"{words}: {names}"
