"""Reading how people follow online: one person's evidence, everybody's overview, rooms and rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true

from conference.checkin.models import Attendance
from conference.checkin.online.models import OnlineFollowing, OnlineRoom, OnlineRule
from conference.checkin.online.rules import ONLINE_NOW, Rule
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold
from conference.planning.models import StudySession
from conference.registry.called import is_called_to, sessions_of
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Site

STATES = ("now", "enough", "short", "never")


def kept_rule(conference_id: int) -> OnlineRule | None:
    return db.session.get(OnlineRule, conference_id, populate_existing=True)


def rule_of(conference_id: int) -> Rule:
    kept = kept_rule(conference_id)
    return kept.as_rule() if kept else Rule()


def room_of(attendee: Attendee) -> str:
    """The address of the room for this person: their site's, else the conference's, else none."""
    own = db.session.get(OnlineRoom, (attendee.conference_id, attendee.site_id))
    if own is not None:
        return own.url
    kept = kept_rule(attendee.conference_id)
    return kept.room_url if kept else ""


def rooms_of(conference_id: int) -> list[tuple[int, str, str]]:
    """(site, its name, its own room) of sites that have one."""
    rows = db.session.execute(
        select(Site.id, Site.name, OnlineRoom.url)
        .join(Site, Site.id == OnlineRoom.site_id)
        .where(OnlineRoom.conference_id == conference_id)
        .order_by(Site.sort_key, Site.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def sites_of(conference_id: int) -> list[tuple[int, str]]:
    rows = db.session.execute(
        select(Site.id, Site.name)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(Site.sort_key, Site.id)
    )
    return [(row[0], row[1]) for row in rows]


def called_by(conference_id: int, unit_path: str) -> list[int]:
    """The people called by a unit and those below it."""
    return list(
        db.session.scalars(
            select(Attendee.id)
            .join(Unit, Unit.id == Attendee.unit_id)
            .where(
                Attendee.conference_id == conference_id,
                Attendee.withdrawn_at.is_(None),
                Unit.path.startswith(unit_path, autoescape=True),
            )
        )
    )


def own_sessions(attendee: Attendee) -> list[StudySession]:
    """Those that somebody is called to."""
    return sessions_of(attendee.wave_id, study_sessions(attendee.conference_id))


def study_sessions(conference_id: int) -> list[StudySession]:
    return list(
        db.session.scalars(
            select(StudySession).where(StudySession.conference_id == conference_id).order_by(StudySession.starts_at)
        )
    )


def followings_of(attendee_id: int) -> dict[int, OnlineFollowing]:
    """By study session."""
    rows = db.session.scalars(
        select(OnlineFollowing)
        .where(OnlineFollowing.attendee_id == attendee_id)
        .execution_options(populate_existing=True)
    )
    return {row.study_session_id: row for row in rows}


# ---- the organizer's overview


def figures(conference_id: int, study_session: StudySession | None, at: datetime) -> dict[str, int]:
    """Allowed, now, entered, enough: one grouped query."""
    row = db.session.execute(
        select(
            func.count().label("allowed"),
            func.sum(case((_is("now", at), 1), else_=0)).label("now"),
            func.sum(case((OnlineFollowing.entered_at.is_not(None), 1), else_=0)).label("entered"),
            func.sum(case((_is("enough", at), 1), else_=0)).label("enough"),
        )
        .select_from(Attendee)
        .outerjoin(OnlineFollowing, _of(study_session))
        .where(*_allowed(conference_id, study_session))
    ).one()
    return {name: getattr(row, name) or 0 for name in ("allowed", "now", "entered", "enough")}


def people_page(conference_id: int, study_session: StudySession | None, ask: Ask, at: datetime) -> Page[Any]:
    """Everybody who may follow a study session online and how they do. Filters: ``q`` (name), ``state``."""
    statement = (
        select(
            Attendee.id,
            Attendee.number,
            Person.full_name,
            Unit.name.label("unit_name"),
            Site.name.label("site_name"),
            OnlineFollowing.entered_at,
            OnlineFollowing.last_sign_at,
            OnlineFollowing.first_at,
            OnlineFollowing.seconds,
            OnlineFollowing.of_seconds,
            OnlineFollowing.answered,
            OnlineFollowing.asked,
            OnlineFollowing.is_enough,
            Attendance.method,
            Attendance.first_at.label("seen_at"),
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .outerjoin(OnlineFollowing, _of(study_session))
        .outerjoin(
            Attendance,
            and_(Attendance.attendee_id == Attendee.id, Attendance.study_session_id == _id_of(study_session)),
        )
        .where(*_allowed(conference_id, study_session))
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Person.name_folded.contains(words, autoescape=True))
    if ask.query.get("state") in STATES:
        statement = statement.where(_is(ask.query["state"], at))
    return page_of(
        statement,
        ask,
        sorts={
            "name": (Person.sort_key,),
            "minutes": (func.coalesce(OnlineFollowing.seconds, 0),),
            "answers": (func.coalesce(OnlineFollowing.answered, 0),),
        },
        default="name",
        last=Attendee.id,
    )


def _id_of(study_session: StudySession | None) -> int:
    return 0 if study_session is None else study_session.id


def _of(study_session: StudySession | None) -> ColumnElement[bool]:
    session = OnlineFollowing.study_session_id == _id_of(study_session)
    return and_(OnlineFollowing.attendee_id == Attendee.id, session)


def _allowed(conference_id: int, study_session: StudySession | None) -> tuple[ColumnElement[bool], ...]:
    return (
        Attendee.conference_id == conference_id,
        true() if study_session is None else is_called_to(study_session),
        Attendee.may_follow_online.is_(True),
        Attendee.withdrawn_at.is_(None),
    )


def _is(state: str, at: datetime) -> ColumnElement[bool]:
    enough = and_(OnlineFollowing.attendee_id.is_not(None), OnlineFollowing.is_enough.is_(True))
    if state == "now":
        return and_(OnlineFollowing.last_sign_at.is_not(None), OnlineFollowing.last_sign_at >= at - ONLINE_NOW)
    if state == "enough":
        return enough
    if state == "short":
        return and_(OnlineFollowing.first_at.is_not(None), OnlineFollowing.is_enough.is_(False))
    return OnlineFollowing.first_at.is_(None)
