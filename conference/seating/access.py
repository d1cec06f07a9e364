"""The way from an id to a pin, a proposal or one of its moves."""

from __future__ import annotations

from sqlalchemy import select

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.seating.models import SeatingMove, SeatingPin, SeatingProposal


def proposal_of(conference: Conference, proposal_id: int) -> SeatingProposal:
    """Raises ``not_found`` for a proposal of another conference."""
    found = db.session.scalars(
        select(SeatingProposal)
        .where(SeatingProposal.id == proposal_id, SeatingProposal.conference_id == conference.id)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found


def move_of(proposal: SeatingProposal, move_id: int) -> SeatingMove:
    found = db.session.scalars(
        select(SeatingMove).where(SeatingMove.id == move_id, SeatingMove.proposal_id == proposal.id)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found


def pin_of(conference: Conference, pin_id: int) -> SeatingPin:
    found = db.session.scalars(
        select(SeatingPin).where(SeatingPin.id == pin_id, SeatingPin.conference_id == conference.id)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found
