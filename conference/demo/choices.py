"""What the demo leaves to decide: lines that may be one person, choices that are pinned, and a proposal of seats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from conference.demo import staff
from conference.directory.models import Person
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.foundation.text import split_name
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.seating import actions
from conference.seating.jobs import KIND
from conference.seating.models import SeatingPin
from conference.seating.rules import Wishes
from conference.sites.models import ConferenceSite, Site

PAIRS = 3


def leave_open(conference: Conference, *, at: datetime) -> None:
    """Repeatable: once something is pinned, all of it was left before."""
    if db.session.scalar(select(SeatingPin.id).where(SeatingPin.conference_id == conference.id).limit(1)):
        return
    site = staff.host_site()
    around = db.session.scalars(
        select(Attendee)
        .join(Site, Site.id == Attendee.site_id)
        .where(
            Attendee.conference_id == conference.id,
            Attendee.withdrawn_at.is_(None),
            Site.province == site.province,
        )
        .options(joinedload(Attendee.person))
        .order_by(Attendee.number)
    ).all()
    _let_look_alike([attendee.person for attendee in around])
    here = [attendee for attendee in around if attendee.site_id == site.id]
    pinned: list[tuple[int, int | None]] = [(one.unit_id, None) for one in here[:1]]
    pinned += [(one.unit_id, one.id) for one in here[-1:]]
    for unit_id, attendee_id in pinned:
        actions.pin(conference=conference, unit_id=unit_id, attendee_id=attendee_id, site_id=site.id, by=SYSTEM, at=at)
    wishes = Wishes(closing=_smallest_site(conference, besides=site.id))
    payload = {"conference_id": conference.id, "wishes": wishes.as_kept()}
    jobs.enqueue(KIND, payload, by=SYSTEM, at=at, conference_id=conference.id)  # nobody waits for the search


def _let_look_alike(people: Sequence[Person]) -> None:
    """Of people of one age and given name some come to share a phone number: they may be one, or two of a house."""
    waiting: dict[tuple[str, int | None], Person] = {}
    pairs = 0
    for person in people:
        if pairs == PAIRS or not person.phone_digits:
            continue
        key = split_name(person.full_name)[1], person.birth_year
        other = waiting.pop(key, None)
        if other is None:
            waiting[key] = person
        elif other.phone_digits != person.phone_digits:
            person.phone, person.phone_digits = other.phone, other.phone_digits
            pairs += 1
    db.session.flush()


def _smallest_site(conference: Conference, *, besides: int) -> tuple[int, ...]:
    """The one that fell away: where the fewest are called."""
    found = db.session.scalars(
        select(ConferenceSite.site_id)
        .join(
            Attendee,
            (Attendee.site_id == ConferenceSite.site_id) & (Attendee.conference_id == ConferenceSite.conference_id),
        )
        .where(ConferenceSite.conference_id == conference.id, ConferenceSite.site_id != besides)
        .group_by(ConferenceSite.site_id)
        .order_by(func.count(), ConferenceSite.site_id)
        .limit(1)
    ).first()
    return () if found is None else (found,)
