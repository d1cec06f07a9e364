"""F5: A disk that takes nothing more while doors count is told in words, and nothing that was answered is lost."""

from __future__ import annotations

import json
import resource
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from conference.checkin.models import Scan
from conference.foundation.db import db
from tests.journeys.door_day import DoorDay

SO_FAR = 40_000
"""A file that is longer takes nothing more. Room for what the server writes into its log."""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DoorDay]:
    found = DoorDay(tmp_path / "data")
    yield found
    found.end()


def send(day: DoorDay, number: int) -> tuple[int, str, dict[str, Any]]:
    """The status and body of the answer to one new scan, and its id."""
    item = {
        "id": str(uuid.uuid4()),
        "ticket": day.tickets[number],
        "study_session": day.session,
        "scanned_at": datetime.now(UTC).isoformat(),
    }
    request = urllib.request.Request(
        f"{day.url}/api/v1/scans",
        json.dumps({"items": [item]}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {day.other_token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, item["id"], json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, item["id"], json.load(refused)


def limit_files(day: DoorDay, most: int) -> None:
    for pid in day.server.processes():
        _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most if most >= 0 else hard, hard))


def test_a_disk_that_takes_nothing_more_is_told_and_what_was_answered_stays(day: DoorDay) -> None:
    """To the server it is as if the system had made the disk read-only: its open files refuse each write."""
    answered = [send(day, 1)[1]]
    limit_files(day, SO_FAR)
    try:
        for _ in range(200):
            status, id, body = send(day, 2)
            if status != 200:
                break
            answered.append(id)
        assert (status, body["error"]) == (503, "storage_read_only")
        assert body["message"]
        assert send(day, 3)[0] == 503
        with urllib.request.urlopen(f"{day.url}/keys/tickets.json", timeout=30) as page:
            assert page.status == 200
    finally:
        limit_files(day, -1)
    status, id, _ = send(day, 4)  # nobody has started anything anew
    assert status == 200
    with day.app.app_context():
        assert {str(id) for id in db.session.scalars(select(Scan.id))} == {*answered, id}
        db.session.remove()
    assert day.present() == [1, *([2] if answered[1:] else []), 4]
