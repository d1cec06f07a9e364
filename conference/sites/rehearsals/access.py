"""The only way from an id to a rehearsal."""

from __future__ import annotations

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.sites.rehearsals.models import Rehearsal


def rehearsal_in(conference: Conference, rehearsal_id: int) -> Rehearsal:
    """Raises ``not_found`` for one of another conference, or that was called off."""
    found = db.session.get(Rehearsal, rehearsal_id)
    if found is None or found.conference_id != conference.id or found.cancelled_at is not None:
        raise DomainError("not_found")
    return found
