"""Many rows at once: numbers for them first, so that rows that refer to one another go in by plain inserts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from conference.foundation.db import db


def allocate_ids(table: Table, count: int) -> list[int]:
    """Ids that no one else will get, within the running transaction."""
    if not count:
        return []
    if db.session.get_bind().dialect.name == "postgresql":
        numbers = db.session.scalars(
            text(f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'id')) FROM generate_series(1, :count)"),  # noqa: S608
            {"count": count},
        )
        return sorted(numbers)
    last = db.session.scalar(select(func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def insert_rows(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table), rows)


def table_of(model: Any) -> Table:
    """The table behind a model, for Core statements."""
    table: Table = model.__table__
    return table
