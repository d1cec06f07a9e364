"""Many rows at once into SQLite without SQLAlchemy's work for each value, where tenths of a millisecond count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert

from conference.foundation.db import Moment

Plain = Callable[[Any], Any]


def write_many(connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Carry out an insert for each row; every row names the same columns, by the columns' names."""
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    sql, converted = _compiled(statement, tuple(rows[0]))
    plain = [dict(row) for row in rows]
    for name, to_plain in converted:
        for row in plain:
            if row[name] is not None:
                row[name] = to_plain(row[name])
    connection.exec_driver_sql(sql, plain)


@lru_cache(maxsize=64)
def _compiled(statement: Insert, names: tuple[str, ...]) -> tuple[str, tuple[tuple[str, Plain], ...]]:
    dialect = sqlite.dialect(paramstyle="named")
    columns = {column.name: column for column in statement.table.columns}
    sql = str(statement.compile(dialect=dialect, column_keys=list(names)))
    # Words of an enum are text already; only these two have a form of their own in SQLite.
    converted: list[tuple[str, Plain]] = []
    for name in names:
        if isinstance(columns[name].type, Moment):
            converted.append((name, _moment))
        elif isinstance(columns[name].type, Uuid):
            converted.append((name, _uuid))
    return sql, tuple(converted)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _uuid(value: UUID) -> str:
    return value.hex
