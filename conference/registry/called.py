"""How many people are called to each site: one grouped subquery that earlier areas' lists join to."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, and_, func, select

from conference.registry.models import Attendee


def is_summoned() -> ColumnElement[bool]:
    """True of who counts among those summoned: called, on a list, and not sent instead of somebody who is."""
    return and_(Attendee.withdrawn_at.is_(None), Attendee.is_walk_in.is_(False), Attendee.is_substitute.is_(False))


def called_by_site(conference_id: int) -> Subquery:
    """Columns ``site_id`` and ``called``: those who are still called, walk-ins left out of no count."""
    return (
        select(Attendee.site_id, func.count().label("called"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
        .group_by(Attendee.site_id)
        .subquery()
    )
