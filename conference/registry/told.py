"""What people are told: the plan of the conference's last release, or the working plan while there is none.

Doors obey the working plan at once. Who was taken in for good at another door is told so at once, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from conference.foundation.db import db
from conference.planning.given import GivenSession, from_json, given
from conference.planning.models import Conference, PlanRelease
from conference.planning.modules import Module
from conference.planning.queries import programme_of
from conference.registry.called import sessions_of
from conference.registry.models import Attendee, ReleasedSeat, Substitute, SubstituteState
from conference.sites.places import Place, place_told


@dataclass(frozen=True)
class ToldPlan:
    """The plan that people read. ``number`` is 0 and ``release_id`` None when it is the working plan."""

    conference_id: int
    number: int
    release_id: int | None
    version: int
    title: str
    study_sessions: Sequence[GivenSession]


@dataclass(frozen=True)
class Whereabouts:
    """Where and when somebody is told to sit, and the number that their calendar counts changes by."""

    place: Place | None
    seat: str
    sequence: int
    study_sessions: Sequence[GivenSession]

    @property
    def wave(self) -> str:
        """What the wave is called in which they come; empty without one."""
        return next((one.wave.title for one in self.study_sessions if one.wave), "")


def told_plan(conference: Conference) -> ToldPlan:
    release = release_of(conference.id, conference.release_number)
    if release is not None:
        return plan_of(release)
    return ToldPlan(conference.id, 0, None, conference.version, conference.title, given(programme_of(conference.id)))


def plan_of(release: PlanRelease) -> ToldPlan:
    return ToldPlan(
        release.conference_id,
        release.number,
        release.id,
        release.version,
        release.title,
        from_json(release.programme),
    )


def release_of(conference_id: int, number: int) -> PlanRelease | None:
    return db.session.scalars(
        select(PlanRelease).where(PlanRelease.conference_id == conference_id, PlanRelease.number == number)
    ).first()


def whereabouts(attendee: Attendee, plan: ToldPlan) -> Whereabouts:
    """What this attendee is told. Who came after the release, or moved at a door, is told where they stand now."""
    told = db.session.get(ReleasedSeat, (plan.release_id, attendee.id)) if plan.release_id is not None else None
    site_id, seat, wave_id = attendee.site_id, attendee.seat, attendee.wave_id
    if told is not None:
        wave_id = told.wave_id
    if told is not None and attendee.called_site_id is None:
        site_id, seat = told.site_id, told.seat
    if not db.session.get_one(Conference, plan.conference_id).uses(Module.SEATS):
        seat = None
    place = place_told(plan.conference_id, plan.release_id, site_id)
    return Whereabouts(place, seat or "", sequence_of(attendee, plan), _own_sessions(attendee, wave_id, plan))


def _own_sessions(attendee: Attendee, wave_id: int | None, plan: ToldPlan) -> Sequence[GivenSession]:
    """Of who is sent instead of somebody, those that they are sent to, as at the door."""
    if attendee.is_substitute:
        named = set(
            db.session.scalars(
                select(Substitute.study_session_id).where(
                    Substitute.substitute_id == attendee.id, Substitute.state == SubstituteState.APPROVED
                )
            )
        )
        if named and None not in named:
            return [one for one in plan.study_sessions if one.id in named]
    return sessions_of(wave_id, plan.study_sessions)


def sequence_of(attendee: Attendee, plan: ToldPlan) -> int:
    """Rises with each release of the plan and each move of the attendee, and never falls."""
    return plan.version + attendee.calendar_sequence
