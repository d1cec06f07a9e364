"""The hot path: deliveries from many doors, kept and judged together in one transaction.

Core statements, a fixed number for a whole group of deliveries, because a check-in must cost tenths of a
millisecond. The caller commits, and only then tells any device anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from conference.checkin.answers import DeliveryAnswer
from conference.checkin.attendance import Pair
from conference.checkin.decided import attendance_row
from conference.checkin.door_guests import look_at_full_halls
from conference.checkin.door_moves import settle_moves
from conference.checkin.forms import Delivery
from conference.checkin.known import Known, is_over_for_good
from conference.checkin.looked_up import CountingDevice
from conference.checkin.models import Attendance as AttendanceRow
from conference.checkin.models import QuarantinedScan, WalkIn
from conference.checkin.opening import open_cases
from conference.checkin.rules import Verdict
from conference.checkin.signals import site_counted
from conference.checkin.spares import look_at_spares
from conference.checkin.statements import (
    DEVICES,
    INSERT_SCANS,
    NOTE_DEVICE,
    SEEN_AGAIN,
    UPSERT_ATTENDANCES,
    report_noted,
)
from conference.checkin.taking import Taking
from conference.checkin.telling import Answered, tell
from conference.checkin.trying import note_tried
from conference.foundation.db import db
from conference.foundation.db_bulk import write_many
from conference.foundation.errors import DomainError
from conference.registry.tickets import KeyRing

BEFORE_SPARES = frozenset({"door-1", "door-2", "door-3"})
"""Releases of the door's page that have no words for a spare badge. To them nobody is known by it."""

DEVICE_NOTED_EVERY = timedelta(seconds=20)


def receive_scans(deliveries: Sequence[Delivery], *, keys: KeyRing, at: datetime) -> list[DeliveryAnswer | DomainError]:
    """Keep each item once and answer each by itself. Safe to repeat, in any order. Announces ``site_counted``.

    One answer for each delivery, in their order; a device whose time is over for good gets a ``DomainError`` of
    its own and troubles nobody else.
    """
    known = Known(db.session.connection(), keys)
    found = map(CountingDevice._make, known.rows(DEVICES, ids={one.device_id for one in deliveries}))
    devices = {device.id: device for device in found}
    answers: list[DeliveryAnswer | DomainError] = []
    taken: list[Answered] = []
    for delivery in deliveries:
        device = devices.get(delivery.device_id)
        is_known = device is not None and device.token_hash == delivery.token_hash
        if device is None or not is_known or is_over_for_good(device, at):
            answers.append(DomainError("device_ended"))
            continue
        answer = DeliveryAnswer()
        answers.append(answer)
        taken.append((delivery, device, answer))
    if not taken:
        return answers
    known.take_doors([device for _, device, _ in taken])
    known.look_up([(delivery, device) for delivery, device, _ in taken])
    taking = Taking(known, at)
    for delivery, device, answer in taken:
        answer.items = [taking.take(item, device) for item in delivery.items]
        if delivery.report is not None and delivery.report.app in BEFORE_SPARES:
            for one in answer.items:
                one.verdict = Verdict.UNKNOWN if one.verdict is Verdict.SPARE else one.verdict
    _keep(taking)
    _count(known)
    open_cases(taking)
    settle_moves(known, taking.new_rows, at=at)
    look_at_full_halls(known, taking.new_rows, at=at)
    look_at_spares(known, taking.new_rows, at=at)
    _note_devices(known, taken, at)
    tell(taking, taken)
    return answers


def _keep(taking: Taking) -> None:
    connection = taking.known.connection
    if taking.new_rows:
        write_many(connection, INSERT_SCANS, taking.new_rows)
    if taking.strangers:
        connection.execute(insert(WalkIn.__table__), taking.strangers)
    if taking.quarantine:
        keep_once = taking.known.dialect.insert(QuarantinedScan.__table__).on_conflict_do_nothing()
        connection.execute(keep_once, taking.quarantine)


def _count(known: Known) -> None:
    """Write the attendance that is another one now. Announces ``site_counted``."""
    changed: list[dict[str, Any]] = []
    seen_again: list[dict[str, Any]] = []
    gone: list[Pair] = []
    counted: set[tuple[int, int, int]] = set()
    conference_of = {row.id: row.conference_id for row in known.sessions.values()}
    for pair, before in known.before.items():
        after = known.standing_of(pair)
        if after == before:
            continue
        for one in (before, after):
            if one is not None:
                counted.add((conference_of[pair[1]], pair[1], one.site))
        if after is None:
            gone.append(pair)
        elif before is not None and before.first == after.first and before.site == after.site:
            seen_again.append(
                {
                    "of_attendee": after.attendee,
                    "of_study_session": after.study_session,
                    "duplicates": after.duplicates,
                    "last_seen_at": after.last_seen_at,
                    "last_out": after.last_out,
                }
            )
        else:
            changed.append(attendance_row(after, known.methods[after.first]))
    if seen_again:
        write_many(known.connection, SEEN_AGAIN, seen_again)
    if changed:
        write_many(known.connection, UPSERT_ATTENDANCES[known.dialect], changed)
    for attendee_id, study_session_id in gone:
        known.connection.execute(
            AttendanceRow.__table__.delete().where(
                AttendanceRow.attendee_id == attendee_id,
                AttendanceRow.study_session_id == study_session_id,
            )
        )
    for conference_id, study_session_id, site_id in sorted(counted):
        site_counted.announce(conference_id=conference_id, study_session_id=study_session_id, site_id=site_id)


def _note_devices(known: Known, taken: Sequence[Answered], at: datetime) -> None:
    """When each device was last heard of; not at every scan, for it is no fact."""
    stale = {
        device.id
        for _, device, _ in taken
        if device.last_seen_at is None or at - device.last_seen_at > DEVICE_NOTED_EVERY
    }
    if stale:
        known.connection.execute(NOTE_DEVICE, [{"device": id, "seen_at": at} for id in sorted(stale)])
    for delivery, device, _ in taken:
        if delivery.report is not None:
            known.connection.execute(report_noted(device.id, delivery.report))
            note_tried(
                device_id=device.id,
                conference_id=device.conference_id,
                site_id=device.site_id,
                report=delivery.report,
                at=at,
            )
