"""Attendance as a pure function of the set of facts.

Order of arrival, repeats and lost answers change nothing, because a set has neither order nor repeats, and
because the moment of receipt is no part of a fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from conference.checkin.rules import (
    BARS,
    LETS_IN,
    NOT_LET_IN,
    CaseKind,
    Direction,
    Failure,
    ItemKind,
    Outcome,
    Verdict,
    bars_read,
)
from conference.foundation.values import value

Key = tuple[bool, datetime, int, UUID]
Pair = tuple[int, int]
"""An attendee and a study session."""


@value
class Fact:
    """A scan or an undo, with what the roster said of it when it was received."""

    id: UUID
    kind: ItemKind
    site: int
    device: int
    t: datetime  # the device's clock, corrected by the offset it knew
    attendee: int | None = None
    study_session: int | None = None
    flagged: bool = False  # t lies outside the calendar day of the study session
    direction: Direction = Direction.IN
    is_guest: bool = False  # the host decided so
    is_move: bool = False  # … and for good
    is_walk_in: bool = False  # without a ticket, by name
    is_elsewhere: bool = False  # not the attendee's own site
    is_other_session: bool = False  # not one of the study sessions that the attendee is called to
    verdict: Verdict = Verdict.ACCEPTED
    shown: Verdict | None = None  # what the phone decided by itself; none: it waited for the server
    failure: Failure | None = None
    target: UUID | None = None
    spare_read: int | None = None  # the spare badge that was shown; whose it was follows from who was handed it
    spare_handed: int | None = None  # the one that this person was handed
    spare_bars: str | None = None  # … and from where the roster barred them then, as ``bars_kept`` says it
    ruling: Outcome | None = None  # what a person decided about it
    given_to: Pair | None = None  # whose it is by that decision

    def __hash__(self) -> int:
        return hash(self.id.int)  # as good as all fields together, and facts go into sets by the ten thousand

    @property
    def key(self) -> Key:
        """The published order: unflagged before flagged, then device time, device, id."""
        return (self.flagged, self.t, self.device, self.id)

    @property
    def pair(self) -> Pair | None:
        return self.own_pair if self.given_to is None else self.given_to

    @property
    def own_pair(self) -> Pair | None:
        if self.attendee is None or self.study_session is None:
            return None
        return (self.attendee, self.study_session)

    @property
    def was_let_in_offline(self) -> bool:
        return self.shown in LETS_IN

    @property
    def was_let_in_unasked(self) -> bool:
        """By a phone that did not know of any question; who is already in was asked about before."""
        return self.was_let_in_offline and self.shown is not Verdict.ALREADY_IN

    @property
    def is_evidence(self) -> bool:
        """True when this alone, were it not undone, shows that the person was inside or went out."""
        if self.ruling is not None and self.kind is ItemKind.SCAN and self.pair is not None:
            return self.ruling is not Outcome.IGNORED
        return self.is_evidence_unruled

    @property
    def is_evidence_unruled(self) -> bool:
        if self.kind is not ItemKind.SCAN or self.failure is not None:
            return False
        if self.attendee is None or self.study_session is None or (self.is_elsewhere and not self.is_guest):
            return False
        if self.is_other_session and not self.is_guest:  # whatever was known of an earlier presence at receipt
            return self.was_let_in_unasked
        # Words work out their hash each time, so that what is nearly always so is asked first.
        return self.verdict is Verdict.ACCEPTED or self.verdict not in NOT_LET_IN or self.was_let_in_offline

    @property
    def is_presence(self) -> bool:
        return self.is_evidence and self.direction is not Direction.OUT


@dataclass(frozen=True, slots=True)
class Ruling:
    """One scan in one decision about a case. The latest decision of a case stands, also when it takes all back."""

    case: int
    ordinal: int  # counted within the case
    outcome: Outcome
    scan: UUID
    given_to: Pair | None = None


def ruled(facts: Iterable[Fact], rulings: Iterable[Ruling]) -> list[Fact]:
    """The facts as they stand by what people decided; a scan that one decision leaves out stays out."""
    latest: dict[int, int] = {}
    rulings = set(rulings)
    for one in rulings:
        latest[one.case] = max(one.ordinal, latest.get(one.case, 0))
    of_scan: dict[UUID, list[Ruling]] = defaultdict(list)
    for one in rulings:
        if one.ordinal == latest[one.case] and one.outcome is not Outcome.TAKEN_BACK:
            of_scan[one.scan].append(one)
    if not of_scan:
        return list(facts)
    return [replace(fact, **_ruled(of_scan[fact.id])) if fact.id in of_scan else fact for fact in facts]


def _ruled(rulings: list[Ruling]) -> dict[str, Any]:
    """Several cases may be about one scan: the outcome that weighs most, and the person who was named."""
    given = min((one.given_to for one in rulings if one.given_to is not None), default=None)
    return {"ruling": min((one.outcome for one in rulings), key=_WEIGHT.index), "given_to": given}


_WEIGHT = [Outcome.IGNORED, Outcome.PLACED, Outcome.SEPARATED, Outcome.GIVEN, Outcome.MOVED, Outcome.COUNTS]


@value
class Attendance:
    """One person's presence in one study session."""

    attendee: int
    study_session: int
    first: UUID
    first_at: datetime
    site: int
    device: int
    flagged: bool
    duplicates: int
    last_seen_at: datetime
    last_out: datetime | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that a person has to look at; found in the set alone, so that it is found in every order."""

    kind: CaseKind
    study_session: int | None
    attendee: int | None = None
    scan: UUID | None = None
    device: int | None = None

    @property
    def key(self) -> str:
        """What a case is about, so that the same thing opens one case only."""
        return f"{self.kind}:{self.study_session}:{self.attendee}:{self.scan}:{self.device}"


def standing(facts: Iterable[Fact]) -> list[Fact]:
    """The scans that are not undone. An undo can itself be undone, and may come before its target."""
    facts = set(facts)
    undos: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind is ItemKind.UNDO and fact.target is not None:
            undos[fact.target].append(fact)
    return [fact for fact in facts if fact.kind is ItemKind.SCAN and not _is_undone(fact, undos)]


def _is_undone(scan: Fact, undos: Mapping[UUID, list[Fact]]) -> bool:
    """Whether an undo of the scan stands. Only the door that scanned may take it back.

    Undos that target each other in a circle never lead to a scan and so undo nothing; the walk starts at a
    scan and therefore meets a tree, however deep.
    """
    if scan.id not in undos:
        return False
    order: list[Fact] = [scan]
    for fact in order:
        order.extend(undo for undo in undos.get(fact.id, ()) if undo.site == scan.site)
    undone: dict[UUID, bool] = {}
    for fact in reversed(order):
        by = [undo for undo in undos.get(fact.id, ()) if undo.site == scan.site]
        undone[fact.id] = any(not undone[undo.id] for undo in by)
    return undone[scan.id]


def handings(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    """Spare badge -> the scans with which it was handed to somebody and that stand, in the order of their time."""
    handed: dict[int, list[Fact]] = defaultdict(list)
    for fact in standing(facts):
        if fact.spare_handed is not None and fact.is_evidence:
            handed[fact.spare_handed].append(fact)
    return {spare: sorted(each, key=_moment) for spare, each in handed.items()}


def handing_before(handed: Iterable[Fact], moment: tuple[datetime, int, UUID]) -> Fact | None:
    """Of the handings of one spare badge, in order, the last until then: from it on the badge is that person's."""
    found = None
    for fact in handed:
        if _moment(fact) > moment:
            break
        found = fact
    return found


