"""Membership in a long list of ids, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from conference.directory.models import Unit
from conference.foundation.among import among
from conference.foundation.db import db
from tests.factories import make_unit


@pytest.mark.parametrize("many", [0, 1, 70_000])
def test_rows_are_found_by_any_number_of_ids(app, many: int) -> None:
    """70,000 is more than PostgreSQL takes as values of their own."""
    with app.app_context():
        units = [make_unit(f"Công đoàn cơ sở {number}") for number in range(3)]
        others = [units[-1].id + 1 + number for number in range(many)]
        wanted = [units[0].id, units[2].id] if many else []
        found = db.session.scalars(select(Unit.id).where(among(Unit.id, [*wanted, *others])).order_by(Unit.id)).all()
        assert list(found) == wanted
        db.session.rollback()
