"""Many rows at once into SQLite without SQLAlchemy's work for each value, where tenths of a millisecond count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Connection, Dialect, Enum, LargeBinary, Uuid
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.types import TypeEngine

from conference.foundation.db import Moment

WITHOUT_ZONE = len("2018-12-06 00:45:00.000000")
Plain = Callable[[Any], object]
_SQLITE: Dialect = sqlite.dialect(paramstyle="qmark")


def write_many(connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """Carry out the statement for each row; every row names the same columns, or bound values of its own.

    Columns that an insert leaves empty in every row must have no default.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    names = tuple(rows[0])
    filled = dict(zip(names, zip(*map(itemgetter(*names), rows), strict=True), strict=True))
    if isinstance(statement, Insert):  # the driver takes longer over None than over anything else
        filled = {name: column for name, column in filled.items() if column.count(None) < len(column)}
    sql, order, converters = _compiled(statement, tuple(filled))
    columns: list[Sequence[Any]] = [filled[name] for name in order]
    for at, to_plain in converters:
        plain = lru_cache(maxsize=None)(_moment) if to_plain is _moment else to_plain  # one moment stands in many rows
        columns[at] = [None if value is None else plain(value) for value in columns[at]]
    connection.exec_driver_sql(sql, list(zip(*columns, strict=True)))


@lru_cache(maxsize=64)
def _compiled(
    statement: Insert | Update, names: tuple[str, ...]
) -> tuple[str, tuple[str, ...], tuple[tuple[int, Plain], ...]]:
    """The statement with its values by position (names would be looked up for each value), their order, and which
    of them are given another form."""
    compiled = statement.compile(dialect=_SQLITE, column_keys=list(names))
    order = tuple(compiled.positiontup or ())
    converters = [(at, to_plain) for at, name in enumerate(order) if (to_plain := _plain(compiled.binds[name].type))]
    return str(compiled), order, tuple(converters)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")[:WITHOUT_ZONE]


def _uuid(value: UUID) -> str:
    return value.hex


_word: Plain = attrgetter("value")


def _plain(type_: TypeEngine[Any]) -> Plain | None:
    """How a value becomes what SQLite keeps. Words of an enum, truths and bytes would do as they are; but what is not
    exactly text, a number or a bytearray costs the driver eight times as much, a fifth of a check-in in all."""
    if isinstance(type_, Moment):
        return _moment
    if isinstance(type_, Uuid):
        return _uuid
    if isinstance(type_, Enum):
        return _word
    if isinstance(type_, Boolean):
        return int
    if isinstance(type_, LargeBinary):
        return bytearray
    return type_.dialect_impl(_SQLITE).bind_processor(_SQLITE)
