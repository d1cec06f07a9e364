"""The only way from an id to a letter, or to a line of the schedule of reminders."""

from __future__ import annotations

from sqlalchemy import select

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.notices.models import OutboxMail, ReminderRule
from conference.planning.models import Conference


def mail_of(conference: Conference, mail_id: int) -> OutboxMail:
    """A letter of this conference. Raises ``not_found``."""
    mail = db.session.scalars(
        select(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.conference_id == conference.id)
    ).first()
    if mail is None:
        raise DomainError("not_found")
    return mail


def reminder_of(conference: Conference, rule_id: int) -> ReminderRule:
    """A rule of this conference that still stands. Raises ``not_found``."""
    rule = db.session.get(ReminderRule, rule_id)
    if rule is None or rule.conference_id != conference.id or rule.ended_at is not None:
        raise DomainError("not_found")
    return rule
