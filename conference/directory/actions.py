"""Changing what the directory says about a unit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.text import collation_key, fold


def rename_unit(*, unit: Unit, was: str, name: str, short_name: str, by: Actor, at: datetime) -> None:
    """Write a unit's names. ``was`` is the name that was on the screen: raises ``changed_meanwhile`` for another."""
    changed = changed_rows(
        update(Unit)
        .where(Unit.id == unit.id, Unit.name == was)
        .values(name=name, short_name=short_name, name_folded=fold(name), sort_key=collation_key(name))
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(unit, ["name", "short_name", "name_folded", "sort_key"])
    record(by=by, at=at, action="unit.rename", subject=("unit", unit.id))
