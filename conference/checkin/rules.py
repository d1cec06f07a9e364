"""Decisions at the door: what a ticket means here and now, and how someone stands in a study session.

Everything is a pure function of plain data. ``static/js/lib/judge.js`` decides the same on the phone, proved
equal on thousands of shared cases; whoever changes ``judge`` changes both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from conference.foundation.values import value
from conference.registry.row_codes import read_row_code
from conference.registry.tickets import SPARE_FROM, Ticket, TicketFault

MOST_DIGITS_OF_A_NUMBER = 10


class Verdict(StrEnum):
    """Every answer a door can give; a closed list."""

    ACCEPTED = "accepted"
    LATE = "late"
    ALREADY_IN = "already_in"
    OTHER_SITE = "other_site"
    OTHER_SESSION = "other_session"
    NOT_SUMMONED = "not_summoned"
    REVOKED = "revoked"
    SUBSTITUTED = "substituted"
    TOO_EARLY = "too_early"
    CLOSED = "closed"
    SPARE = "spare"  # a spare badge that was handed to nobody yet
    UNKNOWN = "unknown"
    FORGED = "forged"
    INVALID = "invalid"
    CONFLICT = "conflict"


class Method(StrEnum):
    """How a ticket or a person was read."""

    CAMERA = "camera"
    WEDGE = "wedge"
    TYPED = "typed"
    NAME = "name"
    IMAGE = "image"
    PAPER = "paper"
    SELF = "self"
    ONLINE = "online"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    SPOT = "spot"


class ItemKind(StrEnum):
    SCAN = "scan"
    UNDO = "undo"
    WALK_IN = "walk_in"  # somebody without a ticket, with name and birth date instead


class Decision(StrEnum):
    """What the host decided about someone of another site."""

    GUEST = "guest"
    MOVE = "move"


class Failure(StrEnum):
    """Why an item can never become presence."""

    MALFORMED_ITEM = "malformed_item"
    MALFORMED_TICKET = "malformed_ticket"
    FORGED_TICKET = "forged_ticket"
    UNKNOWN_TICKET = "unknown_ticket"
    OTHER_CONFERENCE = "other_conference"
    UNKNOWN_SESSION = "unknown_session"


class CaseKind(StrEnum):
    """What disagrees and is brought to a person."""

    TWO_SITES = "two_sites"
    REVOKED = "revoked"
    NOT_SUMMONED = "not_summoned"
    SUBSTITUTED = "substituted"
    OTHER_SESSION = "other_session"
    CLOSED = "closed"
    OTHER_SITE = "other_site"
    UNKNOWN = "unknown"
    CLOCK = "clock"
    WALK_IN = "walk_in"
    MOVE = "move"
    NO_SEAT = "no_seat"
    SPARE = "spare"  # one spare badge was handed to several people


class CaseState(StrEnum):
    OPEN = "open"
    DECIDED = "decided"


class Outcome(StrEnum):
    """What a person decided about a case; a fact among those that attendance is worked out from."""

    COUNTS = "counts"  # the scans count, whatever the roster said of them
    IGNORED = "ignored"  # they don't
    PLACED = "placed"  # of several places, the person was where these scans were made
    MOVED = "moved"  # they count, and the person belongs to this site from now on
    GIVEN = "given"  # they count, for the person who is named
    SEPARATED = "separated"  # they count, for somebody else of the same name, who is added
    TAKEN_BACK = "taken_back"  # nothing is decided any more


_IN_OR_NOT = (Outcome.COUNTS, Outcome.IGNORED)
OUTCOMES: dict[CaseKind, tuple[Outcome, ...]] = {
    CaseKind.TWO_SITES: (Outcome.PLACED,),
    CaseKind.REVOKED: _IN_OR_NOT,
    CaseKind.NOT_SUMMONED: _IN_OR_NOT,
    CaseKind.SUBSTITUTED: _IN_OR_NOT,
    CaseKind.OTHER_SESSION: _IN_OR_NOT,
    CaseKind.CLOSED: _IN_OR_NOT,
    CaseKind.OTHER_SITE: (Outcome.COUNTS, Outcome.MOVED, Outcome.IGNORED),
    CaseKind.UNKNOWN: (Outcome.GIVEN, Outcome.IGNORED),
    CaseKind.CLOCK: _IN_OR_NOT,
    CaseKind.WALK_IN: (Outcome.COUNTS, Outcome.SEPARATED, Outcome.IGNORED),
    CaseKind.MOVE: (Outcome.COUNTS, Outcome.MOVED),
    CaseKind.NO_SEAT: _IN_OR_NOT,
    CaseKind.SPARE: _IN_OR_NOT,
}
"""What may be decided about each kind of case."""


class Status(StrEnum):
    """How an attendee stands in a study session. Always derived, never typed over."""

    NOT_SEEN = "not_seen"
    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"
    SUBSTITUTED = "substituted"


BETWEEN_SESSIONS = 30 * 60_000
"""So long (ms) after a study session a door still counts in it, unless the next one opens its doors before."""

BY_HAND = frozenset({Method.TYPED, Method.NAME, Method.PAPER})
"""Ways that may name an attendee by number: what is printed on the badge, or found by name."""

LETS_IN = frozenset({Verdict.ACCEPTED, Verdict.LATE, Verdict.ALREADY_IN, Verdict.TOO_EARLY})
"""Verdicts after which a host lets someone in (or has noted them at the door already)."""

BARS = frozenset({Verdict.REVOKED, Verdict.NOT_SUMMONED, Verdict.SUBSTITUTED, Verdict.OTHER_SESSION, Verdict.CLOSED})
"""Refused live. When an offline phone, not knowing, let the person in, it counts and a person looks at it."""


NOT_LET_IN = BARS | {Verdict.OTHER_SITE}
"""Verdicts of a live scan that is no presence; of a person of another site or session the host decides first."""


@value
class Claim:
    """Who is said to stand at the door: what a ticket says, or just a number that was typed or looked up."""

    attendee: int
    conference: int | None = None
    site: int | None = None
    issue: int | None = None

    @property
    def spare(self) -> int | None:
        """The spare badge that this is, as one number for site and badge; None for somebody's own ticket."""
        if self.site is None or self.attendee < SPARE_FROM:
            return None
        return self.site * SPARE_FROM + self.attendee - SPARE_FROM


