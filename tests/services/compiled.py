"""Each test has an engine of its own; all engines of one kind speak the same SQL, so it is compiled once for all."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache


def share() -> None:
    """From now on engines of this process look a statement up in one store: a fifth of the suite's time went into
    compiling the same statements anew for each test."""
    store: LRUCache[object, object] = LRUCache(4_000)
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = lambda self, other: type(self) is type(other)
        dialect.__hash__ = lambda self: hash(type(self))
    Engine._compiled_cache = property(lambda self: store, lambda self, value: None)
