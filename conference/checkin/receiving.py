"""The hot path: deliveries from many doors, kept and judged together in one transaction.

Core statements, a fixed number for a whole group of deliveries, because a check-in must cost tenths of a
millisecond. The caller commits, and only then tells any device anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, update

from conference.checkin.answers import DeliveryAnswer, ItemAnswer, changes_since, described, iso
from conference.checkin.attendance import Disagreement, Fact, Pair, disagreements_of
from conference.checkin.decided import attendance_row
from conference.checkin.door_guests import look_at_full_halls
from conference.checkin.door_moves import settle_moves
from conference.checkin.forms import Delivery, MalformedItem, ScanItem, Stranger, kept_text
from conference.checkin.known import Known, has_ended, is_over_for_good
from conference.checkin.looked_up import CalledPerson, CountingDevice
from conference.checkin.models import Attendance as AttendanceRow
from conference.checkin.models import Case, QuarantinedScan, WalkIn
from conference.checkin.queries import fact_of
from conference.checkin.rules import (
    BARS,
    LETS_IN,
    CaseKind,
    CaseState,
    Claim,
    Decision,
    Direction,
    Entry,
    Failure,
    ItemKind,
    Method,
    Seen,
    Verdict,
    bars_kept,
    claim_by_hand,
    failure_of,
    judge,
    milliseconds,
    minutes_late,
    spare_number,
)
from conference.checkin.signals import site_counted
from conference.checkin.spares import look_at_spares
from conference.checkin.statements import (
    CASES,
    DEVICES,
    INSERT_SCANS,
    KNOWN,
    LABELS_OF,
    NOTE_DEVICE,
    PRESENT,
    SEEN_AGAIN,
    UPSERT_ATTENDANCES,
    report_noted,
)
from conference.checkin.trying import note_tried
from conference.checkin.walk_ins import walk_in_row
from conference.foundation.db import db
from conference.foundation.db_bulk import write_many
from conference.foundation.errors import DomainError
from conference.registry.tickets import KeyRing

BEFORE_SPARES = frozenset({"door-1", "door-2", "door-3"})
"""Releases of the door's page that have no words for a spare badge. To them nobody is known by it."""

