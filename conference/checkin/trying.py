"""What devices show in a rehearsal: that they were tried, and found ready."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Subquery, func, select
from sqlalchemy.dialects import postgresql, sqlite

from conference.checkin.forms import MILLISECOND, DeviceReport
from conference.checkin.models import RehearsalTest
from conference.foundation.db import Moment, db
from conference.sites.rehearsals.queries import planned_at
from conference.sites.rehearsals.rules import rehearsal_of

WRONG_AT_MOST, OLDEST = timedelta(days=2), timedelta(days=366)


def note_tried(*, device_id: int, conference_id: int, site_id: int, report: DeviceReport, at: datetime) -> None:
    """Keep that a device was found ready in a rehearsal of its site. Repeatable: the first time of each stands."""
    if report.preflight is None or not report.preflight.is_ready:
        return
    tested_at = _moment_of(report.preflight.checked_at, report.clock_offset_ms or 0, at)
    rehearsal = rehearsal_of(tested_at, planned_at(conference_id, site_id))
    if rehearsal is None:
        return
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(RehearsalTest).values(
        rehearsal_id=rehearsal.id, device_id=device_id, site_id=site_id, tested_at=tested_at
    )
    db.session.execute(row.on_conflict_do_nothing())


def _moment_of(checked_at: datetime, offset_ms: int, at: datetime) -> datetime:
    """When a pre-flight was, by the device's corrected clock: it may have had no line. Never later than now."""
    wrong_by = max(-WRONG_AT_MOST, min(WRONG_AT_MOST, offset_ms * MILLISECOND))
    return min(at, max(at - OLDEST, min(at, checked_at)) + wrong_by)


def tried_by_site(rehearsal_id: int) -> Subquery:
    """site_id, when a device there was first found ready for a rehearsal, and how many were."""
    return (
        select(
            RehearsalTest.site_id,
            func.min(RehearsalTest.tested_at, type_=Moment()).label("first_at"),
            func.count().label("devices"),
        )
        .where(RehearsalTest.rehearsal_id == rehearsal_id)
        .group_by(RehearsalTest.site_id)
        .subquery()
    )
