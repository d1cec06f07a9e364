"""What the README shows to those who write programs of their own works as it stands there."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conference.accounts.rules import Right
from conference.accounts.token_actions import make_service_token
from conference.foundation.actor import SYSTEM
from conference.foundation.db import transaction
from tests.journeys.door_day import DoorDay

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_scanner_counts_a_ticket_and_the_reader_sees_it(day: DoorDay) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    program: dict[str, Any] = {}
    exec(code, program)
    assert program["scan"](day.tickets[1], day.session, day.other_token, base=day.url) == "accepted"
    assert program["scan"](day.tickets[1], day.session, day.other_token, base=day.url) == "already_in"

    (rights, path) = re.findall(r"--service ([a-z,]+) .*?http://127.0.0.1:8000(/\S+)", README, re.S)[0]
    with day.app.app_context(), transaction():
        _row, token = make_service_token(
            label="README", rights=map(Right, rights.split(",")), conference_id=None, by=SYSTEM, at=datetime.now(UTC)
        )
    request = urllib.request.Request(day.url + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        items = json.load(answer)["items"]
    assert {item["site"]: item["present"] for item in items} == {day.here: 1, day.there: 0}
