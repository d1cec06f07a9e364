"""Two releases of the reference plan: what people were told first, and what changed of it before the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.notices import actions as notices
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.planning.models import Conference, Presenter, StudySession, Topic, TopicKind
from conference.registry.models import Attendee
from conference.releases.actions import freeze
from conference.releases.writing import FIRST_RELEASE, write_letters
from conference.sites.models import ConferenceSite, Hall, Site

MOVED = 40
QUARTER = timedelta(minutes=15)
FIRST_BEFORE, SECOND_BEFORE = timedelta(days=9), timedelta(days=2)
FORMER_HALL = "Phòng họp tầng 2"
RETURNED_FROM = 40
RETURNED = (
    "550 5.1.1 The email account that you tried to reach does not exist",
    "552 5.2.2 Mailbox full",
    "550 5.1.1 User unknown",
)
"""What mail servers wrote about a few letters that came back."""


def release_twice(conference: Conference, *, is_over: bool, domain: str, at: datetime) -> None:
    """Give the plan out as it might have been at first and call everybody, then give it out as it is.

    Who was called has been told the first; what the second changes lies in the outbox, unless all is over. Repeatable:
    the second time nothing is done.
    """
    if conference.release_number:
        return
    first, second = at - FIRST_BEFORE, at - SECOND_BEFORE
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
        topic.starts_at, topic.ends_at = topic.starts_at - QUARTER, topic.ends_at - QUARTER
        topic.presenter_id = _another_presenter(presenter_id)
    db.session.flush()
    freeze(conference=conference, note="", by=SYSTEM, at=first)
    notices.write_summonses(conference=conference, domain=domain, may_send=False, by=SYSTEM, at=first)
    _as_sent(conference.id, MailKind.SUMMONS, FIRST_RELEASE, first)
    _as_returned(conference.id)
    _put(people, there.site_id)
    here.hall_id = hall_id
    if topic is not None:
        topic.starts_at, topic.ends_at = topic.starts_at + QUARTER, topic.ends_at + QUARTER
        topic.presenter_id = presenter_id
    conference.version += 1
    db.session.flush()
    note = "Theo công văn điều chỉnh của Ban Tổ chức"
    release = freeze(conference=conference, note=note, by=SYSTEM, at=second)
    write_letters(conference=conference, release=release, domain=domain, by=SYSTEM, at=second)
    if is_over:
        _as_sent(conference.id, MailKind.CHANGE, release.number, second)


def _another_presenter(presenter_id: int | None) -> int | None:
    others = select(Presenter.id).where(Presenter.id.is_distinct_from(presenter_id)).order_by(Presenter.id)
    return db.session.scalars(others.limit(1)).first()


def _as_sent(conference_id: int, kind: MailKind, number: int, at: datetime) -> None:
    """The demo sends nothing: its letters stand there as if they had left."""
    theirs = update(OutboxMail).where(OutboxMail.conference_id == conference_id, OutboxMail.kind == kind)
    sent = {"state": MailState.SENT, "sent_at": at, "told_release": number}
    db.session.execute(theirs.values(sent).execution_options(synchronize_session=False))


def _as_returned(conference_id: int) -> None:
    some = select(OutboxMail.id).where(OutboxMail.conference_id == conference_id).order_by(OutboxMail.id)
    ids = db.session.scalars(some.offset(RETURNED_FROM).limit(len(RETURNED))).all()
    for id, words in zip(ids, RETURNED, strict=False):
        back = update(OutboxMail).where(OutboxMail.id == id).values(state=MailState.BOUNCED, error=words)
        db.session.execute(back.execution_options(synchronize_session=False))


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
