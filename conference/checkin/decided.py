"""Facts with what people decided about them, and the attendance that follows: read, and counted once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select

from conference.checkin.attendance import Attendance, Fact, Pair, Ruling, attendance_of, ruled
from conference.checkin.doors import dialect_of, renew_rosters
from conference.checkin.looked_up import EarlierScan
from conference.checkin.models import Attendance as AttendanceRow
from conference.checkin.models import CaseDecision, RuledScan
from conference.checkin.queries import fact_of, facts_of
from conference.checkin.rules import Method
from conference.checkin.signals import site_counted
from conference.checkin.statements import (
    ABOUT_SPARES,
    HANDED,
    KNOWN,
    LOCK_ATTENDEES,
    RULINGS,
    TREE,
    UPSERT_ATTENDANCES,
)
from conference.foundation.db import db
from conference.foundation.db_bulk import write_many
from conference.registry.models import Attendee


def rulings_about(connection: Connection, attendee_ids: Iterable[int], scans: Iterable[UUID] = ()) -> list[Ruling]:
    """What people decided about scans of these attendees, or about these scans."""
    rows = connection.execute(RULINGS, {"ids": list(attendee_ids), "scans": list(scans)})
    return [_ruling(row) for row in rows]


def _ruling(row: Any) -> Ruling:
    given_to = None if row.given_to is None else (row.given_to, row.study_session_id)
    return Ruling(row.case_id, row.ordinal, row.outcome, row.scan_id, given_to)


def tree_of(
    connection: Connection,
    attendee_ids: Iterable[int],
    targets: Iterable[UUID],
    rulings: Iterable[Ruling],
    also: Iterable[UUID] = (),
) -> list[Any]:
    """The scans of some attendees, those given to them or named, and every undo below: all that has a time."""
    named = {one.scan for one in rulings if one.given_to is not None}.union(also)
    read = connection.execute(TREE, {"ids": list(attendee_ids), "targets": [*targets, *named]})
    rows: list[Any] = list(map(EarlierScan._make, read))
    if named and (missing := named - {row.id for row in rows}):
        rows += connection.execute(KNOWN, {"ids": list(missing)})
    return [row for row in rows if row.corrected_at is not None]


def sharing_spares(connection: Connection, attendee_ids: Iterable[int], spares: Iterable[int] = ()) -> set[int]:
    """These attendees, and whoever was handed one of these spare badges, or one that they were handed too."""
    ids, wanted = set(attendee_ids), set(spares)
    rows = connection.execute(HANDED, {"ids": list(ids), "spares": list(wanted)}).all()
    if shared := {row.spare_handed for row in rows} - wanted:
        rows = connection.execute(HANDED, {"ids": [], "spares": list(shared | wanted)}).all()
    return ids | {row.attendee_id for row in rows if row.attendee_id is not None}


def scans_of_spares(connection: Connection, attendee_ids: Iterable[int], spares: Iterable[int] = ()) -> set[UUID]:
    """Every reading and every handing of these spare badges, and of those that these attendees were handed."""
    wanted = set(spares)
    rows = connection.execute(HANDED, {"ids": list(attendee_ids), "spares": []})
    wanted |= {row.spare_handed for row in rows}
    return {row.id for row in connection.execute(ABOUT_SPARES, {"spares": list(wanted)})} if wanted else set()


def facts_around(attendee_ids: Iterable[int], scans: Iterable[UUID] = ()) -> tuple[list[Fact], list[Ruling]]:
    """Every fact about some attendees or scans as it was sent, and what was decided about them."""
    connection, scans = db.session.connection(), list(scans)
    ids = sorted(sharing_spares(connection, attendee_ids))
    spares = scans_of_spares(connection, ids)
    rulings = rulings_about(connection, ids, [*scans, *spares])
    rows = tree_of(connection, ids, scans, rulings, also=spares)
    if missing := set(scans) - {row.id for row in rows}:
        rows = [*rows, *connection.execute(KNOWN, {"ids": list(missing)})]
    return [fact_of(row) for row in rows if row.corrected_at is not None], rulings


def rulings_of(conference_id: int) -> list[Ruling]:
    rows = db.session.execute(
        select(
            CaseDecision.case_id,
            CaseDecision.ordinal,
            CaseDecision.outcome,
            RuledScan.scan_id,
            RuledScan.given_to,
            RuledScan.study_session_id,
        )
        .join(RuledScan, RuledScan.decision_id == CaseDecision.id)
        .where(CaseDecision.conference_id == conference_id)
        .order_by(CaseDecision.case_id, CaseDecision.ordinal, RuledScan.scan_id)
    )
    return [_ruling(row) for row in rows]


def ruled_facts_of(conference_id: int) -> list[Fact]:
    """Every fact of a conference with what was decided about it: what attendance is worked out from."""
    return ruled(facts_of(conference_id), rulings_of(conference_id))


def hold_doors(conference_id: int, facts: Iterable[Fact], attendee_ids: Iterable[int] = ()) -> None:
    """Before a decision: nothing else happens at these doors and where these people belong, and the devices there
    hear that their roster is another one.

    Whatever writes takes the doors first, so that two never wait for each other in a circle.
    """
    facts = list(facts)
    people = {fact.attendee for fact in facts if fact.attendee is not None} | set(attendee_ids)
    homes = db.session.scalars(select(Attendee.site_id).where(Attendee.id.in_(people)).distinct())
    renew_rosters([(conference_id, site_id) for site_id in {fact.site for fact in facts} | set(homes)])


def recount(*, conference_id: int, attendee_ids: Iterable[int]) -> None:
    """Work out the attendance of some people anew, after a decision. Repeatable. Announces ``site_counted``."""
    connection = db.session.connection()
    ids = sorted(sharing_spares(connection, attendee_ids))
    dialect = dialect_of(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(LOCK_ATTENDEES, {"ids": ids}).all()
    spares = scans_of_spares(connection, ids)
    rulings = rulings_about(connection, ids, spares)
    rows = tree_of(connection, ids, (), rulings, also=spares)
    methods: dict[UUID, Method] = {row.id: row.method for row in rows}
    standing = attendance_of(ruled([fact_of(row) for row in rows], rulings))
    after = {pair: one for pair, one in standing.items() if pair[0] in set(ids)}
    kept = connection.execute(select(AttendanceRow.__table__).where(AttendanceRow.attendee_id.in_(ids)))
    before = {(row.attendee_id, row.study_session_id): row for row in kept}
    for attendee_id, study_session_id in before.keys() - after.keys():
        connection.execute(
            delete(AttendanceRow.__table__).where(
                AttendanceRow.attendee_id == attendee_id, AttendanceRow.study_session_id == study_session_id
            )
        )
    if after:
        changed = [attendance_row(one, methods[one.first]) for one in after.values()]
        write_many(connection, UPSERT_ATTENDANCES[dialect], changed)
    _announce(conference_id, before, after)


def _announce(conference_id: int, before: dict[Pair, Any], after: dict[Pair, Attendance]) -> None:
    counted = {(pair[1], row.site_id) for pair, row in before.items()}
    counted |= {(pair[1], one.site) for pair, one in after.items()}
    for study_session_id, site_id in sorted(counted):
        site_counted.announce(conference_id=conference_id, study_session_id=study_session_id, site_id=site_id)


def attendance_row(one: Attendance, method: Method) -> dict[str, Any]:
    """An attendance as its table keeps it."""
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
