"""What programs may read: for each list its right, the form of an item, and how an item is made of a row.

The routes and their description are both drawn from this one table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from conference.accounts.rules import Right
from conference.api import queries
from conference.api.queries import Found
from conference.api.rules import Asked
from conference.checkin.answers import iso
from conference.checkin.models import Scan
from conference.checkin.queries import Headcount
from conference.checkin.rules import Decision, Direction, Failure, ItemKind, Method, Verdict, spare_number
from conference.directory.models import Person, Sex, Unit, UnitKind
from conference.foundation.schema import (
    COUNT,
    DAY,
    DECIMAL,
    FLAG,
    ID,
    MOMENT,
    TEXT,
    UUID,
    Schema,
    list_of,
    object_of,
    one_of,
    or_null,
)
from conference.grading.models import ReleasedMark
from conference.grading.rules import Rank
from conference.planning.models import Conference, ConferenceKind, ConferenceState, DayPart, Mode
from conference.planning.modules import Module
from conference.reflections.rules import ReflectionState, TaskForm
from conference.registry.models import Attendee, AttendeeRole
from conference.sites.models import ConferenceSite, SiteLevel

Item = dict[str, Any]
Rights = Collection[Right]


@dataclass(frozen=True)
class Resource:
    """A list of one conference. ``read`` gives the rows and the next cursor, ``item`` makes an item of a row."""

    name: str
    right: Right
    summary: str
    schema: Schema
    read: Callable[[Conference, Asked], Found]
    item: Callable[[Any, Rights], Item]
    filters: tuple[str, ...] = ()
    is_personal: bool = False  # the journal notes who read it


def _moment(value: datetime | None) -> str | None:
    return None if value is None else iso(value)


# ---- conferences and units

STUDY_SESSION = object_of(
    {
        "id": ID,
        "part": one_of(DayPart),
        "held_on": DAY,
        "doors_open_at": MOMENT,
        "starts_at": MOMENT,
        "ends_at": MOMENT,
        "closed_at": or_null(MOMENT),
        "wave": or_null(ID),
    }
)
WAVE = object_of({"id": ID, "title": TEXT})
CONFERENCE = object_of(
    {
        "id": ID,
        "code": TEXT,
        "title": TEXT,
        "kind": one_of(ConferenceKind),
        "mode": one_of(Mode),
        "state": one_of(ConferenceState),
        "host_unit": ID,
        "starts_on": DAY,
        "ends_on": DAY,
        "timezone": TEXT,
        "late_after_minutes": COUNT,
        "modules": list_of(one_of(Module)),
        "waves": list_of(WAVE),
        "study_sessions": list_of(STUDY_SESSION),
    }
)


def conference_item(conference: Conference) -> Item:
    return {
        "id": conference.id,
        "code": conference.code,
        "title": conference.title,
        "kind": conference.kind.value,
        "mode": conference.mode.value,
        "state": conference.state.value,
        "host_unit": conference.host_unit_id,
        "starts_on": conference.starts_on.isoformat(),
        "ends_on": conference.ends_on.isoformat(),
        "timezone": conference.timezone,
        "late_after_minutes": conference.late_after_minutes,
        "modules": [module.value for module in Module if conference.uses(module)],
        "waves": [{"id": one.id, "title": one.title} for one in conference.waves],
        "study_sessions": [
            {
                "id": one.id,
                "part": one.part.value,
                "held_on": one.held_on.isoformat(),
                "doors_open_at": iso(one.doors_open_at),
                "starts_at": iso(one.starts_at),
                "ends_at": iso(one.ends_at),
                "closed_at": _moment(one.closed_at),
                "wave": one.wave_id,
            }
            for one in conference.study_sessions
        ],
    }


UNIT = object_of(
    {
        "id": ID,
        "code": TEXT,
        "name": TEXT,
        "short_name": TEXT,
        "kind": one_of(UnitKind),
        "level": COUNT,
        "parent": or_null(ID),
        "province": TEXT,
        "valid_from": or_null(DAY),
        "valid_to": or_null(DAY),
        "successor": or_null(ID),
    }
)


def unit_item(unit: Unit) -> Item:
    return {
        "id": unit.id,
        "code": unit.code,
        "name": unit.name,
        "short_name": unit.short_name,
        "kind": unit.kind.value,
        "level": unit.level,
        "parent": unit.parent_id,
        "province": unit.province,
        "valid_from": unit.valid_from.isoformat() if unit.valid_from else None,
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "successor": unit.successor_id,
    }


# ---- lists of one conference

_HOST = object_of({"name": TEXT, "phone": TEXT, "email": TEXT})
_HOST["description"] = "With the right contacts alone."
_SITE = object_of(
    {
        "id": ID,
        "code": TEXT,
        "name": TEXT,
        "level": one_of(SiteLevel),
        "province": TEXT,
        "address": TEXT,
        "host_unit": ID,
        "hall": or_null(object_of({"name": TEXT, "seats": COUNT})),
        "called": COUNT,
        "host": _HOST,
    },
    ["id", "code", "name", "level", "province", "address", "host_unit", "hall", "called"],
)


def _site_item(row: Any, rights: Rights) -> Item:
    joined: ConferenceSite = row.ConferenceSite
    site, hall = joined.site, joined.hall
    item = {
        "id": site.id,
        "code": site.code,
        "name": site.name,
        "level": site.level.value,
        "province": site.province,
        "address": site.address,
        "host_unit": site.host_unit_id,
        "hall": {"name": hall.name, "seats": hall.capacity} if hall else None,
        "called": row.called or 0,
    }
    if Right.CONTACTS in rights:
        item["host"] = {
            "name": joined.manager_name,
            "phone": joined.manager_phone,
            "email": joined.manager_email,
        }
    return item


_CONTACT = object_of(
    {
        "birth_date": or_null(DAY),
        "birth_year": or_null(COUNT),
        "sex": or_null(one_of(Sex)),
        "phone": or_null(TEXT),
        "email": or_null(TEXT),
    }
)
_CONTACT["description"] = "With the right contacts alone."
_ATTENDEE_FIELDS: dict[str, Schema] = {
    "number": COUNT,
    "name": TEXT,
    "position": TEXT,
    "unit": ID,
    "site": ID,
    "wave": or_null(ID),
    "role": one_of(AttendeeRole),
    "seat": or_null(TEXT),
    "categories": list_of(TEXT),
    "must_write": FLAG,
    "is_walk_in": FLAG,
    "withdrawn_at": or_null(MOMENT),
}
_ATTENDEE = object_of({**_ATTENDEE_FIELDS, "contact": _CONTACT}, list(_ATTENDEE_FIELDS))


def _attendee_item(row: Any, rights: Rights) -> Item:
    attendee: Attendee = row.Attendee
    person: Person = row.Person
    item = {
        "number": attendee.number,
        "name": person.full_name,
        "position": attendee.position,
        "unit": attendee.unit_id,
        "site": attendee.site_id,
        "wave": attendee.wave_id,
        "role": attendee.role.value,
        "seat": attendee.seat,
        "categories": sorted(category.name for category in attendee.categories),
        "must_write": attendee.must_write,
        "is_walk_in": attendee.is_walk_in,
        "withdrawn_at": _moment(attendee.withdrawn_at),
    }
    if Right.CONTACTS in rights:
        item["contact"] = {
            "birth_date": person.birth_date.isoformat() if person.birth_date else None,
            "birth_year": person.birth_year,
            "sex": person.sex.value if person.sex else None,
            "phone": person.phone,
            "email": person.email,
        }
    return item


_TICKET = object_of(
    {"number": COUNT, "site": ID, "issue": COUNT, "ticket": or_null(TEXT), "reissued_at": or_null(MOMENT)}
)


def _ticket_item(row: Any, _rights: Rights) -> Item:
    return {
        "number": row.number,
        "site": row.site_id,
        "issue": row.ticket_issue,
        "ticket": row.ticket,
        "reissued_at": _moment(row.ticket_reissued_at),
    }


_SCAN = object_of(
    {
        "id": UUID,
        "kind": one_of(ItemKind),
        "device": ID,
        "site": ID,
        "number": or_null(COUNT),
        "study_session": or_null(ID),
        "direction": one_of(Direction),
        "method": one_of(Method),
        "scanned_at": or_null(MOMENT),
        "corrected_at": or_null(MOMENT),
        "verdict": one_of(Verdict),
        "failure": or_null(one_of(Failure)),
        "decision": or_null(one_of(Decision)),
        "target": or_null(UUID),
        "spare_read": or_null(COUNT),
        "spare_handed": or_null(COUNT),
        "flagged": FLAG,
        "received_at": MOMENT,
    }
)


def _scan_item(row: Any, _rights: Rights) -> Item:
    scan: Scan = row.Scan
    return {
        "id": str(scan.id),
        "kind": scan.kind.value,
        "device": scan.device_id,
        "site": scan.site_id,
        "number": row.number,
        "study_session": scan.study_session_id,
        "direction": scan.direction.value,
        "method": scan.method.value,
        "scanned_at": _moment(scan.scanned_at),
        "corrected_at": _moment(scan.corrected_at),
        "verdict": scan.verdict.value,
        "failure": scan.failure.value if scan.failure else None,
        "decision": scan.decision.value if scan.decision else None,
        "target": str(scan.target) if scan.target else None,
        "spare_read": spare_number(scan.spare_read) if scan.spare_read is not None else None,
        "spare_handed": spare_number(scan.spare_handed) if scan.spare_handed is not None else None,
        "flagged": scan.flagged,
        "received_at": iso(scan.received_at),
    }


_ATTENDANCE = object_of(
    {
        "number": COUNT,
        "study_session": ID,
        "site": ID,
        "first": UUID,
        "first_at": MOMENT,
        "method": one_of(Method),
        "flagged": FLAG,
        "duplicates": COUNT,
        "last_seen_at": MOMENT,
        "last_out": or_null(MOMENT),
    }
)


def _attendance_item(row: Any, _rights: Rights) -> Item:
    one = row.Attendance
    return {
        "number": row.number,
        "study_session": one.study_session_id,
        "site": one.site_id,
        "first": str(one.first),
        "first_at": iso(one.first_at),
        "method": one.method.value,
        "flagged": one.flagged,
        "duplicates": one.duplicates,
        "last_seen_at": iso(one.last_seen_at),
        "last_out": _moment(one.last_out),
    }


_HEADCOUNT_FIGURES = {name: FLAG if name == "is_closed" else COUNT for name in asdict(Headcount())}
_HEADCOUNT = object_of({"study_session": ID, "site": ID, **_HEADCOUNT_FIGURES, "absent": COUNT})


def _headcounts(conference: Conference, asked: Asked) -> Found:
    return queries.headcounts(conference, asked), None


def _headcount_item(row: tuple[int, int, Headcount], _rights: Rights) -> Item:
    study_session, site, counted = row
    return {"study_session": study_session, "site": site, **asdict(counted), "absent": counted.absent}


_HALL_COUNT = object_of(
    {"id": UUID, "study_session": ID, "site": ID, "people": COUNT, "counted_at": MOMENT, "device": or_null(ID)}
)


def _hall_count_item(row: Any, _rights: Rights) -> Item:
    one = row.HallCount
    return {
        "id": str(one.id),
        "study_session": one.study_session_id,
        "site": one.site_id,
        "people": one.people,
        "counted_at": iso(one.counted_at),
        "device": one.device_id,
    }


_REFLECTION = object_of(
    {
        "number": COUNT,
        "form": one_of(TaskForm),
        "state": one_of(ReflectionState),
        "submitted_at": or_null(MOMENT),
        "is_late": FLAG,
        "words": COUNT,
        "version": COUNT,
    }
)


def _reflection_item(row: Any, _rights: Rights) -> Item:
    one = row.Reflection
    return {
        "number": row.number,
        "form": row.form.value,
        "state": one.state.value,
        "submitted_at": _moment(one.submitted_at),
        "is_late": one.is_late,
        "words": one.words,
        "version": one.current_version,
    }


_POINTS = object_of({"points": DECIMAL, "total": DECIMAL})
_POINTS["description"] = "Of a test, what the mark follows from."
_MARK = object_of(
    {"number": COUNT, "form": one_of(TaskForm), "mark": DECIMAL, "rank": one_of(Rank), "test": or_null(_POINTS)}
)


def _mark_item(row: Any, _rights: Rights) -> Item:
    one: ReleasedMark = row.ReleasedMark
    return {
        "number": row.number,
        "form": (TaskForm.QUIZ if one.quiz else TaskForm.ESSAY).value,
        "mark": str(one.mark),
        "rank": one.rank.value,
        "test": {"points": one.quiz["points"], "total": one.quiz["total"]} if one.quiz else None,
    }


RESOURCES = (
    Resource("sites", Right.SITES, "The sites that join, each with its hall.", _SITE, queries.sites, _site_item),
    Resource(
        "attendees",
        Right.ATTENDEES,
        "Who is called, also who no longer is.",
        _ATTENDEE,
        queries.attendees,
        _attendee_item,
        filters=("site", "unit"),
        is_personal=True,
    ),
    Resource(
        "tickets",
        Right.TICKETS,
        "The digits on the badges of those who are called.",
        _TICKET,
        queries.tickets,
        _ticket_item,
        is_personal=True,
    ),
    Resource(
        "scans",
        Right.SCANS,
        "Every scan and undo as it was kept, in no order of time.",
        _SCAN,
        queries.scans,
        _scan_item,
        filters=("site",),
    ),
    Resource(
        "attendance",
        Right.SCANS,
        "Who was present in which study session, as it follows from the scans.",
        _ATTENDANCE,
        queries.attendance,
        _attendance_item,
        filters=("study_session", "site"),
    ),
    Resource(
        "headcounts",
        Right.HEADCOUNTS,
        "The figures of each site in each study session, all on one page.",
        _HEADCOUNT,
        _headcounts,
        _headcount_item,
        filters=("study_session",),
    ),
    Resource(
        "hall-counts",
        Right.HEADCOUNTS,
        "How many people hosts saw in their halls, and when; in no order of time.",
        _HALL_COUNT,
        queries.hall_counts,
        _hall_count_item,
        filters=("study_session", "site"),
    ),
    Resource(
        "reflections",
        Right.REFLECTIONS,
        "Who has begun or handed in a reflection, or the test that is sat instead; never what they wrote.",
        _REFLECTION,
        queries.reflections,
        _reflection_item,
        is_personal=True,
    ),
    Resource(
        "marks",
        Right.MARKS,
        "The marks of the release that was published last.",
        _MARK,
        queries.marks,
        _mark_item,
        is_personal=True,
    ),
)
