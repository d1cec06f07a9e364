"""Wishes to be erased, and noting who took a person's data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.privacy import queries
from conference.privacy.models import ErasureRequest
from conference.privacy.rules import RequestState


def ask(*, attendee_id: int, by: Actor, at: datetime) -> ErasureRequest:
    """Wish to be erased. Asking again while it waits changes nothing."""
    found = queries.request_of(attendee_id)
    if found is not None and found.state is RequestState.ASKED:
        return found
    if found is None:
        found = ErasureRequest(attendee_id=attendee_id, asked_at=at, state=RequestState.ASKED, answer="")
        db.session.add(found)
    found.asked_at, found.state, found.answer, found.decided_at = at, RequestState.ASKED, "", None
    db.session.flush()
    record(by=by, at=at, action="erasure.ask", subject=("attendee", attendee_id))
    return found


def take_back(*, attendee_id: int, by: Actor, at: datetime) -> None:
    """Withdraw a wish that waits. Repeatable."""
    if _settle(attendee_id, RequestState.WITHDRAWN, "", at):
        record(by=by, at=at, action="erasure.take_back", subject=("attendee", attendee_id))


def refuse(*, attendee_id: int, answer: str, by: Actor, at: datetime) -> None:
    """Say why somebody is not erased; the answer stands on their page. Raises ``changed_meanwhile``."""
    if not _settle(attendee_id, RequestState.REFUSED, answer, at):
        raise DomainError("changed_meanwhile")
    record(by=by, at=at, action="erasure.refuse", subject=("attendee", attendee_id))


def _settle(attendee_id: int, state: RequestState, answer: str, at: datetime) -> bool:
    return bool(
        changed_rows(
            update(ErasureRequest)
            .where(ErasureRequest.attendee_id == attendee_id, ErasureRequest.state == RequestState.ASKED)
            .values(state=state, answer=answer, decided_at=at)
            .execution_options(synchronize_session=False)
        )
    )


def note_export(*, attendee_id: int, by: Actor, at: datetime) -> None:
    record(by=by, at=at, action="person.export", subject=("attendee", attendee_id))
