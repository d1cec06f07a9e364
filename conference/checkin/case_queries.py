"""Reading what disagrees: the scans that speak for and against it, what may be decided, and what would follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from conference.accounts.models import Account
from conference.checkin.attendance import Attendance, Fact, Pair, Ruling, attendance_of, attributed, ruled, standing
from conference.checkin.decided import facts_around, scans_of_spares
from conference.checkin.models import Case, CaseDecision, Device, RuledScan, Scan, WalkIn
from conference.checkin.queries import fact_of
from conference.checkin.rules import (
    OUTCOMES,
    CaseKind,
    CaseState,
    Decision,
    Direction,
    ItemKind,
    Method,
    Outcome,
    Verdict,
    spare_number,
)
from conference.directory.models import Person
from conference.foundation.db import db
from conference.foundation.paging import AnySelect, Ask, Page, page_of
from conference.foundation.text import row_number
from conference.planning.models import StudySession
from conference.registry.models import Attendee
from conference.sites.models import Site

_home = aliased(Site)
_LINES: AnySelect = (
    select(
        Case,
        Site.name.label("site_name"),
        Person.full_name.label("person_name"),
        Attendee.number.label("number"),
        StudySession.part.label("part"),
        StudySession.held_on.label("held_on"),
        _home.name.label("home_name"),
    )
    .join(Site, Site.id == Case.site_id)
    .outerjoin(Attendee, Attendee.id == Case.attendee_id)
    .outerjoin(Person, Person.id == Attendee.person_id)
    .outerjoin(_home, _home.id == Attendee.site_id)
    .outerjoin(StudySession, StudySession.id == Case.study_session_id)
)


def cases_page(conference_id: int, ask: Ask) -> Page[Any]:
    """(case, site, person's name, number, study session). Filters: ``state`` (open unless said), ``kind``, ``site``,
    ``session``."""
    statement = _LINES.where(Case.conference_id == conference_id)
    state = ask.query.get("state", CaseState.OPEN.value)
    if state in list(CaseState):
        statement = statement.where(Case.state == CaseState(state))
    if ask.query.get("kind") in list(CaseKind):
        statement = statement.where(Case.kind == CaseKind(ask.query["kind"]))
    if (site := row_number(ask.query.get("site", ""))) is not None:
        statement = statement.where(Case.site_id == site)
    if (study_session := row_number(ask.query.get("session", ""))) is not None:
        statement = statement.where(Case.study_session_id == study_session)
    return page_of(
        statement,
        ask,
        sorts={"opened": (Case.opened_at,), "site": (Site.sort_key,), "kind": (Case.kind,)},
        default="opened",
        last=Case.id,
    )


def about(case_id: int) -> Any:
    """The same line for one case."""
    return db.session.execute(_LINES.where(Case.id == case_id)).one()


def attendee_numbered(conference_id: int, number: int) -> Attendee | None:
    return db.session.scalars(
        select(Attendee).where(Attendee.conference_id == conference_id, Attendee.number == number)
    ).first()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One scan that speaks for or against something."""

    scan: Scan
    site: str
    device: str
    is_undone: bool
    written: WalkIn | None  # what the host wrote down of somebody without a ticket
    person: str | None = None  # where a case is about several people

    @property
    def spare(self) -> int | None:
        """The number of the spare badge that was handed over with it."""
        return None if self.scan.spare_handed is None else spare_number(self.scan.spare_handed)

    @property
    def at(self) -> datetime | None:
        return self.scan.corrected_at

    @property
    def method(self) -> Method:
        return self.scan.method

    @property
    def is_guest(self) -> bool:
        return self.scan.decision is Decision.GUEST

    @property
    def is_move(self) -> bool:
        return self.scan.decision is Decision.MOVE

    @property
    def was_offline(self) -> bool:
        """The phone decided by itself, without asking the server."""
        return self.scan.verdict_shown is not None

    @property
    def shown(self) -> Verdict:
        """What the host saw."""
        return self.scan.verdict_shown or self.scan.verdict

    @property
    def correction(self) -> timedelta:
        return timedelta(milliseconds=self.scan.clock_offset_ms)


def evidence_of(cases: Sequence[Case]) -> dict[int, list[Evidence]]:
    """The scans behind each case, in order of their time: of the person in that session, or the one scan alone."""
    pairs = {(case.attendee_id, case.study_session_id) for case in cases if case.attendee_id is not None}
    alone = {case.scan_id for case in cases if case.scan_id is not None}
    alone |= scans_of_spares(db.session.connection(), {attendee for attendee, _ in pairs})
    clocks = [case.device_id for case in cases if case.kind is CaseKind.CLOCK]
    badges = _badges_of(cases)
    rows = db.session.execute(
        select(Scan, Site.name, Device.label, WalkIn, Person.full_name)
        .outerjoin(WalkIn, WalkIn.scan_id == Scan.id)
        .join(Site, Site.id == Scan.site_id)
        .join(Device, Device.id == Scan.device_id)
        .outerjoin(Attendee, Attendee.id == Scan.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .where(
            Scan.corrected_at.is_not(None),
            Scan.attendee_id.in_({attendee for attendee, _ in pairs})
            | Scan.id.in_(alone)
            | (Scan.device_id.in_(clocks) & Scan.flagged)
            | Scan.spare_handed.in_(list(badges.values())),
        )
        .order_by(Scan.corrected_at, Scan.id)
    ).all()
    facts = attributed([fact_of(scan) for scan, *_words in rows])
    whose, stands = {fact.id: fact.attendee for fact in facts}, {fact.id for fact in standing(facts)}
    return {
        case.id: [
            Evidence(scan, site, device, scan.id not in stands, written, person)
            for scan, site, device, written, person in rows
            if scan.kind is not ItemKind.UNDO and _speaks_of(scan, whose[scan.id], case, badges.get(case.id))
        ]
        for case in cases
    }


def _badges_of(cases: Sequence[Case]) -> dict[int, int]:
    """Case -> the spare badge that it is about."""
    handed = {case.scan_id: case.id for case in cases if case.kind is CaseKind.SPARE}
    rows = db.session.execute(select(Scan.id, Scan.spare_handed).where(Scan.id.in_(handed))) if handed else ()
    return {handed[row.id]: row.spare_handed for row in rows}


def _speaks_of(scan: Scan, attendee_id: int | None, case: Case, badge: int | None) -> bool:
    if badge is not None:
        return scan.spare_handed == badge
    if case.kind is CaseKind.CLOCK:
        return scan.flagged and (scan.device_id, scan.study_session_id) == (case.device_id, case.study_session_id)
    if case.attendee_id is None:
        return scan.id == case.scan_id
    return (attendee_id, scan.study_session_id) == (case.attendee_id, case.study_session_id)


# ---- what may be decided


def facts_about(cases: Sequence[Case]) -> tuple[list[Fact], list[Ruling]]:
    """Every fact about the people and scans of these cases, and what was decided about them so far."""
    clocks = [case for case in cases if case.kind is CaseKind.CLOCK]
    attendees = {case.attendee_id for case in cases if case.attendee_id is not None}
    scans = {case.scan_id for case in cases if case.scan_id is not None}
    if clocks:
        rows = db.session.execute(
            select(Scan.id, Scan.attendee_id).where(
                Scan.device_id.in_([case.device_id for case in clocks]), Scan.flagged, Scan.kind != ItemKind.UNDO
            )
        ).all()
        attendees |= {row.attendee_id for row in rows if row.attendee_id is not None}
        scans |= {row.id for row in rows}
    return facts_around(attendees, scans)


def scans_decided(case: Case, facts: Sequence[Fact], outcome: Outcome, site_id: int | None) -> list[Fact]:
    """The scans that a decision is about, of all these facts as they are attributed."""
    if case.kind is CaseKind.CLOCK:
        return [
            fact
            for fact in facts
            if fact.flagged and (fact.device, fact.study_session) == (case.device_id, case.study_session_id)
        ]
    pair = (case.attendee_id, case.study_session_id)
    seen = [fact for fact in facts if fact.own_pair == pair and fact.is_evidence_unruled]
    if case.kind is CaseKind.NO_SEAT:  # however often the guest was scanned there
        return [fact for fact in seen if fact.site == case.site_id]
    if outcome is Outcome.PLACED:
        return [fact for fact in seen if fact.site == site_id and fact.direction is not Direction.OUT]
    return [fact for fact in facts if fact.id == case.scan_id]


def is_offered(case: Case, facts: Sequence[Fact], outcome: Outcome) -> bool:
    """A scan of a study session that nobody knows can't be given to anybody."""
    if outcome is Outcome.GIVEN and any(fact.id == case.scan_id and fact.study_session is None for fact in facts):
        return False
    return outcome in OUTCOMES[case.kind]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to decide a case, and what would stand of the person's presence then."""

    outcome: Outcome
    site_id: int | None
    before: Attendance | None
    after: Attendance | None
    lost: int  # how many people would no longer be counted
    won: int


SOMEBODY_ELSE = 0
"""Stands for an attendee who would be added."""


def choices_of(case: Case) -> list[Choice]:
    """Everything that may be decided about a case, each with its effect, worked out and not written."""
    facts, rulings = facts_about([case])
    others = [one for one in rulings if one.case != case.id]
    stated = attributed(ruled(facts, rulings))
    now = attendance_of(stated)
    pair = (case.attendee_id or 0, case.study_session_id or 0)
    found = []
    for outcome in OUTCOMES[case.kind]:
        if not is_offered(case, facts, outcome):
            continue
        for site_id in _places(case, stated) if outcome is Outcome.PLACED else [None]:
            scans = scans_decided(case, stated, outcome, site_id)
            given_to = (SOMEBODY_ELSE, case.study_session_id or 0) if outcome is Outcome.SEPARATED else None
            made = [Ruling(case.id, 1, outcome, scan.id, given_to) for scan in scans]
            then = attendance_of(ruled(facts, [*others, *made]))
            place = site_id or (scans[0].site if scans else None)
            if outcome is Outcome.MOVED and case.kind is CaseKind.MOVE:
                place = _called_to(case.attendee_id)
            lost, won = len(now.keys() - then.keys()), len(then.keys() - now.keys())
            found.append(Choice(outcome, place, now.get(pair), then.get(pair), lost, won))
    return found


def _called_to(attendee_id: int | None) -> int | None:
    return db.session.scalar(
        select(func.coalesce(Attendee.called_site_id, Attendee.site_id)).where(Attendee.id == attendee_id)
    )


def _places(case: Case, facts: Sequence[Fact]) -> list[int]:
    """Where the person was seen, in the order of time."""
    pair: Pair = (case.attendee_id or 0, case.study_session_id or 0)
    seen = [fact for fact in facts if fact.own_pair == pair and fact.is_evidence_unruled]
    seen = [fact for fact in seen if fact.direction is not Direction.OUT]
    return list(dict.fromkeys(fact.site for fact in sorted(seen, key=lambda fact: fact.key)))


# ---- what was decided


def latest_decision(case_id: int) -> CaseDecision | None:
    return db.session.scalars(
        select(CaseDecision).where(CaseDecision.case_id == case_id).order_by(CaseDecision.ordinal.desc()).limit(1)
    ).first()


def history_of(case_id: int) -> Sequence[Any]:
    """(decision, name of who decided, name of the place, number and name of whose the scan became), oldest first."""
    given = (
        select(RuledScan.decision_id, Attendee.number, Person.full_name)
        .join(Attendee, Attendee.id == RuledScan.given_to)
        .join(Person, Person.id == Attendee.person_id)
        .subquery()
    )
    return db.session.execute(
        select(
            CaseDecision,
            Account.full_name.label("account_name"),
            Site.name.label("site_name"),
            given.c.number,
            given.c.full_name,
        )
        .outerjoin(Account, Account.id == CaseDecision.decided_by)
        .outerjoin(Site, Site.id == CaseDecision.site_id)
        .outerjoin(given, given.c.decision_id == CaseDecision.id)
        .where(CaseDecision.case_id == case_id)
        .order_by(CaseDecision.ordinal)
    ).all()


def site_names(ids: set[int]) -> dict[int, str]:
    return {row.id: row.name for row in db.session.execute(select(Site.id, Site.name).where(Site.id.in_(ids)))}
