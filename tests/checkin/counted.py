"""What the doors have counted so far, asked of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from conference.checkin.exporting import exported_state
from conference.checkin.models import Attendance
from conference.foundation.db import db
from conference.registry.models import Attendee
from tests.checkin.conftest import Doors


def state_of(doors: Doors) -> dict[str, Any]:
    with doors.app.app_context():
        return exported_state(doors.code)


def present(doors: Doors) -> dict[int, str]:
    """Number -> hour of the first presence in the morning."""
    with doors.app.app_context():
        rows = db.session.execute(
            select(Attendee.number, Attendance.first_at)
            .join(Attendance, Attendance.attendee_id == Attendee.id)
            .where(Attendance.study_session_id == doors.morning)
            .order_by(Attendee.number)
        )
        return {number: (at + timedelta(hours=7)).strftime("%H:%M") for number, at in rows}


def rows_in(doors: Doors, table: type[Any]) -> int:
    with doors.app.app_context():
        return db.session.scalars(select(func.count()).select_from(table)).one()
