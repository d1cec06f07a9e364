"""Who has come already, for areas that must leave them where they are."""

from __future__ import annotations

from sqlalchemy import Subquery, select

from conference.checkin.models import Attendance
from conference.registry.models import Attendee


def present_in(conference_id: int) -> Subquery:
    """Column ``attendee_id``: everybody who was seen in any study session of the conference."""
    return (
        select(Attendance.attendee_id)
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .where(Attendee.conference_id == conference_id)
        .distinct()
        .subquery()
    )
