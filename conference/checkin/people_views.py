"""What this area shows in the list of people and on a person's page: how each one stands in a study session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from conference.checkin import spares
from conference.checkin.models import Attendance, SiteClosing
from conference.checkin.queries import came_late, lateness_of, replaced_in
from conference.checkin.rules import Method, Status, attendance_status
from conference.checkin.unexplained import stayed_away
from conference.foundation import clock
from conference.foundation.db import db
from conference.notices.digests import count_lacks_with
from conference.notices.officers import Lack
from conference.planning.models import Conference, StudySession
from conference.planning.modules import Module, part_of
from conference.planning.queries import study_sessions_of
from conference.planning.words import PARTS
from conference.registry.called import is_called_to, is_summoned, sessions_of
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.queries import Statement
from conference.registry.rules import Reach, place_name
from conference.registry.views import fragment, session_word
from conference.sites.models import Site
from conference.web import filters
from conference.web.words import _, lazy

SEEN, ELSEWHERE, ONLINE = "present", "elsewhere", "online"
CHOICES = {
    SEEN: lazy("Có mặt"),
    ONLINE: lazy("Có mặt trực tuyến"),
    "late": lazy("Đến muộn"),
    ELSEWHERE: lazy("Dự ở điểm cầu khác"),
    "not_seen": lazy("Chưa điểm danh"),
    "excused": lazy("Vắng có phép"),
    "substituted": lazy("Được cử dự thay"),
}
WORDS = {
    Status.NOT_SEEN: lazy("Chưa điểm danh"),
    Status.PRESENT: lazy("Có mặt"),
    Status.LATE: lazy("Đến muộn"),
    Status.LEFT_EARLY: lazy("Về sớm"),
    Status.EXCUSED: lazy("Vắng có phép"),
    Status.UNEXCUSED: lazy("Vắng không phép"),
    Status.SUBSTITUTED: lazy("Được cử dự thay"),
}


def join_pages(app: Flask) -> None:
    """Take part in the list of people and in a person's page."""
    given = app.extensions
    narrow = given.setdefault("people_filters", {})
    narrow["session"] = lambda statement, _value: statement
    narrow["status"] = by_status
    say = given.setdefault("people_filter_words", {})
    say["session"] = lambda _value: (_("Buổi"), _session_word())
    say["status"] = lambda value: (_("Tình trạng"), str(CHOICES.get(value, value)))
    given.setdefault("people_selects", []).append(offer)
    given["people_status"] = statuses
    count_lacks_with(app, unexplained)
    given.setdefault("person_parts", []).append((20, attendance_of_person))


# ---- which study session


def asked_session(conference: Conference) -> StudySession | None:
    """The one the address names, else the last whose doors have opened, else the first."""
    sessions = study_sessions_of([conference.id])[conference.id]
    named = request.args.get("session", "")
    for one in sessions:
        if named == str(one.id):
            return one
    at = clock.now()
    begun = [one for one in sessions if one.doors_open_at <= at] or sessions[:1]
    return begun[-1] if begun else None


def _session_word() -> str:
    found = asked_session(g.conference)
    return session_word(found) if found else ""


# ---- the list


@part_of(Module.CHECKIN)
def offer(conference: Conference) -> dict[str, Any] | None:
    if asked_session(conference) is None:
        return None
    return {"name": "status", "label": _("Tình trạng"), "options": [(key, str(word)) for key, word in CHOICES.items()]}


@part_of(Module.CHECKIN)
def by_status(statement: Statement, value: str) -> Statement:
    """People by how they stand in the study session of the address; each choice counts as the headcounts do."""
    conference: Conference = g.conference
    study_session = asked_session(conference)
    if study_session is None or value not in CHOICES:
        return statement
    seen = (Attendance.attendee_id == Attendee.id) & (Attendance.study_session_id == study_session.id)
    if value == "late":
        return statement.where(exists().where(seen, came_late(Attendance, study_session, lateness_of(conference))))
    if value == ONLINE:
        return statement.where(exists().where(seen, Attendance.method == Method.ONLINE))
    if value == ELSEWHERE:
        return statement.where(exists().where(seen, Attendance.site_id != Attendee.site_id))
    if value == SEEN:
        return statement.where(exists().where(seen))
    replaced = replaced_in(study_session.id)
    is_replaced = exists().where(replaced.c.attendee_id == Attendee.id)
    away = statement.where(
        ~exists().where(seen),
        is_summoned(),
        is_called_to(study_session),
        is_replaced if value == "substituted" else ~is_replaced,
    )
    if value == "substituted":
        return away
    has_leave = exists().where(Leave.attendee_id == Attendee.id, _allows(study_session.id))
    return away.where(has_leave if value == "excused" else ~has_leave)


