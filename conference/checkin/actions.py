"""What people do around the doors: let a device count, end it, close a study session."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from conference.checkin.device_rules import end_of_life
from conference.checkin.doors import renew_rosters
from conference.checkin.forms import DeviceReport
from conference.checkin.models import Device, SiteClosing
from conference.checkin.queries import token_hash
from conference.checkin.signals import device_ended, site_counted
from conference.checkin.statements import report_noted
from conference.checkin.trying import note_tried
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference, StudySession

DEVICE_LIVES_AFTER_THE_LAST_DAY = timedelta(days=2)


def enrol_device(*, conference: Conference, site_id: int, token: str, label: str, by: Actor, at: datetime) -> Device:
    """Let whoever shows this token count at one site until shortly after the conference's last day."""
    device = Device(
        token_hash=token_hash(token),
        conference_id=conference.id,
        site_id=site_id,
        label=label,
        enrolled_by=by.id if by.kind is ActorKind.ACCOUNT else None,
        enrolled_at=at,
        expires_at=end_of_life(conference.ends_on, lives_after=DEVICE_LIVES_AFTER_THE_LAST_DAY, at=at),
    )
    db.session.add(device)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="device.enrol",
        subject=("device", device.id),
        after={"conference": conference.id, "site": site_id},
    )
    return device


def revoke_device(*, device: Device, by: Actor, at: datetime, reason: str = "") -> None:
    """From now on the device may only deliver what it still holds. Repeatable. Announces ``device_ended``."""
    if device.revoked_at is not None:
        return
    device.revoked_at = at
    record(
        by=by,
        at=at,
        action="device.revoke",
        subject=("device", device.id),
        after={"site": device.site_id},
        reason=reason,
    )
    device_ended.announce(device_id=device.id)


def note_carried(*, device_id: int, items: int, by: Actor, at: datetime) -> None:
    """Who handed in how many scans of a device that could not send them by itself."""
    record(by=by, at=at, action="device.carry", subject=("device", device_id), after={"items": items})


def note_report(*, device: Device, report: DeviceReport, at: datetime) -> None:
    """Keep what a device says of itself while it has nothing to deliver. Repeatable."""
    db.session.execute(report_noted(device.id, report, seen_at=at))
    note_tried(device_id=device.id, conference_id=device.conference_id, site_id=device.site_id, report=report, at=at)


def close_site(*, study_session: StudySession, site_id: int, by: Actor, at: datetime) -> SiteClosing:
    """The host confirms who is absent: whoever was not seen and has no leave is absent without leave.

    Raises ``door_closed_already``. The devices there hear of it. Announces ``site_counted``.
    """
    if at < study_session.doors_open_at:
        raise DomainError("door_not_open_yet")
    renew_rosters([(study_session.conference_id, site_id)])
    closing = SiteClosing(
        study_session_id=study_session.id,
        site_id=site_id,
        closed_at=at,
        closed_by=by.id if by.kind is ActorKind.ACCOUNT else None,
    )
    db.session.add(closing)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise DomainError("door_closed_already") from error
    record(
        by=by,
        at=at,
        action="door.close",
        subject=("site", site_id),
        after={"study_session": study_session.id},
    )
    _announce(study_session, site_id)
    return closing


def reopen_site(*, study_session: StudySession, site_id: int, by: Actor, at: datetime) -> None:
    """Take a closing back; nobody is absent by it any more. Raises ``not_found`` when there is none. The devices there
    hear of it."""
    renew_rosters([(study_session.conference_id, site_id)])
    gone = changed_rows(
        delete(SiteClosing).where(SiteClosing.study_session_id == study_session.id, SiteClosing.site_id == site_id)
    )
    if not gone:
        raise DomainError("not_found")
    record(
        by=by,
        at=at,
        action="door.reopen",
        subject=("site", site_id),
        before={"study_session": study_session.id},
    )
    _announce(study_session, site_id)


def _announce(study_session: StudySession, site_id: int) -> None:
    site_counted.announce(conference_id=study_session.conference_id, study_session_id=study_session.id, site_id=site_id)
