"""The whole picture of a study session in a fixed number of queries, and the few counts that a push carries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from conference.checkin import queries as checkin
from conference.checkin.models import Attendance, Device, DoorVersion
from conference.foundation.db import db
from conference.grading.models import Paper, Release
from conference.live.rules import SiteCount
from conference.notices.models import OutboxMail
from conference.planning.models import Conference, StudySession, Topic
from conference.reflections.models import ReflectionTask
from conference.registry.called import is_called_to, is_summoned
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Site

SITE_WORD = "Điểm cầu "
"""Every site's name begins with it; where only sites stand it says nothing."""


@dataclass(frozen=True)
class Push:
    """What a board is told between two whole pictures."""

    version: int
    present: int
    sites: dict[int, int]
    """Site id -> people present there."""


def site_counts(conference_id: int, study_session_id: int, *, at: datetime) -> list[SiteCount]:
    """Every site of the conference in the organiser's order, with its figures for one study session."""
    counts = checkin.headcount_by_site(study_session_id)
    spoken = _pairs(
        select(Device.site_id, func.max(Device.last_seen_at))
        .where(Device.conference_id == conference_id, Device.revoked_at.is_(None), Device.expires_at > at)
        .group_by(Device.site_id)
    )
    rows = db.session.execute(
        select(Site.id, Site.code, Site.name, Site.province)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(ConferenceSite.position, Site.id)
    )
    return [
        SiteCount(
            site_id=id,
            code=code,
            name=name.removeprefix(SITE_WORD),
            province=province,
            summoned=counts[id].summoned,
            present=counts[id].present,
            late=counts[id].late,
            excused=counts[id].excused,
            silent_since=spoken.get(id),
            is_closed=counts[id].is_closed,
        )
        for id, code, name, province in rows
    ]


def push_of(conference_id: int, study_session_id: int, sites: Collection[int]) -> Push:
    """The counts of some sites with the total and the version that goes with them."""
    here = _pairs(
        select(Attendance.site_id, func.count())
        .where(Attendance.study_session_id == study_session_id, Attendance.site_id.in_(sites))
        .group_by(Attendance.site_id)
    )
    return Push(
        version=board_version(conference_id),
        present=present_total(study_session_id),
        sites={site: here.get(site, 0) for site in sites},
    )


def present_total(study_session_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count()).select_from(Attendance).where(Attendance.study_session_id == study_session_id)
        )
        or 0
    )


@dataclass(frozen=True)
class Milestones:
    """What of a conference has come about, for the chain at the side of its pages."""

    has_letters: bool
    writing_ends_at: datetime | None
    has_papers: bool
    has_release: bool


def milestones(conference_id: int) -> Milestones:
    """One query, whatever the size of the conference."""
    row = db.session.execute(
        select(
            select(OutboxMail.id).where(OutboxMail.conference_id == conference_id).exists(),
            select(ReflectionTask.late_until).where(ReflectionTask.conference_id == conference_id).scalar_subquery(),
            select(Paper.id).where(Paper.conference_id == conference_id).exists(),
            select(Release.id).where(Release.conference_id == conference_id).exists(),
        )
    ).one()
    return Milestones(*row)


def summoned_total(conference_id: int) -> int:
    return _count(Attendee.conference_id == conference_id, is_summoned())


def summoned_to(study_session: StudySession) -> int:
    """Those whose study session it is."""
    here = Attendee.conference_id == study_session.conference_id
    return _count(here, is_summoned(), is_called_to(study_session))


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Attendee).where(*conditions)) or 0


def called_and_sites(conference_id: int) -> tuple[int, int]:
    """How many people are called, and to how many sites the conference goes."""
    joined = select(func.count()).select_from(ConferenceSite).where(ConferenceSite.conference_id == conference_id)
    return summoned_total(conference_id), db.session.scalar(joined) or 0


def board_version(conference_id: int) -> int:
    """Rises with every delivery at any door of the conference; equal versions mean equal pictures."""
    return (
        db.session.scalar(select(func.sum(DoorVersion.version)).where(DoorVersion.conference_id == conference_id)) or 0
    )


def sessions_of(conference: Conference) -> list[StudySession]:
    return list(
        db.session.scalars(
            select(StudySession).where(StudySession.conference_id == conference.id).order_by(StudySession.starts_at)
        )
    )


def session_at(sessions: list[StudySession], at: datetime) -> StudySession | None:
    """The study session that matters at a moment: the running one, else the next, else the last."""
    for study_session in sessions:
        if at < study_session.ends_at:
            return study_session
    return sessions[-1] if sessions else None


def next_topics(conference_id: int, at: datetime, *, count: int = 6) -> list[Topic]:
    """What runs now and what comes next, across study sessions."""
    return list(
        db.session.scalars(
            select(Topic)
            .join(StudySession)
            .where(StudySession.conference_id == conference_id, Topic.ends_at > at)
            .order_by(Topic.starts_at, Topic.position)
            .limit(count)
        )
    )


def _pairs(statement: Select[*tuple[Any, ...]]) -> dict[int, Any]:
    return dict(tuple(row) for row in db.session.execute(statement))
