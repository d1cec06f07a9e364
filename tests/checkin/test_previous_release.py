"""A page of an earlier release still talks to this server: what it sent then is taken now, and answered in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.checkin.conftest import Doors

REQUESTS = {
    (path.stem, name): request
    for path in sorted((Path(__file__).parent / "recorded").glob("door-*.json"))
    for name, request in json.loads(path.read_text(encoding="utf-8"))["requests"].items()
}


def filled(sent: Any, doors: Doors) -> Any:
    """The recorded request with this scene's ticket and study session in the places of those of its day."""
    text = json.dumps(sent).replace("TICKET", doors.tickets[1]).replace('"SESSION"', str(doors.morning))
    return json.loads(text)


@pytest.mark.parametrize(("release", "name"), sorted(REQUESTS))
def test_what_an_earlier_release_sent_is_taken_and_answered_as_it_reads_it(
    doors: Doors, release: str, name: str
) -> None:
    recorded = REQUESTS[release, name]
    answer = doors.app.test_client().open(
        recorded["path"],
        method=recorded["method"],
        json=filled(recorded["body"], doors) if "body" in recorded else None,
        headers={"Authorization": f"Bearer {doors.token_here}"},
    )
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert set(recorded["reads"]) <= set(body)
    for part, fields in recorded["reads_in"].items():
        rows = body[part] if isinstance(body[part], list) else [body[part]]
        assert rows
        assert all(set(fields) <= set(row) for row in rows)
    assert [item["verdict"] for item in body.get("items", [])] == recorded.get("verdicts", [])
