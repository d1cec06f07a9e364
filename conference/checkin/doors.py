"""What belongs to the doors as such: the version that each change there raises, and the one of their roster."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.checkin.models import DoorVersion
from conference.checkin.statements import RAISE_DOOR, VERSIONS
from conference.foundation.db import db

Door = tuple[int, int]
"""A conference and a site."""


def dialect_of(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql


def raise_doors(connection: Connection, doors: Iterable[Door]) -> dict[Door, Row[Any]]:
    """Raise the version of each door, in one order for everybody, and hold it until the commit. Gives their rows."""
    wanted = [{"conference": conference, "site": site} for conference, site in sorted(set(doors))]
    if not wanted:
        return {}
    connection.execute(RAISE_DOOR, wanted)
    rows = connection.execute(VERSIONS, {"sites": [door["site"] for door in wanted]})
    held = {(row.conference_id, row.site_id): row for row in rows}
    missing = [door for door in wanted if (door["conference"], door["site"]) not in held]
    if not missing:
        return held
    connection.execute(
        dialect_of(connection).insert(DoorVersion.__table__).on_conflict_do_nothing(),
        [{"conference_id": door["conference"], "site_id": door["site"], "version": 0} for door in missing],
    )
    return raise_doors(connection, [(door["conference"], door["site"]) for door in wanted])


def renew_rosters(doors: Iterable[Door]) -> None:
    """From now on the devices of these doors hear that their roster is another one. It holds the doors as
    ``raise_doors`` does."""
    connection, renewed = db.session.connection(), sorted(set(doors))
    raise_doors(connection, renewed)
    for conference_id, site_id in renewed:
        connection.execute(_RENEW.where(DoorVersion.conference_id == conference_id, DoorVersion.site_id == site_id))


def renew_all_rosters(conference_id: int) -> None:
    """``renew_rosters`` of every door of a conference that has counted."""
    wanted = select(DoorVersion.site_id).where(DoorVersion.conference_id == conference_id)
    renew_rosters([(conference_id, site_id) for site_id in db.session.scalars(wanted)])


_RENEW = update(DoorVersion.__table__).values(roster_version=DoorVersion.version)