@value
class Entry:
    """One line of the roster, as server and phone both hold it."""

    number: int
    site: int
    issue: int = 1
    reissued_at: int | None = None  # ms; when the current issue replaced the one before
    withdrawn: bool = False
    substituted: frozenset[int] = frozenset()  # study sessions to which somebody else was sent instead
    sessions: frozenset[int] | None = None  # study sessions the person is called to; none: to all

    def is_called_to(self, study_session: int) -> bool:
        return self.sessions is None or study_session in self.sessions

    def handed(self, *, site: int, study_session: int) -> Entry:
        """The line as it is for a spare badge that was handed over there and then: there it is good."""
        sessions = None if self.sessions is None else self.sessions | {study_session}
        return replace(self, site=site, sessions=sessions)


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """A study session as a door sees it; moments in milliseconds since 1970, as in the browser."""

    id: int
    conference: int
    day_from: int  # the calendar day in the conference's zone: from, and until just before
    day_until: int
    doors_open_at: int
    starts_at: int
    ends_at: int
    late_after_minutes: int
    closed_at: int | None = None  # at this site

    def holds(self, t: int) -> bool:
        return self.day_from <= t < self.day_until


@value
class Seen:
    """An earlier presence of the same person in the same study session."""

    site: int
    at: int


def spare_number(spare: int) -> int:
    """The number that is printed on a spare badge."""
    return spare % SPARE_FROM


