"""A database with rows in every table, whatever the tables are: for what must carry everything along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Connection, Enum, MetaData, Table, func, insert, select
from sqlalchemy.types import TypeDecorator, TypeEngine, Uuid

from conference.foundation.db import Hundredths

ROWS = 3
NEVER_EMPTY = ("corrected_at",)  # a scan that did not fail has a time
ONE_OF_TWO = {"outbox_mails": ("attendee_id", "account_id")}
"""Columns of which a row fills exactly one: the first, and in the last row the second."""

WORDS = "Đặng Hữu Phước\nbài “thu hoạch” 🌾"


def fill(connection: Connection, metadata: MetaData, *, but: frozenset[str] = frozenset({"journal_heads"})) -> None:
    """Three rows in each table; the last leaves empty what may be empty. Tables in ``but`` stay as they are."""
    keys: dict[str, list[Any]] = {}
    for table in metadata.sorted_tables:
        if table.name in but or table.name == "alembic_version":
            keys[table.name] = sorted(map(tuple, connection.execute(select(*table.primary_key.columns))), key=str)
            continue
        rows = [_row(table, number, keys) for number in range(1, ROWS + 1)]
        for row in rows:
            connection.execute(insert(table).values(row))
        keys[table.name] = [tuple(row[column.name] for column in table.primary_key.columns) for row in rows]


def counts(connection: Connection, metadata: MetaData) -> dict[str, int]:
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables
    }


def _row(table: Table, number: int, keys: Mapping[str, list[Any]]) -> dict[str, Any]:
    pair = ONE_OF_TWO.get(table.name, ())
    filled, left_out = set(NEVER_EMPTY), set()
    if pair and set(pair) <= set(table.columns.keys()):
        first, second = pair[::-1] if number == ROWS else pair
        filled.add(first)
        left_out.add(second)
    return {
        column.name: _value(column, number, keys)
        for column in table.columns
        if column.name not in left_out and not (number == ROWS and column.nullable and column.name not in filled)
    }


def _value(column: Column[Any], number: int, keys: Mapping[str, list[Any]]) -> Any:
    for key in column.foreign_keys:
        target = key.column.table
        if target is column.table:
            return 1 if number > 1 else None
        place = [c.name for c in target.primary_key.columns].index(key.column.name)
        return keys[target.name][number - 1][place]
    if column.primary_key and not isinstance(column.type, Uuid) and python_type(column.type) is int:
        return number
    later = list(column.table.columns).index(column)  # what begins stands before what ends
    return _of_type(column.type, column.name, number, later)


def _of_type(kind: TypeEngine[Any], name: str, number: int, place: int) -> Any:
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class or kind.enums))
    if isinstance(kind, Hundredths):
        return Decimal(number) / 4
    if isinstance(kind, JSON):
        return {"name": WORDS, "numbers": [number, None, 1.5]}
    if isinstance(kind, Uuid):
        return UUID(int=number)
    values: dict[type, Any] = {
        int: number,
        str: f"{name} {number} {WORDS}"[: getattr(kind, "length", None) or 500],
        bool: number % 2 == 0,
        float: number / 2,
        Decimal: Decimal(number),
        bytes: bytes([number, 0, 255]) * 10,
        date: date(2018, 12, number),
        time: time(7, number),
        datetime: datetime(2018, 12, 6, 7, number, 0, number, tzinfo=UTC) + timedelta(hours=place),
    }
    return values[python_type(kind)]


def python_type(kind: TypeEngine[Any]) -> type:
    return (kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type
