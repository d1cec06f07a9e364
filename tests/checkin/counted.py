"""What the doors have counted so far, asked of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text

from conference.checkin.exporting import exported_state
from conference.checkin.models import Attendance
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee, Substitute, SubstituteState
from tests.checkin.conftest import Doors
from tests.factories import local, make_wave


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


def forget(doors: Doors, *tables: str) -> None:
    """Empty these tables and ``scans``, so that a test may begin anew; the product itself is kept from doing it."""
    with doors.app.app_context(), transaction():
        is_sqlite = db.engine.dialect.name == "sqlite"
        if is_sqlite:
            guard = db.session.scalars(text("SELECT sql FROM sqlite_master WHERE name = 'scans_stay'")).one()
            off, on = "DROP TRIGGER scans_stay", guard
        else:
            off, on = (f"ALTER TABLE scans {turned} TRIGGER scans_stay" for turned in ("DISABLE", "ENABLE"))
        for statement in (off, *(f"DELETE FROM {table}" for table in (*tables, "scans")), on):
            db.session.execute(text(statement))


def rows_in(doors: Doors, table: type[Any]) -> int:
    with doors.app.app_context():
        return db.session.scalars(select(func.count()).select_from(table)).one()


def send_somebody_else(doors: Doors, *, number: int, study_session: int) -> None:
    """Somebody of the same door goes in the place of another, to one study session."""
    with doors.app.app_context(), transaction():
        db.session.add(
            Substitute(
                attendee_id=doors.attendee_ids[number],
                substitute_id=doors.attendee_ids[4],
                study_session_id=study_session,
                full_name="Lê Thị Hoài Thương",
                state=SubstituteState.APPROVED,
                requested_at=local("07:00"),
            )
        )
        db.session.get_one(Attendee, doors.attendee_ids[4]).is_substitute = True


def put_into_waves(doors: Doors, people: dict[int, Sequence[int]]) -> list[int]:
    """Each of these study sessions is from now on one of the people of these numbers; the waves that were made."""
    with doors.app.app_context(), transaction():
        conference, made = db.session.get_one(Conference, doors.conference), []
        for number, (study_session, numbers) in enumerate(people.items(), start=1):
            wave = make_wave(conference, f"Đợt {number}")
            db.session.get_one(StudySession, study_session).wave_id = wave.id
            for attendee in numbers:
                db.session.get_one(Attendee, doors.attendee_ids[attendee]).wave_id = wave.id
            made.append(wave.id)
        return made
