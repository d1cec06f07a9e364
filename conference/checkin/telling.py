"""What devices are told beside the verdicts: what happened at their door, where somebody was first, the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from conference.checkin.answers import DeliveryAnswer, ItemAnswer, changes_since, iso
from conference.checkin.attendance import disagreements_of
from conference.checkin.forms import Delivery, ScanItem
from conference.checkin.known import Known, has_ended
from conference.checkin.looked_up import CountingDevice
from conference.checkin.opening import is_doubtful
from conference.checkin.queries import fact_of
from conference.checkin.statements import CASES, KNOWN, LABELS_OF, PRESENT
from conference.checkin.taking import Taking

Answered = tuple[Delivery, CountingDevice, DeliveryAnswer]


def tell(taking: Taking, taken: Sequence[Answered]) -> None:
    """Put into each answer what its device has not heard yet."""
    known = taking.known
    _tell_first_seen(known, taken)
    _tell_cases(taking, taken)
    living = [one for one in taken if not has_ended(one[1], taking.at)]
    if not living:
        return
    sessions = {item.study_session for one, _, _ in living for item in one.items if isinstance(item, ScanItem)}
    rows = known.rows(
        PRESENT,
        study_sessions={id for id in sessions if id in known.sessions},
        sites={device.site_id for _, device, _ in living},
    )
    present: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        present[row.site_id][row.study_session_id] = row.present
    deliveries_at: dict[int, int] = defaultdict(int)
    for _, device, _ in living:
        deliveries_at[device.site_id] += 1
    for delivery, device, answer in living:
        version = known.versions[device.conference_id, device.site_id]
        answer.cursor = str(version)
        asked = {item.study_session for item in delivery.items if isinstance(item, ScanItem)}
        answer.headcounts = [
            {"study_session": id, "site": device.site_id, "present": present[device.site_id].get(id, 0)}
            for id in sorted(id for id in asked if id is not None and id in known.sessions)
        ]
        is_alone = deliveries_at[device.site_id] == 1 and delivery.cursor == version - 1
        if delivery.cursor is not None:
            renewed = known.roster_versions[device.conference_id, device.site_id]
            answer.roster_changed = delivery.cursor < renewed
        if delivery.cursor is not None and not is_alone:
            answer.changes = changes_since(known.connection, device.site_id, delivery.cursor)


def _tell_first_seen(known: Known, taken: Sequence[Answered]) -> None:
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
    by_number = {fact.id.int: fact for pair in pairs for fact in known.facts.get(pair, ())}
    if missing := wanted - by_number.keys():
        rows = known.rows(KNOWN, ids=[UUID(int=number) for number in missing])
        by_number |= {row.id.int: fact_of(row) for row in rows}
    devices = {by_number[number].device for number in wanted if number in by_number}
    labels = {row.id: (row.site_name, row.label) for row in known.rows(LABELS_OF, ids=devices)}
    for item, _, number in told:
        if (fact := by_number.get(number)) is not None:
            site_name, label = labels[fact.device]
            item.first_seen = {"at": iso(fact.t), "site": fact.site, "site_name": site_name, "device": label}


def _tell_cases(taking: Taking, taken: Sequence[Answered]) -> None:
    keys: dict[str, list[ItemAnswer]] = defaultdict(list)
    for _, _, answer in taken:
        for item in answer.items:
            row = item.row
            if row is None or row["corrected_at"] is None or not is_doubtful(row):
                continue
            fact = taking.fact(row)
            for one in disagreements_of([fact] if fact.spare_read is None else [fact, *taking.known.handed]):
                if one.scan in (None, fact.id):
                    keys[one.key].append(item)
    if not keys:
        return
    for case in taking.known.rows(CASES, keys=keys):
        for item in keys[case.key]:
            item.case = case.id
