"""Reading one door: its people, who of them was seen, its seats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, not_, or_, select, true
from sqlalchemy.orm import joinedload

from conference.checkin.models import Attendance, DoorVersion, SiteClosing
from conference.checkin.queries import lateness_of, replaced_in
from conference.checkin.rules import Method, Status, attendance_status, milliseconds
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.text import fold
from conference.planning.models import Conference, StudySession
from conference.planning.queries import study_sessions_of
from conference.registry.called import is_called_to, is_own_session, is_summoned, sessions_of
from conference.registry.doubles.merged import gone_in
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.substitutes import sent_at_site
from conference.sites.models import ConferenceSite, Hall


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One person of a site's roster in one study session, for the door and for its closing."""

    attendee_id: int
    number: int
    name: str
    name_folded: str
    position: str
    unit: str
    seat: str | None
    site_id: int
    issue: int
    reissued_at: datetime | None
    is_withdrawn: bool
    is_walk_in: bool
    first_at: datetime | None
    seen_at_site: int | None
    has_leave: bool
    is_replaced: bool
    status: Status | None = None


def roster_of(study_session: StudySession, site_id: int) -> list[RosterLine]:
    """Everybody who is called to this site in a study session, and who was counted there as a guest; by given name."""
    study_session_id = study_session.id
    leave = (
        select(Leave.attendee_id)
        .where(
            Leave.state == LeaveState.APPROVED,
            (Leave.study_session_id == study_session_id) | Leave.study_session_id.is_(None),
        )
        .distinct()
        .subquery()
    )
    replaced = replaced_in(study_session_id)
    rows = db.session.execute(
        select(
            Attendee.id,
            Attendee.number,
            Person.full_name,
            Person.name_folded,
            Attendee.position,
            Unit.name,
            Attendee.seat,
            Attendee.site_id,
            Attendee.ticket_issue,
            Attendee.ticket_reissued_at,
            Attendee.withdrawn_at,
            Attendance.first_at,
            Attendance.site_id,
            leave.c.attendee_id,
            replaced.c.attendee_id,
            Attendee.is_walk_in,
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .outerjoin(
            Attendance,
            and_(Attendance.attendee_id == Attendee.id, Attendance.study_session_id == study_session_id),
        )
        .outerjoin(leave, leave.c.attendee_id == Attendee.id)
        .outerjoin(replaced, replaced.c.attendee_id == Attendee.id)
        .where(
            Attendee.conference_id == study_session.conference_id,
            and_(Attendee.site_id == site_id, is_called_to(study_session)) | (Attendance.site_id == site_id),
        )
        .order_by(Person.sort_key, Attendee.number)
    )
    return [
        RosterLine(
            attendee_id=row[0],
            number=row[1],
            name=row[2],
            name_folded=row[3],
            position=row[4],
            unit=row[5],
            seat=row[6],
            site_id=row[7],
            issue=row[8],
            reissued_at=row[9],
            is_withdrawn=row[10] is not None,
            is_walk_in=row[15],
            first_at=row[11],
            seen_at_site=row[12],
            has_leave=row[13] is not None,
            is_replaced=row[14] is not None,
        )
        for row in rows
    ]


def snapshot_of(conference_id: int, site_id: int) -> tuple[list[dict[str, Any]], dict[str, dict[str, list[Any]]]]:
    """The people of a door, and who of them was seen in each study session: number -> [moment, site]."""
    rows = db.session.execute(
        select(
            Attendee.number,
            Person.full_name,
            Attendee.position,
            Unit.name,
            Attendee.seat,
            Attendee.site_id,
            Attendee.ticket_issue,
            Attendee.ticket_reissued_at,
            Attendee.withdrawn_at,
            Attendee.id,
            Attendee.is_substitute,
            Attendee.is_walk_in,
            Attendee.wave_id,
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(Attendee.conference_id == conference_id, Attendee.site_id == site_id)
        .order_by(Person.sort_key, Attendee.number)
    )
    sent = sent_at_site(conference_id, site_id)
    leaves = _leaves_at(conference_id, site_id)
    halves = study_sessions_of([conference_id])[conference_id]
    has_waves = any(one.wave_id is not None for one in halves)

    def sessions(id: int, is_substitute: bool, wave_id: int | None) -> list[int] | None:
        if is_substitute and id in sent:
            return sorted(sent[id].sent_to)
        return sorted(one.id for one in sessions_of(wave_id, halves)) if has_waves else None

    merged = gone_in(conference_id)  # their tickets let in whom they were merged with, who is expected once
    people: list[dict[str, Any]] = [
        {
            "number": row[0],
            "name": row[1],
            "position": row[2],
            "unit": row[3],
            "seat": row[4],
            "site": row[5],
            "issue": row[6],
            "reissued_at": None if row[7] is None else milliseconds(row[7]),
            "withdrawn": row[8] is not None and row[9] not in merged,
            "substituted": sorted(sent[row[9]].replaced_in) if row[9] in sent else [],
            "sessions": sessions(row[9], row[10], row[12]),
            "extra": row[10] or row[11] or row[9] in merged,
            "leave": sorted(leaves[row[9]]) if row[9] in leaves else [],
        }
        for row in rows
    ]
    seen: dict[str, dict[str, list[Any]]] = {}
    counted = db.session.execute(
        select(Attendance.study_session_id, Attendee.number, Attendance.first_at, Attendance.site_id)
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .where(
            Attendee.conference_id == conference_id,
            (Attendee.site_id == site_id) | (Attendance.site_id == site_id),
        )
        .order_by(Attendance.study_session_id, Attendee.number)
    )
    for study_session_id, number, first_at, where in counted:
        seen.setdefault(str(study_session_id), {})[str(number)] = [milliseconds(first_at), where]
    return people, seen


def tickets_of(conference_id: int, site_id: int) -> dict[int, str]:
    """Number -> digits of the ticket that is valid, of those called to a site."""
    rows = db.session.execute(
        select(Attendee.number, Attendee.ticket).where(
            Attendee.conference_id == conference_id, Attendee.site_id == site_id, Attendee.ticket.is_not(None)
        )
    )
    return {number: ticket for number, ticket in rows if ticket is not None}


def _leaves_at(conference_id: int, site_id: int) -> dict[int, set[int]]:
    """Attendee -> study sessions from which they may stay away."""
    rows = db.session.execute(
        select(Leave.attendee_id, StudySession.id)
        .join(Attendee, Attendee.id == Leave.attendee_id)
        .join(
            StudySession,
            and_(
                StudySession.conference_id == Attendee.conference_id,
                or_(Leave.study_session_id.is_(None), Leave.study_session_id == StudySession.id),
            ),
        )
        .where(Attendee.conference_id == conference_id, Attendee.site_id == site_id, Leave.state == LeaveState.APPROVED)
    )
    found: dict[int, set[int]] = {}
    for attendee_id, study_session_id in rows:
        found.setdefault(attendee_id, set()).add(study_session_id)
    return found


def present_at(conference_id: int, site_id: int) -> dict[int, int]:
    """How many were counted at a site in each study session."""
    rows = db.session.execute(
        select(StudySession.id, func.count(Attendance.attendee_id))
        .outerjoin(
            Attendance,
            and_(Attendance.study_session_id == StudySession.id, Attendance.site_id == site_id),
        )
        .where(StudySession.conference_id == conference_id)
        .group_by(StudySession.id)
    )
    return {row[0]: row[1] for row in rows}


def digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def headcount_at(study_session: StudySession, site_id: int) -> tuple[int, int]:
    """(counted, called) at one door: what its host has in view."""
    present = db.session.scalars(
        select(func.count()).where(Attendance.study_session_id == study_session.id, Attendance.site_id == site_id)
    ).one()
    here = (Attendee.conference_id == study_session.conference_id, Attendee.site_id == site_id)
    called = db.session.scalars(
        select(func.count()).select_from(Attendee).where(*here, is_summoned(), is_called_to(study_session))
    ).one()
    return present, called


def closed_at(study_session_id: int, site_id: int) -> datetime | None:
    return db.session.scalars(
        select(SiteClosing.closed_at).where(
            SiteClosing.study_session_id == study_session_id, SiteClosing.site_id == site_id
        )
    ).first()


def roster_with_status(conference: Conference, site_id: int, study_session: StudySession) -> list[RosterLine]:
    """The people called to a site, each with how they stand in the study session. Who came without being on a list
    is not missed when they don't."""
    is_closed = closed_at(study_session.id, site_id) is not None
    lateness = lateness_of(conference)
    attended = {
        row.attendee_id: row
        for row in db.session.scalars(
            select(Attendance)
            .join(Attendee, Attendee.id == Attendance.attendee_id)
            .where(Attendance.study_session_id == study_session.id, Attendee.site_id == site_id)
        )
    }
    return [
        replace(
            line,
            status=attendance_status(
                attended.get(line.attendee_id),
                starts_at=study_session.starts_at,
                ends_at=study_session.ends_at,
                late_after_minutes=lateness.of(
                    attended[line.attendee_id].method if line.attendee_id in attended else None
                ),
                is_substituted=line.is_replaced,
                has_leave=line.has_leave,
                is_confirmed_absent=is_closed,
            ),
        )
        for line in roster_of(study_session, site_id)
        if line.site_id == site_id and not line.is_withdrawn and (line.first_at or not line.is_walk_in)
    ]


def doors_called(doors: Sequence[ConferenceSite], wanted: str) -> list[ConferenceSite]:
    """Those of the doors whose site's name holds these words, marks and case aside."""
    folded = fold(wanted)
    return [door for door in doors if folded in door.site.name_folded] if folded else list(doors)


def door_version(conference_id: int, site_id: int) -> tuple[int, int]:
    """(version of what was counted there, version at which its roster was last another one)."""
    row = db.session.get(DoorVersion, (conference_id, site_id))
    return (row.version, row.roster_version) if row else (0, 0)


def door_versions(conference_id: int, site_ids: Collection[int]) -> dict[int, int]:
    """The first of ``door_version`` of several sites; those where nothing was counted yet are left out."""
    rows = db.session.execute(
        select(DoorVersion.site_id, DoorVersion.version).where(
            DoorVersion.conference_id == conference_id, DoorVersion.site_id.in_(site_ids)
        )
    )
    return {row.site_id: row.version for row in rows}


def conference_site(conference_id: int, site_id: int) -> ConferenceSite | None:
    return db.session.scalars(
        select(ConferenceSite)
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.site_id == site_id)
        .options(joinedload(ConferenceSite.site), joinedload(ConferenceSite.hall))
    ).first()


def free_seats(conference_id: int, site_id: int, wave_id: int | None) -> int | None:
    """Seats of the hall beyond those called to the site with a wave; None where the hall is not known."""
    seats, called = seats_at(conference_id, site_id, wave_id)
    return None if seats is None else max(0, seats - called)


def seats_at(conference_id: int, site_id: int, wave_id: int | None) -> tuple[int | None, int]:
    """(seats of the hall, or None where it is not known; how many of a wave, or of all, belong to the site)."""
    together = true() if wave_id is None else Attendee.wave_id == wave_id
    row = db.session.execute(
        select(Hall.capacity, func.count(Attendee.id))
        .select_from(ConferenceSite)
        .join(Hall, Hall.id == ConferenceSite.hall_id)
        .outerjoin(
            Attendee,
            and_(
                Attendee.conference_id == ConferenceSite.conference_id,
                Attendee.site_id == ConferenceSite.site_id,
                Attendee.withdrawn_at.is_(None),
                together,
            ),
        )
        .where(ConferenceSite.conference_id == conference_id, ConferenceSite.site_id == site_id)
        .group_by(Hall.capacity)
    ).first()
    return (None, 0) if row is None else (row[0], row[1])


def guests_at(site_id: int, study_session_id: int) -> int:
    """How many were counted at a site in a study session who belong elsewhere, or to another wave."""
    return db.session.scalars(
        select(func.count())
        .select_from(Attendance)
        .join(Attendee, Attendee.id == Attendance.attendee_id)
        .join(StudySession, StudySession.id == Attendance.study_session_id)
        .where(
            Attendance.study_session_id == study_session_id,
            Attendance.site_id == site_id,
            Attendance.method != Method.ONLINE,
            or_(Attendee.site_id != site_id, not_(is_own_session())),
        )
    ).one()
