"""How many people are called to each site: one grouped subquery that earlier areas' lists join to."""

from __future__ import annotations

from sqlalchemy import Subquery, func, select

from conference.registry.models import Attendee


def called_by_site(conference_id: int) -> Subquery:
    """Columns ``site_id`` and ``called``: those who are still called, walk-ins left out of no count."""
    return (
        select(Attendee.site_id, func.count().label("called"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id)
        .subquery()
    )
