"""The hot path: deliveries from many doors, kept and judged together in one transaction.

Core statements, a fixed number for a whole group of deliveries, because a check-in must cost tenths of a
millisecond. The caller commits, and only then tells any device anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from conference.checkin.attendance import (
    Attendance,
    Disagreement,
    Fact,
    Pair,
    attendance_of,
    attendance_of_one,
    disagreements_of,
)
from conference.checkin.forms import Delivery, DeviceReport, MalformedItem, ScanItem, kept_text
from conference.checkin.models import Attendance as AttendanceRow
from conference.checkin.models import Case, Device, DoorVersion, QuarantinedScan, Scan, SiteClosing
from conference.checkin.queries import earliest, fact_of, session_times
from conference.checkin.rules import (
    BARS,
    LETS_IN,
    CaseState,
    Claim,
    Decision,
    Direction,
    Entry,
    Failure,
    ItemKind,
    Method,
    Seen,
    SessionTimes,
    Verdict,
    claim_of,
    failure_of,
    judge,
    milliseconds,
    minutes_late,
    number_given,
)
from conference.checkin.signals import site_counted
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.db_bulk import write_many
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee
from conference.registry.tickets import KeyRing, TicketFault
from conference.sites.models import Site

LAST_DELIVERY = timedelta(days=30)
"""A token that has expired or was revoked may still deliver its queue for so long, and do nothing else."""

DEVICE_NOTED_EVERY = timedelta(seconds=20)
MOST_CHANGES = 2_000

_scans = Scan.__table__
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_sites: BindParameter[Any] = bindparam("sites", expanding=True)
_conferences: BindParameter[Any] = bindparam("conferences", expanding=True)

DEVICES = select(
    Device.id,
    Device.token_hash,
    Device.conference_id,
    Device.site_id,
    Device.expires_at,
    Device.revoked_at,
    Device.last_seen_at,
    Conference.timezone,
    Conference.late_after_minutes,
    Site.name.label("site_name"),
).where(Device.id.in_(_ids), Conference.id == Device.conference_id, Site.id == Device.site_id)

SESSIONS = select(StudySession.__table__).where(StudySession.conference_id.in_(_conferences))
CLOSINGS = (
    select(SiteClosing.study_session_id, SiteClosing.site_id, SiteClosing.closed_at)
    .join(StudySession, StudySession.id == SiteClosing.study_session_id)
    .where(StudySession.conference_id.in_(_conferences), SiteClosing.site_id.in_(_sites))
)
KNOWN = select(_scans).where(Scan.id.in_(_ids))

_attendees = (
    select(
        Attendee.id,
        Attendee.conference_id,
        Attendee.number,
        Attendee.site_id,
        Attendee.ticket,
        Attendee.ticket_issue,
        Attendee.ticket_reissued_at,
        Attendee.withdrawn_at,
        Attendee.seat,
        Attendee.position,
        Person.full_name,
        Unit.name.label("unit_name"),
        Site.name.label("site_name"),
    )
    .join(Person, Person.id == Attendee.person_id)
    .join(Unit, Unit.id == Attendee.unit_id)
    .join(Site, Site.id == Attendee.site_id)
)
BY_TICKET = _attendees.where(Attendee.ticket.in_(bindparam("tickets", expanding=True)))
BY_NUMBER = _attendees.where(
    Attendee.conference_id.in_(_conferences), Attendee.number.in_(bindparam("numbers", expanding=True))
)
BY_ID = _attendees.where(Attendee.id.in_(_ids))
LOCK_ATTENDEES = select(Attendee.id).where(Attendee.id.in_(_ids)).order_by(Attendee.id).with_for_update(key_share=True)

# All facts of some attendees, with every undo below them, also those that came before what they undo.
_tree = (
    select(_scans)
    .where(or_(Scan.attendee_id.in_(_ids), Scan.target.in_(bindparam("targets", expanding=True))))
    .cte("tree", recursive=True)
)
_below = aliased(_scans)
TREE = select(_tree.union(select(_below).join(_tree, _below.c.target == _tree.c.id)))

# From an undo up to the scan at its root; a circle ends, because a row is taken once.
_up = select(_scans).where(Scan.id.in_(_ids)).cte("up", recursive=True)
_above = aliased(_scans)
ROOTS = select(_up.union(select(_above).join(_up, _above.c.id == _up.c.target)))

PRESENT = (
    select(AttendanceRow.site_id, AttendanceRow.study_session_id, func.count().label("present"))
    .where(
        AttendanceRow.study_session_id.in_(bindparam("study_sessions", expanding=True)),
        AttendanceRow.site_id.in_(_sites),
    )
    .group_by(AttendanceRow.site_id, AttendanceRow.study_session_id)
)
CHANGES = (
    select(
        Scan.attendee_id,
        Scan.study_session_id,
        Attendee.number,
        AttendanceRow.first_at,
        AttendanceRow.site_id,
    )
    .join(Attendee, Attendee.id == Scan.attendee_id)
    .outerjoin(
        AttendanceRow,
        (AttendanceRow.attendee_id == Scan.attendee_id) & (AttendanceRow.study_session_id == Scan.study_session_id),
    )
    .where(Scan.site_id == bindparam("site"), Scan.version > bindparam("cursor"))
    .distinct()
    .limit(MOST_CHANGES)
)
NOTE_DEVICE = update(Device.__table__).where(Device.id == bindparam("device")).values(last_seen_at=bindparam("seen_at"))
RAISE_DOOR = (
    update(DoorVersion.__table__)
    .where(DoorVersion.conference_id == bindparam("conference"), DoorVersion.site_id == bindparam("site"))
    .values(version=DoorVersion.version + 1)
)
VERSIONS = select(DoorVersion.__table__).where(DoorVersion.site_id.in_(_sites))
INSERT_SCANS = insert(_scans)
CASES = select(Case.id, Case.key).where(Case.key.in_(bindparam("keys", expanding=True)))
LABELS = select(Device.id, Device.label, Site.name.label("site_name")).join(Site, Site.id == Device.site_id)
LABELS_OF = LABELS.where(Device.id.in_(_ids))


@dataclass(slots=True)
class ItemAnswer:
    """What became of one item; durable once the transaction is."""

    id: str | None
    status: int
    verdict: Verdict
    counts: bool = False
    attendee: dict[str, Any] | None = None
    first_seen: dict[str, Any] | None = None
    minutes_late: int | None = None
    case: int | None = None
    row: dict[str, Any] | None = None  # what was kept; not told

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "verdict": self.verdict.value,
            "counts": self.counts,
            "attendee": self.attendee,
            "first_seen": self.first_seen,
            "minutes_late": self.minutes_late,
            "case": self.case,
        }


@dataclass(slots=True)
class DeliveryAnswer:
    """What one device is told: its items, and what it has not seen of its own door."""

    items: list[ItemAnswer] = field(default_factory=list)
    cursor: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    headcounts: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self, server_time: datetime) -> dict[str, Any]:
        return {
            "items": [item.as_json() for item in self.items],
            "cursor": self.cursor,
            "changes": self.changes,
            "headcounts": self.headcounts,
            "server_time": iso(server_time),
        }


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def receive_scans(deliveries: Sequence[Delivery], *, keys: KeyRing, at: datetime) -> list[DeliveryAnswer | DomainError]:
    """Keep each item once and answer each by itself. Safe to repeat, in any order. Announces ``site_counted``.

    One answer for each delivery, in their order; a device whose time is over for good gets a ``DomainError`` of
    its own and troubles nobody else.
    """
    return _Receiving(db.session.connection(), keys, at).receive(deliveries)


class _Receiving:
    """One group of deliveries on its way into the database."""

    def __init__(self, connection: Connection, keys: KeyRing, at: datetime) -> None:
        self.connection = connection
        self.keys = keys
        self.at = at
        self.dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
        self.sessions: dict[int, Row[Any]] = {}
        self.closings: dict[tuple[int, int], datetime] = {}
        self.times: dict[tuple[int, int], SessionTimes | None] = {}
        self.known: dict[UUID, dict[str, Any]] = {}
        self.by_ticket: dict[str, Row[Any]] = {}
        self.by_number: dict[tuple[int, int], Row[Any]] = {}
        self.by_id: dict[int, Row[Any]] = {}
        self.claims: dict[UUID, Claim | TicketFault] = {}
        self.versions: dict[tuple[int, int], int] = {}
        self.facts: dict[Pair, list[Fact]] = defaultdict(list)
        self.loose: list[Fact] = []
        self.standing: dict[Pair, Attendance | None] = {}
        self.before: dict[Pair, Attendance | None] = {}
        self.new_rows: list[dict[str, Any]] = []
        self.quarantine: list[dict[str, Any]] = []
        self.methods: dict[UUID, Method] = {}

    def receive(self, deliveries: Sequence[Delivery]) -> list[DeliveryAnswer | DomainError]:
        devices = {row.id: row for row in self._rows(DEVICES, ids={one.device_id for one in deliveries})}
        answers: list[DeliveryAnswer | DomainError] = []
        taken: list[tuple[Delivery, Row[Any], DeliveryAnswer]] = []
        for delivery in deliveries:
            device = devices.get(delivery.device_id)
            is_known = device is not None and device.token_hash == delivery.token_hash
            if device is None or not is_known or self._is_over_for_good(device):
                answers.append(DomainError("device_ended"))
                continue
            answer = DeliveryAnswer()
            answers.append(answer)
            taken.append((delivery, device, answer))
        if not taken:
            return answers
        self._take_doors([device for _, device, _ in taken])
        self._look_up([(delivery, device) for delivery, device, _ in taken])
        for delivery, device, answer in taken:
            answer.items = [self._take(item, device) for item in delivery.items]
        self._write([device for _, device, _ in taken])
        self._note_devices(taken)
        self._tell(taken)
        return answers

    # ---- what is known already

    def _rows(self, statement: Any, **values: Iterable[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(statement, {name: list(many) for name, many in values.items()}).all()

    def _is_over_for_good(self, device: Row[Any]) -> bool:
        ended = earliest(device.expires_at, device.revoked_at)
        return ended is not None and self.at > ended + LAST_DELIVERY

    def _has_ended(self, device: Row[Any]) -> bool:
        return device.expires_at <= self.at or device.revoked_at is not None

    def _take_doors(self, devices: Sequence[Row[Any]]) -> None:
        """Raise the version of each door, in one order for everybody, and hold it until the commit."""
        doors = [
            {"conference": conference, "site": site}
            for conference, site in sorted({(device.conference_id, device.site_id) for device in devices})
        ]
        self.connection.execute(RAISE_DOOR, doors)
        sites = [door["site"] for door in doors]
        self.versions = {(row.conference_id, row.site_id): row.version for row in self._rows(VERSIONS, sites=sites)}
        missing = [door for door in doors if (door["conference"], door["site"]) not in self.versions]
        if missing:
            self.connection.execute(
                self.dialect.insert(DoorVersion.__table__).on_conflict_do_nothing(),
                [{"conference_id": door["conference"], "site_id": door["site"], "version": 0} for door in missing],
            )
            self._take_doors(devices)

    def _look_up(self, deliveries: Sequence[tuple[Delivery, Row[Any]]]) -> None:
        conferences = {device.conference_id for _, device in deliveries}
        sites = {device.site_id for _, device in deliveries}
        self.sessions = {row.id: row for row in self._rows(SESSIONS, conferences=conferences)}
        closings = self._rows(CLOSINGS, conferences=conferences, sites=sites)
        self.closings = {(row.study_session_id, row.site_id): row.closed_at for row in closings}

        items = [
            (item, device) for delivery, device in deliveries for item in delivery.items if isinstance(item, ScanItem)
        ]
        ids = {item.id for delivery, _ in deliveries for item in delivery.items if item.id is not None}
        targets = {item.target for item, _ in items if item.target is not None}
        if targets:
            self.known = {row.id: row._asdict() for row in self._rows(ROOTS, ids=ids | targets)}
        elif ids:
            self.known = {row.id: row._asdict() for row in self._rows(KNOWN, ids=ids)}
        self._look_up_attendees([(item, device) for item, device in items if item.id not in self.known])

        # In one order for everybody, so that two processes never wait for each other in a circle.
        attendee_ids = {row["attendee_id"] for row in self.known.values() if row["attendee_id"] is not None}
        for item, device in items:
            if (attendee := self._attendee_of(item.id, device)) is not None:
                attendee_ids.add(attendee.id)
        if self.dialect is postgresql and attendee_ids:
            self._rows(LOCK_ATTENDEES, ids=attendee_ids)
        for kept in self._rows(TREE, ids=attendee_ids, targets=ids):
            if kept.corrected_at is None:
                continue
            fact = fact_of(kept)
            if fact.pair is None:
                self.loose.append(fact)
            else:
                self.facts[fact.pair].append(fact)
                self.methods[fact.id] = kept.method
        missing = {row["attendee_id"] for row in self.known.values()} - {None} - self.by_id.keys()
        if missing:
            self.by_id |= {row.id: row for row in self._rows(BY_ID, ids=missing)}

    def _look_up_attendees(self, items: Sequence[tuple[ScanItem, Row[Any]]]) -> None:
        scans = [(item, device) for item, device in items if item.kind is ItemKind.SCAN]
        tickets = {item.ticket for item, _ in scans if item.ticket.isascii() and len(item.ticket) > 10}
        if tickets:
            self.by_ticket = {row.ticket: row for row in self._rows(BY_TICKET, tickets=tickets)}
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
                number = number_given(item.ticket, item.method)
                claim = Claim(number) if number is not None else claim_of(self.keys.read(item.ticket))
                if isinstance(claim, Claim) and claim.conference in (None, device.conference_id):
                    numbers.add(claim.attendee)
                    conferences.add(device.conference_id)
            self.claims[item.id] = claim
        numbers = {number for number in numbers if number < 2**31}
        if numbers:
            for row in self._rows(BY_NUMBER, conferences=conferences, numbers=numbers):
                self.by_number[row.conference_id, row.number] = row
                self.by_id[row.id] = row

    def _attendee_of(self, id: UUID, device: Row[Any]) -> Row[Any] | None:
        claim = self.claims.get(id)
        if not isinstance(claim, Claim) or claim.conference not in (None, device.conference_id):
            return None
        return self.by_number.get((device.conference_id, claim.attendee))

    def _times(self, study_session_id: int | None, device: Row[Any]) -> SessionTimes | None:
        """The study session for this door; None when it is not one of its conference."""
        key = (study_session_id or 0, device.site_id)
        if key not in self.times:
            row = self.sessions.get(study_session_id or 0)
            self.times[key] = (
                None
                if row is None or row.conference_id != device.conference_id
                else session_times(
                    row,
                    timezone=device.timezone,
                    late_after_minutes=device.late_after_minutes,
                    closed_at=earliest(row.closed_at, self.closings.get((row.id, device.site_id))),
                )
            )
        return self.times[key]

    # ---- one item

    def _take(self, item: ScanItem | MalformedItem, device: Row[Any]) -> ItemAnswer:
        if item.id is None:
            self._set_aside(item, device)
            return ItemAnswer(item.given_id, 400, Verdict.INVALID)
        row = self.known.get(item.id)
        if row is not None:
            if row["body_hash"] == item.body_hash:
                return self._answer_of(row, device)
            self._set_aside(item, device)
            return ItemAnswer(str(item.id), 409, Verdict.CONFLICT)
        if isinstance(item, MalformedItem):
            row = self._row_of_malformed(item.id, item, device)
        elif item.kind is ItemKind.UNDO:
            row = self._row_of_undo(item, device)
        else:
            row = self._row_of(item, device)
        self.known[item.id] = row
        self.new_rows.append(row)
        return self._answer_of(row, device)

    def _set_aside(self, item: ScanItem | MalformedItem, device: Row[Any]) -> None:
        self.quarantine.append(
            {
                "scan_id": item.id,
                "device_id": device.id,
                "conference_id": device.conference_id,
                "body": item.body,
                "body_hash": item.body_hash,
                "received_at": self.at,
            }
        )

    def _base_row(self, id: UUID, body_hash: bytes, device: Row[Any]) -> dict[str, Any]:
        return {
            "id": id,
            "kind": ItemKind.SCAN,
            "device_id": device.id,
            "site_id": device.site_id,
            "conference_id": device.conference_id,
            "attendee_id": None,
            "study_session_id": None,
            "ticket": "",
            "direction": Direction.IN,
            "method": Method.CAMERA,
            "scanned_at": None,
            "clock_offset_ms": 0,
            "corrected_at": None,
            "device_seq": None,
            "verdict_shown": None,
            "decision": None,
            "target": None,
            "body_hash": body_hash,
            "body": None,
            "flagged": False,
            "is_elsewhere": False,
            "verdict": Verdict.INVALID,
            "failure": None,
            "first_seen": None,
            "came_after_end": self._has_ended(device),
            "received_at": self.at,
            "version": self.versions[device.conference_id, device.site_id],
        }

    def _row_of_malformed(self, id: UUID, item: MalformedItem, device: Row[Any]) -> dict[str, Any]:
        row = self._base_row(id, item.body_hash, device)
        row.update(failure=Failure.MALFORMED_ITEM, body=item.body)
        return row

    def _sent_row(self, item: ScanItem, device: Row[Any]) -> dict[str, Any]:
        row = self._base_row(item.id, item.body_hash, device)
        row.update(
            kind=item.kind,
            ticket=kept_text(item.ticket),
            direction=item.direction,
            method=item.method,
            scanned_at=item.scanned_at,
            clock_offset_ms=item.clock_offset_ms,
            corrected_at=item.t,
            device_seq=item.device_seq,
            verdict_shown=item.verdict_shown,
            decision=item.decision,
            target=item.target,
        )
        return row

    def _row_of_undo(self, item: ScanItem, device: Row[Any]) -> dict[str, Any]:
        """An undo belongs to the pair of the scan at its root, as far as that is known; it may come later."""
        row = self._sent_row(item, device)
        root: dict[str, Any] | None = row
        passed: set[UUID] = set()
        while root is not None and root["attendee_id"] is None and root["target"] not in passed:
            passed.add(root["target"])
            root = self.known.get(root["target"]) if root["target"] else None
        if root is not None and root is not row:
            row.update(attendee_id=root["attendee_id"], study_session_id=root["study_session_id"])
        row["verdict"] = Verdict.ACCEPTED
        if root is not None and root["site_id"] != device.site_id:
            row["verdict"] = Verdict.OTHER_SITE  # kept, and without effect
        fact = self._fact(row)
        if fact.pair is None:
            self.loose.append(fact)
        else:
            self._hold(fact.pair)
            self.facts[fact.pair].append(fact)
            self.standing.pop(fact.pair, None)
        return row

    def _row_of(self, item: ScanItem, device: Row[Any]) -> dict[str, Any]:
        row = self._sent_row(item, device)
        session = self._times(item.study_session, device)
        claim = self.claims[item.id]
        attendee = self._attendee_of(item.id, device)
        t = milliseconds(item.t)
        row["flagged"] = session is not None and not session.holds(t)
        row["is_elsewhere"] = attendee is not None and attendee.site_id != device.site_id
        if session is not None:
            row["study_session_id"] = session.id
        if attendee is not None:
            row["attendee_id"] = attendee.id
        pair = (attendee.id, session.id) if attendee is not None and session is not None else None
        stands = self._standing(pair) if pair else None
        key = (row["flagged"], item.t, device.id, item.id)
        comes_after = stands is not None and (stands.flagged, stands.first_at, stands.device, stands.first) < key
        verdict = judge(
            claim,
            entry=_entry(attendee) if attendee is not None else None,
            session=session,
            site=device.site_id,
            t=t,
            direction=item.direction,
            is_guest=item.decision is Decision.GUEST,
            seen=Seen(stands.site, milliseconds(stands.first_at)) if stands and comes_after else None,
            knows_all_sites=True,
        )
        row["verdict"] = verdict
        row["failure"] = failure_of(verdict, claim, session)
        row["first_seen"] = stands.first if stands and comes_after else None
        if row["failure"] is not None:
            row["body"] = item.body
        elif pair is not None:
            self._hold(pair)
            self.facts[pair].append(self._fact(row))
            self.standing.pop(pair, None)
            self.methods[item.id] = item.method
        return row

    def _fact(self, row: dict[str, Any]) -> Fact:
        return Fact(
            id=row["id"],
            kind=row["kind"],
            site=row["site_id"],
            device=row["device_id"],
            t=row["corrected_at"],
            attendee=row["attendee_id"],
            study_session=row["study_session_id"],
            flagged=row["flagged"],
            direction=row["direction"],
            is_guest=row["decision"] is Decision.GUEST,
            is_elsewhere=row["is_elsewhere"],
            verdict=row["verdict"],
            shown=row["verdict_shown"],
            failure=row["failure"],
            target=row["target"],
        )

    def _standing(self, pair: Pair) -> Attendance | None:
        """The presence that stands so far, from everything known of the pair."""
        if pair not in self.standing:
            facts = self.facts.get(pair)
            if not facts:
                self.standing[pair] = None
            elif len(facts) == 1 and not self.loose:
                self.standing[pair] = attendance_of_one(facts[0])
            else:
                self.standing[pair] = attendance_of([*facts, *self.loose]).get(pair)
        return self.standing[pair]

    def _hold(self, pair: Pair) -> None:
        """Remember what stood before this group changes it."""
        if pair not in self.before:
            self.before[pair] = self._standing(pair)

    # ---- answers

    def _answer_of(self, row: dict[str, Any], device: Row[Any]) -> ItemAnswer:
        """The answer that belongs to a kept row: the same whenever it is asked for."""
        verdict = row["verdict"]
        status = 400 if row["failure"] is Failure.MALFORMED_ITEM else 200
        answer = ItemAnswer(str(row["id"]), status, verdict)
        if row["kind"] is ItemKind.UNDO:
            return answer
        answer.row = row
        answer.counts = self._counts(row)
        session = self._times(row["study_session_id"], device)
        if verdict is Verdict.LATE and session is not None:
            answer.minutes_late = minutes_late(session, milliseconds(row["corrected_at"]))
        attendee = self.by_id.get(row["attendee_id"]) if row["attendee_id"] is not None else None
        if attendee is not None:
            was_shown = number_given(row["ticket"], row["method"]) is None
            answer.attendee = _described(attendee, with_name=was_shown or not row["is_elsewhere"])
        return answer

    @staticmethod
    def _counts(row: dict[str, Any]) -> bool:
        """The same question as ``Fact.is_presence``, asked of a row."""
        if row["failure"] is not None or row["direction"] is Direction.OUT or row["attendee_id"] is None:
            return False
        if row["is_elsewhere"] and row["decision"] is not Decision.GUEST:
            return False
        return row["verdict"] not in BARS or row["verdict_shown"] in LETS_IN

    # ---- writing

    def _write(self, devices: Sequence[Row[Any]]) -> None:
        if self.new_rows:
            write_many(self.connection, INSERT_SCANS, self.new_rows)
        if self.quarantine:
            self.connection.execute(
                self.dialect.insert(QuarantinedScan.__table__).on_conflict_do_nothing(), self.quarantine
            )
        changed: list[dict[str, Any]] = []
        gone: list[Pair] = []
        counted: set[tuple[int, int, int]] = set()
        conference_of = {row.id: row.conference_id for row in self.sessions.values()}
        for pair, before in self.before.items():
            after = self._standing(pair)
            if after == before:
                continue
            for one in (before, after):
                if one is not None:
                    counted.add((conference_of[pair[1]], pair[1], one.site))
            if after is None:
                gone.append(pair)
            else:
                changed.append(_attendance_row(after, self.methods[after.first]))
        if changed:
            write_many(self.connection, UPSERT_ATTENDANCES[self.dialect], changed)
        for attendee_id, study_session_id in gone:
            self.connection.execute(
                AttendanceRow.__table__.delete().where(
                    AttendanceRow.attendee_id == attendee_id,
                    AttendanceRow.study_session_id == study_session_id,
                )
            )
        self._open_cases()
        for conference_id, study_session_id, site_id in sorted(counted):
            site_counted.announce(conference_id=conference_id, study_session_id=study_session_id, site_id=site_id)

    def _open_cases(self) -> None:
        found: dict[str, tuple[Disagreement, dict[str, Any]]] = {}
        for row in self.new_rows:
            if row["kind"] is not ItemKind.SCAN or row["corrected_at"] is None or not self._may_disagree(row):
                continue
            fact = self._fact(row)
            around = self.facts.get(fact.pair, []) if fact.pair is not None else []
            for one in disagreements_of([fact, *around]):
                if one.scan in (None, fact.id):
                    found.setdefault(case_key(one), (one, row))
        if not found:
            return
        rows = [
            {
                "key": key,
                "kind": one.kind,
                "conference_id": row["conference_id"],
                "study_session_id": one.study_session,
                "site_id": row["site_id"],
                "attendee_id": one.attendee,
                "scan_id": one.scan or row["id"],
                "device_id": row["device_id"],
                "opened_at": self.at,
                "state": CaseState.OPEN,
                "note": "",
            }
            for key, (one, row) in sorted(found.items())
        ]
        self.connection.execute(self.dialect.insert(Case.__table__).on_conflict_do_nothing(), rows)

    def _may_disagree(self, row: dict[str, Any]) -> bool:
        if _is_doubtful(row):
            return True
        around = self.facts.get((row["attendee_id"], row["study_session_id"]), ())
        return any(fact.site != row["site_id"] for fact in around)

    def _note_devices(self, taken: Sequence[tuple[Delivery, Row[Any], DeliveryAnswer]]) -> None:
        """When each device was last heard of; not at every scan, for it is no fact."""
        stale = [
            device
            for _, device, _ in taken
            if device.last_seen_at is None or self.at - device.last_seen_at > DEVICE_NOTED_EVERY
        ]
        if stale:
            self.connection.execute(
                NOTE_DEVICE, [{"device": id, "seen_at": self.at} for id in sorted({row.id for row in stale})]
            )
        for delivery, device, _ in taken:
            if delivery.report is not None:
                self._note_report(device.id, delivery.report)

    def _note_report(self, device_id: int, report: DeviceReport) -> None:
        self.connection.execute(
            update(Device.__table__)
            .where(Device.id == device_id)
            .values(queue_length=report.queue, clock_offset_ms=report.clock_offset_ms, app_version=report.app)
        )

    # ---- telling

    def _tell(self, taken: Sequence[tuple[Delivery, Row[Any], DeliveryAnswer]]) -> None:
        self._tell_first_seen(taken)
        self._tell_cases(taken)
        living = [one for one in taken if not self._has_ended(one[1])]
        if not living:
            return
        sessions = {item.study_session for one, _, _ in living for item in one.items if isinstance(item, ScanItem)}
        rows = self._rows(
            PRESENT,
            study_sessions={id for id in sessions if id in self.sessions},
            sites={device.site_id for _, device, _ in living},
        )
        present: dict[int, dict[int, int]] = defaultdict(dict)
        for row in rows:
            present[row.site_id][row.study_session_id] = row.present
        deliveries_at: dict[int, int] = defaultdict(int)
        for _, device, _ in living:
            deliveries_at[device.site_id] += 1
        for delivery, device, answer in living:
            version = self.versions[device.conference_id, device.site_id]
            answer.cursor = str(version)
            asked = {item.study_session for item in delivery.items if isinstance(item, ScanItem)}
            answer.headcounts = [
                {"study_session": id, "site": device.site_id, "present": present[device.site_id].get(id, 0)}
                for id in sorted(id for id in asked if id is not None and id in self.sessions)
            ]
            is_alone = deliveries_at[device.site_id] == 1 and delivery.cursor == version - 1
            if delivery.cursor is not None and not is_alone:
                answer.changes = changes_since(self.connection, device.site_id, delivery.cursor)

    def _tell_first_seen(self, taken: Sequence[tuple[Delivery, Row[Any], DeliveryAnswer]]) -> None:
        """When and where an earlier presence was, by the facts that were looked up with the item."""
        told = [
            (item, item.row["first_seen"])
            for _, _, answer in taken
            for item in answer.items
            if item.row is not None and item.row["first_seen"] is not None
        ]
        if not told:
            return
        wanted = {id for _, id in told}
        by_id = {fact.id: fact for facts in self.facts.values() for fact in facts}
        if missing := wanted - by_id.keys():
            by_id |= {row.id: fact_of(row) for row in self._rows(KNOWN, ids=missing)}
        devices = {by_id[id].device for id in wanted if id in by_id}
        labels = {row.id: row for row in self._rows(LABELS_OF, ids=devices)}
        for item, id in told:
            if (fact := by_id.get(id)) is not None:
                item.first_seen = {
                    "at": iso(fact.t),
                    "site": fact.site,
                    "site_name": labels[fact.device].site_name,
                    "device": labels[fact.device].label,
                }

    def _tell_cases(self, taken: Sequence[tuple[Delivery, Row[Any], DeliveryAnswer]]) -> None:
        keys: dict[str, list[ItemAnswer]] = defaultdict(list)
        for _, _, answer in taken:
            for item in answer.items:
                row = item.row
                if row is None or row["corrected_at"] is None or not _is_doubtful(row):
                    continue
                for one in disagreements_of([self._fact(row)]):
                    keys[case_key(one)].append(item)
        if not keys:
            return
        for case in self._rows(CASES, keys=keys):
            for item in keys[case.key]:
                item.case = case.id


def changes_since(connection: Connection, site_id: int, cursor: int) -> list[dict[str, Any]]:
    """Whose presence was touched at this door since the cursor, as it stands now."""
    return [
        {
            "number": row.number,
            "study_session": row.study_session_id,
            "present": row.first_at is not None,
            "at": iso(row.first_at) if row.first_at is not None else None,
            "site": row.site_id,
        }
        for row in connection.execute(CHANGES, {"site": site_id, "cursor": cursor})
    ]


def _is_doubtful(row: dict[str, Any]) -> bool:
    """Whether a row may disagree with anything all by itself; most never do."""
    return bool(row["flagged"] or row["failure"] is not None or row["is_elsewhere"] or row["verdict"] in BARS)


def case_key(one: Disagreement) -> str:
    """What a case is about, so that the same thing opens one case only."""
    return f"{one.kind}:{one.study_session}:{one.attendee}:{one.scan}:{one.device}"


def _entry(attendee: Row[Any]) -> Entry:
    reissued_at = attendee.ticket_reissued_at
    return Entry(
        number=attendee.number,
        site=attendee.site_id,
        issue=attendee.ticket_issue,
        reissued_at=None if reissued_at is None else milliseconds(reissued_at),
        withdrawn=attendee.withdrawn_at is not None,
    )


def _described(attendee: Row[Any], *, with_name: bool) -> dict[str, Any]:
    """Who stands there. A number that was only typed does not open the name of another site's person."""
    described: dict[str, Any] = {
        "number": attendee.number,
        "site": attendee.site_id,
        "site_name": attendee.site_name,
    }
    if with_name:
        described |= {
            "name": attendee.full_name,
            "position": attendee.position,
            "unit": attendee.unit_name,
            "seat": attendee.seat,
        }
    return described


def _attendance_row(one: Attendance, method: Method) -> dict[str, Any]:
    return {
        "attendee_id": one.attendee,
        "study_session_id": one.study_session,
        "site_id": one.site,
        "first": one.first,
        "first_at": one.first_at,
        "device_id": one.device,
        "method": method,
        "flagged": one.flagged,
        "duplicates": one.duplicates,
        "last_seen_at": one.last_seen_at,
        "last_out": one.last_out,
    }


def _build_upsert(dialect: Any) -> Any:
    statement = dialect.insert(AttendanceRow.__table__)
    derived = (
        "site_id",
        "first",
        "first_at",
        "device_id",
        "method",
        "flagged",
        "duplicates",
        "last_seen_at",
        "last_out",
    )
    return statement.on_conflict_do_update(
        index_elements=["attendee_id", "study_session_id"],
        set_={name: statement.excluded[name] for name in derived},
    )


UPSERT_ATTENDANCES = {dialect: _build_upsert(dialect) for dialect in (sqlite, postgresql)}
