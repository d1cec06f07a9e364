"""The database: types, the two engines, and the one place that commits."""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData, Text, event
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeDecorator

from conference.foundation.errors import DomainError

SQLITE_SAFE_FROM = (3, 51, 3)
"""Older SQLite libraries can corrupt a WAL database when two processes reset the log (sqlite.org, 2026)."""

BUSY_MILLISECONDS = 5_000
SLOWEST_STATEMENT_MILLISECONDS = 60_000
LOOK_AGAIN_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02)
STAY_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
"""A PostgreSQL may be set up to acknowledge what it has not kept yet; what we acknowledge is kept."""

AFTER_COMMIT = "after_commit"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive one is a bug and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hundredths(TypeDecorator[Decimal]):
    """An exact decimal with two places (marks, rates): SQLite has none, so it is kept in hundredths."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value * 100
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than two decimal places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(Decimal("0.01"))


Bytewise = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts and is searched byte by byte in both databases: sort keys, folded names, paths."""

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A primary key that may grow past two thousand million rows; SQLite counts by itself only on INTEGER."""


class Base(DeclarativeBase):
    """Shared by all tables: names of constraints, and how Python types become columns."""

    metadata = MetaData(naming_convention=NAMING)
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: Moment(),
            Decimal: Hundredths(),
            enum.StrEnum: Enum(
                enum.StrEnum,
                native_enum=False,
                length=32,
                validate_strings=True,
                values_callable=lambda members: [member.value for member in members],
            ),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": True})


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work: everything in it is committed together or not at all.

    In SQLite it begins with BEGIN IMMEDIATE, so that a read that turns into a write can't fail half-way.
    Raises a ``DomainError`` when the database can't be written now: ``busy``, ``storage_full``,
    ``storage_read_only``, ``database_away``. After the last one nobody knows whether a commit arrived: callers
    repeat with the same key.
    """
    session = db.session
    if session.info.get("in_transaction"):
        raise RuntimeError("transactions do not nest: the edge opens one, the action only works in it")
    session.info["in_transaction"] = True
    session.info[AFTER_COMMIT] = []
    try:
        session.commit()  # ends a reading transaction that the request may have begun; objects stay loaded
        with _turn_to_write(db.engine):
            session.connection(execution_options={"writes": True})
            yield
            session.commit()
    except SQLAlchemyError as error:
        session.rollback()
        if trouble := trouble_of(error):
            raise trouble from error
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("in_transaction", None)
        heard = session.info.pop(AFTER_COMMIT, [])
    for tell in heard:
        tell()


_writers: dict[str, threading.Lock] = {}


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """Writers of one process queue here for SQLite, where waiting costs nothing and lets other greenlets run."""
    if engine.dialect.name != "sqlite":
        yield
        return
    turn = _writers.setdefault(str(engine.url), threading.Lock())
    if not turn.acquire(timeout=BUSY_MILLISECONDS / 1000):
        raise DomainError("busy")
    try:
        yield
    finally:
        turn.release()


def after_commit(tell: Callable[[], None]) -> None:
    """Call ``tell`` once the running transaction has committed; never when it was rolled back."""
    db.session.info[AFTER_COMMIT].append(tell)


def changed_rows(statement: UpdateBase) -> int:
    """Carry out an update or delete and count the rows it changed: how races are settled."""
    result = db.session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


TROUBLES = frozenset({"busy", "storage_full", "storage_read_only", "database_away"})
"""Refusals that pass by themselves or by an operator's hand: what was asked may be asked again."""

BUSY_WORDS = ("locked", "lock timeout", "deadlock detected", "could not serialize", "too many clients")
BUSY_STATES = ("55P03", "40P01", "40001", "53300", "57014")  # PostgreSQL: lock, deadlock, serialize, clients, time
FULL_WORDS = ("disk is full", "no space left", "disk quota exceeded")
# SQLite names a full disk; "disk I/O error" is any other write that the system refused.
READ_ONLY_WORDS = ("readonly database", "read-only", "unable to open database file", "disk i/o error")


def trouble_of(error: SQLAlchemyError) -> DomainError | None:
    """The refusal that stands for what keeps the database from working now; None when the fault is in the question."""
    if isinstance(error, NoFreeConnection):
        return DomainError("busy")
    if not isinstance(error, DBAPIError):
        return None
    words, state = str(error.orig).lower(), str(getattr(error.orig, "sqlstate", None) or "")
    if state in BUSY_STATES or any(sign in words for sign in BUSY_WORDS):
        return DomainError("busy")
    if state == "53100" or any(sign in words for sign in FULL_WORDS):
        return DomainError("storage_full")
    if state == "25006" or any(sign in words for sign in READ_ONLY_WORDS):
        return DomainError("storage_read_only")
    if error.connection_invalidated or state[:2] in ("08", "57") or (_is_of_connection(error) and not state):
        return DomainError("database_away")
    return None


def _is_of_connection(error: DBAPIError) -> bool:
    """A driver that never reached its server has no state of the server's to show."""
    return isinstance(error, OperationalError) and type(error.orig).__module__.startswith("psycopg")


def prepare_engine(engine: Engine) -> None:
    """Give every new connection its durability and time limits."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver's own would be a deferred one
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-4000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        _begin_to_write(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    """BEGIN IMMEDIATE that waits for other processes in Python: SQLite's own wait would stop every greenlet."""
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    waits = iter(LOOK_AGAIN_SECONDS)
    driver: Any = connection.connection.driver_connection  # nothing to be logged or judged: a tenth of the time
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > until:
                    raise
                time.sleep(next(waits, LOOK_AGAIN_SECONDS[-1]))
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}")
        cursor.execute(f"SET statement_timeout = {SLOWEST_STATEMENT_MILLISECONDS}")
        cursor.execute(STAY_DURABLE)
    connection.commit()


__all__ = [
    "TROUBLES",
    "Base",
    "BigId",
    "Bytewise",
    "Hundredths",
    "Moment",
    "after_commit",
    "changed_rows",
    "db",
    "prepare_engine",
    "transaction",
    "trouble_of",
]
