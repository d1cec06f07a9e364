"""Reading conferences and their programmes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold
from conference.planning.models import (
    Conference,
    ConferenceKind,
    ConferenceState,
    Presenter,
    StudySession,
    Topic,
    TopicKind,
    Wave,
)
from conference.planning.rules import Elsewhere, Half, Item, Span


def conferences_page(visible: ColumnElement[bool], ask: Ask) -> Page[Any]:
    """Conferences with their host unit, the latest first. Filters: ``state``, ``kind``, ``q``."""
    statement = _conferences(visible)
    if ask.query.get("state") in list(ConferenceState):
        statement = statement.where(Conference.state == ConferenceState(ask.query["state"]))
    if ask.query.get("kind") in list(ConferenceKind):
        statement = statement.where(Conference.kind == ConferenceKind(ask.query["kind"]))
    if words := ask.query.get("q", ""):
        statement = statement.where(Conference.id.in_(_ids_matching(visible, words)))
    return page_of(
        statement,
        ask,
        sorts={"date": (Conference.starts_on,), "code": (Conference.code,)},
        default="date",
        last=Conference.id,
    )


def newest_conferences(visible: ColumnElement[bool], most: int) -> Sequence[Conference]:
    return db.session.scalars(
        select(Conference).where(visible).order_by(Conference.starts_on.desc(), Conference.id.desc()).limit(most)
    ).all()


def _conferences(visible: ColumnElement[bool]) -> Select[Conference, str]:
    host = aliased(Unit)
    return (
        select(Conference, host.name.label("host_name")).join(host, host.id == Conference.host_unit_id).where(visible)
    )


def _ids_matching(visible: ColumnElement[bool], words: str) -> list[int]:
    """Titles are few and kept as typed: they are folded here, so that marks and capitals don't matter."""
    wanted = fold(words)
    rows = db.session.execute(select(Conference.id, Conference.code, Conference.title).where(visible))
    return [id for id, code, title in rows if wanted in fold(f"{code} {title}")]


def conferences_between(visible: ColumnElement[bool], first: date, last: date) -> Sequence[Conference]:
    """Conferences that touch these days, in the order in which they begin."""
    return db.session.scalars(
        select(Conference)
        .where(visible, Conference.starts_on <= last, Conference.ends_on >= first)
        .order_by(Conference.starts_on, Conference.code)
    ).all()


def study_sessions_of(conference_ids: Sequence[int]) -> dict[int, list[StudySession]]:
    """The study sessions of several conferences in one query."""
    found: dict[int, list[StudySession]] = {id: [] for id in conference_ids}
    if conference_ids:
        for row in db.session.scalars(
            select(StudySession)
            .where(StudySession.conference_id.in_(conference_ids))
            .order_by(StudySession.starts_at, StudySession.id)
        ):
            found[row.conference_id].append(row)
    return found


def programme_of(conference_id: int) -> Sequence[StudySession]:
    """Study sessions with their topics and presenters, as the days run."""
    return db.session.scalars(
        select(StudySession)
        .where(StudySession.conference_id == conference_id)
        .order_by(StudySession.starts_at, StudySession.id)
        .options(joinedload(StudySession.wave), selectinload(StudySession.topics).joinedload(Topic.presenter))
        .execution_options(populate_existing=True)
    ).all()


def waves_of(conference_id: int) -> Sequence[Wave]:
    """The waves of a conference, in their order."""
    return db.session.scalars(
        select(Wave).where(Wave.conference_id == conference_id).order_by(Wave.position, Wave.id)
    ).all()


def wave_of(conference_id: int, wave_id: int) -> Wave | None:
    return db.session.scalars(select(Wave).where(Wave.id == wave_id, Wave.conference_id == conference_id)).first()


def halves_of(programme: Sequence[StudySession]) -> list[Half]:
    """A loaded programme as the values that the rules look at."""
    return [
        Half(
            id=study_session.id,
            held_on=study_session.held_on,
            span=Span(study_session.starts_at, study_session.ends_at),
            items=[
                Item(
                    id=topic.id,
                    title=topic.title,
                    span=Span(topic.starts_at, topic.ends_at),
                    presenter=topic.presenter.name if topic.presenter else "",
                    presenter_id=topic.presenter_id,
                    needs_presenter=topic.kind is TopicKind.TOPIC,
                    is_reception=topic.kind is TopicKind.RECEPTION,
                )
                for topic in study_session.topics
            ],
        )
        for study_session in programme
    ]


def presented_elsewhere(conference: Conference, visible: ColumnElement[bool]) -> list[Elsewhere]:
    """What the presenters of this conference present in other conferences at about the same days.

    A conference that is not ``visible`` to the reader has no title; one that is called off is in nobody's way.
    """
    here = (
        select(Topic.presenter_id)
        .join(StudySession)
        .where(StudySession.conference_id == conference.id, Topic.presenter_id.is_not(None))
    )
    rows = db.session.execute(
        select(
            Topic.presenter_id,
            case((visible, Conference.title), else_="").label("conference"),
            Topic.title,
            Topic.starts_at,
            Topic.ends_at,
        )
        .join(StudySession, StudySession.id == Topic.study_session_id)
        .join(Conference, Conference.id == StudySession.conference_id)
        .where(
            Conference.id != conference.id,
            Conference.state != ConferenceState.CALLED_OFF,
            StudySession.held_on >= conference.starts_on,
            StudySession.held_on <= conference.ends_on,
            Topic.presenter_id.in_(here),
        )
        .order_by(Topic.starts_at, Topic.id)
    )
    return [
        Elsewhere(who, where, what, Span(starts, ends)) for who, where, what, starts, ends in rows if who is not None
    ]


def study_session_of(conference_id: int, study_session_id: int) -> StudySession | None:
    return db.session.scalars(
        select(StudySession).where(StudySession.id == study_session_id, StudySession.conference_id == conference_id)
    ).first()


def topic_of(conference_id: int, topic_id: int) -> Topic | None:
    return db.session.scalars(
        select(Topic)
        .join(StudySession)
        .where(Topic.id == topic_id, StudySession.conference_id == conference_id)
        .options(joinedload(Topic.presenter), joinedload(Topic.study_session))
    ).first()


def known_presenters() -> Sequence[Presenter]:
    return db.session.scalars(select(Presenter).order_by(Presenter.name_folded)).all()


def conference_names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Conference.id, Conference.code).where(Conference.id.in_(ids)))
    return {row.id: row.code for row in rows}


def conference_called(words: str) -> list[int]:
    """The conference with this code or title; at most one."""
    return list(
        db.session.scalars(
            select(Conference.id).where(or_(Conference.code == words.upper(), Conference.title == words)).limit(2)
        )
    )


def nearest_conference(visible: ColumnElement[bool], today: date) -> str | None:
    """The code of the conference that is on or comes next; when none does, of the last that was."""
    comes = (
        select(Conference.code)
        .where(visible, Conference.ends_on >= today)
        .order_by(Conference.starts_on, Conference.id)
        .limit(1)
    )
    was = select(Conference.code).where(visible).order_by(Conference.ends_on.desc(), Conference.id.desc()).limit(1)
    return db.session.scalar(comes) or db.session.scalar(was)
