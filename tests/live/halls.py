"""What devices send, over HTTP."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from conference.foundation import clock


def post_json(url: str, sent: object, *, bearer: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(sent).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def get_json(url: str, *, cookie: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=10) as answer:
        return json.load(answer)


def scan_of(ticket: str, study_session: int, **further: object) -> dict[str, Any]:
    """A scan as a device sends it, made now."""
    return {
        "id": str(uuid4()),
        "kind": "scan",
        "ticket": ticket,
        "study_session": study_session,
        "scanned_at": clock.now().isoformat(),
        **further,
    }


def end_devices(url: str, devices: Iterable[int], *, organizer: str) -> None:
    """On the page of devices, as an organizer with this cookie does it."""
    page = urllib.request.Request(f"{url}/conferences/NQ12/devices", headers={"Cookie": f"staff={organizer}"})
    with urllib.request.urlopen(page, timeout=10) as answer:
        token = re.search(r'name="csrf-token" content="([^"]+)"', answer.read().decode())[1]  # type: ignore[index]
        state = answer.headers["Set-Cookie"].partition(";")[0]
    for device in devices:
        revoke = urllib.request.Request(
            f"{url}/conferences/NQ12/devices/{device}/revocation",
            b"",
            {"Cookie": f"staff={organizer}; {state}", "X-CSRF-Token": token},
        )
        urllib.request.urlopen(revoke, timeout=10).close()
