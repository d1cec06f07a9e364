"""What a letter says: the templates under ``templates/mail`` filled with facts, and the calendar's entry.

The templates hold placeholders only. What people typed is filled in as text and is never itself read as a template.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from flask import Flask, current_app

from conference.adapters.calendar import write_calendar
from conference.adapters.mail import Letter, one_line
from conference.foundation.calendar import Mailbox, Method
from conference.notices.models import MailKind, OutboxMail
from conference.notices.queries import ABOUT_THE_PLAN, Occasion
from conference.notices.rules import HIDDEN_TOKEN
from conference.registry import calendars
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.registry.told import whereabouts
from conference.settings import Settings
from conference.web import filters

Facts = Callable[[Attendee, datetime], dict[str, Any]]


def tell_more(app: Flask, kind: MailKind, facts: Facts) -> None:
    """Let a later area add what its kind of letter says about a person."""
    app.extensions.setdefault("letter_facts", {})[kind] = facts


@dataclass(frozen=True)
class Written:
    """A letter as people read it."""

    subject: str
    text: str
    html: str
    calendar: bytes
    method: Method


def letter_of(mail: OutboxMail, attendee: Attendee, occasion: Occasion, *, at: datetime) -> Letter:
    """The letter behind a row of the outbox, as it leaves."""
    settings: Settings = current_app.extensions["settings"]
    token = link_token(settings.secret_key, attendee.id, attendee.link_issue)
    written = write(mail.kind, attendee, occasion, token=token, is_new_version=mail.release > 1, at=at)
    return Letter(
        sender=settings.mail_from,
        to_name=attendee.person.full_name,
        to_address=mail.address,
        subject=written.subject,
        text=written.text,
        html=written.html,
        message_id=mail.message_id,
        sent_at=at,
        calendar=written.calendar,
        calendar_method=written.method,
    )


def shown(kind: MailKind, attendee: Attendee, occasion: Occasion, *, is_new_version: bool, at: datetime) -> Written:
    """The letter for the eyes of the staff: everything but the personal link, which is its owner's."""
    return write(kind, attendee, occasion, token=HIDDEN_TOKEN, is_new_version=is_new_version, at=at)


def write(
    kind: MailKind, attendee: Attendee, occasion: Occasion, *, token: str, is_new_version: bool, at: datetime
) -> Written:
    settings: Settings = current_app.extensions["settings"]
    conference, plan = occasion.conference, occasion.plan
    there = whereabouts(attendee, plan)
    organizer = Mailbox(*parseaddr(settings.mail_from))
    event = calendars.summons_event(attendee, conference, plan, organizer=organizer, at=at)
    calendar = calendars.summons_calendar(event, conference) if event and kind in ABOUT_THE_PLAN else None
    begins = calendars.begins_at(plan.study_sessions) if plan.study_sessions else None
    facts = {
        "name": attendee.person.full_name,
        "position": attendee.position,
        "unit": attendee.unit.name,
        "title": plan.title,
        "issuer": conference.host_unit.name,
        "plan_number": conference.plan_number,
        "when": f"{filters.clock(begins)} {filters.weekday(begins)}, {filters.day(begins)}" if begins else "",
        "place": there.place.words if there.place else "",
        "seat": there.seat,
        "host_name": there.place.host_name if there.place else "",
        "host_phone": there.place.host_phone if there.place else "",
        "programme": calendars.programme_words(plan.study_sessions, conference.timezone),
        "link": f"{settings.address}/p/{token}",
        "is_new_version": is_new_version,
    }
    further = current_app.extensions.get("letter_facts", {}).get(kind)
    if further is not None:
        facts |= further(attendee, at)
    name = f"mail/{kind}"
    return Written(
        subject=one_line(_fill(f"{name}.subject.txt", facts)),
        text=_fill(f"{name}.txt", facts),
        html=_fill(f"{name}.html", facts),
        calendar=write_calendar(calendar) if calendar else b"",
        method=calendar.method if calendar else Method.REQUEST,
    )


def _fill(template: str, facts: dict[str, Any]) -> str:
    """Without what surrounds a page: a letter knows no request."""
    return current_app.jinja_env.get_template(template).render(facts)
