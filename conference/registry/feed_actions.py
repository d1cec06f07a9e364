"""Ending the addresses of calendars."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.journal import record
from conference.planning.models import Conference, Presenter, StudySession, Topic


def renew_feeds(*, conference: Conference, by: Actor, at: datetime) -> None:
    """End the addresses of the conference, its sites and its presenters. Attendees' own end with their link alone."""
    presenters = (
        select(Topic.presenter_id)
        .join(StudySession, StudySession.id == Topic.study_session_id)
        .where(StudySession.conference_id == conference.id, Topic.presenter_id.is_not(None))
    )
    db.session.execute(
        update(Conference).where(Conference.id == conference.id).values(feed_issue=Conference.feed_issue + 1)
    )
    db.session.execute(
        update(Presenter)
        .where(Presenter.id.in_(presenters))
        .values(feed_issue=Presenter.feed_issue + 1)
        .execution_options(synchronize_session=False)
    )
    record(by=by, at=at, action="calendars.renew", subject=("conference", conference.id))
