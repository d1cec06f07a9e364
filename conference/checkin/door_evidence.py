"""What the devices at the doors have shown before anybody comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Subquery, case, func, select

from conference.checkin.device_queries import is_active, is_at_a_door
from conference.checkin.models import Attendance, Device, RehearsalTest
from conference.checkin.preflight import Rung, RungState


def devices_by_site(conference_id: int, at: datetime) -> Subquery:
    """site_id, how many devices are enrolled there and may count, how many of them have passed their pre-flight, did so
    for a rehearsal, or found their line good, and when one last spoke."""
    is_ready = Device.preflight["is_ready"].as_boolean()
    line = Device.preflight[("rungs", Rung.NETWORK.value, 0)].as_string()
    rehearsed = select(RehearsalTest.rehearsal_id).where(RehearsalTest.device_id == Device.id).exists()
    return (
        select(
            Device.site_id,
            func.count().label("devices"),
            func.sum(case((rehearsed, 1), else_=0)).label("rehearsed"),
            func.sum(case((is_ready, 1), else_=0)).label("ready"),
            func.sum(case((line == RungState.GOOD.value, 1), else_=0)).label("line"),
            func.max(Device.last_seen_at).label("spoken_at"),
        )
        .where(Device.conference_id == conference_id, is_active(at), is_at_a_door())
        .group_by(Device.site_id)
        .subquery()
    )


def counted_by_site(study_session_id: int | None) -> Subquery:
    """site_id, and how many people were counted there in a study session; no rows without one."""
    return (
        select(Attendance.site_id, func.count().label("present"))
        .where(Attendance.study_session_id == study_session_id)
        .group_by(Attendance.site_id)
        .subquery()
    )
