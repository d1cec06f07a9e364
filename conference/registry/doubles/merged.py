"""To whom a ticket or link leads whose holder was merged with somebody."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from conference.foundation.db import db
from conference.registry.doubles.models import Merge

STANDING = Merge.undone_at.is_(None)
MERGED = select(Merge.gone_id, Merge.kept_id).where(STANDING, Merge.gone_id.in_(bindparam("ids", expanding=True)))


def kept_for(attendee_ids: Iterable[int]) -> dict[int, int]:
    """Attendee -> the one they were merged into, at the end of the line; only those who were."""
    found: dict[int, int] = {}
    asked = set(attendee_ids)
    while asked:
        step = dict(db.session.execute(MERGED, {"ids": sorted(asked)}).all())
        found |= step
        asked = set(step.values()) - found.keys()
    return {gone: _end(gone, found) for gone in found}


def _end(attendee_id: int, steps: dict[int, int]) -> int:
    while attendee_id in steps:
        attendee_id = steps[attendee_id]
    return attendee_id


def gone_in(conference_id: int) -> frozenset[int]:
    """All who were merged into somebody else in a conference."""
    return frozenset(db.session.scalars(select(Merge.gone_id).where(STANDING, Merge.conference_id == conference_id)))
