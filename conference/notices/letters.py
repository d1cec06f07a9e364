"""What a letter says: its wording filled with facts, and the calendar's entry.

A wording holds places to fill and nothing that runs, the organizers' own and those under ``templates/mail`` alike.
What people typed is filled in as text and is never itself read as a template.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from typing import Any

from flask import Flask, current_app

from conference.adapters.calendar import write_calendar
from conference.adapters.mail import Letter, one_line
from conference.foundation.calendar import Calendar, Mailbox, Method
from conference.foundation.db import db
from conference.notices import digests, queries
from conference.notices.models import LetterWording, MailKind, OutboxMail, purpose_of
from conference.notices.officers import Officer
from conference.notices.queries import ABOUT_THE_PLAN, Occasion
from conference.notices.rules import HIDDEN_TOKEN
from conference.notices.wording import Purpose, Wording, fill
from conference.notices.words import KINDS
from conference.registry import calendars
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.registry.told import whereabouts
from conference.settings import Settings
from conference.web import filters
from conference.web.words import _, speaking

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


def letter_of(mail: OutboxMail, occasion: Occasion, *, at: datetime) -> Letter:
    """The letter behind a row of the outbox, as it leaves: in the wording it was written with."""
    settings: Settings = current_app.extensions["settings"]
    if mail.attendee_id is None:
        officer = digests.officer_of(mail)
        name, written = officer.name, _written_digest(mail, officer, occasion, at=at)
    else:
        attendee = queries.addressee(mail.attendee_id)
        token = link_token(settings.secret_key, attendee.id, attendee.link_issue)
        name, written = attendee.person.full_name, _written_mail(mail, attendee, occasion, token=token, at=at)
    return Letter(
        sender=settings.mail_from,
        to_name=name,
        to_address=mail.address,
        subject=written.subject,
        text=written.text,
        html=written.html,
        message_id=mail.message_id,
        sent_at=at,
        calendar=written.calendar,
        calendar_method=written.method,
    )


def shown_mail(mail: OutboxMail, to: Attendee | Officer, occasion: Occasion, *, at: datetime) -> Written:
    """The same for the eyes of the staff: everything but the personal link, which is its owner's."""
    if isinstance(to, Officer):
        return _written_digest(mail, to, occasion, at=at)
    return _written_mail(mail, to, occasion, token=HIDDEN_TOKEN, at=at)


def shown(
    purpose: Purpose, language: str, wording: Wording, to: Attendee | Officer, occasion: Occasion, *, at: datetime
) -> Written:
    """What a letter would say to this person in these words, its link hidden."""
    if isinstance(to, Officer):
        return _digest(language, wording, to, occasion, at=at)
    kind = next(kind for kind in MailKind if purpose in (purpose_of(kind, 1), purpose_of(kind, 2)))
    return _write(kind, language, wording, to, occasion, token=HIDDEN_TOKEN, at=at)


def text_of(template: str) -> str:
    """The words of a file under ``templates``, as they are: nothing in it is run."""
    env = current_app.jinja_env
    assert env.loader is not None
    return env.loader.get_source(env, template)[0]


@cache
def products_own(purpose: Purpose, language: str) -> Wording:
    """The product's wording, as it is used until somebody words it otherwise."""
    subject, _, body = text_of(f"mail/{purpose}.{language}.txt").partition("\n")
    return Wording(subject.strip(), body.strip())


def wording_in(row: LetterWording | None, purpose: Purpose, language: str) -> Wording:
    """The words of a version; the product's where there is none, or where it went back to them."""
    return Wording(row.subject, row.body) if row is not None and row.is_own else products_own(purpose, language)


def _written_digest(mail: OutboxMail, officer: Officer, occasion: Occasion, *, at: datetime) -> Written:
    row = db.session.get(LetterWording, mail.wording_id) if mail.wording_id else None
    wording = wording_in(row, Purpose.DIGEST, mail.language)
    return _digest(mail.language, wording, officer, occasion, at=at)


def _digest(language: str, wording: Wording, officer: Officer, occasion: Occasion, *, at: datetime) -> Written:
    """A letter to an officer says no time to keep, so it has no entry for a calendar."""
    with speaking(language):
        facts = digests.facts_of_officer(officer, occasion, at=at)
        facts["open_page"] = _("Mở trang việc của đơn vị")
        subject, text, html = _words_of(MailKind.DIGEST, language, wording, facts)
    return Written(subject=subject, text=text, html=html, calendar=b"", method=Method.REQUEST)


