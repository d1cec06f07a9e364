"""Reading what was counted: figures, a door's roster, cases, and the exported state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Subquery, Text, and_, case, cast, exists, func, not_, or_, select
from sqlalchemy.orm import aliased, joinedload

from conference.checkin.attendance import Fact
from conference.checkin.models import (
    Attendance,
    Case,
    Device,
    OwnDevice,
    QuarantinedScan,
    Scan,
    SiteClosing,
)
from conference.checkin.online.models import OnlineRule
from conference.checkin.rules import (
    BY_HAND,
    CaseState,
    Decision,
    ItemKind,
    Lateness,
    Method,
    SessionTimes,
    milliseconds,
)
from conference.foundation.db import db
from conference.planning.models import Conference, StudySession
from conference.registry.called import is_called_to, is_summoned
from conference.registry.models import Attendee, Leave, LeaveState, Substitute, SubstituteState
from conference.sites.models import ConferenceSite

MINUTE = len("2018-12-06 00:45")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def device_by_hash(hashed: str) -> Device | None:
    return db.session.scalars(select(Device).where(Device.token_hash == hashed)).first()


def devices_of(conference_id: int, site_id: int | None = None) -> list[Device]:
    found = select(Device).where(Device.conference_id == conference_id).order_by(Device.id)
    if site_id is not None:
        found = found.where(Device.site_id == site_id)
    return list(db.session.scalars(found.options(joinedload(Device.site))))


def own_device(conference_id: int, site_id: int, method: Method) -> Device | None:
    """The server's own device at a site for one way of counting."""
    found = db.session.scalars(
        select(OwnDevice)
        .where(OwnDevice.conference_id == conference_id, OwnDevice.site_id == site_id, OwnDevice.method == method)
        .options(joinedload(OwnDevice.device))
        .execution_options(populate_existing=True)
    ).first()
    return found.device if found else None


# ---- study sessions as doors see them


def session_times(
    study_session: StudySession | Row[Any], *, timezone: str, late_after_minutes: int, closed_at: datetime | None
) -> SessionTimes:
    """A study session as the door needs it; ``closed_at`` is when its host closed it at this site."""
    zone = ZoneInfo(timezone)
    day = datetime.combine(study_session.held_on, datetime.min.time(), zone)
    next_day = datetime.combine(study_session.held_on + timedelta(days=1), datetime.min.time(), zone)
    return SessionTimes(
        id=study_session.id,
        conference=study_session.conference_id,
        day_from=milliseconds(day),
        day_until=milliseconds(next_day),
        doors_open_at=milliseconds(study_session.doors_open_at),
        starts_at=milliseconds(study_session.starts_at),
        ends_at=milliseconds(study_session.ends_at),
        late_after_minutes=late_after_minutes,
        closed_at=None if closed_at is None else milliseconds(closed_at),
    )


def sessions_at(conference: Conference, site_id: int) -> list[tuple[StudySession, SessionTimes]]:
    """The study sessions of a conference in order of time, with their closing at this site."""
    rows = db.session.execute(
        select(StudySession, SiteClosing.closed_at)
        .outerjoin(
            SiteClosing,
            and_(SiteClosing.study_session_id == StudySession.id, SiteClosing.site_id == site_id),
        )
        .where(StudySession.conference_id == conference.id)
        .order_by(StudySession.starts_at)
    ).all()
    return [
        (
            study_session,
            session_times(
                study_session,
                timezone=conference.timezone,
                late_after_minutes=conference.late_after_minutes,
                closed_at=earliest(closed_at, study_session.closed_at),
            ),
        )
        for study_session, closed_at in rows
    ]


def earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def lateness_of(conference: Conference) -> Lateness:
    """When people of a conference count as late; online as at the door, where nothing else is laid down."""
    online = db.session.scalar(select(OnlineRule.late_after_minutes).where(OnlineRule.conference_id == conference.id))
    return Lateness(conference.late_after_minutes, conference.late_after_minutes if online is None else online)


def came_late(stay: Any, study_session: StudySession, lateness: Lateness) -> ColumnElement[bool]:
    """``attendance_status`` on being late, as SQL over the columns of an attendance."""
    starts_at = study_session.starts_at
    at_the_door = and_(stay.method != Method.ONLINE, stay.first_at >= starts_at + timedelta(minutes=lateness.minutes))
    in_the_room = and_(
        stay.method == Method.ONLINE, stay.first_at >= starts_at + timedelta(minutes=lateness.online_minutes)
    )
    return and_(stay.flagged.is_(False), or_(at_the_door, in_the_room))