def attributed(facts: Iterable[Fact]) -> list[Fact]:
    """The facts, each reading of a spare badge as that of whoever was handed it last before; else of nobody."""
    facts = list(facts)
    if all(fact.spare_read is None for fact in facts):
        return facts
    handed = handings(facts)
    return [fact if fact.spare_read is None else _as_of_holder(fact, handed.get(fact.spare_read, ())) for fact in facts]


def _as_of_holder(fact: Fact, handed: Iterable[Fact]) -> Fact:
    """A reading as its holder's. What was said at receipt was said of whoever had the badge by what was known then."""
    handing = handing_before(handed, _moment(fact))
    holder = None if handing is None or handing.pair is None else handing.pair[0]
    if handing is None or holder is None or fact.failure is not None:  # what failed is nobody's
        verdict = Verdict.CLOSED if fact.verdict is Verdict.CLOSED else Verdict.SPARE
        return replace(fact, attendee=None, is_elsewhere=False, verdict=verdict)
    is_elsewhere = fact.site != handing.site
    bar = _bar_of(fact, handing, holder)
    is_other_session = fact.is_other_session if fact.attendee == holder else bar is Verdict.OTHER_SESSION
    if fact.verdict is Verdict.CLOSED:
        verdict = Verdict.CLOSED  # to whoever holds it
    elif bar is not None and not (bar is Verdict.OTHER_SESSION and fact.is_guest):
        verdict = bar
    else:
        verdict = Verdict.OTHER_SITE if is_elsewhere and not fact.is_guest else Verdict.ACCEPTED
    return replace(fact, attendee=holder, is_elsewhere=is_elsewhere, is_other_session=is_other_session, verdict=verdict)


