"""Spare badges: whose they are at a door, and what a person looks at when one was handed to several.

A spare badge is a signed ticket of a site without a person. Handing it over is part of the scan or walk-in that
counts the person, so it works without a line, arrives in any order, and is taken back with that scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from conference.checkin.attendance import Fact, attributed, disagreements_of, handings, ruled
from conference.checkin.decided import facts_around, rulings_about, tree_of
from conference.checkin.known import Known
from conference.checkin.models import Case, Scan
from conference.checkin.queries import fact_of
from conference.checkin.rules import CaseKind, CaseState, ItemKind, milliseconds, spare_number
from conference.foundation.db import db
from conference.registry.models import Attendee
from conference.registry.signals import roster_changed
from conference.registry.tickets import SPARE_FROM
from conference.sites.models import Site


def look_at_spares(known: Known, new_rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    """Open a case for whatever disagrees by these rows about spare badges: also of what was read before, when only now
    somebody is known to have had the badge then. Announces ``roster_changed``: the devices of a door hear whose a badge
    is with their roster."""
    if not (known.handed or known.spares_read):
        return
    news = [row for row in new_rows if row["spare_handed"] is not None or row["kind"] is ItemKind.UNDO]
    facts = list({*known.loose, *known.handed, *(fact for each in known.facts.values() for fact in each)})
    new = {row["id"] for row in new_rows}
    found = disagreements_of(facts) - disagreements_of(fact for fact in facts if fact.id not in new)
    # In order of time, so that of several scans that speak for the same thing the last stands with the case.
    scans = sorted((fact for fact in attributed(facts) if fact.kind is ItemKind.SCAN), key=lambda fact: fact.key)
    about: dict[Any, Fact] = {key: fact for fact in scans for key in (fact.id, fact.own_pair)}
    for one in sorted(found, key=lambda one: one.key):
        fact = about.get(one.scan or (one.attendee, one.study_session))
        if fact is None or fact.study_session is None or one.kind is CaseKind.CLOCK:
            continue  # a clock is seen in the row alone
        known.connection.execute(
            known.dialect.insert(Case.__table__).on_conflict_do_nothing(),
            {
                "key": one.key,
                "kind": one.kind,
                "conference_id": known.sessions[fact.study_session].conference_id,
                "study_session_id": one.study_session,
                "site_id": fact.site,
                "attendee_id": one.attendee,
                "scan_id": fact.id,
                "device_id": fact.device,
                "opened_at": at,
                "state": CaseState.OPEN,
                "note": "",
            },
        )
    for conference_id, site_id in sorted({(row["conference_id"], row["site_id"]) for row in news if known.handed}):
        roster_changed.announce(conference_id=conference_id, site_ids=frozenset({site_id}))


@dataclass(frozen=True, slots=True)
class Handed:
    """A spare badge that somebody was handed, and when and where."""

    number: int
    at: datetime
    site_name: str


def handed_to(attendee_id: int) -> list[Handed]:
    """The spare badges that somebody was handed, as far as they are theirs to this day; by time."""
    facts, rulings = facts_around([attendee_id])
    found = [
        (spare, each[-1])
        for spare, each in handings(ruled(facts, rulings)).items()
        if each[-1].pair is not None and each[-1].pair[0] == attendee_id
    ]
    sites = select(Site.id, Site.name).where(Site.id.in_({fact.site for _spare, fact in found}))
    names: dict[int, str] = {row.id: row.name for row in db.session.execute(sites)} if found else {}
    return sorted(
        (Handed(spare_number(spare), fact.t, names[fact.site]) for spare, fact in found), key=lambda one: one.at
    )


def spares_at(conference_id: int, site_id: int) -> list[list[int]]:
    """What was handed over at a site and stands: site of the badge, its number, whose, since when, and in which study
    session; by time."""
    connection = db.session.connection()
    ids = db.session.scalars(
        select(Scan.id).where(
            Scan.spare_handed.is_not(None), Scan.conference_id == conference_id, Scan.site_id == site_id
        )
    ).all()
    if not ids:
        return []
    rulings = rulings_about(connection, (), ids)
    facts = ruled([fact_of(row) for row in tree_of(connection, (), (), rulings, also=ids)], rulings)
    found = [(fact, spare) for spare, each in handings(facts).items() for fact in each if fact.pair is not None]
    holders = {fact.pair[0] for fact, _spare in found if fact.pair is not None}
    numbers: dict[int, int] = {
        row.id: row.number
        for row in db.session.execute(select(Attendee.id, Attendee.number).where(Attendee.id.in_(holders)))
    }
    return sorted(
        (
            [*divmod(spare, SPARE_FROM), numbers[fact.pair[0]], milliseconds(fact.t), fact.pair[1]]
            for fact, spare in found
            if fact.pair is not None
        ),
        key=lambda one: (one[3], one),
    )
