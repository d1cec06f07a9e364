"""Whose paper is on whose desk: the only way from a blind code to a reading."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.grading.models import Grader, Paper, Reading, Release
from conference.planning.access import may_change
from conference.planning.models import Conference


def reading_for(actor: Actor, blind_code: str) -> Reading:
    """The reading under this code, for the grader whose desk it lies on. Raises ``not_found`` for anybody else."""
    found = db.session.scalars(
        select(Reading)
        .join(Grader, Grader.id == Reading.grader_id)
        .where(Reading.blind_code == blind_code, Grader.account_id == actor.id, Grader.removed_at.is_(None))
        .options(joinedload(Reading.grader).joinedload(Grader.conference))
        .execution_options(populate_existing=True)
    ).first()
    if found is None or actor.kind is not ActorKind.ACCOUNT:
        raise DomainError("not_found")
    return found


def may_organise(actor: Actor, conference: Conference) -> bool:
    """Grading goes on after the conference is closed, so only the role counts, not the state."""
    return may_change(actor, conference)


def check_organises(actor: Actor, conference: Conference) -> None:
    """Raises ``forbidden`` for somebody who may look but not change."""
    if not may_organise(actor, conference):
        raise DomainError("forbidden")


def grader_in(conference: Conference, grader_id: int) -> Grader:
    found = db.session.scalars(
        select(Grader).where(Grader.id == grader_id, Grader.conference_id == conference.id)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found


def reading_in(conference: Conference, reading_id: int) -> Reading:
    """A reading by its id, for who organises the grading."""
    found = db.session.scalars(
        select(Reading)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Reading.id == reading_id, Paper.conference_id == conference.id)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found


def release_in(conference: Conference, number: int) -> Release:
    found = db.session.scalars(
        select(Release).where(Release.conference_id == conference.id, Release.number == number)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found