def replaced_in(study_session_id: int) -> Subquery:
    """Column ``attendee_id``: those instead of whom somebody else is sent to this study session.

    Once the host has closed it, a substitute who did not come replaces nobody.
    """
    summoned, sent = aliased(Attendee), aliased(Attendance)
    closed = exists().where(SiteClosing.study_session_id == study_session_id, SiteClosing.site_id == summoned.site_id)
    return (
        select(Substitute.attendee_id)
        .join(summoned, summoned.id == Substitute.attendee_id)
        .outerjoin(sent, and_(sent.attendee_id == Substitute.substitute_id, sent.study_session_id == study_session_id))
        .where(
            Substitute.state == SubstituteState.APPROVED,
            or_(Substitute.study_session_id.is_(None), Substitute.study_session_id == study_session_id),
            or_(sent.attendee_id.is_not(None), ~closed),
        )
        .distinct()
        .subquery()
    )


# ---- figures


@dataclass(frozen=True, slots=True)
class Headcount:
    """The figures of one site, or of a whole conference, in one study session. They add up."""

    summoned: int = 0
    present: int = 0  # of those summoned here or called elsewhere: everybody counted at this site
    late: int = 0
    online: int = 0  # of those present: by following online, so not in the hall
    guests: int = 0  # counted here, but called to another site, or to another wave
    walk_ins: int = 0  # counted here, and on no list
    substitutes: int = 0  # counted here, sent instead of somebody
    elsewhere: int = 0  # called here, but counted at another site
    excused: int = 0
    replaced: int = 0  # called here, and somebody else is sent
    by_hand: int = 0
    flagged: int = 0
    is_closed: bool = False

    @property
    def absent(self) -> int:
        """Called here and not counted anywhere, without leave."""
        of_the_summoned = self.present - self.guests - self.walk_ins - self.substitutes
        return self.summoned - of_the_summoned - self.elsewhere - self.replaced - self.excused


def headcount_by_site(study_session_id: int) -> dict[int, Headcount]:
    """Figures of every site of the study session's conference; three grouped queries, however many sites.

    Summed over the sites, ``present`` is the conference's count: everybody is counted at one site only.
    """
    study_session, conference = db.session.execute(
        select(StudySession, Conference).join(Conference).where(StudySession.id == study_session_id)
    ).one()
    joined = db.session.scalars(select(ConferenceSite.site_id).where(ConferenceSite.conference_id == conference.id))
    figures: dict[int, dict[str, Any]] = {site_id: {} for site_id in joined}
    for row in _seen_by_site(study_session, lateness_of(conference)) + _called_by_site(study_session):
        known = dict(row._mapping)
        figures.setdefault(known.pop("site_id"), {}).update(known)
    closed = set(
        db.session.scalars(select(SiteClosing.site_id).where(SiteClosing.study_session_id == study_session_id))
    )
    return {
        site_id: Headcount(**known, is_closed=site_id in closed or study_session.closed_at is not None)
        for site_id, known in figures.items()
    }


def _seen_by_site(study_session: StudySession, lateness: Lateness) -> list[Row[Any]]:
    """Who was counted at each site, wherever they are called."""
    is_extra = or_(Attendee.is_walk_in, Attendee.is_substitute)
    is_guest = and_(or_(Attendee.site_id != Attendance.site_id, not_(is_called_to(study_session))), ~is_extra)
    rows = db.session.execute(
        select(
            Attendance.site_id,
            func.count().label("present"),
            func.sum(case((came_late(Attendance, study_session, lateness), 1), else_=0)).label("late"),
            func.sum(case((Attendance.method == Method.ONLINE, 1), else_=0)).label("online"),
            func.sum(case((is_guest, 1), else_=0)).label("guests"),
            func.sum(case((Attendee.is_walk_in, 1), else_=0)).label("walk_ins"),
            func.sum(case((Attendee.is_substitute, 1), else_=0)).label("substitutes"),
            func.sum(case((Attendance.method.in_(sorted(BY_HAND)), 1), else_=0)).label("by_hand"),
            func.sum(case((Attendance.flagged, 1), else_=0)).label("flagged"),
        )
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .where(Attendance.study_session_id == study_session.id)
        .group_by(Attendance.site_id)
    )
    return list(rows)


