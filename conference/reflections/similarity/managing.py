"""What organizers lay down: limits, and texts that everybody may quote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.reflections.content import count_words
from conference.reflections.similarity.indexing import ensure_index, find_groups
from conference.reflections.similarity.models import OfficialText
from conference.reflections.similarity.rules import Limits


def set_limits(*, conference_id: int, limits: Limits, by: Actor, at: datetime) -> None:
    """Lay down from which share on papers are to be looked at and may be copied; groups follow at once."""
    row = ensure_index(conference_id)
    before = {"watch": row.watch, "suspect": row.suspect}
    row.watch, row.suspect = limits.watch, limits.suspect
    db.session.flush()
    find_groups(conference_id)
    record(
        by=by,
        at=at,
        action="similarity.set_limits",
        subject=("conference", conference_id),
        before=before,
        after={"watch": limits.watch, "suspect": limits.suspect},
    )


def add_official_text(*, conference_id: int, title: str, text: str, by: Actor, at: datetime) -> OfficialText:
    """Let everybody quote a text. It bears on what is found once all papers are compared again."""
    row = OfficialText(
        conference_id=conference_id,
        title=title,
        text=text,
        words=count_words(text),
        added_at=at,
        added_by=by.id if by.kind is ActorKind.ACCOUNT else None,
    )
    db.session.add(row)
    db.session.flush()
    record(by=by, at=at, action="similarity.add_text", subject=("official_text", row.id), after={"words": row.words})
    return row


def remove_official_text(*, conference_id: int, text_id: int, by: Actor, at: datetime) -> None:
    """Raises ``not_found``."""
    removed = changed_rows(
        delete(OfficialText).where(OfficialText.id == text_id, OfficialText.conference_id == conference_id)
    )
    if not removed:
        raise DomainError("not_found")
    record(by=by, at=at, action="similarity.remove_text", subject=("official_text", text_id))
