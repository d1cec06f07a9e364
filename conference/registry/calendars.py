"""What stands in the calendars of an attendee, a site, a presenter and a whole conference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.foundation.calendar import Calendar, CalendarEvent, Mailbox, Method
from conference.foundation.db import db
from conference.planning.given import GivenSession
from conference.planning.models import Conference, ConferenceState, Presenter, StudySession, Topic
from conference.registry.models import Attendee
from conference.registry.told import ToldPlan, told_plan, whereabouts
from conference.sites.models import ConferenceSite
from conference.sites.places import place_told
from conference.sites.rehearsals.models import Rehearsal
from conference.sites.rehearsals.queries import all_rehearsals, rehearsals_at

HOST = "diem-cau"


def programme_words(study_sessions: Sequence[GivenSession], timezone: str) -> str:
    """The programme as plain lines: 08:15 Chuyên đề 1."""
    zone = ZoneInfo(timezone)
    lines: list[str] = []
    day = None
    for study_session in study_sessions:
        if study_session.held_on != day:
            day = study_session.held_on
            lines.append(day.strftime("%d/%m/%Y"))
        lines += [f"{topic.starts_at.astimezone(zone):%H:%M} {topic.title}" for topic in study_session.topics]
    return "\n".join(lines)


def _sequence(conference: Conference, plan: ToldPlan) -> int:
    """Of an entry that is nobody's own: calling off raised the conference's version above that of its last release."""
    return conference.version if conference.is_called_off else plan.version


def begins_at(study_sessions: Sequence[GivenSession]) -> datetime:
    """When people are expected: the first item, reception included."""
    first = study_sessions[0]
    return min([first.starts_at, *(topic.starts_at for topic in first.topics)])


def summons_event(
    attendee: Attendee, conference: Conference, plan: ToldPlan, *, organizer: Mailbox, at: datetime
) -> CalendarEvent | None:
    """The attendee's own entry, the same for life; None for who has no study session to come to."""
    person, there = attendee.person, whereabouts(attendee, plan)
    if not there.study_sessions:
        return None
    return CalendarEvent(
        uid=f"{conference.code.lower()}-{attendee.number}@{HOST}",
        sequence=there.sequence,
        changed_at=at,
        starts_at=begins_at(there.study_sessions),
        ends_at=max(one.ends_at for one in there.study_sessions),
        summary=plan.title,
        location=there.place.words if there.place else "",
        description=programme_words(there.study_sessions, conference.timezone),
        organizer=organizer,
        attendee=Mailbox(person.full_name, person.email) if person.email else None,
        is_cancelled=attendee.withdrawn_at is not None or conference.is_called_off,
    )


def summons_calendar(event: CalendarEvent, conference: Conference) -> Calendar:
    """An invitation, or its withdrawal when the person is no longer called."""
    method = Method.CANCEL if event.is_cancelled else Method.REQUEST
    return Calendar(conference.title, conference.timezone, [event], method)


def attendee_feed(attendee_id: int, issue: int, *, organizer: Mailbox, at: datetime) -> Calendar | None:
    attendee = db.session.scalars(
        select(Attendee)
        .where(Attendee.id == attendee_id, Attendee.link_issue == issue)
        .options(joinedload(Attendee.person), joinedload(Attendee.conference))
    ).first()
    if attendee is None or attendee.conference.state is ConferenceState.DRAFT:
        return None
    conference = attendee.conference
    plan = told_plan(conference)
    event = summons_event(attendee, conference, plan, organizer=organizer, at=at)
    events = [replace(event, attendee=None, organizer=None)] if event else []
    return Calendar(plan.title, conference.timezone, events)


def conference_calendar(conference: Conference, *, at: datetime) -> Calendar:
    """Each study session of a conference, with its programme."""
    plan = told_plan(conference)
    events = [_session_event(conference, plan, one, "", at=at) for one in plan.study_sessions]
    return Calendar(plan.title, conference.timezone, events)


def _rehearsal_event(
    conference: Conference, rehearsal: Rehearsal, place: str, title: str, *, suffix: str = ""
) -> CalendarEvent:
    """For hosts and organizers; one that was called off stays, so that calendars say so."""
    return CalendarEvent(
        uid=f"{conference.code.lower()}-duyet-{rehearsal.id}{suffix}@{HOST}",
        sequence=rehearsal.version,
        changed_at=rehearsal.changed_at,
        starts_at=rehearsal.starts_at,
        ends_at=rehearsal.ends_at,
        summary=f"{rehearsal.title}: {title}",
        location=place,
        description=rehearsal.tasks,
        is_cancelled=rehearsal.cancelled_at is not None or conference.is_called_off,
    )


