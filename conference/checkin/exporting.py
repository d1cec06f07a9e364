"""The state of a conference's attendance in a normal form: the same facts give the same bytes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from conference.checkin import queries
from conference.checkin.answers import iso
from conference.checkin.attendance import attendance_of, disagreements_of, ruled
from conference.checkin.decided import rulings_of
from conference.checkin.online.checking import exported
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference


def exported_state(code: str) -> dict[str, Any]:
    """Derived anew from scans and decisions, not from the stored attendance. Raises ``not_found``."""
    conference = db.session.scalars(select(Conference).where(Conference.code == code)).first()
    if conference is None:
        raise DomainError("not_found")
    numbers = queries.numbers_of(conference.id)
    facts = queries.facts_of(conference.id)
    rulings = rulings_of(conference.id)
    attendance = [
        {
            "attendee": numbers[one.attendee],
            "study_session": one.study_session,
            "first": str(one.first),
            "first_at": iso(one.first_at),
            "site": one.site,
            "flagged": one.flagged,
            "duplicates": one.duplicates,
            "last_out": iso(one.last_out) if one.last_out else None,
        }
        for one in attendance_of(ruled(facts, rulings)).values()
    ]
    attendance.sort(key=lambda one: (one["study_session"], one["attendee"]))
    cases = [
        {
            "kind": one.kind.value,
            "study_session": one.study_session,
            "attendee": numbers[one.attendee] if one.attendee is not None else None,
            "scan": str(one.scan) if one.scan else None,
            "device": one.device,
        }
        for one in disagreements_of(facts)
    ]
    cases.sort(key=lambda one: tuple(str(value) for value in one.values()))
    decisions = [
        {
            "case": one.case,
            "ordinal": one.ordinal,
            "outcome": one.outcome.value,
            "scan": str(one.scan),
            "given_to": numbers[one.given_to[0]] if one.given_to else None,
        }
        for one in rulings
    ]
    decisions.sort(key=lambda one: (one["case"], one["ordinal"], one["scan"]))
    totals: dict[str, dict[str, int]] = {}
    for one in attendance:
        sites = totals.setdefault(str(one["study_session"]), {})
        sites[str(one["site"])] = sites.get(str(one["site"]), 0) + 1
    failed = [{"id": str(id), "reason": reason} for id, reason in queries.failed_scans(conference.id)]
    quarantined = queries.quarantined_ids(conference.id)
    return {
        "conference": conference.code,
        "attendance": attendance,
        "failed": sorted(failed, key=lambda one: one["id"]),
        "quarantined": sorted(str(id) if id else body_hash.hex() for id, body_hash in quarantined),
        "cases": cases,
        "decisions": decisions,
        "online": sorted(exported(conference.id, numbers), key=lambda one: (one["study_session"], one["attendee"])),
        "totals": {session: dict(sorted(totals[session].items())) for session in sorted(totals)},
        "ids": sorted(str(id) for id in queries.scan_ids(conference.id)),
    }
