"""Answers to the summons: given on the own page, noted by unit or organizers, counted by unit and by site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select

from conference.directory.models import Person, Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.paging import AnySelect
from conference.foundation.text import row_number
from conference.notices import replies
from conference.notices.digests import count_lacks_with
from conference.notices.officers import Lack
from conference.notices.queries import has_address
from conference.notices.reminders import day_of
from conference.notices.replies import has_replied
from conference.notices.rules import Contact, Reply
from conference.notices.views import READERS, bp
from conference.planning import queries as planning
from conference.planning.entry import enter_conference
from conference.planning.models import Conference, ConferenceState
from conference.registry import access as registry_access
from conference.registry.actions import check_is_held
from conference.registry.called import is_summoned, sessions_of
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.registry.views import fragment
from conference.web import filters
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

CONTACTS = {
    "mail": lazy("Có thư điện tử"),
    "no_mail": lazy("Không có thư điện tử"),
    "phone_only": lazy("Chỉ có điện thoại"),
    "none": lazy("Không thư, không điện thoại"),
}
REPLIES = {
    Reply.COMING: lazy("Sẽ dự"),
    Reply.LEAVE: lazy("Xin vắng"),
    Reply.SILENT: lazy("Chưa trả lời"),
}
REPLY_SHAPES = {Reply.COMING: "ready", Reply.LEAVE: "excused", Reply.SILENT: "not_seen"}


# ---- counted


@bp.get("/conferences/<code>/call/ways")
@allow(*READERS, Role.UNIT_OFFICER)
def ways(code: str) -> ResponseReturnValue:
    """Whom each way reaches and who answered, by unit or by site; every figure leads to its people."""
    conference = enter_conference(code)
    reach = registry_access.reach_of(g.actor, conference)
    counted = replies.tally(conference.id, reach)
    by = "site" if request.args.get("by") == "site" else "unit"
    ask = ask_from_request("by", "unit")
    above = unit_within(reach, ask.query.get("unit", ""))
    if by == "site":
        page = counted.by_site(ask)
    else:
        page = counted.by_unit(ask, above=above, within=None if reach.is_whole else sorted(reach.unit_paths))
    return render_template(
        "notices/ways.html",
        conference=conference,
        reach=reach,
        whole=counted.whole,
        page=addressed(page),
        by=by,
        above=above,
        Contact=Contact,
        Reply=Reply,
    )


def unit_within(reach: Reach, text: str) -> Unit | None:
    """The unit of an address, if it lies within reach."""
    id = row_number(text)
    unit = db.session.get(Unit, id) if id is not None else None
    return unit if unit is not None and reach.covers(unit.path) else None


# ---- one person


@bp.post("/conferences/<code>/people/<int:number>/reply")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def note_reply(code: str, number: int) -> ResponseReturnValue:
    """What somebody told their unit or the organizers, who note it for them."""
    conference = enter_conference(code)
    reach = registry_access.reach_of(g.actor, conference)
    attendee = registry_access.attendee_to_speak_for(reach, conference, number)
    with transaction():
        _answer(attendee, conference, _said())
    flash(_("Đã ghi câu trả lời."), "ok")
    return redirect(url_for("registry.person", code=conference.code, number=number))


@bp.post("/my/reply")
@allow(Role.ATTENDEE)
def my_reply() -> ResponseReturnValue:
    """The attendee says that they come, or takes it back."""
    attendee = registry_access.attendee_themself(g.actor)
    coming = _said()
    with transaction():
        _answer(attendee, attendee.conference, coming)
    flash(_("Đã báo Ban Tổ chức: đồng chí sẽ dự.") if coming else _("Đã rút câu trả lời."), "ok")
    return redirect(url_for("registry.my_page"))


def _said() -> bool:
    """True for coming, False for taking it back."""
    reply = request.form.get("reply")
    if reply not in (Reply.COMING, Reply.SILENT):
        raise DomainError("bad_request")
    return reply == Reply.COMING


def _answer(attendee: Attendee, conference: Conference, coming: bool) -> None:
    check_is_held(conference.id)
    if not may_answer(attendee, conference, clock.now()):
        raise DomainError("conference_begun")
    answer = replies.accept if coming else replies.take_back
    answer(attendee=attendee, by=g.actor, at=clock.now())


def may_answer(attendee: Attendee, conference: Conference, at: datetime) -> bool:
    """Until the attendee's first session begins; a draft asks nobody."""
    study_sessions = sessions_of(attendee.wave_id, planning.study_sessions_of([conference.id])[conference.id])
    begins = min((one.starts_at for one in study_sessions), default=None)
    return conference.state is ConferenceState.PUBLISHED and (begins is None or at < begins)


