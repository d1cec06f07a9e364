"""When a test at a door belongs to a rehearsal. No database, no request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SETTING_UP = timedelta(minutes=60)
"""Before its hour people already set up and try; after it they pack in, and the last come."""

LONGEST = timedelta(hours=12)


class Part(StrEnum):
    """How a site stands with a rehearsal."""

    CAME = "came"
    LATER = "later"  # its device was tried after the others had gone
    ABSENT = "absent"


@dataclass(frozen=True)
class Planned:
    """A rehearsal as far as it concerns one site."""

    id: int
    starts_at: datetime
    ends_at: datetime

    def holds(self, moment: datetime) -> bool:
        """True while people are there."""
        return self.starts_at - SETTING_UP <= moment <= self.ends_at + SETTING_UP


def rehearsal_of(moment: datetime, planned: Iterable[Planned]) -> Planned | None:
    """The rehearsal that a test at this moment shows something for: the last that had begun. None before the first.

    What is tried after everybody has gone still shows that a device works, so it counts for the last one, as later.
    """
    begun = [one for one in planned if one.starts_at - SETTING_UP <= moment]
    return max(begun, key=lambda one: (one.starts_at, one.id)) if begun else None


def is_tried(moment: datetime, planned: Iterable[Planned]) -> bool:
    """True when a ticket that is read at this moment is read to try it, and counts nobody."""
    return any(one.holds(moment) for one in planned)
