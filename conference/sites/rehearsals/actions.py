"""Planning a rehearsal, changing it, calling it off. Hosts see it at once, on their page and in their calendar."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.sites.models import ConferenceSite
from conference.sites.rehearsals.models import Rehearsal, RehearsalSite


@dataclass(frozen=True)
class RehearsalFacts:
    """``sites`` are ids of places of the conference; None is all of them, also those that join later."""

    title: str
    starts_at: datetime
    ends_at: datetime
    tasks: str
    sites: frozenset[int] | None


def plan_rehearsal(*, conference: Conference, facts: RehearsalFacts, by: Actor, at: datetime) -> Rehearsal:
    rehearsal = Rehearsal(conference_id=conference.id, version=1)
    _write(rehearsal, facts, at)
    db.session.add(rehearsal)
    db.session.flush()
    _name_sites(rehearsal, facts.sites)
    record(by=by, at=at, action="rehearsal.plan", subject=("rehearsal", rehearsal.id), after=_journalled(facts))
    return rehearsal


def change_rehearsal(*, rehearsal: Rehearsal, version: int, facts: RehearsalFacts, by: Actor, at: datetime) -> None:
    """Raises ``changed_meanwhile``."""
    _next_version(rehearsal, version)
    _write(rehearsal, facts, at)
    db.session.flush()
    _name_sites(rehearsal, facts.sites)
    record(by=by, at=at, action="rehearsal.change", subject=("rehearsal", rehearsal.id), after=_journalled(facts))


def call_off(*, rehearsal: Rehearsal, version: int, by: Actor, at: datetime) -> None:
    """It leaves the pages, and calendars say that it is cancelled. Raises ``changed_meanwhile``."""
    _next_version(rehearsal, version)
    rehearsal.cancelled_at = rehearsal.changed_at = at
    db.session.flush()
    record(by=by, at=at, action="rehearsal.call_off", subject=("rehearsal", rehearsal.id))


def _next_version(rehearsal: Rehearsal, version: int) -> None:
    """Two editors never overwrite silently, and nobody changes what was called off."""
    changed = changed_rows(
        update(Rehearsal)
        .where(Rehearsal.id == rehearsal.id, Rehearsal.version == version, Rehearsal.cancelled_at.is_(None))
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(rehearsal)


def _write(rehearsal: Rehearsal, facts: RehearsalFacts, at: datetime) -> None:
    rehearsal.title = facts.title
    rehearsal.starts_at, rehearsal.ends_at = facts.starts_at, facts.ends_at
    rehearsal.tasks = facts.tasks
    rehearsal.is_for_all = facts.sites is None
    rehearsal.changed_at = at


def _name_sites(rehearsal: Rehearsal, sites: Collection[int] | None) -> None:
    """Places of another conference are left out."""
    db.session.execute(delete(RehearsalSite).where(RehearsalSite.rehearsal_id == rehearsal.id))
    own = db.session.scalars(
        select(ConferenceSite.id).where(
            ConferenceSite.conference_id == rehearsal.conference_id, ConferenceSite.id.in_(sites or ())
        )
    )
    db.session.add_all(RehearsalSite(rehearsal_id=rehearsal.id, conference_site_id=id) for id in own)
    db.session.flush()


def _journalled(facts: RehearsalFacts) -> dict[str, object]:
    return {
        "starts_at": facts.starts_at.isoformat(),
        "ends_at": facts.ends_at.isoformat(),
        "sites": None if facts.sites is None else len(facts.sites),
    }
