"""Two releases of the reference plan: what people were told first, and what they read on the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.planning.models import Conference, StudySession, Topic, TopicKind
from conference.registry.models import Attendee
from conference.releases.actions import freeze
from conference.sites.models import ConferenceSite, Hall, Site

MOVED = 40
QUARTER = timedelta(minutes=15)
FIRST_BEFORE, SECOND_BEFORE = timedelta(days=9), timedelta(days=2)
FORMER_HALL = "Phòng họp tầng 2"


def release_twice(conference: Conference, *, at: datetime) -> None:
    """Give the plan out as it might have been at first, then as it is. Repeatable: the second time nothing is done."""
    if conference.release_number:
        return
    topic = db.session.scalars(
        select(Topic)
        .join(StudySession)
        .where(StudySession.conference_id == conference.id, Topic.kind == TopicKind.TOPIC)
        .order_by(Topic.starts_at.desc())
    ).first()
    here, there = db.session.scalars(
        select(ConferenceSite)
        .join(Site)
        .where(ConferenceSite.conference_id == conference.id, ConferenceSite.hall_id.is_not(None), Site.province != "")
        .order_by(Site.province, ConferenceSite.position)
        .limit(2)
    ).all()
    people = db.session.scalars(
        select(Attendee.id)
        .where(Attendee.conference_id == conference.id, Attendee.site_id == there.site_id)
        .order_by(Attendee.number)
        .limit(MOVED)
    ).all()
    hall_id = here.hall_id
    _put(people, here.site_id)
    here.hall_id = _former_hall(here.site_id)
    presenter_id = topic.presenter_id if topic else None
    if topic is not None:
        topic.starts_at, topic.ends_at, topic.presenter_id = topic.starts_at - QUARTER, topic.ends_at - QUARTER, None
    db.session.flush()
    freeze(conference=conference, note="", by=SYSTEM, at=at - FIRST_BEFORE)
    _put(people, there.site_id)
    here.hall_id = hall_id
    if topic is not None:
        topic.starts_at, topic.ends_at = topic.starts_at + QUARTER, topic.ends_at + QUARTER
        topic.presenter_id = presenter_id
    conference.version += 1
    db.session.flush()
    note = "Theo công văn điều chỉnh của Ban Tổ chức"
    freeze(conference=conference, note=note, by=SYSTEM, at=at - SECOND_BEFORE)


def _former_hall(site_id: int) -> int:
    known = select(Hall).where(Hall.site_id == site_id, Hall.name == FORMER_HALL)
    hall = db.session.scalars(known).first() or Hall(site_id=site_id, name=FORMER_HALL, capacity=60)
    db.session.add(hall)
    db.session.flush()
    return hall.id


def _put(people: Sequence[int], site_id: int) -> None:
    db.session.execute(
        update(Attendee)
        .where(Attendee.id.in_(people))
        .values(site_id=site_id)
        .execution_options(synchronize_session=False)
    )