def claim_of(reading: Ticket | TicketFault) -> Claim | TicketFault:
    if isinstance(reading, TicketFault):
        return reading
    return Claim(reading.attendee, reading.conference, reading.site, reading.issue)


def number_given(text: str, method: Method) -> int | None:
    """The attendee's number, where the way of reading may give one instead of a ticket."""
    if method in BY_HAND and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS_OF_A_NUMBER:
        return int(text)
    return None


def claim_by_hand(text: str, method: Method) -> Claim | None:
    """Who is meant, where the way of reading may name somebody without a ticket: by number, or by a signed row."""
    number = number_given(text, method)
    if number is not None:
        return Claim(number)
    row = read_row_code(text) if method is Method.PAPER else None
    return Claim(row.attendee, row.conference) if row is not None else None


def judge(
    claim: Claim | TicketFault,
    *,
    entry: Entry | None,
    session: SessionTimes | None,
    site: int,
    t: int,
    direction: Direction,
    is_guest: bool,
    seen: Seen | None,
    knows_all_sites: bool,
) -> Verdict:
    """What the door says to this claim at the moment ``t`` (corrected device time, ms).

    ``seen`` is the presence that stands so far, when it is earlier than this one. A phone holds the roster of
    its own site only (``knows_all_sites`` is False): a genuine ticket that it can't find belongs elsewhere. Of a
    spare badge ``entry`` is whoever it was handed to, at the site and in the study session where that happened.
    Somebody of another site or of another study session (as where people come in waves) comes in as the host's guest.
    """
    if claim is TicketFault.MALFORMED:
        return Verdict.INVALID
    if claim is TicketFault.FORGED:
        return Verdict.FORGED
    if session is None:
        return Verdict.UNKNOWN
    if claim.conference is not None and claim.conference != session.conference:
        return Verdict.NOT_SUMMONED
    is_spare = claim.spare is not None
    if entry is None and not is_spare:
        belongs_elsewhere = not knows_all_sites and claim.site is not None and claim.site != site
        if not belongs_elsewhere:
            return Verdict.UNKNOWN
    is_on_its_day = session.holds(t)
    is_closed = is_on_its_day and session.closed_at is not None and t >= session.closed_at
    if is_closed and is_spare:  # asked first: it is so whoever the badge turns out to be of
        return Verdict.CLOSED
    if entry is not None and (barred := _barred(claim, entry, session, t)):
        return barred
    if is_closed:
        return Verdict.CLOSED
    if entry is None and is_spare:
        return Verdict.SPARE
    if seen is not None and seen.site == site and direction is Direction.IN:
        return Verdict.ALREADY_IN
    if entry is not None and not is_guest and not entry.is_called_to(session.id):
        return Verdict.OTHER_SESSION
    if (entry is None or entry.site != site) and not is_guest:
        return Verdict.OTHER_SITE
    if direction is not Direction.IN:
        return Verdict.ACCEPTED
    if seen is not None:
        return Verdict.ALREADY_IN
    if not is_on_its_day:  # the clock is wrong, and nothing can be said about early or late
        return Verdict.ACCEPTED
    if t < session.doors_open_at:
        return Verdict.TOO_EARLY
    return Verdict.LATE if minutes_late(session, t) is not None else Verdict.ACCEPTED


def _barred(claim: Claim, entry: Entry, session: SessionTimes, t: int) -> Verdict | None:
    if not entry.withdrawn and claim.issue is not None and claim.spare is None and claim.issue < entry.issue:
        was_still_good = claim.issue == entry.issue - 1 and entry.reissued_at is not None
        if not (was_still_good and entry.reissued_at is not None and t < entry.reissued_at):
            return Verdict.REVOKED
    return _barred_for_good(entry, session.id)


def _barred_for_good(entry: Entry, study_session: int) -> Verdict | None:
    if entry.withdrawn:
        return Verdict.NOT_SUMMONED
    return Verdict.SUBSTITUTED if study_session in entry.substituted else None