def conference_feed(conference_id: int, issue: int, *, at: datetime) -> Calendar | None:
    conference = db.session.get(Conference, conference_id)
    if conference is None or conference.feed_issue != issue or conference.state is ConferenceState.DRAFT:
        return None
    calendar = conference_calendar(conference, at=at)
    rehearsals = all_rehearsals(conference.id)
    events = [*calendar.events, *(_rehearsal_event(conference, one, "", calendar.name) for one in rehearsals)]
    return replace(calendar, events=events)


def site_feed(conference_site_id: int, issue: int, *, at: datetime) -> Calendar | None:
    """The study sessions of a conference at one site."""
    joined = db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.id == conference_site_id)
        .options(joinedload(ConferenceSite.conference), joinedload(ConferenceSite.site))
    ).first()
    if joined is None or joined.conference.feed_issue != issue or joined.conference.state is ConferenceState.DRAFT:
        return None
    plan = told_plan(joined.conference)
    place = place_told(joined.conference_id, plan.release_id, joined.site_id)
    events = [
        _session_event(joined.conference, plan, one, place.words if place else "", at=at, suffix=f"-{joined.id}")
        for one in plan.study_sessions
    ]
    where = place.words if place else ""
    events += [
        _rehearsal_event(joined.conference, one, where, plan.title, suffix=f"-{joined.id}")
        for one in rehearsals_at(joined.id, with_cancelled=True)
    ]
    return Calendar(f"{plan.title} · {joined.site.name}", joined.conference.timezone, events)


def _session_event(
    conference: Conference, plan: ToldPlan, study_session: GivenSession, place: str, *, at: datetime, suffix: str = ""
) -> CalendarEvent:
    return CalendarEvent(
        uid=f"{conference.code.lower()}-buoi-{study_session.id}{suffix}@{HOST}",
        sequence=_sequence(conference, plan),
        changed_at=at,
        starts_at=begins_at([study_session]),
        ends_at=study_session.ends_at,
        summary=plan.title,
        location=place,
        description=programme_words([study_session], conference.timezone),
        is_cancelled=conference.is_called_off,
    )


def presenter_feed(presenter_id: int, issue: int, *, at: datetime) -> Calendar | None:
    """What someone presents, in every published conference."""
    presenter = db.session.get(Presenter, presenter_id)
    if presenter is None or presenter.feed_issue != issue:
        return None
    conferences = db.session.scalars(
        select(Conference).where(Conference.state != ConferenceState.DRAFT).order_by(Conference.starts_on)
    ).all()
    events = [event for conference in conferences for event in _presented(conference, presenter_id, at)]
    return Calendar(presenter.name, conferences[-1].timezone if conferences else "Asia/Ho_Chi_Minh", events)


def _presented(conference: Conference, presenter_id: int, at: datetime) -> list[CalendarEvent]:
    plan = told_plan(conference)
    return [
        CalendarEvent(
            uid=f"{conference.code.lower()}-chuyen-de-{topic.id}@{HOST}",
            sequence=_sequence(conference, plan),
            changed_at=at,
            starts_at=topic.starts_at,
            ends_at=topic.ends_at,
            summary=topic.title,
            description=plan.title,
            is_cancelled=conference.is_called_off,
        )
        for study_session in plan.study_sessions
        for topic in study_session.topics
        if topic.presenter is not None and topic.presenter.id == presenter_id
    ]


def presenters_of(conference_id: int) -> Sequence[Presenter]:
    return db.session.scalars(
        select(Presenter)
        .where(
            Presenter.id.in_(
                select(Topic.presenter_id)
                .join(StudySession, StudySession.id == Topic.study_session_id)
                .where(StudySession.conference_id == conference_id)
            )
        )
        .order_by(Presenter.name_folded)
    ).all()


def joined_sites(conference_id: int) -> Sequence[ConferenceSite]:
    return db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.conference_id == conference_id)
        .options(joinedload(ConferenceSite.site))
        .order_by(ConferenceSite.position, ConferenceSite.id)
    ).all()
