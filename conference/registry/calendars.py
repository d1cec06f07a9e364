"""What stands in the calendars of an attendee, a site, a presenter and a whole conference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from conference.foundation.calendar import Calendar, CalendarEvent, Mailbox, Method
from conference.foundation.db import db
from conference.planning.models import Conference, ConferenceState, Presenter, StudySession, Topic
from conference.planning.queries import programme_of
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Hall, Site

HOST = "diem-cau"


def sequence_of(conference: Conference, attendee: Attendee) -> int:
    """Rises with each change of the conference and each move of the attendee, and never falls."""
    return conference.version + attendee.calendar_sequence


def place_words(site: Site, hall: Hall | None) -> str:
    parts = [hall_words(site, hall), site.name, site.address or site.province]
    return ", ".join(part for part in parts if part)


def hall_words(site: Site, hall: Hall | None) -> str:
    """The hall's name, unless the address begins with it."""
    return hall.name if hall and not site.address.startswith(hall.name) else ""


def programme_words(study_sessions: Sequence[StudySession], timezone: str) -> str:
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


def begins_at(study_sessions: Sequence[StudySession]) -> datetime:
    """When people are expected: the first item, reception included."""
    first = study_sessions[0]
    return min([first.starts_at, *(topic.starts_at for topic in first.topics)])


def summons_event(
    attendee: Attendee,
    conference: Conference,
    study_sessions: Sequence[StudySession],
    site: Site,
    hall: Hall | None,
    *,
    organizer: Mailbox,
    at: datetime,
) -> CalendarEvent | None:
    """The attendee's own entry, the same for life; None for a conference without a programme."""
    if not study_sessions:
        return None
    person = attendee.person
    return CalendarEvent(
        uid=f"{conference.code.lower()}-{attendee.number}@{HOST}",
        sequence=sequence_of(conference, attendee),
        changed_at=at,
        starts_at=begins_at(study_sessions),
        ends_at=max(one.ends_at for one in study_sessions),
        summary=conference.title,
        location=place_words(site, hall),
        description=programme_words(study_sessions, conference.timezone),
        organizer=organizer,
        attendee=Mailbox(person.full_name, person.email) if person.email else None,
        is_cancelled=attendee.withdrawn_at is not None,
    )


def summons_calendar(event: CalendarEvent, conference: Conference) -> Calendar:
    """An invitation, or its withdrawal when the person is no longer called."""
    method = Method.CANCEL if event.is_cancelled else Method.REQUEST
    return Calendar(conference.title, conference.timezone, [event], method)


def attendee_feed(attendee_id: int, issue: int, *, organizer: Mailbox, at: datetime) -> Calendar | None:
    attendee = db.session.scalars(
        select(Attendee)
        .where(Attendee.id == attendee_id, Attendee.link_issue == issue)
        .options(joinedload(Attendee.person), joinedload(Attendee.conference), joinedload(Attendee.site))
    ).first()
    if attendee is None or attendee.conference.state is ConferenceState.DRAFT:
        return None
    hall = db.session.scalars(
        select(Hall)
        .join(ConferenceSite, ConferenceSite.hall_id == Hall.id)
        .where(ConferenceSite.conference_id == attendee.conference_id, ConferenceSite.site_id == attendee.site_id)
    ).first()
    conference = attendee.conference
    event = summons_event(
        attendee, conference, programme_of(conference.id), attendee.site, hall, organizer=organizer, at=at
    )
    events = [replace(event, attendee=None, organizer=None)] if event else []
    return Calendar(conference.title, conference.timezone, events)


def conference_calendar(conference: Conference, *, at: datetime) -> Calendar:
    """Each study session of a conference, with its programme."""
    events = [_session_event(conference, one, "", at=at) for one in programme_of(conference.id)]
    return Calendar(conference.title, conference.timezone, events)


def conference_feed(conference_id: int, *, at: datetime) -> Calendar | None:
    conference = db.session.get(Conference, conference_id)
    if conference is None or conference.state is ConferenceState.DRAFT:
        return None
    return conference_calendar(conference, at=at)


def site_feed(conference_site_id: int, *, at: datetime) -> Calendar | None:
    """The study sessions of a conference at one site."""
    joined = db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.id == conference_site_id)
        .options(
            joinedload(ConferenceSite.conference),
            joinedload(ConferenceSite.site),
            joinedload(ConferenceSite.hall),
        )
    ).first()
    if joined is None or joined.conference.state is ConferenceState.DRAFT:
        return None
    place = place_words(joined.site, joined.hall)
    events = [
        _session_event(joined.conference, one, place, at=at, suffix=f"-{joined.id}")
        for one in programme_of(joined.conference_id)
    ]
    return Calendar(f"{joined.conference.title} · {joined.site.name}", joined.conference.timezone, events)


def _session_event(
    conference: Conference, study_session: StudySession, place: str, *, at: datetime, suffix: str = ""
) -> CalendarEvent:
    return CalendarEvent(
        uid=f"{conference.code.lower()}-buoi-{study_session.id}{suffix}@{HOST}",
        sequence=conference.version,
        changed_at=at,
        starts_at=begins_at([study_session]),
        ends_at=study_session.ends_at,
        summary=conference.title,
        location=place,
        description=programme_words([study_session], conference.timezone),
    )


def presenter_feed(presenter_id: int, *, at: datetime) -> Calendar | None:
    """What someone presents, in every published conference."""
    presenter = db.session.get(Presenter, presenter_id)
    if presenter is None:
        return None
    topics = db.session.scalars(
        select(Topic)
        .join(StudySession, StudySession.id == Topic.study_session_id)
        .join(Conference, Conference.id == StudySession.conference_id)
        .where(Topic.presenter_id == presenter_id, Conference.state != ConferenceState.DRAFT)
        .options(contains_eager(Topic.study_session).contains_eager(StudySession.conference))
        .order_by(Topic.starts_at, Topic.id)
    ).all()
    events = [
        CalendarEvent(
            uid=f"{topic.study_session.conference.code.lower()}-chuyen-de-{topic.id}@{HOST}",
            sequence=topic.study_session.conference.version,
            changed_at=at,
            starts_at=topic.starts_at,
            ends_at=topic.ends_at,
            summary=topic.title,
            description=topic.study_session.conference.title,
        )
        for topic in topics
    ]
    return Calendar(
        presenter.name, topics[0].study_session.conference.timezone if topics else "Asia/Ho_Chi_Minh", events
    )


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
