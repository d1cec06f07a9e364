"""Merging units, letting their people go along, and taking the merger back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from conference.directory.actions import end_unit, follow_successor, reopen_unit
from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.registry.mergers import queries


def merge_units(*, unit_ids: Sequence[int], successor_id: int, day: date, by: Actor, at: datetime) -> None:
    """Close several units on a day in favour of one; all of them or, with an error, none.

    Raises ``unit_ended_already`` and ``units_in_a_circle``. People and lists stay until somebody lets them go along.
    """
    successor = db.session.get_one(Unit, successor_id)
    for unit in db.session.scalars(select(Unit).where(Unit.id.in_(unit_ids)).order_by(Unit.id).with_for_update()):
        if unit.valid_to is not None:
            raise DomainError("unit_ended_already", name=unit.name)
        end_unit(unit=unit, valid_to=day, successor=successor, by=by, at=at)


def go_along(*, successor_id: int, day: date, by: Actor, at: datetime) -> int:
    """Let the people of all units of a merger belong to the successor. Repeatable; returns how many went."""
    return sum(follow_successor(unit=unit, by=by, at=at) for unit in queries.merged_into(successor_id, day))


def take_back(*, successor_id: int, day: date, by: Actor, at: datetime) -> int:
    """Open the units of a merger again; returns how many. Raises ``merger_has_people`` once people have gone along."""
    units = queries.merged_into(successor_id, day)
    if queries.have_gone_along([unit.id for unit in units]):
        raise DomainError("merger_has_people")
    for unit in units:
        reopen_unit(unit=unit, by=by, at=at)
    return len(units)
