"""The only ways from an id to following online: an attendee's own, and an organizer's people."""

from __future__ import annotations

from datetime import datetime, timedelta

from conference.checkin.online import queries
from conference.checkin.online.models import OnlineParticipant, OnlineReport
from conference.checkin.online.rules import ANSWER_ARRIVES, Hours, Rule, hours_of
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.registry.models import Attendee

STILL_TAKEN = max(ANSWER_ARRIVES, timedelta(minutes=15))
"""What was kept while a line was away is taken for so long after the end."""


def follower(attendee: Attendee) -> Rule:
    """The rule for somebody who may follow online. Raises ``not_found`` for everybody else."""
    if not attendee.may_follow_online or attendee.conference.state is not ConferenceState.PUBLISHED:
        raise DomainError("not_found")
    return queries.rule_of(attendee.conference_id)


def followed_session(attendee: Attendee, rule: Rule, study_session_id: int, at: datetime) -> tuple[StudySession, Hours]:
    """A study session of the attendee's own while signs for it are taken.

    Raises ``not_found`` for another conference's or wave's, ``online_not_open`` outside its hours.
    """
    for study_session in queries.own_sessions(attendee):
        if study_session.id == study_session_id:
            hours = hours_of(study_session.starts_at, study_session.ends_at, rule)
            if not hours.opens_at <= at <= hours.ends_at + STILL_TAKEN:
                raise DomainError("online_not_open")
            return study_session, hours
    raise DomainError("not_found")


def report_for(conference: Conference, report_id: int) -> OnlineReport:
    """Raises ``not_found`` for the report of another conference."""
    found = db.session.get(OnlineReport, report_id, populate_existing=True)
    if found is None or found.conference_id != conference.id:
        raise DomainError("not_found")
    return found


def participant_of(report: OnlineReport, participant_id: int) -> OnlineParticipant:
    """Raises ``not_found`` for the participant of another report."""
    found = db.session.get(OnlineParticipant, participant_id, populate_existing=True)
    if found is None or found.report_id != report.id:
        raise DomainError("not_found")
    return found
