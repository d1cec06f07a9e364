"""Pages of what programs read: each a fixed number of queries, by a key that only grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Subquery, or_, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from conference.api.rules import Asked
from conference.checkin.models import Attendance, HallCount, Scan
from conference.checkin.queries import Headcount, headcount_by_site
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.paging import AnySelect
from conference.grading.models import ReleasedMark
from conference.grading.releasing import latest_release
from conference.planning.models import Conference, StudySession
from conference.reflections.models import Reflection, ReflectionTask
from conference.registry.called import called_by_site
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.reports import tables
from conference.reports.queries import sheaf_of
from conference.reports.tables import By, ReportTable
from conference.sites.models import ConferenceSite, Site

Found = tuple[Sequence[Any], str | None]
"""The rows of a page, and the cursor of the next one."""


def _page(
    statement: AnySelect,
    asked: Asked,
    later: ColumnElement[bool],
    order: Sequence[SQLColumnExpression[Any]],
    key: Callable[[Any], str],
) -> Found:
    rows = db.session.execute(statement.where(later).order_by(*order).limit(asked.limit + 1)).all()
    shown = rows[: asked.limit]
    return shown, key(shown[-1]) if len(rows) > asked.limit else None


def _by_number(statement: AnySelect, asked: Asked) -> Found:
    """Pages of a list whose rows are named by the attendee's number."""
    column = Attendee.number
    return _page(statement, asked, column > asked.after_number, (column,), lambda row: str(row.number))


def conferences(reach: frozenset[int] | None, asked: Asked) -> Found:
    statement = select(Conference).options(selectinload(Conference.study_sessions), selectinload(Conference.waves))
    if reach is not None:
        statement = statement.where(Conference.id.in_(sorted(reach)))
    later = Conference.id > asked.after_number
    return _page(statement, asked, later, (Conference.id,), lambda row: str(row.Conference.id))


def units(reach: frozenset[int] | None, asked: Asked) -> Found:
    """All of them; within some conferences those of their people and sites, with all above them."""
    statement, later = select(Unit), Unit.id > asked.after_number
    if reach is not None:
        called = select(Attendee.unit_id).where(Attendee.conference_id.in_(sorted(reach)))
        hosts = select(Site.host_unit_id).join(ConferenceSite).where(ConferenceSite.conference_id.in_(sorted(reach)))
        organises = select(Conference.host_unit_id).where(Conference.id.in_(sorted(reach)))
        taking_part = or_(Unit.id.in_(called), Unit.id.in_(hosts), Unit.id.in_(organises))
        paths = db.session.scalars(select(Unit.path).where(taking_part))
        statement = statement.where(
            Unit.id.in_(sorted({int(id) for path in paths for id in path.strip("/").split("/")}))
        )
    return _page(statement, asked, later, (Unit.id,), lambda row: str(row.Unit.id))


def sites(conference: Conference, asked: Asked) -> Found:
    called: Subquery = called_by_site(conference.id)
    statement = (
        select(ConferenceSite, called.c.called)
        .join(Site, Site.id == ConferenceSite.site_id)
        .outerjoin(called, called.c.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference.id)
        .options(joinedload(ConferenceSite.site), joinedload(ConferenceSite.hall))
    )
    column = ConferenceSite.site_id
    return _page(statement, asked, column > asked.after_number, (column,), lambda row: str(row.ConferenceSite.site_id))


def attendees(conference: Conference, asked: Asked) -> Found:
    """Also those who are no longer called, with the moment since when."""
    statement = (
        select(Attendee, Attendee.number, Person)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference.id)
        .options(selectinload(Attendee.categories))
    )
    for name, column in (("site", Attendee.site_id), ("unit", Attendee.unit_id)):
        if (id := asked.id(name)) is not None:
            statement = statement.where(column == id)
    return _by_number(statement, asked)


def tickets(conference: Conference, asked: Asked) -> Found:
    statement = select(
        Attendee.number, Attendee.site_id, Attendee.ticket, Attendee.ticket_issue, Attendee.ticket_reissued_at
    ).where(Attendee.conference_id == conference.id, Attendee.withdrawn_at.is_(None))
    return _by_number(statement, asked)


def scans(conference: Conference, asked: Asked) -> Found:
    """In the order of their ids, which chance makes: a whole read is complete, but no way to follow a door live."""
    statement = (
        select(Scan, Attendee.number)
        .outerjoin(Attendee, Attendee.id == Scan.attendee_id)
        .where(Scan.conference_id == conference.id)
    )
    if (site := asked.id("site")) is not None:
        statement = statement.where(Scan.site_id == site)
    return _page(statement, asked, Scan.id > asked.after_uuid, (Scan.id,), lambda row: str(row.Scan.id))


def attendance(conference: Conference, asked: Asked) -> Found:
    order = (Attendance.attendee_id, Attendance.study_session_id)
    statement = (
        select(Attendance, Attendee.number)
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .join(StudySession, StudySession.id == Attendance.study_session_id)
        .where(StudySession.conference_id == conference.id)
    )
    for name, column in (("study_session", Attendance.study_session_id), ("site", Attendance.site_id)):
        if (id := asked.id(name)) is not None:
            statement = statement.where(column == id)
    return _page(
        statement,
        asked,
        tuple_(*order) > tuple_(*asked.after_pair),
        order,
        lambda row: f"{row.Attendance.attendee_id}.{row.Attendance.study_session_id}",
    )


def headcounts(conference: Conference, asked: Asked) -> list[tuple[int, int, Headcount]]:
    """(study session, site, figures), of one study session or of all."""
    wanted = asked.id("study_session")
    ids = db.session.scalars(
        select(StudySession.id).where(StudySession.conference_id == conference.id).order_by(StudySession.starts_at)
    ).all()
    return [
        (id, site, counted)
        for id in ids
        if wanted in (None, id)
        for site, counted in sorted(headcount_by_site(id).items())
    ]


def hall_counts(conference: Conference, asked: Asked) -> Found:
    statement = select(HallCount).where(HallCount.conference_id == conference.id)
    for name, column in (("study_session", HallCount.study_session_id), ("site", HallCount.site_id)):
        if (id := asked.id(name)) is not None:
            statement = statement.where(column == id)
    later = HallCount.id > asked.after_uuid
    return _page(statement, asked, later, (HallCount.id,), lambda row: str(row.HallCount.id))


def reflections(conference: Conference, asked: Asked) -> Found:
    statement = (
        select(Reflection, Attendee.number, ReflectionTask.form)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .join(ReflectionTask, ReflectionTask.conference_id == Attendee.conference_id)
        .where(Attendee.conference_id == conference.id)
    )
    return _by_number(statement, asked)


def marks(conference: Conference, asked: Asked) -> Found:
    """Of the release published last; nothing before the first."""
    release = latest_release(conference.id)
    statement = (
        select(ReleasedMark, Attendee.number)
        .join(Attendee, Attendee.id == ReleasedMark.attendee_id)
        .where(ReleasedMark.release_id == (release.id if release else 0))
    )
    return _by_number(statement, asked)


def report(conference: Conference, by: str) -> ReportTable:
    """Raises ``not_found`` for a table that there is not."""
    sheaf = sheaf_of(conference, Reach(is_whole=True))
    if by == By.PROVINCE:
        return tables.by_province(sheaf)
    if by == By.SITE:
        return tables.by_site(sheaf)
    if by == By.UNIT:
        return tables.by_every_unit(sheaf)
    raise DomainError("not_found")
