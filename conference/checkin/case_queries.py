"""Reading what disagrees, with the scans that speak for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from conference.checkin.models import Case, Device, Scan
from conference.checkin.rules import CaseKind, CaseState, Decision, ItemKind, Method
from conference.directory.models import Person
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import row_number
from conference.planning.models import StudySession
from conference.registry.models import Attendee
from conference.sites.models import Site


def cases_page(conference_id: int, ask: Ask) -> Page[Any]:
    """(case, site, person's name, number, study session). Filters: ``state`` (open unless said), ``kind``, ``site``."""
    statement = (
        select(
            Case,
            Site.name.label("site_name"),
            Person.full_name.label("person_name"),
            Attendee.number.label("number"),
            StudySession.part.label("part"),
            StudySession.held_on.label("held_on"),
        )
        .join(Site, Site.id == Case.site_id)
        .outerjoin(Attendee, Attendee.id == Case.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .outerjoin(StudySession, StudySession.id == Case.study_session_id)
        .where(Case.conference_id == conference_id)
    )
    state = ask.query.get("state", CaseState.OPEN.value)
    if state in list(CaseState):
        statement = statement.where(Case.state == CaseState(state))
    if ask.query.get("kind") in list(CaseKind):
        statement = statement.where(Case.kind == CaseKind(ask.query["kind"]))
    if (site := row_number(ask.query.get("site", ""))) is not None:
        statement = statement.where(Case.site_id == site)
    return page_of(
        statement,
        ask,
        sorts={"opened": (Case.opened_at,), "site": (Site.sort_key,), "kind": (Case.kind,)},
        default="opened",
        last=Case.id,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """One scan that speaks for or against something."""

    at: datetime | None
    site: str
    device: str
    method: Method
    is_guest: bool


def evidence_of(cases: Sequence[Case]) -> dict[int, list[Evidence]]:
    """The scans behind each case, in order of their time: of the person in that session, or the one scan alone."""
    pairs = {(case.attendee_id, case.study_session_id) for case in cases if case.attendee_id is not None}
    alone = {case.scan_id for case in cases if case.attendee_id is None and case.scan_id is not None}
    rows = db.session.execute(
        select(Scan, Site.name, Device.label)
        .join(Site, Site.id == Scan.site_id)
        .join(Device, Device.id == Scan.device_id)
        .where(
            Scan.kind == ItemKind.SCAN,
            Scan.corrected_at.is_not(None),
            Scan.attendee_id.in_({attendee for attendee, _ in pairs}) | Scan.id.in_(alone),
        )
        .order_by(Scan.corrected_at, Scan.id)
    ).all()
    return {
        case.id: [
            Evidence(scan.corrected_at, site, device, scan.method, scan.decision is Decision.GUEST)
            for scan, site, device in rows
            if _speaks_of(scan, case)
        ]
        for case in cases
    }


def _speaks_of(scan: Scan, case: Case) -> bool:
    if case.attendee_id is None:
        return scan.id == case.scan_id
    return (scan.attendee_id, scan.study_session_id) == (case.attendee_id, case.study_session_id)
