"""How everybody of a conference followed online, worked out once more from the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from conference.checkin.attendance import Pair
from conference.checkin.models import Scan
from conference.checkin.online.evidence import AT_ONCE, known_of
from conference.checkin.online.models import OnlineFollowing
from conference.checkin.online.rules import Following, following_of
from conference.foundation.db import db
from conference.registry.models import Attendee


def worked_out(conference_id: int) -> Iterator[tuple[Pair, Following, OnlineFollowing]]:
    """Each pair of a person and a study session with what the evidence says and what is kept, in order."""
    kept = {
        (row.attendee_id, row.study_session_id): row
        for row in db.session.scalars(
            select(OnlineFollowing)
            .join(Attendee, Attendee.id == OnlineFollowing.attendee_id)
            .where(Attendee.conference_id == conference_id)
            .execution_options(populate_existing=True)
        )
    }
    pairs = sorted(kept)
    for begin in range(0, len(pairs), AT_ONCE):
        some = pairs[begin : begin + AT_ONCE]
        known = known_of(some)
        for pair in some:
            evidence = known.evidence[pair]
            found = following_of(
                evidence.stays, evidence.answered, hours=known.hours[pair[1]], rule=known.rule_of(pair)
            )
            yield pair, found, kept[pair]


def differences(conference_id: int) -> tuple[int, list[str]]:
    """(how many were gone over, what is kept otherwise than the evidence says)."""
    checked, faults = 0, []
    for pair, found, row in worked_out(conference_id):
        checked += 1
        stands = (row.seconds, row.of_seconds, row.answered, row.asked, row.first_at, row.is_enough)
        said = (found.seconds, found.of_seconds, found.answered, found.asked, found.first_at, found.is_enough)
        name = f"attendee {pair[0]} online in session {pair[1]}"
        if stands != said:
            faults.append(f"{name}: kept otherwise than the evidence says")
        if row.scan_id is not None and db.session.get(Scan, row.scan_id) is None:
            faults.append(f"{name}: the fact that stands for it is not there")
        if row.scan_id is not None and not found.is_enough:
            faults.append(f"{name}: counted without enough evidence")
    return checked, faults


def exported(conference_id: int, numbers: dict[int, int]) -> list[dict[str, Any]]:
    """The same in the normal form of an export."""
    return [
        {
            "attendee": numbers[pair[0]],
            "study_session": pair[1],
            "seconds": found.seconds,
            "of_seconds": found.of_seconds,
            "answered": found.answered,
            "asked": found.asked,
            "is_enough": found.is_enough,
        }
        for pair, found, _row in worked_out(conference_id)
    ]
