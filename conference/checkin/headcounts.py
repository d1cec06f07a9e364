"""How many people a host saw in the hall, beside what the door had counted at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from conference.accounts.models import Account
from conference.checkin.models import Attendance, Device, HallCount
from conference.checkin.rules import Method
from conference.checkin.signals import site_counted
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import StudySession
from conference.sites.models import Site


@dataclass(frozen=True, slots=True)
class Compared:
    """One count of the hall, and how many the door had counted and not seen leave by then."""

    site_id: int
    site_name: str
    study_session_id: int
    people: int
    counted_at: datetime
    scanned: int
    by: str

    @property
    def difference(self) -> int:
        """More than nothing: there are people in the hall whom the door has not counted."""
        return self.people - self.scanned


def count_hall(
    *,
    id: UUID,
    study_session: StudySession,
    site_id: int,
    people: int,
    counted_at: datetime | None,
    by: Actor,
    at: datetime,
) -> HallCount:
    """Keep one count. Sent again it gives the one that is kept; announces ``site_counted``.

    Without ``counted_at`` the hall was counted now, when it first came.
    Raises ``headcount_differs`` when another count was kept under this id.
    """
    if (kept := db.session.get(HallCount, id)) is not None:
        return _the_same(kept, study_session.id, site_id, people, counted_at)
    made = HallCount(
        id=id,
        conference_id=study_session.conference_id,
        site_id=site_id,
        study_session_id=study_session.id,
        people=people,
        counted_at=counted_at or at,
        device_id=by.id if by.kind is ActorKind.DEVICE else None,
        account_id=by.id if by.kind is ActorKind.ACCOUNT else None,
        received_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # it came twice at once
        return _the_same(db.session.get_one(HallCount, id), study_session.id, site_id, people, counted_at)
    record(
        by=by,
        at=at,
        action="hall.count",
        subject=("site", site_id),
        after={"study_session": study_session.id, "people": people},
    )
    site_counted.announce(conference_id=study_session.conference_id, study_session_id=study_session.id, site_id=site_id)
    return made


def _the_same(
    kept: HallCount, study_session_id: int, site_id: int, people: int, counted_at: datetime | None
) -> HallCount:
    said = (kept.study_session_id, kept.site_id, kept.people, kept.counted_at)
    if said != (study_session_id, site_id, people, counted_at or kept.counted_at):
        raise DomainError("headcount_differs")
    return kept


def halls_of_door(conference_id: int, site_id: int) -> dict[int, Compared]:
    """The latest count of one site's hall in each study session that has one."""
    return {one.study_session_id: one for one in latest_counts(conference_id, site_id=site_id)}


def counts_at(study_session_id: int, site_id: int) -> Sequence[Compared]:
    """Every count of one hall, the latest first."""
    asked = and_(HallCount.study_session_id == study_session_id, HallCount.site_id == site_id)
    return _compared(select(HallCount.id, HallCount.counted_at).where(asked).subquery())


def latest_counts(
    conference_id: int, study_session_id: int | None = None, site_id: int | None = None
) -> list[Compared]:
    """The latest count of each hall in each study session; two queries, however many sites."""
    place = func.row_number().over(
        partition_by=(HallCount.site_id, HallCount.study_session_id),
        order_by=(HallCount.counted_at.desc(), HallCount.id.desc()),
    )
    numbered = select(HallCount.id, place.label("place")).where(HallCount.conference_id == conference_id)
    if study_session_id is not None:
        numbered = numbered.where(HallCount.study_session_id == study_session_id)
    if site_id is not None:
        numbered = numbered.where(HallCount.site_id == site_id)
    among = numbered.subquery()
    return list(_compared(select(among.c.id).where(among.c.place == 1).subquery()))


def _compared(wanted: Subquery) -> Sequence[Compared]:
    inside = or_(
        Attendance.last_out.is_(None),
        Attendance.last_out > HallCount.counted_at,
        Attendance.last_out <= Attendance.last_seen_at,
    )
    scanned = (
        select(HallCount.id, func.count().label("scanned"))
        .join(
            Attendance,
            and_(
                Attendance.study_session_id == HallCount.study_session_id,
                Attendance.site_id == HallCount.site_id,
                Attendance.method != Method.ONLINE,  # they sit in no hall
                or_(Attendance.first_at <= HallCount.counted_at, Attendance.flagged),
                inside,
            ),
        )
        .where(HallCount.id.in_(select(wanted.c.id)))
        .group_by(HallCount.id)
        .subquery()
    )
    rows: Sequence[Any] = db.session.execute(
        select(
            HallCount,
            Site.name.label("site_name"),
            func.coalesce(scanned.c.scanned, 0).label("scanned"),
            func.coalesce(Account.full_name, Device.label, "").label("by"),
        )
        .join(Site, Site.id == HallCount.site_id)
        .outerjoin(scanned, scanned.c.id == HallCount.id)
        .outerjoin(Account, Account.id == HallCount.account_id)
        .outerjoin(Device, Device.id == HallCount.device_id)
        .where(HallCount.id.in_(select(wanted.c.id)))
        .order_by(HallCount.counted_at.desc(), HallCount.id)
    ).all()
    return [
        Compared(
            site_id=row.HallCount.site_id,
            site_name=row.site_name,
            study_session_id=row.HallCount.study_session_id,
            people=row.HallCount.people,
            counted_at=row.HallCount.counted_at,
            scanned=row.scanned,
            by=row.by,
        )
        for row in rows
    ]
