"""What belongs to the doors as such: the version that each change there raises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from conference.checkin.models import DoorVersion
from conference.checkin.statements import RAISE_DOOR, VERSIONS

Door = tuple[int, int]
"""A conference and a site."""


def dialect_of(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql


def raise_doors(connection: Connection, doors: Iterable[Door]) -> dict[Door, int]:
    """Raise the version of each door, in one order for everybody, and hold it until the commit."""
    wanted = [{"conference": conference, "site": site} for conference, site in sorted(set(doors))]
    if not wanted:
        return {}
    connection.execute(RAISE_DOOR, wanted)
    rows = connection.execute(VERSIONS, {"sites": [door["site"] for door in wanted]})
    versions = {(row.conference_id, row.site_id): row.version for row in rows}
    missing = [door for door in wanted if (door["conference"], door["site"]) not in versions]
    if not missing:
        return versions
    connection.execute(
        dialect_of(connection).insert(DoorVersion.__table__).on_conflict_do_nothing(),
        [{"conference_id": door["conference"], "site_id": door["site"], "version": 0} for door in missing],
    )
    return raise_doors(connection, [(door["conference"], door["site"]) for door in wanted])
