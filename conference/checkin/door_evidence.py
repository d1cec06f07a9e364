"""What the devices at the doors have shown before anybody comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Subquery, case, func, select

from conference.checkin.device_queries import is_active, is_at_a_door
from conference.checkin.models import Device


def devices_by_site(conference_id: int, at: datetime) -> Subquery:
    """site_id, how many devices are enrolled there and may count, and how many of them have passed their pre-flight."""
    is_ready = Device.preflight["is_ready"].as_boolean()
    return (
        select(
            Device.site_id,
            func.count().label("devices"),
            func.sum(case((is_ready, 1), else_=0)).label("ready"),
        )
        .where(Device.conference_id == conference_id, is_active(at), is_at_a_door())
        .group_by(Device.site_id)
        .subquery()
    )