def _allows(study_session_id: int) -> ColumnElement[bool]:
    return (Leave.state == LeaveState.APPROVED) & (
        (Leave.study_session_id == study_session_id) | Leave.study_session_id.is_(None)
    )


@part_of(Module.CHECKIN)
def statuses(
    conference: Conference, ids: Sequence[int], _query: dict[str, str]
) -> tuple[str, dict[int, tuple[str, str]]] | None:
    """For the people of one page: heading, and shape and word of each. A fixed number of queries."""
    study_session = asked_session(conference)
    if study_session is None or study_session.doors_open_at > clock.now():
        return None
    found = standings(conference, study_session, ids)
    return str(PARTS[study_session.part]), found


def standings(conference: Conference, study_session: StudySession, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    stays = {
        stay.attendee_id: stay
        for stay in db.session.scalars(
            select(Attendance)
            .where(Attendance.study_session_id == study_session.id, Attendance.attendee_id.in_(ids))
            .options(joinedload(Attendance.site))
        )
    }
    on_leave = set(
        db.session.scalars(select(Leave.attendee_id).where(Leave.attendee_id.in_(ids), _allows(study_session.id)))
    )
    standing_in = replaced_in(study_session.id)
    replaced = set(db.session.scalars(select(standing_in.c.attendee_id).where(standing_in.c.attendee_id.in_(ids))))
    closed = set(
        db.session.scalars(select(SiteClosing.site_id).where(SiteClosing.study_session_id == study_session.id))
    )
    rows = db.session.execute(select(Attendee.id, Attendee.site_id, Attendee.wave_id).where(Attendee.id.in_(ids)))
    homes, others = {}, set()
    for row in rows:
        homes[row.id] = row.site_id
        if not sessions_of(row.wave_id, [study_session]) and row.id not in stays:
            others.add(row.id)
    lateness = lateness_of(conference)
    told = {}
    for id, home in homes.items():
        if id in others:
            told[id] = ("inactive", _("Đợt khác"))
            continue
        stay = stays.get(id)
        status = attendance_status(
            stay,
            starts_at=study_session.starts_at,
            ends_at=study_session.ends_at,
            late_after_minutes=lateness.of(stay.method if stay else None),
            is_substituted=id in replaced,
            has_leave=id in on_leave,
            is_confirmed_absent=home in closed or study_session.closed_at is not None,
        )
        told[id] = _shown(status, stay, home)
    return told


def _shown(status: Status, stay: Attendance | None, home: int) -> tuple[str, str]:
    if stay is None:
        return status.value, str(WORDS[status])
    if stay.site_id != home:
        return "guest_elsewhere", _("Dự ở %(site)s", site=_name_of(stay.site))
    if stay.method is Method.ONLINE:
        return status.value, f"{WORDS[status]} {filters.clock(stay.first_at)}, {_('trực tuyến')}"
    return status.value, f"{WORDS[status]} {filters.clock(stay.first_at)}"


def _name_of(site: Site) -> str:
    return place_name(site.name)


def unexplained(conference: Conference, at: datetime) -> list[Lack]:
    """What units still have to explain."""
    people = stayed_away(conference, at)
    if people is None:
        return []
    return [Lack(people, lambda count: _("%(count)s người vắng chưa rõ lý do", count=filters.number(count)))]


# ---- one person


@part_of(Module.CHECKIN)
def attendance_of_person(attendee: Attendee, _reach: Reach) -> Markup | None:
    """Each study session that has begun, and how the person stands in it."""
    conference: Conference = g.conference
    at = clock.now()
    halves = study_sessions_of([conference.id])[conference.id]
    own = sessions_of(attendee.wave_id, halves)
    seen = set(db.session.scalars(select(Attendance.study_session_id).where(Attendance.attendee_id == attendee.id)))
    begun = [one for one in halves if one.doors_open_at <= at and (one in own or one.id in seen)]
    if not begun:
        return None
    lines = [(session_word(one), standings(conference, one, [attendee.id])[attendee.id]) for one in begun]
    return fragment("checkin/_person.html", lines=lines, spares=spares.handed_to(attendee.id), place_name=place_name)