def reply_of(attendee: Attendee, reach: Reach) -> Markup | None:
    """The answer on somebody's page in the registry."""
    if attendee.withdrawn_at is not None:
        return None
    standing = replies.standing_of(attendee.id)
    return fragment(
        "notices/_reply.html",
        conference=g.conference,
        attendee=attendee,
        standing=standing,
        shape=REPLY_SHAPES[standing.reply],
        word=REPLIES[standing.reply],
        may_note=(reach.may_change or reach.may_ask) and may_answer(attendee, g.conference, clock.now()),
    )


def my_reply_part(attendee_id: int) -> Markup | None:
    """The question on the attendee's own page, while it can be answered."""
    attendee = registry_access.attendee_themself(g.actor)
    if attendee.withdrawn_at is not None or not may_answer(attendee, attendee.conference, clock.now()):
        return None
    return Markup(  # noqa: S704 (a template of ours)
        render_template("notices/_my_reply.html", standing=replies.standing_of(attendee_id))
    )


# ---- in the list of people


def by_contact(statement: AnySelect, value: str) -> AnySelect:
    """People whom letters, or letters and telephone, don't reach: they are called on paper through their unit."""
    if value == "no_mail":
        return statement.where(~has_address())
    return statement.where(replies.is_reached(Contact(value)) if value in list(Contact) else Person.id.is_(None))


def by_reply(statement: AnySelect, value: str) -> AnySelect:
    return statement.where(replies.has_replied(Reply(value)) if value in list(Reply) else Person.id.is_(None))


def by_unit_itself(statement: AnySelect, value: str) -> AnySelect:
    """People of the unit itself, without those of the units below it."""
    return statement.where(Attendee.unit_id == row_number(value))


def _offer(conference: Conference) -> dict[str, Any]:
    options = [(key.value, str(word)) for key, word in REPLIES.items()]
    return {"name": "reply", "label": _("Trả lời"), "options": options}


def _word_of(words: dict[Any, Any], value: str) -> str:
    return str(next((word for key, word in words.items() if key == value), value))


def unanswered(conference: Conference, at: datetime) -> list[Lack]:
    """Until the last day is over, units may still ask those who are called whether they come."""
    if day_of(at, conference) > conference.ends_on:
        return []
    people = select(Attendee.id).where(
        Attendee.conference_id == conference.id, is_summoned(), has_replied(Reply.SILENT)
    )
    return [Lack(people, lambda count: _("%(count)s người chưa trả lời có dự không", count=filters.number(count)))]


def join_pages(app: Flask) -> None:
    """Stand in the registry's pages: the answer on a person's page and on their own, and filters of the list."""
    given = app.extensions
    count_lacks_with(app, unanswered)
    given.setdefault("person_parts", []).append((5, reply_of))
    given.setdefault("my_page_parts", []).append((5, my_reply_part))
    given.setdefault("people_selects", []).append(_offer)
    given.setdefault("unit_lists", []).append(("reply", Reply.SILENT.value, lazy("người chưa trả lời")))
    given.setdefault("people_filters", {}).update(contact=by_contact, reply=by_reply, direct=by_unit_itself)
    given.setdefault("people_filter_words", {}).update(
        contact=lambda value: (_("Liên lạc"), _word_of(CONTACTS, value)),
        reply=lambda value: (_("Trả lời"), _word_of(REPLIES, value)),
        direct=lambda value: (_("Danh sách"), _("Trực thuộc, không kể đơn vị dưới")),
    )
