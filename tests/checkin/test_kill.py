"""An acknowledged scan is never lost, also when the server is killed at any moment."""

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
from pathlib import Path
from typing import Any

import pytest

from conference.checkin import queries
from conference.checkin.attendance import attendance_of
from conference.checkin.exporting import exported_state
from tests.journeys.door_day import DoorDay
from tests.services.web import WebServer, _family

THREADS = 4


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DoorDay]:
    found = DoorDay(tmp_path / "data")
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


def send(day: DoorDay, items: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The answers, or None when none came: then the items are sent again, as a phone does."""
    request = urllib.request.Request(
        f"{day.server.url}/api/v1/scans",
        json.dumps({"items": items}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {day.other_token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)["items"]  # type: ignore[no-any-return]
    except (OSError, urllib.error.URLError, ValueError):
        return None


def await_more(acknowledged: dict[str, str]) -> None:
    before, until = len(acknowledged), time.monotonic() + 30
    while len(acknowledged) <= before + THREADS:
        assert time.monotonic() < until, "no scan was acknowledged for half a minute"
        time.sleep(0.01)


def test_what_was_acknowledged_survives_kill_9(day: DoorDay, sized: Callable[[int, int], int]) -> None:
    chance = random.Random(9)
    acknowledged: dict[str, str] = {}
    lock, over, faults = threading.Lock(), threading.Event(), []

    def phone() -> None:
        while not over.is_set():
            items = [scan(day, chance.choice(list(day.tickets))) for _ in range(chance.choice([1, 1, 5, 20]))]
            while not over.is_set():
                answers = send(day, items)
                if answers is None:
                    time.sleep(0.02)
                    continue
                with lock:
                    for answer in answers:
                        if answer["status"] != 200:
                            faults.append(answer)
                        acknowledged[answer["id"]] = answer["verdict"]
                break

    phones = [threading.Thread(target=phone) for _ in range(THREADS)]
    for one in phones:
        one.start()
    for _ in range(sized(3, 100)):
        await_more(acknowledged)  # the server is up and counting
        time.sleep(chance.uniform(0.0, 0.4))
        for pid in reversed(_family(day.server._server.pid)[1:]):
            os.kill(pid, signal.SIGKILL)
        day.server.end()
        day.server = WebServer(env=day.env)
    await_more(acknowledged)
    over.set()
    for one in phones:
        one.join(30)
    assert faults == []
    with day.app.app_context():
        state = exported_state(day.code)
        stored = attendance_of(queries.facts_of(day.conference))
    assert len(acknowledged) > sized(40, 4_000)
    assert acknowledged.keys() - set(state["ids"]) == set()
    assert len(stored) == len(day.tickets)
    assert day.present() == sorted(day.tickets)
