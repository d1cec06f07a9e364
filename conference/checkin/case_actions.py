"""Deciding a case, and taking the decision back. Each is a fact that is added; the count follows from all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update

from conference.checkin.attendance import Fact, attributed, ruled
from conference.checkin.case_queries import facts_about, is_offered, latest_decision, scans_decided
from conference.checkin.decided import hold_doors, recount
from conference.checkin.models import Case, CaseDecision, RuledScan, WalkIn
from conference.checkin.rules import CaseKind, CaseState, Outcome
from conference.checkin.walk_ins import new_person
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference, StudySession
from conference.registry import actions as registry
from conference.registry.models import Attendee
from conference.registry.rules import WithdrawReason
from conference.registry.tickets import KeyRing


def decide_case(
    *,
    case: Case,
    outcome: Outcome,
    site_id: int | None = None,
    given_to: Attendee | None = None,
    note: str,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> None:
    """Say what is to be counted. Announces ``site_counted``.

    ``site_id`` names the place that stands when there are several, ``given_to`` whose the scan is. Raises
    ``changed_meanwhile`` when the case is not open, ``decision_not_offered`` for what can't be decided about it.
    """
    _turn(case, CaseState.OPEN, CaseState.DECIDED, note=note, by=by, at=at)
    facts = attributed(ruled(*facts_about([case])))
    scans = scans_decided(case, facts, outcome, site_id)
    if not is_offered(case, facts, outcome) or not scans or (outcome is Outcome.GIVEN) is (given_to is None):
        raise DomainError("decision_not_offered")
    hold_doors(case.conference_id, facts, [given_to.id] if given_to else [])
    place, moved_from = scans[0].site, None
    if outcome is Outcome.SEPARATED:
        given_to = _somebody_else(case, scans[0], ring=ring, by=by, at=at)
    if outcome is Outcome.MOVED:
        attendee = db.session.get_one(Attendee, scans[0].attendee)
        if case.kind is CaseKind.MOVE:  # the organizer says otherwise than the door
            place = attendee.called_site_id or attendee.site_id
        moved_from = attendee.site_id
        registry.move(attendees=[attendee], site_id=place, by=by, at=at)
    decision = _keep(case, outcome, place, moved_from=moved_from, by=by, at=at)
    for scan in scans:
        db.session.add(
            RuledScan(
                decision_id=decision.id,
                scan_id=scan.id,
                attendee_id=scan.attendee,
                given_to=given_to.id if given_to else None,
                study_session_id=scan.study_session if given_to else None,
            )
        )
    db.session.flush()
    record(
        by=by,
        at=at,
        action="case.decide",
        subject=("case", case.id),
        before={"state": CaseState.OPEN},
        after={"state": CaseState.DECIDED, "outcome": outcome, "site": place, "attendee": _id(given_to)},
    )
    _recount(case, [*_attendees(scans), *([given_to.id] if given_to else [])])


def take_back_decision(*, case: Case, by: Actor, at: datetime) -> None:
    """Put a decided case back among the open ones; what it changed is as before. Raises ``changed_meanwhile``."""
    _turn(case, CaseState.DECIDED, CaseState.OPEN, note=case.note, by=by, at=at)
    last = latest_decision(case.id)
    ruled = db.session.scalars(select(RuledScan).where(RuledScan.decision_id == last.id)).all() if last else []
    given = [one.given_to for one in ruled if one.given_to is not None]
    hold_doors(case.conference_id, facts_about([case])[0], given)
    record(
        by=by,
        at=at,
        action="case.take_back",
        subject=("case", case.id),
        before={"state": CaseState.DECIDED, "outcome": last.outcome if last else None},
        after={"state": CaseState.OPEN},
    )
    if last is None:
        return
    decision = _keep(case, Outcome.TAKEN_BACK, last.site_id, by=by, at=at)
    for one in ruled:
        db.session.add(
            RuledScan(
                decision_id=decision.id,
                scan_id=one.scan_id,
                attendee_id=one.attendee_id,
                given_to=one.given_to,
                study_session_id=one.study_session_id,
            )
        )
    db.session.flush()
    if last.outcome is Outcome.SEPARATED:
        for attendee_id in {one.given_to for one in ruled if one.given_to is not None}:
            added = db.session.get_one(Attendee, attendee_id)
            registry.withdraw(attendee=added, reason=WithdrawReason.MISTAKE, by=by, at=at)
    if last.outcome is Outcome.MOVED and last.moved_from is not None:
        attendee = db.session.get_one(Attendee, ruled[0].attendee_id)
        if attendee.site_id == last.site_id:
            registry.move(attendees=[attendee], site_id=last.moved_from, by=by, at=at)
    _recount(case, [id for one in ruled for id in (one.attendee_id, one.given_to) if id is not None])


def _turn(case: Case, before: CaseState, after: CaseState, *, note: str, by: Actor, at: datetime) -> None:
    is_decided = after is CaseState.DECIDED
    changed = changed_rows(
        update(Case)
        .where(Case.id == case.id, Case.state == before)
        .values(
            state=after,
            note=note,
            decided_at=at if is_decided else None,
            decided_by=by.id if is_decided else None,
        )
    )
    if not changed:
        raise DomainError("changed_meanwhile")


def _somebody_else(case: Case, scan: Fact, *, ring: KeyRing, by: Actor, at: datetime) -> Attendee:
    """Add the person whom the host wrote down as one of their own, whoever else bears the name."""
    conference = db.session.get_one(Conference, case.conference_id)
    written = db.session.get_one(WalkIn, scan.id)
    study_session = db.session.get_one(StudySession, scan.study_session)
    who = new_person(written, site_id=scan.site, conference_id=conference.id, wave_id=study_session.wave_id)
    return registry.add_walk_in(conference=conference, who=who, ring=ring, by=by, at=at, is_somebody_else=True)


def _keep(
    case: Case, outcome: Outcome, site_id: int | None, *, moved_from: int | None = None, by: Actor, at: datetime
) -> CaseDecision:
    so_far = select(func.max(CaseDecision.ordinal)).where(CaseDecision.case_id == case.id)
    decision = CaseDecision(
        case_id=case.id,
        ordinal=1 + (db.session.scalar(so_far) or 0),
        conference_id=case.conference_id,
        outcome=outcome,
        site_id=site_id,
        moved_from=moved_from,
        decided_at=at,
        decided_by=by.id,
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def _attendees(scans: Iterable[Fact]) -> list[int]:
    return [scan.attendee for scan in scans if scan.attendee is not None]


def _id(attendee: Attendee | None) -> int | None:
    return attendee.id if attendee else None


def _recount(case: Case, attendee_ids: Iterable[int]) -> None:
    recount(conference_id=case.conference_id, attendee_ids=attendee_ids)
