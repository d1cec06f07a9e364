"""Where every attendee of a conference stands, as one query: lists, counts and tables all come from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from conference.checkin.models import Attendance
from conference.directory.models import Unit
from conference.foundation.db import db
from conference.reflections.models import Admission, Exemption, MakeUpStudy, Reflection, ReflectionTask
from conference.reflections.rules import HANDED_IN, MISSING, MUST_WRITE, ReflectionState, Standing
from conference.registry.models import Attendee


def made_up() -> Select[int, int]:
    """(attendee, study session) of all make-up study that is done, and that no attendance stands beside."""
    seen = (
        select(Attendance.attendee_id)
        .where(
            Attendance.attendee_id == MakeUpStudy.attendee_id,
            Attendance.study_session_id == MakeUpStudy.study_session_id,
        )
        .exists()
    )
    return select(MakeUpStudy.attendee_id, MakeUpStudy.study_session_id).where(MakeUpStudy.done_at.is_not(None), ~seen)


def sessions_present_of(attendee_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Sessions present or made up of one person, who is an attendee of one conference only.

    With ``made_up``, the only place that reads attendance. Within a query it is asked for each person whom it may
    decide about, which are few: counting everybody's first took a third of the time of a report.
    """
    seen = select(func.count()).where(Attendance.attendee_id == attendee_id).scalar_subquery()
    done = made_up().subquery()
    return seen + select(func.count()).select_from(done).where(done.c.attendee_id == attendee_id).scalar_subquery()


@dataclass(frozen=True)
class StandingQuery:
    """``statement`` gives attendee id, unit id, site id and standing; more columns may be added to it."""

    statement: Select[int, int, int, str]
    standing: ColumnElement[str]


def standing_query(
    conference_id: int,
    *,
    within: Iterable[str] | None = None,
    site: int | None = None,
    standings: Iterable[Standing] = (),
) -> StandingQuery:
    """Everybody called to the conference with where they stand.

    ``within`` are paths of units: only people of those and of the units below them.
    """
    least = select(ReflectionTask.least_sessions).where(ReflectionTask.conference_id == conference_id).scalar_subquery()
    standing: ColumnElement[str] = case(
        (and_(Reflection.state == ReflectionState.SUBMITTED, Reflection.is_late), literal(Standing.LATE.value)),
        (Reflection.state == ReflectionState.SUBMITTED, literal(Standing.SUBMITTED.value)),
        (Reflection.state == ReflectionState.RETURNED, literal(Standing.RETURNED.value)),
        (Attendee.must_write.is_(False), literal(Standing.NOT_REQUIRED.value)),
        (Exemption.id.is_not(None), literal(Standing.EXEMPT.value)),
        (
            and_(Admission.id.is_(None), sessions_present_of(Attendee.id) < least),
            literal(Standing.ABSENT.value),
        ),
        (Reflection.id.is_(None), literal(Standing.NOT_STARTED.value)),
        else_=literal(Standing.DRAFT.value),
    )
    statement = (
        select(
            Attendee.id.label("id"),
            Attendee.unit_id.label("unit_id"),
            Attendee.site_id.label("site_id"),
            standing.label("standing"),
        )
        .outerjoin(Reflection, Reflection.attendee_id == Attendee.id)
        .outerjoin(Exemption, Exemption.attendee_id == Attendee.id)
        .outerjoin(Admission, Admission.attendee_id == Attendee.id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
    )
    if within is not None:
        paths = list(within)
        statement = statement.join(Unit, Unit.id == Attendee.unit_id).where(
            or_(*(Unit.path.startswith(path, autoescape=True) for path in paths)) if paths else literal(False)
        )
    if site is not None:
        statement = statement.where(Attendee.site_id == site)
    wanted = [one.value for one in standings]
    if wanted:
        statement = statement.where(standing.in_(wanted))
    return StandingQuery(statement, standing)


@dataclass(frozen=True)
class Counts:
    """How many people stand where. Everybody is counted once."""

    by_standing: Mapping[Standing, int]

    def of(self, *standings: Standing) -> int:
        return sum(self.by_standing.get(one, 0) for one in standings)

    @property
    def called(self) -> int:
        return sum(self.by_standing.values())

    @property
    def must_write(self) -> int:
        return self.of(*MUST_WRITE)

    @property
    def handed_in(self) -> int:
        return self.of(*HANDED_IN)

    @property
    def missing(self) -> int:
        return self.of(*MISSING)

    @property
    def late(self) -> int:
        return self.of(Standing.LATE)


def standings_of(conference_id: int, attendee_ids: Iterable[int]) -> dict[int, Standing]:
    """Where each of these people stands, in one query."""
    ids = list(attendee_ids)
    if not ids:
        return {}
    found = standing_query(conference_id).statement.where(Attendee.id.in_(ids))
    return {id: Standing(standing) for id, _unit, _site, standing in db.session.execute(found)}
