"""The statements of the hot path, put together once; each serves a whole group of deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Update, bindparam, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from conference.checkin.forms import DeviceReport
from conference.checkin.looked_up import EarlierScan
from conference.checkin.models import Attendance as AttendanceRow
from conference.checkin.models import Case, CaseDecision, Device, DoorVersion, RuledScan, Scan, SiteClosing
from conference.directory.models import Person, Unit
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee, Substitute
from conference.registry.substitutes import approved_rows
from conference.sites.models import Site

MOST_CHANGES = 2_000

_scans = Scan.__table__
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_sites: BindParameter[Any] = bindparam("sites", expanding=True)
_conferences: BindParameter[Any] = bindparam("conferences", expanding=True)

DEVICES = select(
    Device.id,
    Device.token_hash,
    Device.conference_id,
    Device.site_id,
    Device.expires_at,
    Device.revoked_at,
    Device.last_seen_at,
    Conference.timezone,
    Conference.late_after_minutes,
    Site.name.label("site_name"),
).where(Device.id.in_(_ids), Conference.id == Device.conference_id, Site.id == Device.site_id)

SESSIONS = select(
    StudySession.__table__,
    exists().where(CaseDecision.conference_id == StudySession.conference_id).label("has_rulings"),
    exists()
    # As the index on it says it: SQLite would not see that "= 1" asks for the same.
    .where(Attendee.conference_id == StudySession.conference_id, text("attendees.is_substitute"))
    .label("has_substitutes"),
    exists().where(Scan.spare_handed.is_not(None)).label("has_spares"),  # of any conference: a small index says it
).where(StudySession.conference_id.in_(_conferences))
CLOSINGS = (
    select(SiteClosing.study_session_id, SiteClosing.site_id, SiteClosing.closed_at)
    .join(StudySession, StudySession.id == SiteClosing.study_session_id)
    .where(StudySession.conference_id.in_(_conferences), SiteClosing.site_id.in_(_sites))
)
KNOWN = select(_scans).where(Scan.id.in_(_ids))

_attendees = (
    select(
        Attendee.id,
        Attendee.conference_id,
        Attendee.number,
        Attendee.site_id,
        Attendee.ticket,
        Attendee.ticket_issue,
        Attendee.ticket_reissued_at,
        Attendee.withdrawn_at,
        Attendee.called_site_id,
        Attendee.seat,
        Attendee.position,
        Person.full_name,
        Unit.name.label("unit_name"),
        Site.name.label("site_name"),
        Attendee.wave_id,
    )
    .join(Person, Person.id == Attendee.person_id)
    .join(Unit, Unit.id == Attendee.unit_id)
    .join(Site, Site.id == Attendee.site_id)
)
BY_TICKET = _attendees.where(Attendee.ticket.in_(bindparam("tickets", expanding=True)))
BY_NUMBER = _attendees.where(
    Attendee.conference_id.in_(_conferences), Attendee.number.in_(bindparam("numbers", expanding=True))
)
BY_ID = _attendees.where(Attendee.id.in_(_ids))
SUBSTITUTES = approved_rows().where(or_(Substitute.attendee_id.in_(_ids), Substitute.substitute_id.in_(_ids)))
LOCK_CONFERENCES = select(Conference.id).where(Conference.id.in_(_ids)).order_by(Conference.id).with_for_update()
# Who bears one of these names, for somebody without a ticket; who is still called stands before who is not.
NAMESAKES = (
    select(Attendee.id, Attendee.conference_id, Person.name_folded, Person.birth_date, Person.phone_digits)
    .join(Person, Person.id == Attendee.person_id)
    .where(Attendee.conference_id.in_(_conferences), Person.name_folded.in_(bindparam("names", expanding=True)))
    .order_by(Attendee.withdrawn_at.is_not(None), Attendee.number)
)
LOCK_ATTENDEES = select(Attendee.id).where(Attendee.id.in_(_ids)).order_by(Attendee.id).with_for_update(key_share=True)

# All facts of some attendees, with every undo below them, also those that came before what they undo.
_tree = (
    select(*(_scans.c[name] for name in EarlierScan._fields))
    .where(or_(Scan.attendee_id.in_(_ids), Scan.target.in_(bindparam("targets", expanding=True))))
    .cte("tree", recursive=True)
)
_below = aliased(_scans)
TREE = select(
    _tree.union(select(*(_below.c[name] for name in EarlierScan._fields)).join(_tree, _below.c.target == _tree.c.id))
)

# From an undo up to the scan at its root; a circle ends, because a row is taken once.
_up = select(_scans).where(Scan.id.in_(_ids)).cte("up", recursive=True)
_above = aliased(_scans)
ROOTS = select(_up.union(select(_above).join(_up, _above.c.id == _up.c.target)))

# Which spare badges some attendees were handed, or who was handed some of them; and every scan that is about some.
HANDED = select(Scan.attendee_id, Scan.spare_handed).where(
    Scan.spare_handed.is_not(None),
    or_(Scan.attendee_id.in_(_ids), Scan.spare_handed.in_(bindparam("spares", expanding=True))),
)
ABOUT_SPARES = select(Scan.id).where(
    or_(
        Scan.spare_read.in_(bindparam("spares", expanding=True)),
        Scan.spare_handed.in_(bindparam("spares", expanding=True)),
    )
)

# What people decided about scans of some attendees, or about some scans.
RULINGS = (
    select(
        CaseDecision.case_id,
        CaseDecision.ordinal,
        CaseDecision.outcome,
        RuledScan.scan_id,
        RuledScan.given_to,
        RuledScan.study_session_id,
    )
    .join(RuledScan, RuledScan.decision_id == CaseDecision.id)
    .where(
        or_(
            RuledScan.attendee_id.in_(_ids),
            RuledScan.given_to.in_(_ids),
            RuledScan.scan_id.in_(bindparam("scans", expanding=True)),
        )
    )
)

PRESENT = (
    select(AttendanceRow.site_id, AttendanceRow.study_session_id, func.count().label("present"))
    .where(
        AttendanceRow.study_session_id.in_(bindparam("study_sessions", expanding=True)),
        AttendanceRow.site_id.in_(_sites),
    )
    .group_by(AttendanceRow.site_id, AttendanceRow.study_session_id)
)
CHANGES = (
    select(
        Scan.attendee_id,
        Scan.study_session_id,
        Attendee.number,
        AttendanceRow.first_at,
        AttendanceRow.site_id,
    )
    .join(Attendee, Attendee.id == Scan.attendee_id)
    .outerjoin(
        AttendanceRow,
        (AttendanceRow.attendee_id == Scan.attendee_id) & (AttendanceRow.study_session_id == Scan.study_session_id),
    )
    .where(Scan.site_id == bindparam("site"), Scan.version > bindparam("cursor"))
    .distinct()
    .limit(MOST_CHANGES)
)
NOTE_DEVICE = update(Device.__table__).where(Device.id == bindparam("device")).values(last_seen_at=bindparam("seen_at"))


def report_noted(device_id: int, report: DeviceReport, *, seen_at: datetime | None = None) -> Update:
    """What a device says of itself; a pre-flight and a roster stand until the next."""
    values: dict[str, Any] = {
        "queue_length": report.queue,
        "clock_offset_ms": report.clock_offset_ms,
        "app_version": report.app,
    }
    if report.preflight is not None:
        values["preflight"] = report.preflight.as_json()
    if report.roster_at is not None:
        values["roster_at"] = report.roster_at
    if seen_at is not None:
        values["last_seen_at"] = seen_at
    return update(Device.__table__).where(Device.id == device_id).values(values)


RAISE_DOOR = (
    update(DoorVersion.__table__)
    .where(DoorVersion.conference_id == bindparam("conference"), DoorVersion.site_id == bindparam("site"))
    .values(version=DoorVersion.version + 1)
)
VERSIONS = select(DoorVersion.__table__).where(DoorVersion.site_id.in_(_sites))
INSERT_SCANS = insert(_scans)
CASES = select(Case.id, Case.key, Case.kind, Case.state).where(Case.key.in_(bindparam("keys", expanding=True)))
LABELS = select(Device.id, Device.label, Site.name.label("site_name")).join(Site, Site.id == Device.site_id)
LABELS_OF = LABELS.where(Device.id.in_(_ids))


# Somebody was seen again where they were counted: what the indexes hold stays, so no index is written.
SEEN_AGAIN = (
    update(AttendanceRow.__table__)
    .where(
        AttendanceRow.attendee_id == bindparam("of_attendee"),
        AttendanceRow.study_session_id == bindparam("of_study_session"),
    )
    .values(
        duplicates=bindparam("duplicates"),
        last_seen_at=bindparam("last_seen_at"),
        last_out=bindparam("last_out"),
    )
)


def _build_upsert(dialect: Any) -> Any:
    statement = dialect.insert(AttendanceRow.__table__)
    derived = (
        "site_id",
        "first",
        "first_at",
        "device_id",
        "method",
        "flagged",
        "duplicates",
        "last_seen_at",
        "last_out",
    )
    return statement.on_conflict_do_update(
        index_elements=["attendee_id", "study_session_id"],
        set_={name: statement.excluded[name] for name in derived},
    )


UPSERT_ATTENDANCES = {dialect: _build_upsert(dialect) for dialect in (sqlite, postgresql)}