def _bar_of(fact: Fact, handing: Fact, holder: int) -> Verdict | None:
    """Why the holder was not to come in: as the reading was answered, when it was known to be theirs; else as the
    roster said when they were handed the badge."""
    if fact.attendee == holder:
        return fact.verdict if fact.verdict in BARS else None
    if handing.attendee != holder or fact.study_session is None:
        return None  # a decision names the holder, and decided that they are let in
    return bars_read(handing.spare_bars).get(fact.study_session)


def _moment(fact: Fact) -> tuple[datetime, int, UUID]:
    return (fact.t, fact.device, fact.id)


def attendance_of(facts: Iterable[Fact]) -> dict[Pair, Attendance]:
    """Who was present where, first when, by the published rule."""
    by_pair: dict[Pair, list[Fact]] = defaultdict(list)
    for fact in standing(attributed(facts)):
        if fact.is_evidence and fact.pair is not None:
            by_pair[fact.pair].append(fact)
    each = {pair: _attendance(pair, evidence) for pair, evidence in by_pair.items()}
    return {pair: one for pair, one in each.items() if one is not None}


def attendance_of_scans(pair: Pair, scans: Iterable[Fact]) -> Attendance | None:
    """What ``attendance_of`` says of one pair from its distinct scans, none of which is undone: nearly always."""
    return _attendance(pair, [fact for fact in scans if fact.is_evidence])


def _attendance(pair: Pair, evidence: list[Fact]) -> Attendance | None:
    seen = [fact for fact in evidence if fact.direction is not Direction.OUT]
    if not seen:
        return None  # going out alone is no presence
    first = seen[0] if len(seen) == 1 else min(seen, key=_order)
    return Attendance(
        attendee=pair[0],
        study_session=pair[1],
        first=first.id,
        first_at=first.t,
        site=first.site,
        device=first.device,
        flagged=first.flagged,
        duplicates=len(seen) - 1,
        last_seen_at=first.t if len(seen) == 1 else max(seen, key=lambda fact: fact.key).t,
        last_out=max((fact.t for fact in evidence if fact.direction is Direction.OUT), default=None),
    )


def _order(fact: Fact) -> tuple[bool, Key]:
    """The published order, after the place that a person decided on."""
    return (fact.ruling is not Outcome.PLACED, fact.key)


def disagreements_of(facts: Iterable[Fact]) -> set[Disagreement]:
    """What needs a person. Neither an undo nor a decision takes it back: nothing is closed silently."""
    facts = set(attributed(facts))
    found: set[Disagreement] = set()
    sites: dict[Pair, set[int]] = defaultdict(set)
    for fact in facts:
        if fact.kind is not ItemKind.SCAN:
            continue
        if fact.is_evidence_unruled and fact.direction is not Direction.OUT and fact.own_pair is not None:
            sites[fact.own_pair].add(fact.site)
        if fact.flagged:
            found.add(Disagreement(CaseKind.CLOCK, fact.study_session, device=fact.device))
        for kind in (_offline_mistake(fact), _taken_for(fact)):
            if kind is not None:
                found.add(Disagreement(kind, fact.study_session, fact.attendee, scan=fact.id))
    found |= {
        Disagreement(CaseKind.TWO_SITES, pair[1], attendee=pair[0]) for pair, where in sites.items() if len(where) > 1
    }
    return found | handed_twice(facts)


def handed_twice(facts: Iterable[Fact]) -> set[Disagreement]:
    """Each time that a spare badge was handed to somebody after it had been handed to somebody else."""
    handed: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.spare_handed is not None and fact.is_evidence_unruled:
            handed[fact.spare_handed].append(fact)
    found: set[Disagreement] = set()
    for each in handed.values():
        each.sort(key=_moment)
        for place, fact in enumerate(each):
            if any(before.attendee != fact.attendee for before in each[:place]):
                found.add(Disagreement(CaseKind.SPARE, fact.study_session, fact.attendee, scan=fact.id))
    return found


def _offline_mistake(fact: Fact) -> CaseKind | None:
    """What a phone without a line let in and the server would not have."""
    if not fact.was_let_in_offline:
        return None
    if fact.failure is not None:
        return CaseKind.UNKNOWN
    if fact.is_other_session and fact.verdict not in BARS - {Verdict.OTHER_SESSION}:
        return CaseKind.OTHER_SESSION if fact.was_let_in_unasked and not fact.is_guest else None
    if fact.verdict in BARS:
        return CaseKind(fact.verdict.value)
    if fact.verdict is Verdict.OTHER_SITE or (fact.is_elsewhere and not fact.is_guest):
        return CaseKind.OTHER_SITE
    return None


def _taken_for(fact: Fact) -> CaseKind | None:
    """Somebody without a ticket who is, by name and birth date or phone, one who is called elsewhere."""
    return CaseKind.WALK_IN if fact.is_walk_in and fact.is_elsewhere and fact.is_evidence_unruled else None
