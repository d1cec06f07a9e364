"""Who is called: to a conference, to a study session of it, and how many to each site.

Whose study session one is, is said here and nowhere else: everybody's, or that of the people of its wave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, Integer, Subquery, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.sql import FromClause

from conference.planning.models import StudySession
from conference.registry.models import Attendee


class OfWave(Protocol):
    """A study session, kept or released."""

    @property
    def wave_id(self) -> int | None: ...


Half = TypeVar("Half", bound=OfWave)


def is_called_to(study_session: OfWave) -> ColumnElement[bool]:
    """True of attendees whose study session this is."""
    if study_session.wave_id is None:
        return true()
    return Attendee.wave_id.is_not_distinct_from(study_session.wave_id)  # never unknown: its opposite is asked, too


def is_own_session() -> ColumnElement[bool]:
    """The same where a statement holds both: True of the study sessions of an attendee."""
    return or_(StudySession.wave_id.is_(None), StudySession.wave_id.is_not_distinct_from(Attendee.wave_id))


def sessions_of(wave_id: int | None, study_sessions: Iterable[Half]) -> list[Half]:
    """The same again for what is loaded: those of these study sessions that are of the people of a wave."""
    return [one for one in study_sessions if one.wave_id is None or one.wave_id == wave_id]


def is_summoned() -> ColumnElement[bool]:
    """True of who counts among those summoned: called, on a list, and not sent instead of somebody who is."""
    return and_(Attendee.withdrawn_at.is_(None), Attendee.is_walk_in.is_(False), Attendee.is_substitute.is_(False))


def called_by_site(conference_id: int) -> Subquery:
    """Columns ``site_id``, ``called`` and ``at_once``: those who are still called, walk-ins left out of no count, and
    how many of them sit there at the same time at most.
    """
    people = (
        select(Attendee.site_id, Attendee.wave_id, func.count().label("people"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id, Attendee.wave_id)
        .subquery()
    )
    return (
        select(
            people.c.site_id,
            cast(func.sum(people.c.people), Integer).label("called"),  # PostgreSQL adds counts up to decimals
            cast(_at_once(people, conference_id), Integer).label("at_once"),
        )
        .group_by(people.c.site_id)
        .subquery()
    )


def _at_once(people: FromClause, conference_id: int) -> ColumnElement[int]:
    """Everybody where a session is everybody's; else the fullest wave, with those who are in none yet."""
    is_for_all = exists().where(StudySession.conference_id == conference_id, StudySession.wave_id.is_(None))
    in_a_wave = people.c.wave_id.is_not(None)
    fullest = func.coalesce(func.max(case((in_a_wave, people.c.people))), 0)
    waiting = func.coalesce(func.sum(case((~in_a_wave, people.c.people))), 0)
    return case((is_for_all, func.sum(people.c.people)), else_=fullest + waiting)
