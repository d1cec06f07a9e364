"""The attendee's side: the waiting room, the way into the room, signs of life, answers to prompts."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import UnsupportedMediaType

from conference.checkin.online import access, queries, rules, words
from conference.checkin.online.counting import Signs, Told, receive_signs
from conference.checkin.online.forms import is_room, read_signs
from conference.checkin.online.rules import Hours, Rule
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.grouping import Grouping
from conference.planning import queries as planning
from conference.planning.models import StudySession
from conference.planning.modules import Module, part_of
from conference.registry.access import attendee_themself
from conference.registry.called import sessions_of
from conference.registry.models import Attendee
from conference.registry.tickets import key_ring
from conference.registry.views import fragment, session_word
from conference.web import filters
from conference.web.guard import allow
from conference.web.headers import let_forms_lead_to

bp = Blueprint("my_online", __name__)

WRITER = "online_writer"
LARGEST_BODY = 16 * 1024
SIGN_EVERY = (45, 75)
"""Seconds between signs of life, drawn anew each time, so that thousands of pages do not come at once."""


def join_pages(app: Flask) -> None:
    """Stand on the page of those who may follow online, and keep their signs together."""

    def carry_out(signs: Sequence[Signs]) -> list[Told]:
        with transaction():
            return receive_signs(signs, keys=key_ring(_secret()), at=clock.now())

    app.extensions[WRITER] = Grouping(carry_out, gather=lambda: time.sleep(0))
    app.extensions.setdefault("my_page_parts", []).append((8, my_page_part))


@part_of(Module.ONLINE)
def my_page_part(attendee_id: int) -> Markup | None:
    attendee = db.session.get_one(Attendee, attendee_id)
    try:
        rule = access.follower(attendee)
    except DomainError:
        return None
    sessions = queries.own_sessions(attendee)
    if not sessions:
        return None
    study_session, hours = _on_or_next(sessions, rule)
    at = clock.now()
    return fragment(
        "checkin/online/_my_part.html",
        hours=hours,
        is_open=hours.is_open(at),
        is_over=at > hours.ends_at,
        word=session_word(study_session),
        found=queries.followings_of(attendee_id).get(study_session.id),
        words=words,
    )


def _on_or_next(sessions: Sequence[StudySession], rule: Rule) -> tuple[StudySession, Hours]:
    at = clock.now()
    chosen = next((one for one in sessions if one.ends_at >= at), sessions[-1])
    return chosen, rules.hours_of(chosen.starts_at, chosen.ends_at, rule)


@bp.get("/my/online")
@allow(Role.ATTENDEE)
def room() -> ResponseReturnValue:
    """The waiting room before, the companion of the platform's room during, the result after."""
    attendee = attendee_themself(g.actor)
    rule = access.follower(attendee)
    sessions = sessions_of(attendee.wave_id, planning.programme_of(attendee.conference_id))
    if not sessions:
        raise DomainError("no_study_session")
    study_session, hours = _on_or_next(sessions, rule)
    at = clock.now()
    let_forms_lead_to("https:")  # the button's answer leads to the platform, and that often on to another of its hosts
    followings = queries.followings_of(attendee.id)
    found = followings.get(study_session.id)
    return render_template(
        "checkin/online/room.html",
        attendee=attendee,
        conference=attendee.conference,
        study_session=study_session,
        hours=hours,
        rule_sentence=words.rule_sentence(rule, int((hours.ends_at - hours.starts_at).total_seconds() // 60)),
        phase="before" if at < hours.opens_at else ("open" if at <= hours.ends_at else "over"),
        wait_seconds=max(0, int((hours.opens_at - at).total_seconds())),
        has_room=bool(queries.room_of(attendee)),
        found=found,
        past=[(session_word(one), followings[one.id]) for one in sessions if one.id in followings and one.ends_at < at],
        items=_programme(study_session, at),
        session_word=session_word,
        words=words,
    )


def _programme(study_session: Any, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "time": filters.clock(topic.starts_at),
            "title": topic.title,
            "state": "done" if topic.ends_at <= at else ("now" if topic.starts_at <= at else "todo"),
        }
        for topic in study_session.topics
    ]


@bp.post("/my/online/enter")
@allow(Role.ATTENDEE)
def enter() -> ResponseReturnValue:
    """Note that this person goes into the room, and lead there: to the address that is kept, and to no other."""
    attendee = attendee_themself(g.actor)
    rule = access.follower(attendee)
    sessions = queries.own_sessions(attendee)
    if not sessions:
        raise DomainError("no_study_session")
    study_session, hours = _on_or_next(sessions, rule)
    at = clock.now()
    if not hours.is_open(at):
        raise DomainError("online_not_open")
    address = queries.room_of(attendee)
    if not is_room(address):
        raise DomainError("online_no_room")
    _keep(Signs(attendee.id, study_session.id, (at,), enters=True))
    return redirect(address, 303)


@bp.post("/my/online/signs")
@allow(Role.ATTENDEE)
def signs() -> ResponseReturnValue:
    """Signs of life and answers, several at once after a lost line; what is told back is all the page shows."""
    request.max_content_length = LARGEST_BODY
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        sent = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise DomainError("signs_unreadable") from error
    at = clock.now()
    given = read_signs(sent, at=at)
    attendee = attendee_themself(g.actor)
    rule = access.follower(attendee)
    study_session, hours = access.followed_session(attendee, rule, given.study_session, at)
    found = queries.followings_of(attendee.id).get(study_session.id)
    if found is None or found.entered_at is None:
        raise DomainError("online_not_entered")
    attendee_id, study_session_id = attendee.id, study_session.id
    prompts = rules.prompts_of(_secret(), attendee=attendee_id, study_session=study_session_id, hours=hours, rule=rule)
    told = _keep(
        Signs(
            attendee_id,
            study_session_id,
            given.moments,
            tuple((n, when) for n, when in given.answers if rules.is_answer(prompts, n, given_at=when, at=at)),
        )
    )
    prompt = rules.prompt_now(prompts, told.answered, at)
    following = told.following
    return {
        "minutes": following.minutes,
        "of": following.of_minutes,
        "answered": following.answered,
        "asked": following.asked,
        "is_enough": following.is_enough,
        "prompt": prompt and {"number": prompt.number, "seconds": int((prompt.until_at - at).total_seconds())},
        "is_over": at > hours.ends_at,
        "next": random.uniform(*SIGN_EVERY),
    }


def _keep(signs: Signs) -> Told:
    db.session.rollback()  # who waits for a group to be written must not hold a connection meanwhile
    writer: Grouping[Signs, Told] = current_app.extensions[WRITER]
    return writer.submit(signs)


def _secret() -> str:
    secret: str = current_app.extensions["settings"].secret_key
    return secret
