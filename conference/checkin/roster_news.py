"""What others change of a door's roster reaches its devices with their next question, and not a minute later.

Each is heard after the commit and written in a transaction of its own: whoever changed the list holds people, doors
hold themselves first and people then, and two must never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Collection

from conference.checkin.doors import renew_all_rosters, renew_rosters
from conference.foundation.db import transaction
from conference.planning.actions import programme_changed
from conference.registry.signals import roster_changed


def listen() -> None:
    """Repeatable."""
    roster_changed.listen(_renew)
    programme_changed.listen(_renew_all)


def _renew(*, conference_id: int, site_ids: Collection[int]) -> None:
    with transaction():
        renew_rosters([(conference_id, site_id) for site_id in site_ids])


def _renew_all(*, conference_id: int) -> None:
    with transaction():
        renew_all_rosters(conference_id)