def _called_by_site(study_session: StudySession) -> list[Row[Any]]:
    """Who is called to each site, and why some of them are not counted there."""
    replaced = replaced_in(study_session.id)
    is_away = Attendance.attendee_id.is_(None)
    leave = (
        select(Leave.attendee_id)
        .where(
            Leave.state == LeaveState.APPROVED,
            (Leave.study_session_id == study_session.id) | Leave.study_session_id.is_(None),
        )
        .distinct()
        .subquery()
    )
    rows = db.session.execute(
        select(
            Attendee.site_id,
            func.count().label("summoned"),
            func.sum(case((Attendance.site_id != Attendee.site_id, 1), else_=0)).label("elsewhere"),
            func.sum(case((and_(replaced.c.attendee_id.is_not(None), is_away), 1), else_=0)).label("replaced"),
            func.sum(
                case((and_(leave.c.attendee_id.is_not(None), replaced.c.attendee_id.is_(None), is_away), 1), else_=0)
            ).label("excused"),
        )
        .outerjoin(
            Attendance,
            and_(Attendance.attendee_id == Attendee.id, Attendance.study_session_id == study_session.id),
        )
        .outerjoin(leave, leave.c.attendee_id == Attendee.id)
        .outerjoin(replaced, replaced.c.attendee_id == Attendee.id)
        .where(Attendee.conference_id == study_session.conference_id, is_summoned(), is_called_to(study_session))
        .group_by(Attendee.site_id)
    )
    return list(rows)


def total_of(headcounts: Iterable[Headcount]) -> Headcount:
    """The figures of several sites together."""
    counts = list(headcounts)
    return Headcount(
        **{
            name: sum(getattr(count, name) for count in counts)
            for name in (
                "summoned",
                "present",
                "late",
                "online",
                "guests",
                "walk_ins",
                "substitutes",
                "elsewhere",
                "excused",
                "replaced",
                "by_hand",
                "flagged",
            )
        },
        is_closed=bool(counts) and all(count.is_closed for count in counts),
    )


def arrivals_by_minute(study_session_id: int) -> list[tuple[datetime, int]]:
    """How many came first in each minute, in order; wrong clocks are left out."""
    minute = func.substr(cast(Attendance.first_at, Text), 1, MINUTE)  # in both databases: 2018-12-06 00:45
    rows = db.session.execute(
        select(minute, func.count())
        .where(Attendance.study_session_id == study_session_id, Attendance.flagged.is_(False))
        .group_by(minute)
        .order_by(minute)
    )
    return [(datetime.fromisoformat(text).replace(tzinfo=UTC), count) for text, count in rows]


def open_case_count(conference_id: int) -> int:
    return db.session.scalars(
        select(func.count()).where(Case.conference_id == conference_id, Case.state == CaseState.OPEN)
    ).one()


# ---- facts and their exported state


def facts_of(conference_id: int) -> list[Fact]:
    """Every scan and undo of a conference as a fact; what could not be read has none."""
    rows = db.session.scalars(select(Scan).where(Scan.conference_id == conference_id, Scan.corrected_at.is_not(None)))
    return [fact_of(row) for row in rows]


def fact_of(row: Any) -> Fact:
    """A row of ``scans`` as the fact it is."""
    return Fact(
        id=row.id,
        kind=ItemKind.UNDO if row.kind is ItemKind.UNDO else ItemKind.SCAN,
        site=row.site_id,
        device=row.device_id,
        t=row.corrected_at,
        attendee=row.attendee_id,
        study_session=row.study_session_id,
        flagged=row.flagged,
        direction=row.direction,
        is_guest=row.decision is not None or row.kind is ItemKind.WALK_IN,
        is_move=row.decision is Decision.MOVE,
        is_walk_in=row.kind is ItemKind.WALK_IN,
        is_elsewhere=row.is_elsewhere,
        is_other_session=row.is_other_session,
        verdict=row.verdict,
        shown=row.verdict_shown,
        failure=row.failure,
        target=row.target if row.kind is ItemKind.UNDO else None,
        spare_read=row.spare_read,
        spare_handed=row.spare_handed,
        spare_bars=row.spare_bars,
    )


def quarantined_ids(conference_id: int) -> list[tuple[UUID | None, bytes]]:
    return [
        (row.scan_id, row.body_hash)
        for row in db.session.execute(
            select(QuarantinedScan.scan_id, QuarantinedScan.body_hash).where(
                QuarantinedScan.conference_id == conference_id
            )
        )
    ]


def failed_scans(conference_id: int) -> list[tuple[UUID, str]]:
    rows = db.session.execute(
        select(Scan.id, Scan.failure).where(Scan.conference_id == conference_id, Scan.failure.is_not(None))
    )
    return [(row.id, row.failure.value) for row in rows]


def scan_ids(conference_id: int) -> list[UUID]:
    return list(db.session.scalars(select(Scan.id).where(Scan.conference_id == conference_id)))


def numbers_of(conference_id: int) -> dict[int, int]:
    """Attendee id -> number."""
    rows = db.session.execute(select(Attendee.id, Attendee.number).where(Attendee.conference_id == conference_id))
    return {row.id: row.number for row in rows}
