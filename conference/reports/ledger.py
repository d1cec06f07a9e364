"""One row for everybody called to a conference, with a value in each dimension: the one query behind a report.

What ``checkin.rules.attendance_status`` decides for one person is said here once more as SQL, for all of them;
a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from conference.checkin.models import Attendance, SiteClosing
from conference.checkin.queries import came_late, lateness_of, replaced_in
from conference.checkin.rules import Lateness, Method, Status
from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.grading.models import ReleasedMark
from conference.planning.models import Conference, StudySession
from conference.reflections.models import Admission
from conference.reflections.standing import made_up, standing_query
from conference.registry.called import is_called_to
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.rules import Reach
from conference.reports.rules import (
    ATTENDED,
    MADE_UP,
    NO,
    NO_RANK,
    ONLINE,
    OTHER_WAVE,
    PART,
    RANK,
    SEEN,
    STANDING,
    YES,
    Figure,
    Part,
    overall,
    session_dimension,
)


@dataclass(frozen=True)
class Ledger:
    """``statement`` joins everything; ``dimensions`` are the columns that figures ask about."""

    statement: AnySelect
    dimensions: Mapping[str, ColumnElement[str]]

    def condition(self, figure: Figure) -> ColumnElement[bool] | None:
        """The figure as a condition; None takes everybody."""
        wanted: list[ColumnElement[bool]] = []
        if figure.any_of:
            wanted.append(or_(*(self.dimensions[name].in_(sorted(values)) for name, values in figure.any_of)))
        if figure.part is not None:
            wanted.append(self.dimensions[PART] == figure.part.value)
        return and_(*wanted) if wanted else None

    def of(self, people: ColumnElement[bool]) -> Ledger:
        """The same of some people alone."""
        return replace(self, statement=self.statement.where(people))

    def people(self, figure: Figure) -> AnySelect:
        """The rows that a figure counts."""
        condition = self.condition(figure)
        return self.statement if condition is None else self.statement.where(condition)

    def counts(self, figures: Sequence[Figure], by: SQLColumnExpression[Any]) -> dict[Any, dict[str, int]]:
        """The counts of all figures for each value of ``by``: one grouped query, whatever the number of rows.

        How somebody stands over the whole conference follows from the sessions, so it is worked out once a group.
        """
        names = [name for name in self.dimensions if name != ATTENDED]
        sessions = [place for place, name in enumerate(names) if name not in (ONLINE, STANDING, RANK, MADE_UP, PART)]
        columns = [self.dimensions[name].label(name) for name in names]
        rows = self.statement.with_only_columns(by.label("group"), *columns, maintain_column_froms=True).subquery()
        grouped = select(rows.c.group, *(rows.c[name] for name in names), func.count()).group_by(
            rows.c.group, *(rows.c[name] for name in names)
        )
        found: dict[Any, dict[str, int]] = {}
        taken: dict[tuple[str, ...], list[str]] = {}
        for group, *values, count in db.session.execute(grouped):
            kinds = tuple(values)
            if kinds not in taken:
                at = dict(zip(names, kinds, strict=True))
                at[ATTENDED] = overall([Status(kinds[place]) for place in sessions if kinds[place] != OTHER_WAVE])
                taken[kinds] = [figure.key for figure in figures if figure.takes(at)]
            counts = found.setdefault(group, dict.fromkeys((figure.key for figure in figures), 0))
            for key in taken[kinds]:
                counts[key] += count
        return found


def ledger_of(
    conference: Conference, study_sessions: Sequence[StudySession], *, release_id: int | None, reach: Reach
) -> Ledger:
    """Everybody called whom ``reach`` covers. Marks are those of this release; without one there are none yet."""
    base = standing_query(conference.id)
    statement: AnySelect = base.statement
    statuses, online = [], []
    lateness = lateness_of(conference)
    dimensions: dict[str, ColumnElement[str]] = {}
    for study_session in study_sessions:
        statement, status, is_online = _with_session(statement, study_session, lateness)
        statuses.append(status)
        online.append(is_online)
        dimensions[session_dimension(study_session.id)] = status
    dimensions[ATTENDED] = _overall(statuses)
    dimensions[ONLINE] = case((or_(false(), *online), literal(YES)), else_=literal(NO))
    dimensions[STANDING] = base.standing
    dimensions[MADE_UP] = _made_up()
    dimensions[PART] = case(
        (Attendee.is_walk_in, literal(Part.WALK_IN.value)),
        (Attendee.is_substitute, literal(Part.SUBSTITUTE.value)),
        else_=literal(Part.SUMMONED.value),
    )
    released = aliased(ReleasedMark)
    statement = statement.outerjoin(
        released, and_(released.attendee_id == Attendee.id, released.release_id == (release_id or 0))
    )
    dimensions[RANK] = func.coalesce(type_coerce(cast(released.rank, String), String), literal(NO_RANK))
    if not reach.is_whole:
        statement = statement.where(Attendee.unit_id.in_(units_under(reach.unit_paths)))
    return Ledger(statement, dimensions)


def _made_up() -> ColumnElement[str]:
    """Whether somebody made up for a session, with evidence or by a word of the organizers."""
    done = made_up().subquery()
    studied = select(done.c.attendee_id)
    admitted = select(Admission.attendee_id)
    return case((or_(Attendee.id.in_(studied), Attendee.id.in_(admitted)), literal(YES)), else_=literal(NO))


def units_under(paths: Iterable[str]) -> Select[int]:
    """The units of these paths and all below them."""
    return select(Unit.id).where(or_(false(), *(Unit.path.startswith(path, autoescape=True) for path in sorted(paths))))


def _with_session(
    statement: AnySelect, study_session: StudySession, lateness: Lateness
) -> tuple[AnySelect, ColumnElement[str], ColumnElement[bool]]:
    """Join what one study session knows of each person, and say how they stand in it, and whether online."""
    stay = aliased(Attendance)
    closing = aliased(SiteClosing)
    leave = (
        select(Leave.attendee_id.label("attendee_id"))
        .where(
            Leave.state == LeaveState.APPROVED,
            or_(Leave.study_session_id.is_(None), Leave.study_session_id == study_session.id),
        )
        .distinct()
        .subquery()
    )
    replaced = replaced_in(study_session.id)
    joined = (
        statement.outerjoin(stay, and_(stay.attendee_id == Attendee.id, stay.study_session_id == study_session.id))
        .outerjoin(leave, leave.c.attendee_id == Attendee.id)
        .outerjoin(replaced, replaced.c.attendee_id == Attendee.id)
        .outerjoin(closing, and_(closing.study_session_id == study_session.id, closing.site_id == Attendee.site_id))
    )
    went = and_(stay.last_out.is_not(None), stay.last_seen_at < stay.last_out, stay.last_out < study_session.ends_at)
    status = case(
        (and_(stay.attendee_id.is_not(None), went), literal(Status.LEFT_EARLY.value)),
        (
            and_(stay.attendee_id.is_not(None), came_late(stay, study_session, lateness)),
            literal(Status.LATE.value),
        ),
        (stay.attendee_id.is_not(None), literal(Status.PRESENT.value)),
        *([] if study_session.wave_id is None else [(not_(is_called_to(study_session)), literal(OTHER_WAVE))]),
        (replaced.c.attendee_id.is_not(None), literal(Status.SUBSTITUTED.value)),
        (leave.c.attendee_id.is_not(None), literal(Status.EXCUSED.value)),
        (closing.id.is_not(None), literal(Status.UNEXCUSED.value)),
        else_=literal(Status.NOT_SEEN.value),
    )
    return joined, status, and_(stay.attendee_id.is_not(None), stay.method == Method.ONLINE)


def _overall(statuses: Sequence[ColumnElement[str]]) -> ColumnElement[str]:
    """``rules.overall`` as SQL."""

    def any_is(*wanted: Status) -> ColumnElement[bool]:
        return or_(false(), *(status.in_([one.value for one in wanted]) for status in statuses))

    if not statuses:
        return literal(Status.NOT_SEEN.value)
    return case(
        (any_is(*SEEN), literal(Status.PRESENT.value)),
        (any_is(Status.SUBSTITUTED), literal(Status.SUBSTITUTED.value)),
        (any_is(Status.UNEXCUSED), literal(Status.UNEXCUSED.value)),
        (any_is(Status.NOT_SEEN), literal(Status.NOT_SEEN.value)),
        (any_is(Status.EXCUSED), literal(Status.EXCUSED.value)),
        else_=literal(Status.NOT_SEEN.value),
    )
