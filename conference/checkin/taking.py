"""What is made of each item that a device sent: a row to keep, the fact that it is, and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from conference.checkin.answers import ItemAnswer, described
from conference.checkin.attendance import Fact
from conference.checkin.forms import MalformedItem, ScanItem, Stranger, kept_text
from conference.checkin.known import Known, has_ended
from conference.checkin.looked_up import CalledPerson, CountingDevice
from conference.checkin.rules import (
    BARS,
    LETS_IN,
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
from conference.checkin.walk_ins import walk_in_row


class Taking:
    """The items of one group of deliveries, one after the other, and what is to be written of them."""

    def __init__(self, known: Known, at: datetime) -> None:
        self.known = known
        self.at = at
        self.new_rows: list[dict[str, Any]] = []
        self.quarantine: list[dict[str, Any]] = []
        self.strangers: list[dict[str, Any]] = []
        self._facts: dict[int, Fact] = {}  # by the number of the id: a UUID works out its hash each time
        self._blanks: dict[int, dict[str, Any]] = {}

    def take(self, item: ScanItem | MalformedItem, device: CountingDevice) -> ItemAnswer:
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
        blank = self._blanks.get(device.id)
        if blank is None:
            blank = self._blanks[device.id] = self._blank(device)
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
            "is_other_session": False,
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
        self.known.add(self.fact(row))
        return row

    def _row_of(self, item: ScanItem, device: CountingDevice) -> dict[str, Any]:
        row = self._sent_row(item, device)
        session = self.known.times_of(item.study_session, device)
        claim = self.known.claims[id(item)]
        attendee, entry, is_elsewhere = self._whose(item, device)
        t = milliseconds(item.t)
        row["flagged"] = session is not None and not session.holds(t)
        row["is_elsewhere"] = is_elsewhere
        if entry is not None and session is not None:
            row["is_other_session"] = not entry.is_called_to(session.id)
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
        if row["spare_handed"] is not None and entry is not None and session is not None:
            row["spare_bars"] = self._bars(entry, session.id, device)
        row["failure"] = failure_of(verdict, claim, session)
        row["first_seen"] = stands.first if stands and comes_after else None
        if row["failure"] is not None:
            row["body"] = item.body
        elif not is_tried and (pair is not None or row["spare_read"] is not None):
            self.known.add(self.fact(row), item.method)
        return row

    def _whose(self, item: ScanItem, device: CountingDevice) -> tuple[CalledPerson | None, Entry | None, bool]:
        """Who is meant, their line of the roster, and whether this is another site than theirs: of a spare badge
        that is the one where it was handed over."""
        if id(item) in self.known.spares_read:
            handing = self.known.holder_of(item, device)
            if handing is None or handing.pair is None:
                return None, None, False
            holder = self.known.by_id[handing.pair[0]]
            entry = self.known.entry_of(holder).handed(site=handing.site, study_session=handing.pair[1])
            return holder, entry, handing.site != device.site_id
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
            attendee = self.known.walk_ins.add(person, device, self.known.sessions[session.id].wave_id, at=self.at)
        self.known.by_id[attendee.id] = attendee
        row["attendee_id"] = attendee.id
        row["is_elsewhere"] = device.site_id not in (attendee.site_id, attendee.called_site_id)
        if row["spare_handed"] is not None:
            row["spare_bars"] = self._bars(self.known.entry_of(attendee), session.id, device)
        self.known.add(self.fact(row), item.method)
        return row

    def _bars(self, entry: Entry, study_session: int, device: CountingDevice) -> str | None:
        """From where somebody is barred who is handed a spare badge here."""
        handed = entry.handed(site=device.site_id, study_session=study_session)
        return bars_kept(handed, self.known.sessions_of(device))

    def _is_only_tried(self, row: dict[str, Any], item: ScanItem, device: CountingDevice) -> bool:
        """What is read in a rehearsal is kept, for no study session: it is no attendance, and no doubt."""
        is_tried = row["flagged"] and self.known.is_only_tried(device, item.t)
        if is_tried:
            row["flagged"] = False
        return bool(is_tried)

    def fact(self, row: dict[str, Any]) -> Fact:
        """The fact that a finished row is; made once."""
        number: int = row["id"].int
        fact = self._facts.get(number)
        if fact is None:
            fact = self._facts[number] = _fact(row)
        return fact

    def _answer_of(self, row: dict[str, Any], device: CountingDevice) -> ItemAnswer:
        """The answer that belongs to a kept row: the same whenever it is asked for."""
        verdict = row["verdict"]
        status = 400 if row["failure"] is Failure.MALFORMED_ITEM else 200
        answer = ItemAnswer(str(row["id"]), status, verdict)
        if row["kind"] is ItemKind.UNDO:
            return answer
        answer.row = row
        answer.counts = (
            row["corrected_at"] is not None and row["study_session_id"] is not None and self.fact(row).is_presence
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
        is_other_session=row["is_other_session"],
        verdict=row["verdict"],
        shown=row["verdict_shown"],
        failure=row["failure"],
        target=row["target"],
        spare_read=row["spare_read"],
        spare_handed=row["spare_handed"],
        spare_bars=row["spare_bars"],
    )
