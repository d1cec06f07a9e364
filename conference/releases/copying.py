"""A past conference as the start of a new one: its programme on other days with its documents, its sites,
halls, hosts, rehearsals and quotas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, insert, literal, null, select
from sqlalchemy.exc import IntegrityError

from conference.foundation import jobs
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect
from conference.planning.documents.actions import copy_documents
from conference.planning.documents.queries import documents_of
from conference.planning.given import GivenSession, given
from conference.planning.models import Conference, ConferenceState, StudySession, Topic, Wave
from conference.planning.queries import programme_of, waves_of
from conference.registry.models import Attendee, attendee_categories
from conference.registry.naming.models import Quota
from conference.sites.models import ConferenceSite, GuestUnit
from conference.sites.rehearsals.models import Rehearsal, RehearsalSite
from conference.sites.rehearsals.queries import rehearsals_of

SIGN = "plan.sign_tickets"
"""The kind of job that signs the tickets of people who were copied."""

KEPT_OF_CONFERENCE = (
    "kind",
    "mode",
    "resolution_id",
    "host_unit_id",
    "timezone",
    "opens_before_minutes",
    "late_after_minutes",
    "target_rate",
    "self_check_in",
    "headcount_tolerance",
    "substitutes_need_approval",
    "modules_off",
)
KEPT_OF_SITE = (
    "site_id",
    "hall_id",
    "position",
    "manager_name",
    "manager_phone",
    "manager_email",
    "technician_name",
    "technician_phone",
)


@dataclass(frozen=True)
class Contents:
    """What a copy would bring."""

    study_sessions: tuple[GivenSession, ...]
    rehearsals: Sequence[Rehearsal]
    topics: int
    documents: int
    sites: int
    halls: int
    hosts: int
    guests: int
    quotas: int
    people: int


def contents_of(conference: Conference) -> Contents:
    """The programme, its documents, the rehearsals and three counts, whatever the size of the conference."""
    programme = given(programme_of(conference.id))
    joined = db.session.execute(
        select(
            func.count().label("sites"),
            func.count(ConferenceSite.hall_id).label("halls"),
            func.count().filter(ConferenceSite.manager_name != "").label("hosts"),
        ).where(ConferenceSite.conference_id == conference.id)
    ).one()
    guests = (
        select(func.count())
        .select_from(GuestUnit)
        .join(ConferenceSite, ConferenceSite.id == GuestUnit.conference_site_id)
        .where(ConferenceSite.conference_id == conference.id)
        .scalar_subquery()
    )
    quotas = select(func.count()).select_from(Quota).where(Quota.conference_id == conference.id).scalar_subquery()
    people = select(func.count()).select_from(_people(conference.id).subquery()).scalar_subquery()
    more = db.session.execute(select(guests.label("guests"), quotas.label("quotas"), people.label("people"))).one()
    return Contents(
        programme,
        rehearsals_of(conference.id),
        sum(len(one.topics) for one in programme),
        sum(len(files) for files in documents_of(conference.id).values()),
        joined.sites,
        joined.halls,
        joined.hosts,
        more.guests,
        more.quotas,
        more.people,
    )


def shift_of(conference: Conference, starts_on: date) -> timedelta:
    return starts_on - conference.starts_on


def moved(moment: datetime, shift: timedelta, timezone: str) -> datetime:
    """The same hour of the clock some days on, also where clocks are set forward or back between."""
    return moment.astimezone(ZoneInfo(timezone)) + shift


def copy_conference(
    *, source: Conference, code: str, title: str, starts_on: date, with_people: bool, by: Actor, at: datetime
) -> Conference:
    """Make a draft out of another conference, all of it or nothing. Nobody is told anything. Raises ``code_taken``."""
    shift = shift_of(source, starts_on)
    copy = Conference(
        code=code,
        title=title,
        state=ConferenceState.DRAFT,
        version=1,
        starts_on=starts_on,
        ends_on=source.ends_on + shift,
        **{name: getattr(source, name) for name in KEPT_OF_CONFERENCE},
    )
    try:
        with db.session.begin_nested():
            db.session.add(copy)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError("code_taken", taken=code) from error
    waves = _copy_waves(source.id, copy.id)
    _copy_programme(source, copy, shift, waves, at)
    _copy_sites(source.id, copy.id)
    _copy_rehearsals(source, copy, shift, at)
    db.session.execute(
        insert(Quota).from_select(
            ["conference_id", "unit_id", "category_id", "places"],
            select(literal(copy.id), Quota.unit_id, Quota.category_id, Quota.places).where(
                Quota.conference_id == source.id
            ),
        )
    )
    people = _copy_people(source.id, copy.id, waves) if with_people else 0
    if people:
        jobs.enqueue(SIGN, {"conference_id": copy.id}, by=by, at=at, conference_id=copy.id)
    record(
        by=by,
        at=at,
        action="conference.copy",
        subject=("conference", copy.id),
        after={"source": source.id, "days": shift.days, "people": people},
    )
    return copy


def _copy_waves(source_id: int, copy_id: int) -> dict[int, int]:
    """Wave of the source -> wave of the copy."""
    found = {}
    for one in waves_of(source_id):
        wave = Wave(conference_id=copy_id, position=one.position, title=one.title)
        db.session.add(wave)
        db.session.flush()
        found[one.id] = wave.id
    return found


def _copy_programme(
    source: Conference, copy: Conference, shift: timedelta, waves: Mapping[int, int], at: datetime
) -> None:
    topics: dict[int, int] = {}
    for one in programme_of(source.id):
        half = StudySession(
            conference_id=copy.id,
            held_on=one.held_on + shift,
            part=one.part,
            doors_open_at=moved(one.doors_open_at, shift, source.timezone),
            starts_at=moved(one.starts_at, shift, source.timezone),
            ends_at=moved(one.ends_at, shift, source.timezone),
            wave_id=None if one.wave_id is None else waves[one.wave_id],
        )
        db.session.add(half)
        db.session.flush()
        for topic in one.topics:
            same = Topic(
                study_session_id=half.id,
                position=topic.position,
                kind=topic.kind,
                title=topic.title,
                presenter_id=topic.presenter_id,
                starts_at=moved(topic.starts_at, shift, source.timezone),
                ends_at=moved(topic.ends_at, shift, source.timezone),
            )
            db.session.add(same)
            db.session.flush()
            topics[topic.id] = same.id
    copy_documents(topics=topics, at=at)


def _copy_sites(source_id: int, copy_id: int) -> None:
    """Sites with hall and people in charge. Links of rooms and what was ticked off belong to their day."""
    kept = [getattr(ConferenceSite, name) for name in KEPT_OF_SITE]
    db.session.execute(
        insert(ConferenceSite).from_select(
            ["conference_id", *KEPT_OF_SITE, "room_url", "version"],
            select(literal(copy_id), *kept, literal(""), literal(1))
            .where(ConferenceSite.conference_id == source_id)
            .order_by(ConferenceSite.position, ConferenceSite.id),
        )
    )
    new = ConferenceSite.__table__.alias("new")
    db.session.execute(
        insert(GuestUnit).from_select(
            ["conference_site_id", "unit_id", "quota"],
            select(new.c.id, GuestUnit.unit_id, GuestUnit.quota)
            .join(ConferenceSite, ConferenceSite.id == GuestUnit.conference_site_id)
            .join(new, new.c.site_id == ConferenceSite.site_id)
            .where(ConferenceSite.conference_id == source_id, new.c.conference_id == copy_id),
        )
    )


def _copy_rehearsals(source: Conference, copy: Conference, shift: timedelta, at: datetime) -> None:
    """Those that were not called off, for the same sites."""
    new = ConferenceSite.__table__.alias("new")
    for one in rehearsals_of(source.id):
        rehearsal = Rehearsal(
            conference_id=copy.id,
            title=one.title,
            starts_at=moved(one.starts_at, shift, source.timezone),
            ends_at=moved(one.ends_at, shift, source.timezone),
            is_for_all=one.is_for_all,
            tasks=one.tasks,
            changed_at=at,
        )
        db.session.add(rehearsal)
        db.session.flush()
        db.session.execute(
            insert(RehearsalSite).from_select(
                ["rehearsal_id", "conference_site_id"],
                select(literal(rehearsal.id), new.c.id)
                .join(ConferenceSite, ConferenceSite.site_id == new.c.site_id)
                .join(RehearsalSite, RehearsalSite.conference_site_id == ConferenceSite.id)
                .where(RehearsalSite.rehearsal_id == one.id, new.c.conference_id == copy.id),
            )
        )


def _people(conference_id: int) -> AnySelect:
    """Those of the list: who walked in or came instead of somebody was never on it."""
    return select(Attendee.id).where(
        Attendee.conference_id == conference_id,
        Attendee.withdrawn_at.is_(None),
        Attendee.is_walk_in.is_(False),
        Attendee.is_substitute.is_(False),
    )


def _copy_people(source_id: int, copy_id: int, waves: Mapping[int, int]) -> int:
    """The same people for the same units at the same sites, where they were called to, and in the same waves; seats
    are given anew."""
    same: dict[str, Any] = {
        "number": Attendee.number,
        "person_id": Attendee.person_id,
        "unit_id": Attendee.unit_id,
        "position": Attendee.position,
        "site_id": func.coalesce(Attendee.called_site_id, Attendee.site_id),
        "wave_id": case(waves, value=Attendee.wave_id) if waves else null(),
        "role": Attendee.role,
        "must_write": Attendee.must_write,
        "may_follow_online": Attendee.may_follow_online,
    }
    fresh: dict[str, Any] = {
        "conference_id": literal(copy_id),
        "seat": null(),
        "ticket_issue": literal(1),
        "link_issue": literal(1),
        "calendar_sequence": literal(0),
        "is_walk_in": literal(False),
        "is_substitute": literal(False),
    }
    values = same | fresh
    chosen = _people(source_id).with_only_columns(*values.values()).order_by(Attendee.number)
    db.session.execute(insert(Attendee).from_select(list(values), chosen, include_defaults=False))
    new = Attendee.__table__.alias("new")
    db.session.execute(
        insert(attendee_categories).from_select(
            ["attendee_id", "category_id"],
            select(new.c.id, attendee_categories.c.category_id)
            .join(Attendee, Attendee.id == attendee_categories.c.attendee_id)
            .join(new, new.c.number == Attendee.number)
            .where(Attendee.conference_id == source_id, new.c.conference_id == copy_id),
        )
    )
    return db.session.scalar(select(func.count()).select_from(Attendee).where(Attendee.conference_id == copy_id)) or 0
