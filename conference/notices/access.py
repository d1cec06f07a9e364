"""The only way from an id to a letter."""

from __future__ import annotations

from sqlalchemy import select

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.notices.models import OutboxMail
from conference.planning.models import Conference


def mail_of(conference: Conference, mail_id: int) -> OutboxMail:
    """A letter of this conference. Raises ``not_found``."""
    mail = db.session.scalars(
        select(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.conference_id == conference.id)
    ).first()
    if mail is None:
        raise DomainError("not_found")
    return mail
