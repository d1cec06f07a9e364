"""People whom a door took in for good: where they belong follows from the latest of these decisions that stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from conference.checkin.attendance import Fact, standing
from conference.checkin.known import Known
from conference.checkin.models import Case
from conference.checkin.rosters import seats_at
from conference.checkin.rules import CaseKind, CaseState, Decision, ItemKind
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.registry import actions as registry
from conference.registry.models import Attendee


def settle_moves(known: Known, new_rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    """Move whoever a new decision, or a new undo of one, concerns. A case is opened where somebody should look:
    when the hall has no seat left, or the organizer has moved the person since."""
    touched = {
        row["attendee_id"]: row["device_id"]
        for row in new_rows
        if row["attendee_id"] is not None
        and (row["decision"] is Decision.MOVE or (row["kind"] is ItemKind.UNDO and _moved(known, row["attendee_id"])))
    }
    for attendee_id in sorted(touched):
        last = max(_moved(known, attendee_id, are_standing=True), key=lambda fact: fact.key, default=None)
        attendee = db.session.get_one(Attendee, attendee_id, populate_existing=True)
        if last is not None and _was_moved_since(attendee, last):
            _open_case(known, attendee, last, at=at)
            continue
        belongs = last.site if last is not None else attendee.called_site_id or attendee.site_id
        if belongs == attendee.site_id:
            continue
        by = Actor(ActorKind.DEVICE, last.device if last is not None else touched[attendee_id])
        registry.move(attendees=[attendee], site_id=belongs, by=by, at=at, is_at_door=True)
        seats, called = seats_at(attendee.conference_id, belongs, attendee.wave_id)
        if last is not None and seats is not None and called > seats:
            _open_case(known, attendee, last, at=at)


def _moved(known: Known, attendee_id: int, *, are_standing: bool = False) -> list[Fact]:
    """The decisions of doors that this person belongs to them from now on."""
    facts = [fact for pair, facts in known.facts.items() if pair[0] == attendee_id for fact in facts]
    if are_standing:
        facts = standing([*facts, *known.loose])
    return [fact for fact in facts if fact.is_move and fact.is_presence and fact.own_pair is not None]


def _was_moved_since(attendee: Attendee, last: Fact) -> bool:
    by_organizer = attendee.called_site_id is None and attendee.moved_at is not None
    return (
        by_organizer and attendee.site_id != last.site and attendee.moved_at is not None and last.t < attendee.moved_at
    )


def _open_case(known: Known, attendee: Attendee, last: Fact, *, at: datetime) -> None:
    known.connection.execute(
        known.dialect.insert(Case.__table__).on_conflict_do_nothing(),
        {
            "key": f"{CaseKind.MOVE}:{attendee.id}:{last.id}",
            "kind": CaseKind.MOVE,
            "conference_id": attendee.conference_id,
            "study_session_id": last.study_session,
            "site_id": last.site,
            "attendee_id": attendee.id,
            "scan_id": last.id,
            "device_id": last.device,
            "opened_at": at,
            "state": CaseState.OPEN,
            "note": "",
        },
    )
