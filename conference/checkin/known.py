"""What is known of the doors, people and scans that a group of deliveries touches: looked up once for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from conference.checkin.attendance import (
    Attendance,
    Fact,
    Pair,
    Ruling,
    attendance_of,
    attendance_of_scans,
    handing_before,
    handings,
    ruled,
)
from conference.checkin.decided import rulings_about, scans_of_spares, sharing_spares, tree_of
from conference.checkin.doors import dialect_of, raise_doors
from conference.checkin.forms import Delivery, ScanItem
from conference.checkin.looked_up import CalledPerson, CountingDevice
from conference.checkin.models import Device
from conference.checkin.queries import earliest, fact_of, session_times
from conference.checkin.rules import (
    Claim,
    Entry,
    ItemKind,
    Method,
    SessionTimes,
    claim_by_hand,
    claim_of,
    milliseconds,
)
from conference.checkin.statements import (
    BY_ID,
    BY_NUMBER,
    BY_TICKET,
    CLOSINGS,
    KNOWN,
    LOCK_ATTENDEES,
    LOCK_CONFERENCES,
    ROOTS,
    SESSIONS,
    SUBSTITUTES,
)
from conference.checkin.walk_ins import WalkIns
from conference.registry.called import sessions_of
from conference.registry.doubles.merged import kept_for
from conference.registry.substitutes import Sent, sent_by_attendee
from conference.registry.tickets import KeyRing, TicketFault
from conference.sites.rehearsals.queries import planned_at_doors
from conference.sites.rehearsals.rules import Planned, is_tried

LAST_DELIVERY = timedelta(days=30)
"""A token that has expired or was revoked may still deliver its queue for so long, and do nothing else."""


def has_ended(device: Device | CountingDevice, at: datetime) -> bool:
    return device.expires_at <= at or device.revoked_at is not None


def is_over_for_good(device: Device | CountingDevice, at: datetime) -> bool:
    ended = earliest(device.expires_at, device.revoked_at)
    return ended is not None and at > ended + LAST_DELIVERY


def _is_of(claim: Claim, key: tuple[int, int]) -> bool:
    return claim.attendee == key[1] and claim.conference in (None, key[0])


class Known:
    """Filled by ``take_doors`` and ``look_up``; grows with what is taken from the group itself."""

    def __init__(self, connection: Connection, keys: KeyRing) -> None:
        self.connection = connection
        self.keys = keys
        self.dialect: Any = dialect_of(connection)
        self.sessions: dict[int, Row[Any]] = {}
        self.closings: dict[tuple[int, int], datetime] = {}
        self.times: dict[tuple[int, int], SessionTimes | None] = {}
        self.common_times: dict[int, SessionTimes] = {}
        self.kept: dict[UUID, dict[str, Any]] = {}  # rows of scans, stored before or taken now
        self.by_ticket: dict[str, CalledPerson] = {}
        self.by_number: dict[tuple[int, int], CalledPerson] = {}
        self.by_id: dict[int, CalledPerson] = {}
        self.walk_ins = WalkIns(connection, keys)
        self.sent: dict[int, Sent] = {}
        self.with_waves: set[int] = set()  # conferences that have waves
        self.sessions_of_waves: dict[tuple[int, int | None], frozenset[int]] = {}
        self.claims: dict[int, Claim | TicketFault] = {}  # by the item itself: two may bear one id
        self.versions: dict[tuple[int, int], int] = {}
        self.roster_versions: dict[tuple[int, int], int] = {}
        self.facts: dict[Pair, list[Fact]] = defaultdict(list)
        self.methods: dict[UUID, Method] = {}
        # Undos that came before what they undo, or are about what was given away; what was read of spare badges.
        self.loose: list[Fact] = []
        self.handed: list[Fact] = []  # the scans with which spare badges went to somebody
        self.spares_read: dict[int, int] = {}  # by the item: the spare badge that was shown
        self.spares_handed: dict[int, int] = {}  # … or handed over
        self.given: dict[UUID, Pair] = {}  # scans that a person said are somebody's
        self.standing: dict[Pair, Attendance | None] = {}
        self.before: dict[Pair, Attendance | None] = {}
        self.planned: dict[tuple[int, int], list[Planned]] | None = None  # asked for when it is needed

    def rows(self, statement: Any, **values: Iterable[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(statement, {name: list(many) for name, many in values.items()}).all()

    def people(self, statement: Any, **values: Iterable[Any]) -> list[CalledPerson]:
        return list(map(CalledPerson._make, self.rows(statement, **values)))

    def is_only_tried(self, device: CountingDevice, moment: datetime) -> bool:
        """Whether a ticket is read here to try it, in a rehearsal; asked only of what is read on no session's day."""
        if self.planned is None:
            self.planned = planned_at_doors(self.versions)
        return is_tried(moment, self.planned[device.conference_id, device.site_id])

    def take_doors(self, devices: Sequence[CountingDevice]) -> None:
        """From here to the commit nothing else happens at these doors."""
        doors = {(device.conference_id, device.site_id) for device in devices}
        held = raise_doors(self.connection, doors)
        self.versions = {door: row.version for door, row in held.items()}
        self.roster_versions = {door: row.roster_version for door, row in held.items()}

    def look_up(self, deliveries: Sequence[tuple[Delivery, CountingDevice]]) -> None:
        conferences = {device.conference_id for _, device in deliveries}
        sites = {device.site_id for _, device in deliveries}
        self.sessions = {row.id: row for row in self.rows(SESSIONS, conferences=conferences)}
        self.with_waves = {row.conference_id for row in self.sessions.values() if row.wave_id is not None}
        closings = self.rows(CLOSINGS, conferences=conferences, sites=sites)
        self.closings = {(row.study_session_id, row.site_id): row.closed_at for row in closings}

        items = [
            (item, device) for delivery, device in deliveries for item in delivery.items if isinstance(item, ScanItem)
        ]
        ids = {item.id for delivery, _ in deliveries for item in delivery.items if item.id is not None}
        targets = {item.target for item, _ in items if item.target is not None}
        if targets:
            self.kept = {row.id: row._asdict() for row in self.rows(ROOTS, ids=ids | targets)}
        elif ids:
            self.kept = {row.id: row._asdict() for row in self.rows(KNOWN, ids=ids)}
        self._look_up_attendees([one for one in items if one[0].id not in self.kept] if self.kept else items)

        strangers = [
            (item.person, device.conference_id)
            for item, device in items
            if item.person is not None and item.id not in self.kept
        ]
        matched = self.walk_ins.look_up(strangers)
        spares = {*self.spares_read.values(), *self.spares_handed.values()}
        # An undo may be about a reading that was nobody's when it came, and is of whoever was handed the badge.
        spares |= {spare for row in self.kept.values() for spare in (row["spare_read"], row["spare_handed"])} - {None}
        if spares:  # one after the other: whose a badge is others decide too
            self.rows(LOCK_CONFERENCES, ids=sorted(conferences))
        # In one order for everybody, so that two processes never wait for each other in a circle.
        attendee_ids = {row["attendee_id"] for row in self.kept.values() if row["attendee_id"] is not None}
        attendee_ids |= matched
        found = [self.attendee_of(item, device) for item, device in items]
        attendee_ids |= {attendee.id for attendee in found if attendee is not None}
        has_spares = bool(spares) or any(row.has_spares for row in self.sessions.values())
        if has_spares:
            attendee_ids = sharing_spares(self.connection, attendee_ids, spares)
        self._look_up_substitutes(attendee_ids)
        if self.dialect is postgresql and attendee_ids:
            self.rows(LOCK_ATTENDEES, ids=attendee_ids)
        rulings = self._look_up_rulings(attendee_ids, targets)
        if given := {one.given_to[0] for one in rulings if one.given_to is not None} - attendee_ids:
            attendee_ids |= given
            if self.dialect is postgresql:
                self.rows(LOCK_ATTENDEES, ids=given)
            rulings = self._look_up_rulings(attendee_ids, targets)
        about_spares = scans_of_spares(self.connection, attendee_ids, spares) if has_spares else set()
        if about_spares:
            rulings = self._look_up_rulings(attendee_ids, targets | about_spares)
        rows = tree_of(self.connection, attendee_ids, ids, rulings, also=about_spares)
        facts = ruled([fact_of(row) for row in rows], rulings)
        self.handed = [fact for fact in facts if fact.spare_handed is not None]
        for fact in facts:
            if fact.pair is None or fact.spare_read is not None or (self._is_apart and fact.kind is ItemKind.UNDO):
                self.loose.append(fact)
            else:
                self.facts[fact.pair].append(fact)
        self.methods |= {row.id: row.method for row in rows}
        missing = {row["attendee_id"] for row in self.kept.values()} - {None} - self.by_id.keys()
        missing |= {fact.attendee for fact in self.handed if fact.attendee is not None} - self.by_id.keys()
        if missing:
            self.by_id |= {row.id: row for row in self.people(BY_ID, ids=missing)}

    def _look_up_substitutes(self, attendee_ids: set[int]) -> None:
        conferences = {row.conference_id for row in self.sessions.values() if row.has_substitutes}
        if not conferences or not attendee_ids:
            return
        sessions = [row for row in self.sessions.values() if row.conference_id in conferences]
        self.sent = dict(sent_by_attendee(self.rows(SUBSTITUTES, ids=attendee_ids), sessions))

    def entry_of(self, attendee: CalledPerson) -> Entry:
        """The line of the roster that the server has for somebody."""
        reissued_at, sent = attendee.ticket_reissued_at, self.sent.get(attendee.id)
        return Entry(
            number=attendee.number,
            site=attendee.site_id,
            issue=attendee.ticket_issue,
            reissued_at=None if reissued_at is None else milliseconds(reissued_at),
            withdrawn=attendee.withdrawn_at is not None,
            substituted=frozenset(sent.replaced_in) if sent else frozenset(),
            sessions=frozenset(sent.sent_to) if sent and sent.sent_to else self._sessions_of(attendee),
        )

    def sessions_of(self, device: CountingDevice) -> list[int]:
        """The study sessions of the device's conference."""
        return [row.id for row in self.sessions.values() if row.conference_id == device.conference_id]

    def _sessions_of(self, attendee: CalledPerson) -> frozenset[int] | None:
        """The study sessions of the attendee's wave and of everybody; None where there are no waves."""
        key = (attendee.conference_id, attendee.wave_id)
        if attendee.conference_id in self.with_waves and key not in self.sessions_of_waves:
            own = sessions_of(attendee.wave_id, self.sessions.values())
            self.sessions_of_waves[key] = frozenset(row.id for row in own if row.conference_id == key[0])
        return self.sessions_of_waves.get(key)

    def _look_up_rulings(self, attendee_ids: set[int], scans: set[UUID]) -> list[Ruling]:
        """SQLite has one writer, so that the first decision of a conference can't come in between."""
        if self.dialect is sqlite and not any(row.has_rulings for row in self.sessions.values()):
            return []
        found = rulings_about(self.connection, attendee_ids, scans)
        self.given = {one.scan: one.given_to for one in found if one.given_to is not None}
        return found

    def _look_up_attendees(self, items: Sequence[tuple[ScanItem, CountingDevice]]) -> None:
        scans = [(item, device) for item, device in items if item.kind is ItemKind.SCAN]
        tickets = {item.ticket for item, _ in scans if _may_be_ticket(item.ticket)}
        if tickets:
            self.by_ticket = {row.ticket: row for row in self.people(BY_TICKET, tickets=tickets) if row.ticket}
        numbers: set[int] = set()
        conferences: set[int] = set()
        for item, device in scans:
            row = self.by_ticket.get(item.ticket)
            claim: Claim | TicketFault
            if row is not None:  # equal to the stored one: its signature needs no second look
                claim = Claim(row.number, row.conference_id, row.site_id, row.ticket_issue)
                self.by_number[row.conference_id, row.number] = row
                self.by_id[row.id] = row
            else:
                claim = claim_by_hand(item.ticket, item.method) or claim_of(self.keys.read(item.ticket))
                if isinstance(claim, Claim) and claim.conference in (None, device.conference_id):
                    numbers.add(claim.attendee)
                    conferences.add(device.conference_id)
            self.claims[id(item)] = claim
            if isinstance(claim, Claim) and claim.spare is not None and claim.conference == device.conference_id:
                self.spares_read[id(item)] = claim.spare
        for item, device in items:
            if id(item) in self.spares_read:
                continue  # whose one badge is must not hang on whose another is
            given = claim_of(self.keys.read(item.spare)) if item.spare is not None else None
            if isinstance(given, Claim) and given.spare is not None and given.conference == device.conference_id:
                self.spares_handed[id(item)] = given.spare
        numbers = {number for number in numbers if number < 2**31}
        if numbers:
            for row in self.people(BY_NUMBER, conferences=conferences, numbers=numbers):
                self.by_number[row.conference_id, row.number] = row
                self.by_id[row.id] = row
        self._follow_merged()

    def _follow_merged(self) -> None:
        """A ticket of a line that was merged with another is good for that one; asked only of who is off the list."""
        off = {key: row for key, row in self.by_number.items() if row.withdrawn_at is not None}
        kept_ids = kept_for([row.id for row in off.values()]) if off else {}
        if not kept_ids:
            return
        kept = {row.id: row for row in self.people(BY_ID, ids=set(kept_ids.values()))}
        self.by_id |= kept
        for key, row in off.items():
            if row.id in kept_ids:
                self.by_number[key] = kept[kept_ids[row.id]]
        for item, claim in self.claims.items():
            for key, row in off.items():
                if isinstance(claim, Claim) and _is_of(claim, key) and claim.issue in (None, row.ticket_issue):
                    current = self.by_number[key]
                    self.claims[item] = Claim(claim.attendee, claim.conference, current.site_id, current.ticket_issue)

    def attendee_of(self, item: ScanItem, device: CountingDevice) -> CalledPerson | None:
        claim = self.claims.get(id(item))
        if not isinstance(claim, Claim) or claim.conference not in (None, device.conference_id):
            return None
        return self.by_number.get((device.conference_id, claim.attendee))

    def holder_of(self, item: ScanItem, device: CountingDevice) -> Fact | None:
        """Of a spare badge that is shown: the scan with which it was handed to whose it is then."""
        handed = handings([*self.handed, *self.loose]).get(self.spares_read[id(item)], ())
        return handing_before(handed, (item.t, device.id, item.id))

    def times_of(self, study_session_id: int | None, device: CountingDevice) -> SessionTimes | None:
        """The study session for this door; None when it is not one of its conference."""
        key = (study_session_id or 0, device.site_id)
        if key not in self.times:
            row = self.sessions.get(study_session_id or 0)
            if row is None or row.conference_id != device.conference_id:
                self.times[key] = None
            else:
                closing = self.closings.get((row.id, device.site_id))
                self.times[key] = (
                    self._times_of_all(row, device) if closing is None else self._times(row, device, closing)
                )
        return self.times[key]

    def _times_of_all(self, row: Row[Any], device: CountingDevice) -> SessionTimes:
        """As at every door whose host has not closed; the devices of one conference share zone and rules."""
        if row.id not in self.common_times:
            self.common_times[row.id] = self._times(row, device, None)
        return self.common_times[row.id]

    def _times(self, row: Row[Any], device: CountingDevice, closing: datetime | None) -> SessionTimes:
        return session_times(
            row,
            timezone=device.timezone,
            late_after_minutes=device.late_after_minutes,
            closed_at=earliest(row.closed_at, closing),
        )

    def standing_of(self, pair: Pair) -> Attendance | None:
        """The presence that stands so far, from everything known of the pair."""
        if pair not in self.standing:
            facts = self.facts.get(pair, [])
            if self.handed:
                self.standing[pair] = attendance_of({*facts, *self.loose, *self.handed}).get(pair)
            elif not facts:
                self.standing[pair] = None
            elif not self.loose and (len(facts) == 1 or all(fact.kind is ItemKind.SCAN for fact in facts)):
                self.standing[pair] = attendance_of_scans(pair, facts)
            else:
                self.standing[pair] = attendance_of([*facts, *self.loose]).get(pair)
        return self.standing[pair]

    def hold(self, pair: Pair) -> None:
        """Remember what stood before this group changes it."""
        if pair not in self.before:
            self.before[pair] = self.standing_of(pair)

    @property
    def _is_apart(self) -> bool:
        """Whether an undo may concern others than whose scan it undoes."""
        return bool(self.given or self.handed)

    def _of_spares(self, fact: Fact) -> set[Pair]:
        """Whose presence may be another one because of this fact about spare badges."""
        handed = [one.attendee for one in (*self.handed, fact) if one.spare_handed is not None and one.attendee]
        read = [one.study_session for one in (*self.loose, fact) if one.spare_read is not None and one.study_session]
        return {(attendee, session) for attendee in handed for session in read}

    def add(self, fact: Fact, method: Method | None = None) -> None:
        """One more fact, taken from the group itself."""
        is_undo = fact.kind is ItemKind.UNDO
        is_of_spares = fact.spare_read is not None or fact.spare_handed is not None or (is_undo and bool(self.handed))
        touched = self._of_spares(fact) if is_of_spares else set()
        if is_undo and self._is_apart:
            touched |= {*self.given.values(), *([fact.pair] if fact.pair else [])}
        for pair in touched:
            self.hold(pair)
            self.standing.pop(pair, None)
        if method is not None:
            self.methods[fact.id] = method
        if fact.spare_read is not None or (is_undo and self._is_apart):
            self.loose.append(fact)
            return
        if fact.pair is None:
            self.loose.append(fact)
            return
        self.hold(fact.pair)
        self.facts[fact.pair].append(fact)
        self.standing.pop(fact.pair, None)
        if fact.spare_handed is not None:
            self.handed.append(fact)


def _may_be_ticket(text: str) -> bool:
    """Only that is asked for: PostgreSQL would refuse a whole delivery for one code with a NUL in it."""
    return len(text) > 10 and text.isascii() and text.isdigit()