def _written_mail(mail: OutboxMail, attendee: Attendee, occasion: Occasion, *, token: str, at: datetime) -> Written:
    purpose = purpose_of(mail.kind, mail.release)
    row = db.session.get(LetterWording, mail.wording_id) if mail.wording_id else None
    wording = wording_in(row, purpose, mail.language) if purpose else None
    return _write(mail.kind, mail.language, wording, attendee, occasion, token=token, at=at)


def _write(
    kind: MailKind,
    language: str,
    wording: Wording | None,
    attendee: Attendee,
    occasion: Occasion,
    *,
    token: str,
    at: datetime,
) -> Written:
    calendar = _calendar(attendee, occasion, at) if kind in ABOUT_THE_PLAN else None
    with speaking(language):
        facts = facts_of(attendee, occasion, token)
        further = current_app.extensions.get("letter_facts", {}).get(kind)
        if further is not None:
            facts |= further(attendee, at)
        facts["changes"] = "\n".join(f"- {line}" for line in facts.get("changes", ()))
        subject, text, html = _words_of(kind, language, wording, facts)
    return Written(
        subject=subject,
        text=text,
        html=html,
        calendar=write_calendar(calendar) if calendar else b"",
        method=calendar.method if calendar else Method.REQUEST,
    )


def _words_of(kind: MailKind, language: str, wording: Wording | None, facts: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, plain text and HTML. Without a wording it is a receipt, whose words are nobody's to choose."""
    if wording is None:
        parts = (_fill(f"mail/{kind}.{part}", facts) for part in ("subject.txt", "txt", "html"))
        subject, text, html = parts
        return one_line(subject), text, html
    subject, text = one_line(fill(wording.subject, facts)), fill(wording.body, facts)
    page = facts | {
        "language": language,
        "subject": subject,
        "heading": KINDS[kind],
        "paragraphs": _paragraphs(text, facts["link"]),
        "open_page": facts.get("open_page") or _("Mở trang riêng của đồng chí"),
    }
    return subject, text, _fill("mail/letter.html", page)


def _paragraphs(text: str, link: str) -> list[str]:
    """Blocks between empty lines; the link in a line of its own is a block too, for it becomes a button."""
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not line.strip() or line.strip() == link:
            blocks += [[line.strip()], []] if line.strip() else [[]]
        else:
            blocks[-1].append(line)
    return ["\n".join(block) for block in blocks if block]


def _calendar(attendee: Attendee, occasion: Occasion, at: datetime) -> Calendar | None:
    settings: Settings = current_app.extensions["settings"]
    organizer = Mailbox(*parseaddr(settings.mail_from))
    event = calendars.summons_event(attendee, occasion.conference, occasion.plan, organizer=organizer, at=at)
    return calendars.summons_calendar(event, occasion.conference) if event else None


def facts_of(attendee: Attendee, occasion: Occasion, token: str) -> dict[str, Any]:
    """What fills the places of any letter, in the language that is spoken now: the plan as people are told it."""
    settings: Settings = current_app.extensions["settings"]
    conference, plan = occasion.conference, occasion.plan
    there = whereabouts(attendee, plan)
    begins = calendars.begins_at(there.study_sessions) if there.study_sessions else None
    host = (
        [there.place.host_name, filters.phone(there.place.host_phone)] if there.place and there.place.host_name else []
    )
    return {
        "name": attendee.person.full_name,
        "position": attendee.position,
        "unit": attendee.unit.name,
        "title": plan.title,
        "issuer": conference.host_unit.name,
        "plan": conference.plan_number,
        "when": f"{filters.clock(begins)} {filters.weekday(begins)}, {filters.day(begins)}" if begins else "",
        "where": there.place.words if there.place else "",
        "seat": there.seat,
        "host": ", ".join(part for part in host if part),
        "programme": calendars.programme_words(there.study_sessions, conference.timezone),
        "link": f"{settings.address}/p/{token}",
    }


def _fill(template: str, facts: dict[str, Any]) -> str:
    """Without what surrounds a page: a letter knows no request."""
    return current_app.jinja_env.get_template(template).render(facts)
