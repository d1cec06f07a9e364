"""Releasing the plan: freezing it under a number, and writing to exactly those whom the difference concerns."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import func, insert, literal, select, update

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.actions import programme_changed
from conference.planning.given import as_json
from conference.planning.models import Conference, ConferenceState, PlanRelease
from conference.registry.models import ReleasedSeat
from conference.releases.queries import plan_released, seats_now, working_plan
from conference.sites.places import keep_places

PLAN_RELEASED, PLAN_ERASED = "plan.release", "plan.erase"
"""In the journal: a release with its digest, and the digest it has since somebody was erased from it."""


def release_plan(
    *, conference: Conference, version: int, blocking: int, note: str, by: Actor, at: datetime
) -> PlanRelease:
    """Give out the working plan as the next release. From now on people read it.

    ``blocking`` is how many faults of the plan must be mended first. Raises ``release_of_draft``,
    ``plan_has_faults`` and ``changed_meanwhile``. Announces ``programme_changed``.
    """
    if conference.state is not ConferenceState.PUBLISHED:
        raise DomainError("release_of_draft")
    if blocking:
        raise DomainError("plan_has_faults", count=blocking)
    changed = changed_rows(
        update(Conference)
        .where(Conference.id == conference.id, Conference.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(conference, ["version"])
    release = freeze(conference=conference, note=note, by=by, at=at)
    programme_changed.announce(conference_id=conference.id)
    return release


def freeze(*, conference: Conference, note: str, by: Actor, at: datetime) -> PlanRelease:
    """Write down the working plan under the next number, as of the conference's present version."""
    plan = working_plan(conference)
    release = PlanRelease(
        conference_id=conference.id,
        number=conference.release_number + 1,
        version=conference.version,
        title=plan.title,
        programme=as_json(plan.study_sessions),
        people=0,
        note=note,
        released_at=at,
        released_by=by.id if by.kind is ActorKind.ACCOUNT else None,
        digest="",
    )
    db.session.add(release)
    db.session.flush()
    keep_places(release.id, list(plan.places.values()))
    seats = seats_now(conference.id).add_columns(literal(release.id)).order_by("attendee_id")
    db.session.execute(
        insert(ReleasedSeat).from_select(["attendee_id", "site_id", "seat", "wave_id", "release_id"], seats)
    )
    release.people = (
        db.session.scalar(select(func.count()).select_from(ReleasedSeat).where(ReleasedSeat.release_id == release.id))
        or 0
    )
    release.digest = digest_of(release)
    conference.release_number = release.number
    db.session.flush()
    record(
        by=by,
        at=at,
        action=PLAN_RELEASED,
        subject=("conference", conference.id),
        after={"release": release.number, "people": release.people, "digest": release.digest},
    )
    return release


def digest_anew(release: PlanRelease, *, by: Actor, at: datetime) -> None:
    """After somebody was erased from a release: its digest since, in the journal beside the one it came with."""
    release.digest = digest_of(release)
    db.session.flush()
    record(
        by=by,
        at=at,
        action=PLAN_ERASED,
        subject=("conference", release.conference_id),
        after={"release": release.number, "digest": release.digest},
    )


def digest_of(release: PlanRelease) -> str:
    """What a release holds, in one number: programme, places, and who sits where."""
    plan = plan_released(release)
    places = [astuple(plan.places[site_id]) for site_id in sorted(plan.places)]
    told = json.dumps([release.number, release.version, release.title, release.programme, places], sort_keys=True)
    whole = hashlib.sha256(told.encode())
    seats = select(ReleasedSeat.attendee_id, ReleasedSeat.site_id, ReleasedSeat.seat, ReleasedSeat.wave_id)
    for row in db.session.execute(
        seats.where(ReleasedSeat.release_id == release.id).order_by(ReleasedSeat.attendee_id)
    ):
        wave = "" if row.wave_id is None else f" {row.wave_id}"  # so that digests from before waves stay
        whole.update(f"{row.attendee_id} {row.site_id} {row.seat or ''}{wave}\n".encode())
    return whole.hexdigest()