def barred_from(entry: Entry, study_session: int) -> Verdict | None:
    """Why somebody has no business in a study session, whatever is shown for them; None when they have."""
    bar = _barred_for_good(entry, study_session)
    return bar if bar is not None or entry.is_called_to(study_session) else Verdict.OTHER_SESSION


def bars_kept(entry: Entry, study_sessions: Iterable[int]) -> str | None:
    """Where somebody is barred from, as a line of text: ``12:not_summoned 13:other_session``; None: from nowhere."""
    barred = ((id, barred_from(entry, id)) for id in sorted(study_sessions))
    return " ".join(f"{id}:{bar.value}" for id, bar in barred if bar is not None) or None


def bars_read(kept: str | None) -> dict[int, Verdict]:
    """Study session -> the verdict that bars, of what ``bars_kept`` wrote."""
    parted = (one.split(":") for one in kept.split()) if kept else ()
    return {int(id): Verdict(bar) for id, bar in parted}


def minutes_late(session: SessionTimes, t: int) -> int | None:
    """Whole minutes since the start, or None for someone who is not late."""
    minutes = (t - session.starts_at) // 60_000
    return minutes if minutes >= session.late_after_minutes else None


def session_at(sessions: Sequence[SessionTimes], t: int) -> SessionTimes:
    """The study session that a door counts in at ``t``: of that day's the last that has begun to receive people.

    A session receives people from its doors on, or half an hour after the one before it has ended: who is early
    for the afternoon must not become late for the morning. On a day without one it is the next, and after all of
    them the last. ``sessions`` is in order of time and not empty.
    """
    today = [one for one in sessions if one.holds(t)]
    if not today:
        return next((one for one in sessions if one.starts_at > t), sessions[-1])
    found = today[0]
    for before, one in pairwise(today):
        if t >= min(one.doors_open_at, before.ends_at + BETWEEN_SESSIONS):
            found = one
    return found


def failure_of(verdict: Verdict, claim: Claim | TicketFault, session: SessionTimes | None) -> Failure | None:
    """The reason for which a judged scan can never become presence, or None when it may."""
    if verdict is Verdict.INVALID:
        return Failure.MALFORMED_TICKET
    if verdict is Verdict.FORGED:
        return Failure.FORGED_TICKET
    if session is None:
        return Failure.UNKNOWN_SESSION
    if verdict is Verdict.UNKNOWN:
        return Failure.UNKNOWN_TICKET
    if isinstance(claim, Claim) and claim.conference not in (None, session.conference):
        return Failure.OTHER_CONFERENCE
    return None


@dataclass(frozen=True, slots=True)
class Lateness:
    """From how many minutes after the start people count as late: at a door, and in the online room."""

    minutes: int
    online_minutes: int

    def of(self, method: Method | None) -> int:
        return self.online_minutes if method is Method.ONLINE else self.minutes


class Stay(Protocol):
    """What attendance says about one person in one study session."""

    @property
    def first_at(self) -> datetime: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def last_out(self) -> datetime | None: ...
    @property
    def flagged(self) -> bool: ...


def attendance_status(
    stay: Stay | None,
    *,
    starts_at: datetime,
    ends_at: datetime,
    late_after_minutes: int,
    is_substituted: bool = False,
    has_leave: bool = False,
    is_confirmed_absent: bool = False,
) -> Status:
    """How someone stands: who was seen is present, whatever was agreed; absent only when the host says so."""
    if stay is not None:
        if stay.last_out is not None and stay.last_seen_at < stay.last_out < ends_at:
            return Status.LEFT_EARLY
        is_late = stay.first_at >= starts_at + timedelta(minutes=late_after_minutes)
        return Status.LATE if is_late and not stay.flagged else Status.PRESENT
    if is_substituted:
        return Status.SUBSTITUTED
    if has_leave:
        return Status.EXCUSED
    return Status.UNEXCUSED if is_confirmed_absent else Status.NOT_SEEN


def milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
