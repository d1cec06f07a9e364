"""Who stayed away and gave no reason: what units still have to explain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select

from conference.checkin.models import Attendance
from conference.checkin.queries import replaced_in
from conference.foundation.paging import AnySelect
from conference.planning.models import Conference
from conference.planning.queries import study_sessions_of
from conference.registry.called import is_called_to, is_summoned
from conference.registry.models import Attendee, Leave, LeaveState


def stayed_away(conference: Conference, at: datetime) -> AnySelect | None:
    """Ids of those who missed a study session that is over; none before one is. A request for leave is a reason."""
    over = [one for one in study_sessions_of([conference.id])[conference.id] if one.ends_at <= at]
    if not over:
        return None
    return select(Attendee.id).where(
        Attendee.conference_id == conference.id,
        is_summoned(),
        or_(*(and_(is_called_to(one), _without_reason(one.id)) for one in over)),
    )


def _without_reason(study_session_id: int) -> ColumnElement[bool]:
    seen = exists().where(Attendance.attendee_id == Attendee.id, Attendance.study_session_id == study_session_id)
    asked = exists().where(
        Leave.attendee_id == Attendee.id,
        Leave.state != LeaveState.REFUSED,
        or_(Leave.study_session_id.is_(None), Leave.study_session_id == study_session_id),
    )
    replaced = replaced_in(study_session_id)
    return ~seen & ~asked & ~exists().where(replaced.c.attendee_id == Attendee.id)
