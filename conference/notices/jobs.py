"""Sending the outbox: one letter at a time, at most once each, not faster than the server is to be asked."""

from __future__ import annotations

import time
from typing import Any

import structlog
from flask import current_app

from conference.adapters.mail import Answer, MailServerDown, Outcome, Postman, mail_server
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Task, job
from conference.notices import actions, queries
from conference.notices.letters import letter_of
from conference.notices.models import OutboxMail
from conference.notices.rules import wait_after
from conference.settings import Settings

log = structlog.get_logger(__name__)

AT_ONCE = 50
TURN_SECONDS = 20.0
"""A run gives way to other jobs after this long; what is left goes on in the next."""

MOST_DOWN = 12
MOST_CUTS = 3
"""Cut off so often in a row after a letter was given, the run stops: else a sick server makes all of them unknown."""


@job(actions.SEND)
def send(task: Task) -> dict[str, Any]:
    """Send what is queued for a conference. Killed half-way, what was on its way becomes unknown, never sent again."""
    settings: Settings = current_app.extensions["settings"]
    conference_id = int(task.payload["conference_id"])
    with transaction():
        actions.give_up_on_the_dead(conference_id=conference_id, job_id=task.id)
        if task.attempt > 1:  # should this worker die as the one before did, another job takes over what is left
            actions.leave_a_sender(conference_id=conference_id, at=clock.now())
    occasion = queries.occasion_of(conference_id)
    if not settings.smtp_url or occasion.conference.is_demo:
        with transaction():
            held = actions.hold_queued(conference_id=conference_id, by=SYSTEM, at=clock.now())
        return {"held": held}
    db.session.expunge_all()  # what all letters share stays loaded through every commit of the run
    run = _Run(task, occasion, settings)
    down = ""
    while not run.is_over and not down:
        try:
            with mail_server(settings.smtp_url) as postman:
                run.send_over(postman)
        except MailServerDown as error:
            down = str(error)
            log.warning("mail_server_down", reason=down, conference_id=conference_id)
    if run.cuts >= MOST_CUTS:
        down = "cut off"
    _go_on(conference_id, times_down=int(task.payload.get("times_down", 0)) + 1 if down else 0)
    return {"sent": run.sent, "down": down, "page": ["notices.call", {"code": occasion.conference.code}]}


class _Run:
    """One turn at the outbox, over one connection or, where the server cuts it, over several."""

    def __init__(self, task: Task, occasion: queries.Occasion, settings: Settings) -> None:
        self.sent = 0
        self.cuts = 0
        self.is_over = False
        self._task = task
        self._occasion = occasion
        self._pause = 60.0 / settings.mail_per_minute
        self._next_at = time.monotonic()
        self._ends = self._next_at + TURN_SECONDS

    def send_over(self, postman: Postman) -> None:
        """Send until nothing is due, the turn is over, or the connection is lost. Raises ``MailServerDown``."""
        while True:
            ids = queries.due_ids(self._occasion.conference.id, clock.now(), AT_ONCE)
            db.session.rollback()
            if not ids:
                self.is_over = True
            for mail_id in ids:
                if time.monotonic() >= self._ends:
                    self.is_over = True
                    break
                time.sleep(max(0.0, self._next_at - time.monotonic()))
                self._next_at = time.monotonic() + self._pause
                outcome = self._send_one(postman, mail_id)
                self._task.progress(self.sent, 0)
                if outcome is Outcome.UNKNOWN:
                    self.cuts += 1
                    self.is_over = self.cuts >= MOST_CUTS
                    return
                if outcome is not None:
                    self.cuts = 0
                elif queries.release_now(self._occasion.conference.id) != self._occasion.plan.number:
                    self.is_over = True  # a newer plan is out: the next run tells that one
                    break
            if self.is_over:
                return

    def _send_one(self, postman: Postman, mail_id: int) -> Outcome | None:
        mail = db.session.get_one(OutboxMail, mail_id, populate_existing=True)
        letter = letter_of(mail, self._occasion, at=clock.now())
        attempts = mail.attempts
        with transaction():
            if not actions.take(mail=mail, job_id=self._task.id, release=self._occasion.plan.number):
                return None
        try:
            answer = postman.send(letter)
        except MailServerDown:
            with transaction():
                actions.put_back(mail_id=mail_id)
            raise
        with transaction():
            _note(mail_id, attempts, answer)
        if answer.outcome is Outcome.SENT:
            self.sent += 1
        return answer.outcome


def _note(mail_id: int, attempts: int, answer: Answer) -> None:
    at = clock.now()
    if answer.outcome is Outcome.SENT:
        actions.note_sent(mail_id=mail_id, at=at)
    elif answer.outcome is Outcome.UNKNOWN:
        actions.note_unknown(mail_id=mail_id, words=answer.words)
    elif answer.outcome is Outcome.LATER:
        actions.note_later(mail_id=mail_id, attempts=attempts, words=answer.words, at=at)
    else:
        actions.note_refused(mail_id=mail_id, words=answer.words)


def _go_on(conference_id: int, *, times_down: int) -> None:
    """Have the rest sent later: when its turn comes, or when the server may be back. In the end a person looks."""
    at = clock.now()
    due = queries.next_due_at(conference_id)
    if due is None or times_down >= MOST_DOWN:
        return
    when = at + wait_after(times_down) if times_down else max(due, at)
    with transaction():
        actions.start_sending(conference_id=conference_id, by=SYSTEM, at=at, run_after=when, times_down=times_down)
