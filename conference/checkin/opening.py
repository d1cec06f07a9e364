"""The cases that new scans open, and the decided ones that they open again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from conference.checkin.attendance import Disagreement, disagreements_of
from conference.checkin.models import Case
from conference.checkin.rules import BARS, CaseKind, CaseState, ItemKind, Verdict
from conference.checkin.statements import CASES
from conference.checkin.taking import Taking


def open_cases(taking: Taking) -> None:
    """Bring to a person what disagrees by these rows, by themselves or with what was known of their people."""
    found: dict[str, tuple[Disagreement, dict[str, Any]]] = {}
    for row in taking.new_rows:
        if row["kind"] is ItemKind.UNDO or row["corrected_at"] is None or not _may_disagree(taking, row):
            continue
        fact = taking.fact(row)
        around = taking.known.facts.get(fact.pair, []) if fact.pair is not None else []
        for one in disagreements_of([fact, *around]):
            is_of_spares = one.kind is CaseKind.SPARE or (row["spare_read"] is not None and row["failure"] is None)
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
            "opened_at": taking.at,
            "state": CaseState.OPEN,
            "note": "",
        }
        for key, (one, row) in sorted(found.items())
    ]
    taking.known.connection.execute(taking.known.dialect.insert(Case.__table__).on_conflict_do_nothing(), rows)
    _open_again(taking, {key: row for key, (_one, row) in found.items()})


def _open_again(taking: Taking, found: dict[str, dict[str, Any]]) -> None:
    """A decided case with new evidence waits for a person again; what was decided stands until then."""
    decided = [case for case in taking.known.rows(CASES, keys=found) if case.state is CaseState.DECIDED]
    news = [case.id for case in decided if _is_news(taking, case.kind, found[case.key])]
    if news:
        taking.known.connection.execute(update(Case.__table__).where(Case.id.in_(news)).values(state=CaseState.OPEN))


def _is_news(taking: Taking, kind: CaseKind, row: dict[str, Any]) -> bool:
    """One more scan where the person was seen before says nothing new."""
    around = taking.known.facts.get((row["attendee_id"], row["study_session_id"]), ())
    return kind is not CaseKind.TWO_SITES or not any(
        fact.site == row["site_id"] and fact.id != row["id"] for fact in around
    )


def _may_disagree(taking: Taking, row: dict[str, Any]) -> bool:
    if is_doubtful(row):
        return True
    around = taking.known.facts.get((row["attendee_id"], row["study_session_id"]), ())
    return any(fact.site != row["site_id"] for fact in around)


def is_doubtful(row: dict[str, Any]) -> bool:
    """Whether a row may disagree with anything all by itself; most never do."""
    if row["flagged"] or row["failure"] is not None or row["is_elsewhere"] or row["is_other_session"]:
        return True
    return row["verdict"] is not Verdict.ACCEPTED and row["verdict"] in BARS
