"""Guests for whom a hall had no seat left: they are counted, for they are there, and somebody looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from conference.checkin.known import Known
from conference.checkin.models import Case
from conference.checkin.rosters import guests_at, seats_at
from conference.checkin.rules import CaseKind, CaseState, Decision


def look_at_full_halls(known: Known, new_rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    """Open a case for each new guest beyond the seats of the hall.

    What happens at one door happens one after the other: of two who took the last seat in the same moment at two of
    its devices, it is the second. A phone without a line can't know; what it let in stands and is looked at too.
    """
    came: dict[tuple[int, int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in new_rows:
        is_elsewhere = row["is_elsewhere"] or row["is_other_session"]
        if row["decision"] is Decision.GUEST and is_elsewhere and _is_presence(known, row):
            came[row["conference_id"], row["site_id"], row["study_session_id"]].append(row)
    for (conference_id, site_id, study_session_id), rows in sorted(came.items()):
        seats, called = seats_at(conference_id, site_id, known.sessions[study_session_id].wave_id)
        if seats is None:
            continue
        standing = guests_at(site_id, study_session_id) - max(0, seats - called)
        if standing > 0:
            known.connection.execute(
                known.dialect.insert(Case.__table__).on_conflict_do_nothing(),
                [_case(row, at) for row in rows[-standing:]],
            )


def _is_presence(known: Known, row: dict[str, Any]) -> bool:
    """Whether it is by this scan that the person is counted here."""
    if row["attendee_id"] is None or row["study_session_id"] is None:
        return False
    stay = known.standing_of((row["attendee_id"], row["study_session_id"]))
    return stay is not None and (stay.first, stay.site) == (row["id"], row["site_id"])


def _case(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "key": f"{CaseKind.NO_SEAT}:{row['study_session_id']}:{row['attendee_id']}:{row['site_id']}",
        "kind": CaseKind.NO_SEAT,
        "conference_id": row["conference_id"],
        "study_session_id": row["study_session_id"],
        "site_id": row["site_id"],
        "attendee_id": row["attendee_id"],
        "scan_id": row["id"],
        "device_id": row["device_id"],
        "opened_at": at,
        "state": CaseState.OPEN,
        "note": "",
    }