DEVICE_NOTED_EVERY = timedelta(seconds=20)


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
        self.at = at
        self.known = Known(connection, keys)
        self.new_rows: list[dict[str, Any]] = []
        self.quarantine: list[dict[str, Any]] = []
        self.strangers: list[dict[str, Any]] = []
        self.facts: dict[int, Fact] = {}  # by the number of the id: a UUID works out its hash each time
        self.blanks: dict[int, dict[str, Any]] = {}

    def receive(self, deliveries: Sequence[Delivery]) -> list[DeliveryAnswer | DomainError]:
        found = map(CountingDevice._make, self.known.rows(DEVICES, ids={one.device_id for one in deliveries}))
        devices = {device.id: device for device in found}
        answers: list[DeliveryAnswer | DomainError] = []
        taken: list[tuple[Delivery, CountingDevice, DeliveryAnswer]] = []
        for delivery in deliveries:
            device = devices.get(delivery.device_id)
            is_known = device is not None and device.token_hash == delivery.token_hash
            if device is None or not is_known or is_over_for_good(device, self.at):
                answers.append(DomainError("device_ended"))
                continue
            answer = DeliveryAnswer()
            answers.append(answer)
            taken.append((delivery, device, answer))
        if not taken:
            return answers
        self.known.take_doors([device for _, device, _ in taken])
        self.known.look_up([(delivery, device) for delivery, device, _ in taken])
        for delivery, device, answer in taken:
            answer.items = [self._take(item, device) for item in delivery.items]
            if delivery.report is not None and delivery.report.app in BEFORE_SPARES:
                for one in answer.items:
                    one.verdict = Verdict.UNKNOWN if one.verdict is Verdict.SPARE else one.verdict
        self._write([device for _, device, _ in taken])
        self._note_devices(taken)
        self._tell(taken)
        return answers

    # ---- one item

    def _take(self, item: ScanItem | MalformedItem, device: CountingDevice) -> ItemAnswer:
        if item.id is None:
            self._set_aside(item, device)
            return ItemAnswer(item.given_id, 400, Verdict.INVALID)
        row = self.known.kept.get(item.id)
        if row is not None:
            if row["body_hash"] == item.body_hash:
                return self._answer_of(row, device)
            self._set_aside(item, device)
            return ItemAnswer(str(item.id), 409, Verdict.CONFLICT)
        if isinstance(item, MalformedItem):
            row = self._row_of_malformed(item.id, item, device)
        elif item.kind is ItemKind.UNDO:
            row = self._row_of_undo(item, device)
        elif item.person is not None:
            row = self._row_of_walk_in(item, item.person, device)
        else:
            row = self._row_of(item, device)
        self.known.kept[item.id] = row
        self.new_rows.append(row)
        return self._answer_of(row, device)

    def _set_aside(self, item: ScanItem | MalformedItem, device: CountingDevice) -> None:
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

    def _base_row(self, id: UUID, body_hash: bytes, device: CountingDevice) -> dict[str, Any]:
        blank = self.blanks.get(device.id)
        if blank is None:
            blank = self.blanks[device.id] = self._blank(device)
        return {**blank, "id": id, "body_hash": body_hash}

    def _blank(self, device: CountingDevice) -> dict[str, Any]:
        """What all rows of a device have in common in this group."""
        return {
            "id": None,
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
            "spare_read": None,
            "spare_handed": None,
            "spare_bars": None,
            "body_hash": None,
            "body": None,
            "flagged": False,
            "is_elsewhere": False,
            "verdict": Verdict.INVALID,
            "failure": None,
            "first_seen": None,
            "came_after_end": has_ended(device, self.at),
            "received_at": self.at,
            "version": self.known.versions[device.conference_id, device.site_id],
        }

    def _row_of_malformed(self, id: UUID, item: MalformedItem, device: CountingDevice) -> dict[str, Any]:
        row = self._base_row(id, item.body_hash, device)
        row.update(failure=Failure.MALFORMED_ITEM, body=item.body)
        return row

    def _sent_row(self, item: ScanItem, device: CountingDevice) -> dict[str, Any]:
        row = self._base_row(item.id, item.body_hash, device)
        row.update(
            kind=item.kind,
            ticket=item.ticket if item.ticket in self.known.by_ticket else kept_text(item.ticket),
            direction=item.direction,
            method=item.method,
            scanned_at=item.scanned_at,
            clock_offset_ms=item.clock_offset_ms,
            corrected_at=item.t,
            device_seq=item.device_seq,
            verdict_shown=item.verdict_shown,
            decision=item.decision,
            target=item.target,
            spare_read=self.known.spares_read.get(id(item)),
            spare_handed=self.known.spares_handed.get(id(item)),
        )
        return row

    def _row_of_undo(self, item: ScanItem, device: CountingDevice) -> dict[str, Any]:
        """An undo belongs to the pair of the scan at its root, as far as that is known; it may come later."""
        row = self._sent_row(item, device)
        root: dict[str, Any] | None = row
        passed: set[UUID] = set()
        while root is not None and root["attendee_id"] is None and root["target"] not in passed:
            passed.add(root["target"])
            root = self.known.kept.get(root["target"]) if root["target"] else None
        if root is not None and root is not row:
            row.update(attendee_id=root["attendee_id"], study_session_id=root["study_session_id"])
        row["verdict"] = Verdict.ACCEPTED
        if root is not None and root["site_id"] != device.site_id:
            row["verdict"] = Verdict.OTHER_SITE  # kept, and without effect
        self.known.add(self._fact(row))
        return row

    def _row_of(self, item: ScanItem, device: CountingDevice) -> dict[str, Any]:
        row = self._sent_row(item, device)
        session = self.known.times_of(item.study_session, device)
        claim = self.known.claims[id(item)]
        attendee, entry, is_elsewhere = self._whose(item, device)
        t = milliseconds(item.t)
        row["flagged"] = session is not None and not session.holds(t)
        row["is_elsewhere"] = is_elsewhere
        is_tried = self._is_only_tried(row, item, device)
        if session is not None and not is_tried:
            row["study_session_id"] = session.id
        if attendee is not None:
            row["attendee_id"] = attendee.id
        pair = (attendee.id, session.id) if attendee is not None and session is not None and not is_tried else None
        stands = self.known.standing_of(pair) if pair else None
        key = (row["flagged"], item.t, device.id, item.id)
        comes_after = stands is not None and (stands.flagged, stands.first_at, stands.device, stands.first) < key
        verdict = judge(
            claim,
            entry=entry,
            session=session,
            site=device.site_id,
            t=t,
            direction=item.direction,
            is_guest=item.decision is not None,
            seen=Seen(stands.site, milliseconds(stands.first_at)) if stands and comes_after else None,
            knows_all_sites=True,
        )
        row["verdict"] = verdict
        if row["spare_handed"] is not None and entry is not None:
            row["spare_bars"] = bars_kept(entry, self.known.sessions_of(device))
        row["failure"] = failure_of(verdict, claim, session)
        row["first_seen"] = stands.first if stands and comes_after else None
        if row["failure"] is not None:
            row["body"] = item.body
        elif not is_tried and (pair is not None or row["spare_read"] is not None):
            self.known.add(self._fact(row), item.method)
        return row

    def _whose(self, item: ScanItem, device: CountingDevice) -> tuple[CalledPerson | None, Entry | None, bool]:
        """Who is meant, their line of the roster, and whether this is another site than theirs: of a spare badge
        that is the one where it was handed over."""
        if id(item) in self.known.spares_read:
            handing = self.known.holder_of(item, device)
            if handing is None or handing.pair is None:
                return None, None, False
            holder = self.known.by_id[handing.pair[0]]
            return holder, replace(self.known.entry_of(holder), site=handing.site), handing.site != device.site_id
        attendee = self.known.attendee_of(item, device)
        if attendee is None:
            return None, None, False
        is_elsewhere = device.site_id not in (attendee.site_id, attendee.called_site_id)
        return attendee, self.known.entry_of(attendee), is_elsewhere

    def _row_of_walk_in(self, item: ScanItem, person: Stranger, device: CountingDevice) -> dict[str, Any]:
        """Somebody without a ticket: one who is called after all, or one who is added now; nobody, when refused."""
        row = self._sent_row(item, device)
        session = self.known.times_of(item.study_session, device)
        attendee = self.known.walk_ins.same_as(person, device.conference_id)
        t = milliseconds(item.t)
        row["flagged"] = session is not None and not session.holds(t)
        pair = (attendee.id, session.id) if attendee is not None and session is not None else None
        stands = self.known.standing_of(pair) if pair else None
        number = attendee.number if attendee is not None else 0
        verdict = judge(
            Claim(number),
            entry=Entry(number, device.site_id),
            session=session,
            site=device.site_id,
            t=t,
            direction=item.direction,
            is_guest=True,
            seen=Seen(stands.site, milliseconds(stands.first_at)) if stands and stands.first_at <= item.t else None,
            knows_all_sites=True,
        )
        row.update(verdict=verdict, failure=failure_of(verdict, Claim(number), session))
        if row["failure"] is not None or session is None or self._is_only_tried(row, item, device):
            row["body"] = item.body
            return row
        row["study_session_id"] = session.id
        row["first_seen"] = stands.first if stands and stands.first_at <= item.t else None
        self.strangers.append(walk_in_row(item.id, person, device))
        if verdict in BARS and item.verdict_shown not in LETS_IN:
            return row
        if attendee is None:
            attendee = self.known.walk_ins.add(person, device, at=self.at)
        self.known.by_id[attendee.id] = attendee
        row["attendee_id"] = attendee.id
        row["is_elsewhere"] = device.site_id not in (attendee.site_id, attendee.called_site_id)
        if row["spare_handed"] is not None:
            row["spare_bars"] = bars_kept(self.known.entry_of(attendee), self.known.sessions_of(device))
        self.known.add(self._fact(row), item.method)
        return row

    def _is_only_tried(self, row: dict[str, Any], item: ScanItem, device: CountingDevice) -> bool:
        """What is read in a rehearsal is kept, for no study session: it is no attendance, and no doubt."""
        is_tried = row["flagged"] and self.known.is_only_tried(device, item.t)
        if is_tried:
            row["flagged"] = False
        return bool(is_tried)

    def _fact(self, row: dict[str, Any]) -> Fact:
        """The fact that a finished row is; made once."""
        number: int = row["id"].int
        fact = self.facts.get(number)
        if fact is None:
            fact = self.facts[number] = _fact(row)
        return fact

    # ---- answers

    def _answer_of(self, row: dict[str, Any], device: CountingDevice) -> ItemAnswer:
        """The answer that belongs to a kept row: the same whenever it is asked for."""
        verdict = row["verdict"]
        status = 400 if row["failure"] is Failure.MALFORMED_ITEM else 200
        answer = ItemAnswer(str(row["id"]), status, verdict)
        if row["kind"] is ItemKind.UNDO:
            return answer
        answer.row = row
        answer.counts = (
            row["corrected_at"] is not None and row["study_session_id"] is not None and self._fact(row).is_presence
        )
        spare = row["spare_read"] if row["spare_handed"] is None else row["spare_handed"]
        answer.spare = None if spare is None else spare_number(spare)
        session = self.known.times_of(row["study_session_id"], device)
        if verdict is Verdict.LATE and session is not None:
            answer.minutes_late = minutes_late(session, milliseconds(row["corrected_at"]))
        attendee = self.known.by_id.get(row["attendee_id"]) if row["attendee_id"] is not None else None
        if attendee is not None:
            was_shown = claim_by_hand(row["ticket"], row["method"]) is None
            answer.attendee = described(attendee, with_name=was_shown or not row["is_elsewhere"])
        return answer

    # ---- writing

    def _write(self, devices: Sequence[CountingDevice]) -> None:
        if self.new_rows:
            write_many(self.connection, INSERT_SCANS, self.new_rows)
        if self.strangers:
            self.connection.execute(insert(WalkIn.__table__), self.strangers)
        if self.quarantine:
            self.connection.execute(
                self.known.dialect.insert(QuarantinedScan.__table__).on_conflict_do_nothing(), self.quarantine
            )
        changed: list[dict[str, Any]] = []
        seen_again: list[dict[str, Any]] = []
        gone: list[Pair] = []
        counted: set[tuple[int, int, int]] = set()
        conference_of = {row.id: row.conference_id for row in self.known.sessions.values()}
        for pair, before in self.known.before.items():
            after = self.known.standing_of(pair)
            if after == before:
                continue
            for one in (before, after):
                if one is not None:
                    counted.add((conference_of[pair[1]], pair[1], one.site))
            if after is None:
                gone.append(pair)
            elif before is not None and before.first == after.first and before.site == after.site:
                seen_again.append(
                    {
                        "of_attendee": after.attendee,
                        "of_study_session": after.study_session,
                        "duplicates": after.duplicates,
                        "last_seen_at": after.last_seen_at,
                        "last_out": after.last_out,
                    }
                )
            else:
                changed.append(attendance_row(after, self.known.methods[after.first]))
        if seen_again:
            write_many(self.connection, SEEN_AGAIN, seen_again)
        if changed:
            write_many(self.connection, UPSERT_ATTENDANCES[self.known.dialect], changed)
        for attendee_id, study_session_id in gone:
            self.connection.execute(
                AttendanceRow.__table__.delete().where(
                    AttendanceRow.attendee_id == attendee_id,
                    AttendanceRow.study_session_id == study_session_id,
                )
            )
        self._open_cases()
        settle_moves(self.known, self.new_rows, at=self.at)
        look_at_full_halls(self.known, self.new_rows, at=self.at)
        look_at_spares(self.known, self.new_rows, at=self.at)
        for conference_id, study_session_id, site_id in sorted(counted):
            site_counted.announce(conference_id=conference_id, study_session_id=study_session_id, site_id=site_id)

    def _open_cases(self) -> None:
        found: dict[str, tuple[Disagreement, dict[str, Any]]] = {}
        for row in self.new_rows:
            if row["kind"] is ItemKind.UNDO or row["corrected_at"] is None or not self._may_disagree(row):
                continue
            fact = self._fact(row)
            around = self.known.facts.get(fact.pair, []) if fact.pair is not None else []
            for one in disagreements_of([fact, *around]):
                is_of_spares = one.kind is CaseKind.SPARE or row["spare_read"] is not None
                if one.scan in (None, fact.id) and (one.kind is CaseKind.CLOCK or not is_of_spares):
                    found.setdefault(one.key, (one, row))
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
        self.connection.execute(self.known.dialect.insert(Case.__table__).on_conflict_do_nothing(), rows)
        self._open_again({key: row for key, (_one, row) in found.items()})

    def _open_again(self, found: dict[str, dict[str, Any]]) -> None:
        """A decided case with new evidence waits for a person again; what was decided stands until then."""
        decided = [case for case in self.known.rows(CASES, keys=found) if case.state is CaseState.DECIDED]
        news = [case.id for case in decided if self._is_news(case.kind, found[case.key])]
        if news:
            self.connection.execute(update(Case.__table__).where(Case.id.in_(news)).values(state=CaseState.OPEN))

    def _is_news(self, kind: CaseKind, row: dict[str, Any]) -> bool:
        """One more scan where the person was seen before says nothing new."""
        around = self.known.facts.get((row["attendee_id"], row["study_session_id"]), ())
        return kind is not CaseKind.TWO_SITES or not any(
            fact.site == row["site_id"] and fact.id != row["id"] for fact in around
        )

    def _may_disagree(self, row: dict[str, Any]) -> bool:
        if _is_doubtful(row):
            return True
        around = self.known.facts.get((row["attendee_id"], row["study_session_id"]), ())
        return any(fact.site != row["site_id"] for fact in around)

    def _note_devices(self, taken: Sequence[tuple[Delivery, CountingDevice, DeliveryAnswer]]) -> None:
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
                self.connection.execute(report_noted(device.id, delivery.report))
                note_tried(
                    device_id=device.id,
                    conference_id=device.conference_id,
                    site_id=device.site_id,
                    report=delivery.report,
                    at=self.at,
                )

    # ---- telling

    def _tell(self, taken: Sequence[tuple[Delivery, CountingDevice, DeliveryAnswer]]) -> None:
        self._tell_first_seen(taken)
        self._tell_cases(taken)
        living = [one for one in taken if not has_ended(one[1], self.at)]
        if not living:
            return
        sessions = {item.study_session for one, _, _ in living for item in one.items if isinstance(item, ScanItem)}
        rows = self.known.rows(
            PRESENT,
            study_sessions={id for id in sessions if id in self.known.sessions},
            sites={device.site_id for _, device, _ in living},
        )
        present: dict[int, dict[int, int]] = defaultdict(dict)
        for row in rows:
            present[row.site_id][row.study_session_id] = row.present
        deliveries_at: dict[int, int] = defaultdict(int)
        for _, device, _ in living:
            deliveries_at[device.site_id] += 1
        for delivery, device, answer in living:
            version = self.known.versions[device.conference_id, device.site_id]
            answer.cursor = str(version)
            asked = {item.study_session for item in delivery.items if isinstance(item, ScanItem)}
            answer.headcounts = [
                {"study_session": id, "site": device.site_id, "present": present[device.site_id].get(id, 0)}
                for id in sorted(id for id in asked if id is not None and id in self.known.sessions)
            ]
            is_alone = deliveries_at[device.site_id] == 1 and delivery.cursor == version - 1
            if delivery.cursor is not None:
                renewed = self.known.roster_versions[device.conference_id, device.site_id]
                answer.roster_changed = delivery.cursor < renewed
            if delivery.cursor is not None and not is_alone:
                answer.changes = changes_since(self.connection, device.site_id, delivery.cursor)

    def _tell_first_seen(self, taken: Sequence[tuple[Delivery, CountingDevice, DeliveryAnswer]]) -> None:
        """When and where an earlier presence was, by the facts that were looked up with the item."""
        told = [
            (item, item.row, item.row["first_seen"].int)
            for _, _, answer in taken
            for item in answer.items
            if item.row is not None and item.row["first_seen"] is not None
        ]
        if not told:
            return
        wanted = {number for _, _, number in told}
        pairs = {(row["attendee_id"], row["study_session_id"]) for _, row, _ in told}
        by_number = {fact.id.int: fact for pair in pairs for fact in self.known.facts.get(pair, ())}
        if missing := wanted - by_number.keys():
            rows = self.known.rows(KNOWN, ids=[UUID(int=number) for number in missing])
            by_number |= {row.id.int: fact_of(row) for row in rows}
        devices = {by_number[number].device for number in wanted if number in by_number}
        labels = {row.id: (row.site_name, row.label) for row in self.known.rows(LABELS_OF, ids=devices)}
        for item, _, number in told:
            if (fact := by_number.get(number)) is not None:
                site_name, label = labels[fact.device]
                item.first_seen = {"at": iso(fact.t), "site": fact.site, "site_name": site_name, "device": label}

    def _tell_cases(self, taken: Sequence[tuple[Delivery, CountingDevice, DeliveryAnswer]]) -> None:
        keys: dict[str, list[ItemAnswer]] = defaultdict(list)
        for _, _, answer in taken:
            for item in answer.items:
                row = item.row
                if row is None or row["corrected_at"] is None or not _is_doubtful(row):
                    continue
                fact = self._fact(row)
                for one in disagreements_of([fact] if fact.spare_read is None else [fact, *self.known.handed]):
                    if one.scan in (None, fact.id):
                        keys[one.key].append(item)
        if not keys:
            return
        for case in self.known.rows(CASES, keys=keys):
            for item in keys[case.key]:
                item.case = case.id


def _fact(row: dict[str, Any]) -> Fact:
    return Fact(
        id=row["id"],
        kind=ItemKind.UNDO if row["kind"] is ItemKind.UNDO else ItemKind.SCAN,
        site=row["site_id"],
        device=row["device_id"],
        t=row["corrected_at"],
        attendee=row["attendee_id"],
        study_session=row["study_session_id"],
        flagged=row["flagged"],
        direction=row["direction"],
        is_guest=row["decision"] is not None or row["kind"] is ItemKind.WALK_IN,
        is_move=row["decision"] is Decision.MOVE,
        is_walk_in=row["kind"] is ItemKind.WALK_IN,
        is_elsewhere=row["is_elsewhere"],
        verdict=row["verdict"],
        shown=row["verdict_shown"],
        failure=row["failure"],
        target=row["target"],
        spare_read=row["spare_read"],
        spare_handed=row["spare_handed"],
        spare_bars=row["spare_bars"],
    )


def _is_doubtful(row: dict[str, Any]) -> bool:
    """Whether a row may disagree with anything all by itself; most never do."""
    if row["flagged"] or row["failure"] is not None or row["is_elsewhere"]:
        return True
    return row["verdict"] is not Verdict.ACCEPTED and row["verdict"] in BARS
