"""Who answered the summons: most of those whom it reached, as in life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, literal, select

from conference.foundation.db import db
from conference.notices.models import Acceptance
from conference.planning.models import Conference
from conference.registry.models import Attendee

SILENT_OF_TEN = 2


def answer(conference: Conference, *, at: datetime) -> None:
    """Eight of ten say that they come. Repeatable: who has answered stays as they are."""
    answered = select(Acceptance.attendee_id).where(Acceptance.attendee_id == Attendee.id).exists()
    rows = select(Attendee.id, literal(at, Acceptance.answered_at.type)).where(
        Attendee.conference_id == conference.id,
        Attendee.withdrawn_at.is_(None),
        Attendee.number % 10 >= SILENT_OF_TEN,
        ~answered,
    )
    db.session.execute(insert(Acceptance).from_select(["attendee_id", "answered_at"], rows))
