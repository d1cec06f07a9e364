"""An acknowledged scan is never lost, also when web processes or the database are killed at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from conference.checkin import queries
from conference.checkin.attendance import attendance_of
from conference.checkin.exporting import exported_state
from conference.checkin.models import Scan
from conference.foundation.db import db
from tests.journeys.door_day import DoorDay
from tests.services.postgres import PostgreSQL
from tests.services.web import WebServer

THREADS = 4
Sized = Callable[[int, int], int]


@pytest.fixture
def day(tmp_path: Path, database_url: str, sized: Sized) -> Iterator[DoorDay]:
    found = DoorDay(tmp_path / "data", database_url=database_url, more=sized(0, 600))
    yield found
    found.end()


def scan(day: DoorDay, number: int) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "ticket": day.tickets[number],
        "study_session": day.session,
        "scanned_at": datetime.now(UTC).isoformat(),
        "decision": "guest",
    }


def send(day: DoorDay, items: list[dict[str, Any]], refusals: set[int]) -> list[dict[str, Any]] | None:
    """The answers, or None when none came or the server refused: then the items are sent again, as a phone does."""
    request = urllib.request.Request(
        f"{day.server.url}/api/v1/scans",
        json.dumps({"items": items}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {day.other_token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)["items"]  # type: ignore[no-any-return]
    except urllib.error.HTTPError as refused:
        refusals.add(refused.code)
        refused.close()
        return None
    except (OSError, HTTPException, ValueError):
        return None


class Phones:
    """So many threads scan on and on; what got no answer is sent again until it has one."""

    def __init__(self, day: DoorDay, chance: random.Random) -> None:
        self.day, self.chance = day, chance
        self.acknowledged: dict[str, str] = {}
        self.let_in: set[int] = set()
        self.tries_without_answer = [0] * THREADS
        self.refusals: set[int] = set()
        self.faults: list[Any] = []
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._scan_on, args=(place,)) for place in range(THREADS)]
        for one in self._threads:
            one.start()

    def _scan_on(self, place: int) -> None:
        while not self._over.is_set():
            several = self.chance.choice([1, 1, 5, 20])
            people = self.chance.choices(list(self.day.tickets), k=several)
            items = [scan(self.day, number) for number in people]
            while (answers := send(self.day, items, self.refusals)) is None and not self._over.is_set():
                self.tries_without_answer[place] += 1
                time.sleep(0.02)
            with self._lock:
                self.faults += [answer for answer in answers or () if answer["status"] != 200]
                self.acknowledged |= {answer["id"]: answer["verdict"] for answer in answers or ()}
                self.let_in |= set(people if answers else ())

    def await_more(self, count: int) -> None:
        least = len(self.acknowledged) + count
        self._await(lambda: len(self.acknowledged) > least)

    def await_no_answer(self) -> None:
        """Until each has noticed that nobody answers: whatever was answered before is noted by now."""
        before = list(self.tries_without_answer)
        self._await(lambda: all(now > was for now, was in zip(self.tries_without_answer, before, strict=True)))

    def _await(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not is_so():
            assert not self.faults, self.faults[:3]
            assert time.monotonic() < until, "nothing came for a minute"
            time.sleep(0.01)

    def end(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join(30)


def kept(day: DoorDay) -> dict[str, str]:
    with day.app.app_context():
        rows = {str(row.id): row.verdict.value for row in db.session.execute(select(Scan.id, Scan.verdict))}
        db.session.remove()
    return rows


def test_what_was_acknowledged_survives_kill_9(
    day: DoorDay, backend: str, request: pytest.FixtureRequest, sized: Sized
) -> None:
    """The web process dies and is started again by its own master, or all die and somebody starts them, or the
    database dies. Whatever was kept before its answer got lost is answered as it was kept."""
    chance = random.Random(9)
    phones = Phones(day, chance)
    without_answer: dict[str, str] = {}
    ways = ["everything", "worker"] if backend == "sqlite" else ["worker", "database", "everything"]
    rounds, scans = sized(len(ways) - 1, 100), sized(40, 20_000)
    try:
        for round_ in range(rounds):
            phones.await_more(max(THREADS, scans // rounds))  # the server is up and counting
            time.sleep(chance.uniform(0.0, 0.2))
            way = ways[round_ % len(ways)]
            if way == "database":
                database: PostgreSQL = request.getfixturevalue("postgresql")
                database.crash()
                continue
            master, *workers = day.server.processes()
            for pid in workers if way == "worker" else (*workers, master):
                os.kill(pid, signal.SIGKILL)
            if way == "everything":
                day.server.end()
                phones.await_no_answer()
                without_answer |= {id: said for id, said in kept(day).items() if id not in phones.acknowledged}
                day.server = WebServer(env=day.env, port=day.server.port)
        phones.await_more(scans // rounds)
    finally:
        phones.end()
    assert phones.faults == []
    assert phones.refusals <= {503}, day.server.said()
    with day.app.app_context():
        state = exported_state(day.code)
        stored = attendance_of(queries.facts_of(day.conference))
    print(f"{len(phones.acknowledged)} scans acknowledged, {len(without_answer)} kept before their answer was lost")
    assert len(phones.acknowledged) >= scans
    assert phones.acknowledged.keys() - set(state["ids"]) == set()
    assert without_answer.items() <= phones.acknowledged.items()
    assert len(stored) == len(phones.let_in)
    assert day.present() == sorted(phones.let_in)
