"""Reading who is sent instead of whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import joinedload

from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.planning.models import StudySession
from conference.registry.called import sessions_of
from conference.registry.models import Attendee, Substitute, SubstituteState


@dataclass(slots=True)
class Sent:
    """What substitution means for one attendee at a door."""

    replaced_in: set[int] = field(default_factory=set)  # study sessions to which somebody else is sent
    sent_to: set[int] = field(default_factory=set)  # study sessions to which they are sent instead of somebody


def approved_rows() -> AnySelect:
    """(attendee, substitute, study session or none for all of the attendee's, wave of the attendee) of every
    substitution that stands."""
    return (
        select(Substitute.attendee_id, Substitute.substitute_id, Substitute.study_session_id, Attendee.wave_id)
        .join(Attendee, Attendee.id == Substitute.attendee_id)
        .where(Substitute.state == SubstituteState.APPROVED, Substitute.substitute_id.is_not(None))
    )


def sent_by_attendee(
    rows: Iterable[Sequence[Any]], study_sessions: Sequence[StudySession | Row[Any]]
) -> defaultdict[int, Sent]:
    """Attendee -> where they are replaced, and where they replace somebody."""
    found: defaultdict[int, Sent] = defaultdict(Sent)
    for attendee_id, substitute_id, study_session_id, wave_id in rows:
        own = [one.id for one in sessions_of(wave_id, study_sessions)]
        meant = own if study_session_id is None else [study_session_id]
        found[attendee_id].replaced_in.update(meant)
        found[substitute_id].sent_to.update(meant)
    return found


def sent_at_site(conference_id: int, site_id: int) -> defaultdict[int, Sent]:
    """The same for everybody called to one site."""
    study_sessions = db.session.scalars(select(StudySession).where(StudySession.conference_id == conference_id)).all()
    here = select(Attendee.id).where(Attendee.conference_id == conference_id, Attendee.site_id == site_id)
    rows = db.session.execute(
        approved_rows().where(or_(Substitute.attendee_id.in_(here), Substitute.substitute_id.in_(here)))
    )
    return sent_by_attendee(rows, study_sessions)


def substitutes_of(attendee_id: int) -> Sequence[Substitute]:
    """Who is or was to come instead of this person, the latest first."""
    return db.session.scalars(
        select(Substitute)
        .where(Substitute.attendee_id == attendee_id)
        .options(joinedload(Substitute.study_session), joinedload(Substitute.substitute))
        .order_by(Substitute.requested_at.desc(), Substitute.id.desc())
    ).all()


def replaced_by(attendee_id: int) -> Sequence[Substitute]:
    """Whom this person replaces."""
    return db.session.scalars(
        select(Substitute)
        .where(Substitute.substitute_id == attendee_id, Substitute.state == SubstituteState.APPROVED)
        .options(joinedload(Substitute.study_session), joinedload(Substitute.attendee).joinedload(Attendee.person))
        .order_by(Substitute.id)
    ).all()


def requested_count(conference_id: int) -> int:
    """How many wait for the organizer's word."""
    found = (
        select(Substitute.id)
        .join(Attendee, Attendee.id == Substitute.attendee_id)
        .where(Attendee.conference_id == conference_id, Substitute.state == SubstituteState.REQUESTED)
    )
    return len(db.session.scalars(found).all())
