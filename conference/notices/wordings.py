"""The wordings of a conference's letters: which is used now, and the making of a new version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.notices.models import LetterLanguage, LetterWording
from conference.notices.wording import Purpose, Wording
from conference.planning.models import Conference
from conference.registry.models import Attendee


def current(conference_id: int) -> dict[tuple[Purpose, str], LetterWording]:
    """The newest version of each wording that anybody ever changed."""
    newest = (
        select(LetterWording.purpose, LetterWording.language, func.max(LetterWording.version).label("version"))
        .where(LetterWording.conference_id == conference_id)
        .group_by(LetterWording.purpose, LetterWording.language)
        .subquery()
    )
    rows = db.session.scalars(
        select(LetterWording)
        .join(
            newest,
            (newest.c.purpose == LetterWording.purpose)
            & (newest.c.language == LetterWording.language)
            & (newest.c.version == LetterWording.version),
        )
        .where(LetterWording.conference_id == conference_id)
    )
    return {(row.purpose, row.language): row for row in rows}


def own_id(conference_id: int, purpose: Purpose, language: str) -> int | None:
    """Which version letters written now keep; none for the product's own words."""
    row = current(conference_id).get((purpose, language))
    return row.id if row is not None and row.is_own else None


def versions(conference_id: int, purpose: Purpose, language: str) -> Sequence[LetterWording]:
    """The newest first."""
    return db.session.scalars(
        select(LetterWording)
        .where(
            LetterWording.conference_id == conference_id,
            LetterWording.purpose == purpose,
            LetterWording.language == language,
        )
        .order_by(LetterWording.version.desc())
    ).all()


def reword(
    *,
    conference: Conference,
    purpose: Purpose,
    language: str,
    after_version: int,
    wording: Wording | None,
    by: Actor,
    at: datetime,
) -> None:
    """Make the next version; without a ``wording`` it is the product's own again.

    Raises ``changed_meanwhile`` when somebody else made a version after the one that was looked at.
    """
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    last = db.session.scalar(
        select(func.max(LetterWording.version)).where(
            LetterWording.conference_id == conference.id,
            LetterWording.purpose == purpose,
            LetterWording.language == language,
        )
    )
    row = dialect.insert(LetterWording).values(
        conference_id=conference.id,
        purpose=purpose,
        language=language,
        version=after_version + 1,
        is_own=wording is not None,
        subject=wording.subject if wording else "",
        body=wording.body if wording else "",
        made_at=at,
        made_by=by.id if by.kind is ActorKind.ACCOUNT else None,
    )
    # Whoever writes the version first has it; another who looked at the same one is told.
    if (last or 0) != after_version or db.session.scalar(
        row.on_conflict_do_nothing().returning(LetterWording.id)
    ) is None:
        raise DomainError("changed_meanwhile")
    after = {"purpose": purpose, "language": language, "version": after_version + 1, "is_own": wording is not None}
    record(by=by, at=at, action="notices.reword", subject=("conference", conference.id), after=after)


def language_of(attendee_id: int) -> str:
    """In which language letters to this person are."""
    return db.session.scalar(select(LetterLanguage.language).where(LetterLanguage.attendee_id == attendee_id)) or "vi"


def choose_language(*, attendee: Attendee, language: str, by: Actor, at: datetime) -> None:
    """Letters written from now on are in this language. Repeatable."""
    before = language_of(attendee.id)
    if before == language:
        return
    row = db.session.get(LetterLanguage, attendee.id)
    if row is None:
        db.session.add(LetterLanguage(attendee_id=attendee.id, language=language))
    else:
        row.language = language
    db.session.flush()
    record(
        by=by,
        at=at,
        action="notices.language",
        subject=("attendee", attendee.id),
        before={"language": before},
        after={"language": language},
    )
