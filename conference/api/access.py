"""The only way from a token to a conference."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from conference.accounts.rules import Right
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference


def require(rights: Collection[Right], right: Right) -> None:
    """Raises ``right_missing``."""
    if right not in rights:
        raise DomainError("right_missing", right=right.value)


def conference_read_by(actor: Actor, code: str) -> Conference:
    """Raises ``not_found`` for a conference that the token does not reach."""
    conference = db.session.scalars(
        select(Conference)
        .where(Conference.code == code)
        .options(selectinload(Conference.study_sessions), selectinload(Conference.waves))
    ).first()
    if conference is None or not actor.holds(Role.SERVICE, ScopeKind.CONFERENCE, conference.id):
        raise DomainError("not_found")
    return conference


def conferences_in_reach(actor: Actor) -> frozenset[int] | None:
    """Their ids; None for all."""
    if actor.holds_everywhere(Role.SERVICE):
        return None
    return actor.ids(Role.SERVICE, ScopeKind.CONFERENCE)
