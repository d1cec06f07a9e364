"""Many rows at once: numbers for them first, so that rows that refer to one another go in by plain inserts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from conference.foundation.db import db

MANY = 500


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
    """Insert rows that all name the same columns."""
    if not rows:
        return
    dialect = db.session.get_bind().dialect
    if dialect.name != "sqlite" or len(rows) < MANY:
        db.session.execute(insert(table), rows)
        return
    # The same statement without the bookkeeping of a row each, which costs as much as SQLite itself.
    compiled = insert(table).compile(dialect=dialect, column_keys=list(rows[0]))
    columns = []
    for name in compiled.positiontup or ():
        default = table.c[name].default  # of a column that the rows don't name
        values = [row[name] for row in rows] if name in rows[0] else [getattr(default, "arg", None)] * len(rows)
        processor = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        columns.append(list(map(processor, values)) if processor else values)
    db.session.connection().exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


def table_of(model: Any) -> Table:
    """The table behind a model, for Core statements."""
    table: Table = model.__table__
    return table
