"""What the letters of this area say: the reminder of what is due, and the receipt of what was handed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, current_app

from conference.foundation import clock
from conference.foundation.actor import Actor
from conference.notices.actions import write_receipt
from conference.notices.letters import tell_more
from conference.notices.models import MailKind
from conference.notices.views import domain, may_send
from conference.reflections import attachments, queries, words
from conference.reflections.content import answered_of
from conference.reflections.models import Submission
from conference.reflections.rules import TaskForm
from conference.registry.models import Attendee
from conference.web import filters
from conference.web.words import _


def write_letters(app: Flask) -> None:
    tell_more(app, MailKind.REMINDER, reminder_facts)
    tell_more(app, MailKind.OVERDUE, reminder_facts)
    tell_more(app, MailKind.RECEIPT, receipt_facts)


def send_receipt(attendee: Attendee, submission: Submission, by: Actor) -> None:
    """In a transaction: the letter with the receipt of what was just handed in; once, whatever is pressed.
    ``attendee.conference`` and ``attendee.person`` are loaded."""
    write_receipt(
        attendee=attendee,
        occasion=submission.receipt_number,
        domain=domain(),
        may_send=may_send(attendee.conference),
        by=by,
        at=clock.now(),
    )


def reminder_facts(attendee: Attendee, at: datetime) -> dict[str, Any]:
    desk = queries.desk_of(attendee.id)
    if desk.task is None or desk.window is None:
        return {"paper": "", "left": "", "due": "", "late_until": ""}
    return {
        "paper": _("bài trắc nghiệm") if desk.task.form is TaskForm.QUIZ else _("bài thu hoạch"),
        "left": words.left_words(at, desk.window.due_at, desk.attendee.conference.timezone),
        "due": words.due_words(desk.window.due_at),
        "late_until": words.due_words(desk.window.late_until),
    }


def receipt_facts(attendee: Attendee, at: datetime) -> dict[str, Any]:
    """Of the version that counts; a letter that leaves late speaks of the newest."""
    submission = queries.desk_of(attendee.id).submission
    if submission is None:
        return {}
    return {
        "receipt_number": submission.receipt_number,
        "received": words.received_words(submission.received_at),
        "is_late": submission.is_late,
        "words": filters.number(submission.words),
        "answered": answered_of(submission.content),
        "on_behalf_by": attachments.handed_in_by(submission.id),
        "version": submission.version,
        "sha256": submission.sha256,
        "signature": submission.signature,
        "check_address": f"{current_app.extensions['settings'].address}/check/{submission.receipt_number}",
    }
