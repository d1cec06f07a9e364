"""What a device found out about itself before the doors opened: rungs, each with its state and measured value.

The device measures and decides; ``static/js/checkin/preflight.js`` climbs the same rungs. What arrives is read
strictly, because it is shown to organizers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

LONGEST_WORD = 40
LARGEST_VALUE = 2**53
WORD = re.compile(r"[ -~]*")


class Rung(StrEnum):
    """What a device looks at, in the order of the ladder."""

    ROSTER = "roster"
    OFFLINE = "offline"
    STORAGE = "storage"
    ROOM = "room"
    CLOCK = "clock"
    NETWORK = "network"
    CAMERA = "camera"
    TEST_SCAN = "test_scan"
    BATTERY = "battery"
    APP = "app"


class RungState(StrEnum):
    GOOD = "good"
    LOOK = "look"  # it would work, but somebody should look at it
    LACKING = "lacking"


@dataclass(frozen=True, slots=True)
class Preflight:
    """A device's own word about every rung."""

    checked_at: datetime
    rungs: Mapping[Rung, tuple[RungState, float | str | None]]

    @property
    def is_ready(self) -> bool:
        """Nothing is lacking, and a code was really read."""
        states = {rung: state for rung, (state, _value) in self.rungs.items()}
        return states.get(Rung.TEST_SCAN) is RungState.GOOD and RungState.LACKING not in states.values()

    def as_json(self) -> dict[str, Any]:
        return {
            "checked_at": self.checked_at.isoformat(),
            "is_ready": self.is_ready,
            "rungs": {rung.value: [state.value, value] for rung, (state, value) in self.rungs.items()},
        }


def read_preflight(sent: object) -> Preflight | None:
    """None for what is no pre-flight: a report is no reason to refuse the scans that come with it."""
    if not isinstance(sent, dict) or not isinstance(sent.get("rungs"), dict):
        return None
    try:
        checked_at = datetime.fromisoformat(str(sent.get("checked_at"))[:LONGEST_WORD])
        if checked_at.tzinfo is None or not sent["rungs"]:
            return None
        rungs = {Rung(name): _rung(told) for name, told in sent["rungs"].items()}
        return Preflight(checked_at.astimezone(UTC), rungs)
    except (ValueError, OverflowError):
        return None


def _rung(told: object) -> tuple[RungState, float | str | None]:
    if not isinstance(told, list) or len(told) != 2 or not isinstance(told[0], str):
        raise ValueError
    state, value = told
    if isinstance(value, str):
        is_good = len(value) <= LONGEST_WORD and WORD.fullmatch(value) is not None
    else:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_good = value is None or (is_number and math.isfinite(value) and abs(value) <= LARGEST_VALUE)
    if not is_good:
        raise ValueError
    return RungState(state), value
