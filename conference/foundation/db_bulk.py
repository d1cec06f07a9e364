"""Many rows at once into SQLite without SQLAlchemy's work for each value, where tenths of a millisecond count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert, Update

from conference.foundation.db import Moment

WITHOUT_ZONE = len("2018-12-06 00:45:00.000000")


def write_many(connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """Carry out the statement for each row; every row names the same columns, or bound values of its own."""
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    sql, names, converters = _compiled(statement, tuple(rows[0]))
    columns = list(zip(*map(itemgetter(*names), rows), strict=True))
    moment = lru_cache(maxsize=None)(_moment)  # one moment often stands in many rows
    for at, is_moment in converters:
        to_plain = moment if is_moment else _uuid
        columns[at] = tuple([None if value is None else to_plain(value) for value in columns[at]])
    connection.exec_driver_sql(sql, list(zip(*columns, strict=True)))


@lru_cache(maxsize=64)
def _compiled(
    statement: Insert | Update, names: tuple[str, ...]
) -> tuple[str, tuple[str, ...], tuple[tuple[int, bool], ...]]:
    """The statement with its values by position (names would be looked up for each value), their order, and which
    of them have a form of their own in SQLite. Words of an enum are text already."""
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"), column_keys=list(names))
    order = tuple(compiled.positiontup or ())
    converters: list[tuple[int, bool]] = []
    for at, name in enumerate(order):
        if isinstance(compiled.binds[name].type, Moment):
            converters.append((at, True))
        elif isinstance(compiled.binds[name].type, Uuid):
            converters.append((at, False))
    return str(compiled), order, tuple(converters)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")[:WITHOUT_ZONE]


def _uuid(value: UUID) -> str:
    return value.hex
