"""Reading what self check-in needs: who counted themselves, what was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased, joinedload

from conference.checkin.models import Attendance, Scan
from conference.checkin.rosters import free_seats, guests_at
from conference.checkin.rules import Decision, ItemKind, Method
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.planning.models import StudySession
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Site

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class OwnCheckIn:
    """One person who counted themself at a site."""

    scan: UUID
    at: datetime
    name: str
    position: str
    unit: str
    is_guest: bool
    is_undone: bool


def own_check_ins(site_id: int, study_session_id: int) -> list[OwnCheckIn]:
    """The last ones first; those that were undone stay in the list, marked."""
    undo = aliased(Scan)
    rows = db.session.execute(
        select(
            Scan.id,
            Scan.received_at,
            Scan.decision,
            Person.full_name,
            Attendee.position,
            Unit.name,
            exists().where(undo.target == Scan.id, undo.kind == ItemKind.UNDO).label("is_undone"),
        )
        .join(Attendee, Attendee.id == Scan.attendee_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(
            Scan.site_id == site_id,
            Scan.study_session_id == study_session_id,
            Scan.method == Method.SELF,
            Scan.kind == ItemKind.SCAN,
            Scan.failure.is_(None),
        )
        .order_by(Scan.received_at.desc(), Scan.id)
        .limit(MOST_SHOWN)
    )
    return [
        OwnCheckIn(row[0], row[1], row[3], row[4], row[5], row[2] is Decision.GUEST, bool(row.is_undone))
        for row in rows
    ]


def own_scan(scan_id: UUID, *, site_id: int, study_session_id: int) -> Scan | None:
    """A self check-in of this door and study session."""
    return db.session.scalars(
        select(Scan).where(
            Scan.id == scan_id,
            Scan.site_id == site_id,
            Scan.study_session_id == study_session_id,
            Scan.method == Method.SELF,
            Scan.kind == ItemKind.SCAN,
        )
    ).first()


def was_taken_back(attendee_id: int, study_session_id: int) -> bool:
    """True when a host has undone this person's self check-in: the next one is the host's to make."""
    undo = aliased(Scan)
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Scan.attendee_id == attendee_id,
                    Scan.study_session_id == study_session_id,
                    Scan.method == Method.SELF,
                    Scan.kind == ItemKind.SCAN,
                    undo.target == Scan.id,
                    undo.kind == ItemKind.UNDO,
                )
            )
        )
    )


def stay_of(attendee_id: int, study_session_id: int) -> Attendance | None:
    return db.session.scalars(
        select(Attendance)
        .where(Attendance.attendee_id == attendee_id, Attendance.study_session_id == study_session_id)
        .options(joinedload(Attendance.site))
    ).first()


def seats_for_guests(study_session: StudySession, site_id: int) -> int | None:
    """Seats left after everybody called here and every guest counted already; None where the hall is not known."""
    free = free_seats(study_session.conference_id, site_id, study_session.wave_id)
    if free is None:
        return None
    return max(0, free - guests_at(site_id, study_session.id))


def sites_of(conference_id: int) -> list[tuple[int, str]]:
    """The sites of a conference to choose from, in the order of its list."""
    rows = db.session.execute(
        select(Site.id, Site.name)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(Site.sort_key, Site.id)
    )
    return [(row.id, row.name) for row in rows]


def joined_site(conference_id: int, site_id: int) -> ConferenceSite | None:
    return db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.site_id == site_id)
        .options(joinedload(ConferenceSite.site))
    ).first()
