"""Nothing that was kept is changed in place: every step, an undo or a decision too, adds rows and leaves all others.

R8: after each handful of steps every earlier row is there byte for byte, and the journal's chain holds.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from conference.checkin.attendance import attendance_of
from conference.checkin.case_actions import decide_case, take_back_decision
from conference.checkin.decided import ruled_facts_of
from conference.checkin.models import Attendance, Case, CaseDecision
from conference.checkin.rules import CaseState, Outcome
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry, broken_links
from conference.planning.models import Conference
from conference.sites.models import Site
from tests.checkin.conftest import Doors
from tests.factories import local, make_attendee, make_unit

FACTS = ("scans", "quarantined_scans", "walk_ins", "case_decisions", "ruled_scans", "journal_entries")
NEVER = (
    "UPDATE scans SET corrected_at = received_at",
    "UPDATE scans SET attendee_id = NULL",
    "UPDATE scans SET spare_read = 1",
    "UPDATE scans SET spare_bars = NULL",
    "UPDATE scans SET is_other_session = TRUE",
    "UPDATE scans SET body = 'x'",
    "DELETE FROM scans",
    "UPDATE case_decisions SET outcome = 'ignored'",
    "DELETE FROM ruled_scans",
)


def rows_of(doors: Doors) -> dict[str, set[bytes]]:
    """Each table's rows, by a hash of everything that stands in them."""
    with doors.app.app_context():
        found = {
            name: {
                hashlib.sha256(repr(tuple(row)).encode()).digest()
                for row in db.session.execute(text(f"SELECT * FROM {name}"))
            }
            for name in FACTS
        }
        db.session.remove()
        return found


class Day:
    """What people at doors and desks do, one thing after the other, by chance; ``decisions`` counts the desk's."""

    def __init__(self, doors: Doors, chance: random.Random) -> None:
        self.doors, self.chance = doors, chance
        self.sent: list[str] = []
        self.decisions = 0

    def step(self) -> None:
        what = self.chance.random()
        if what < 0.15:
            self._decide()
        elif what < 0.2:
            self._take_back()
        else:
            self._send()

    def _send(self) -> None:
        doors, chance = self.doors, self.chance
        token, own = chance.choice(
            [
                (doors.token_here, doors.numbers_here),
                (doors.second_token_here, doors.numbers_here),
                (doors.token_there, doors.numbers_there),
            ]
        )
        if self.sent and chance.random() < 0.25:
            item = doors.undo(chance.choice(self.sent))
        else:
            item = doors.item(
                chance.choice(own if chance.random() < 0.7 else list(doors.tickets)),
                at=local("07:20") + timedelta(seconds=chance.randrange(3_000), days=-chance.choice([*[0] * 30, 9_000])),
                study_session=chance.choice([doors.morning, doors.afternoon]),
                direction=chance.choice(["in", "in", "in", "out", "spot"]),
                decision=chance.choice(["guest", None]),
                verdict_shown=chance.choice([None, "accepted"]),
            )
        self.sent.append(item["id"])
        doors.send(item, token=token)
        if chance.random() < 0.1:  # once more, as it was or spoilt
            item |= chance.choice([{}, {"scanned_at": local("07:10").isoformat()}])
            doors.ask(item, token=token)

    def _case(self, state: CaseState) -> Case | None:
        cases = db.session.scalars(select(Case).where(Case.state == state).order_by(Case.id)).all()
        return self.chance.choice(cases) if cases else None

    def _decide(self) -> None:
        with self.doors.app.app_context(), transaction():
            case = self._case(CaseState.OPEN)
            if case is not None:
                is_placed = case.kind.value == "two_sites"
                outcome = Outcome.PLACED if is_placed else self.chance.choice([Outcome.COUNTS, Outcome.IGNORED])
                place = self.doors.here if is_placed else None
                decide_case(
                    case=case, outcome=outcome, site_id=place, note="", ring=self.doors.keys, by=SYSTEM, at=clock.now()
                )
                self.decisions += 1

    def _take_back(self) -> None:
        with self.doors.app.app_context(), transaction():
            case = self._case(CaseState.DECIDED)
            if case is not None:
                take_back_decision(case=case, by=SYSTEM, at=clock.now())
                self.decisions += 1


def call_more(doors: Doors, count: int) -> None:
    """So that ten thousand steps are not all about the same eight people."""
    with doors.app.app_context(), transaction():
        conference, unit = db.session.get_one(Conference, doors.conference), make_unit("Công đoàn Trường THPT")
        for number in range(100, 100 + count):
            home, called = ((doors.here, doors.numbers_here), (doors.there, doors.numbers_there))[number % 2]
            attendee = make_attendee(conference, site=db.session.get_one(Site, home), unit=unit, number=number)
            attendee.ticket = doors.keys.issue(conference=conference.id, attendee=number, site=home)
            doors.tickets[number] = attendee.ticket
            called.append(number)


def test_every_step_adds_and_none_changes_what_was_kept(doors: Doors, sized: Callable[[int, int], int]) -> None:
    steps, look_every = sized(100, 10_000), sized(25, 250)
    call_more(doors, sized(4, 400))
    day = Day(doors, random.Random(8))
    before = rows_of(doors)
    for number in range(1, steps + 1):
        day.step()
        if number % look_every:
            continue
        now = rows_of(doors)
        assert {name: len(rows - now[name]) for name, rows in before.items()} == dict.fromkeys(FACTS, 0)
        before = now
    for statement in NEVER:
        with doors.app.app_context(), pytest.raises(Exception, match="never changed"), transaction():
            db.session.execute(text(statement))
    with doors.app.app_context():
        assert list(broken_links()) == []
        assert _count(CaseDecision) == _count(JournalEntry, JournalEntry.subject_kind == "case") == day.decisions
        derived = attendance_of(ruled_facts_of(doors.conference))
        stored = {(row.attendee_id, row.study_session_id): row.first for row in db.session.scalars(select(Attendance))}
        assert stored == {pair: one.first for pair, one in derived.items()}
    assert day.decisions > steps // 50


def _count(table: type[Any], *which: Any) -> int:
    return db.session.scalars(select(func.count()).select_from(table).where(*which)).one()
