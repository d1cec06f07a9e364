"""One unit of work: whole or not at all, heard of only afterwards, and busy rather than broken."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from conference.directory.models import Unit
from conference.foundation import db as foundation
from conference.foundation.db import db, transaction, trouble_of
from conference.foundation.errors import DomainError
from conference.foundation.signals import Signal
from tests.factories import make_unit


def units() -> int:
    return db.session.scalar(select(func.count()).select_from(Unit)) or 0


def test_what_is_done_in_it_is_kept(db_session) -> None:
    with transaction():
        make_unit()
    db_session.remove()
    assert units() == 1


@pytest.mark.parametrize("fault", [ValueError("a bug"), DomainError("forbidden"), KeyboardInterrupt()])
def test_nothing_is_kept_when_it_fails(db_session, fault) -> None:
    with pytest.raises(type(fault)), transaction():  # noqa: PT012
        make_unit()
        raise fault
    assert units() == 0
    with transaction():  # and the next one works
        make_unit()
    assert units() == 1


def test_it_does_not_nest(db_session) -> None:
    with pytest.raises(RuntimeError, match="do not nest"), transaction(), transaction():
        pass


def test_news_is_heard_after_the_commit_alone(db_session) -> None:
    heard: list[tuple[int, int]] = []
    signal = Signal("unit_made")
    signal.listen(lambda unit_id: heard.append((unit_id, units())))
    with transaction():
        unit = make_unit()
        signal.announce(unit_id=unit.id)
        assert heard == []
    assert heard == [(unit.id, 1)]
    with pytest.raises(ValueError, match="taken back"), transaction():  # noqa: PT012
        signal.announce(unit_id=2)
        raise ValueError("taken back")
    assert heard == [(unit.id, 1)]


def test_a_listener_that_fails_makes_nothing_undone(db_session) -> None:
    heard: list[str] = []
    signal = Signal("unit_made")

    def fail(**_facts: Any) -> None:
        raise OSError("the line is cut")

    signal.listen(fail)
    signal.listen(lambda **_facts: heard.append("second"))
    signal.listen(fail)  # the same one again is still one
    with transaction():
        make_unit()
        signal.announce()
    assert units() == 1
    assert heard == ["second"]


def in_thread(app, work) -> threading.Thread:
    def run() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_writers_at_the_same_time_lose_nothing(app) -> None:
    def count_up() -> None:
        for _ in range(10):
            with transaction():
                unit = db.session.scalars(
                    select(Unit).where(Unit.code == "ONE").with_for_update().execution_options(populate_existing=True)
                ).one()
                unit.level += 1

    with app.app_context(), transaction():
        make_unit(code="ONE").level = 0
    threads = [in_thread(app, count_up) for _ in range(6)]
    for thread in threads:
        thread.join()
    with app.app_context():
        assert db.session.scalar(select(Unit.level)) == 60


def test_a_lock_that_is_held_too_long_is_a_refusal_and_not_a_fault(app, monkeypatch) -> None:
    monkeypatch.setattr(foundation, "BUSY_MILLISECONDS", 200)
    with app.app_context(), transaction():
        make_unit(code="ONE")
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(text("UPDATE units SET level = 7"))
            is_held.set()
            may_go.wait(10)

    thread = in_thread(app, hold)
    is_held.wait(10)
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SET lock_timeout = 200"))
        began = time.monotonic()
        with pytest.raises(DomainError) as refused, transaction():
            db.session.execute(text("UPDATE units SET level = 8"))
        assert refused.value.code == "busy"
        assert time.monotonic() - began < 4
        may_go.set()
        thread.join()
        with transaction():
            db.session.execute(text("UPDATE units SET level = 9"))
        assert db.session.scalar(select(Unit.level)) == 9


def test_waiting_for_another_process_lets_other_threads_run(sqlite_app) -> None:
    """SQLite's own wait would hold the one thread that all greenlets of a web process share."""
    with sqlite_app.app_context():
        outside = db.engine.raw_connection()
        outside.cursor().execute("BEGIN IMMEDIATE")
        thread = in_thread(sqlite_app, lambda: _make_one())
        time.sleep(0.1)
        db.session.execute(text("SELECT 1"))  # reading goes on meanwhile
        outside.cursor().execute("ROLLBACK")
        thread.join(5)
        assert units() == 1


def _make_one() -> None:
    with transaction():
        make_unit()


def driver_error(words: str, sqlstate: str | None = None, module: str = "sqlite3") -> Exception:
    """An error as a driver raises it; SQLAlchemy keeps it as ``orig``."""
    error: Exception = type("DriverError", (Exception,), {"__module__": module, "sqlstate": sqlstate})(words)
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("", {}, driver_error("database is locked")), "busy"),
        (OperationalError("", {}, driver_error("database table is locked: units")), "busy"),
        (OperationalError("", {}, driver_error("canceling statement due to lock timeout", "55P03")), "busy"),
        (OperationalError("", {}, driver_error("deadlock detected", "40P01")), "busy"),
        (OperationalError("", {}, driver_error("canceling statement due to statement timeout", "57014")), "busy"),
        (OperationalError("", {}, driver_error("FATAL:  sorry, too many clients already")), "busy"),
        (NoFreeConnection("QueuePool limit of size 5 overflow 10 reached"), "busy"),
        (OperationalError("", {}, driver_error("database or disk is full")), "storage_full"),
        (OperationalError("", {}, driver_error("could not extend file", "53100")), "storage_full"),
        (OperationalError("", {}, driver_error("attempt to write a readonly database")), "storage_read_only"),
        (OperationalError("", {}, driver_error("unable to open database file")), "storage_read_only"),
        (OperationalError("", {}, driver_error("terminating connection", "57P01", "psycopg")), "database_away"),
        (OperationalError("", {}, driver_error("connection refused", None, "psycopg")), "database_away"),
        (OperationalError("", {}, driver_error("no such table: units")), None),
        (ProgrammingError("", {}, driver_error('column "x" does not exist', "42703", "psycopg")), None),
        (IntegrityError("", {}, driver_error("UNIQUE constraint failed: units.code")), None),
        (DataError("", {}, driver_error("integer out of range", "22003", "psycopg")), None),
    ],
)  # fmt: skip
def test_troubles_of_the_database_are_told_apart(error, code) -> None:
    trouble = trouble_of(error)
    assert (trouble.code if trouble else None) == code


def test_what_a_failed_statement_was_about_is_not_in_its_words(db_session) -> None:
    with pytest.raises(IntegrityError) as failed, transaction():  # noqa: PT012
        make_unit("Công đoàn Bí Mật", code="ONE")
        make_unit("Công đoàn Bí Mật", code="ONE")
    assert "Bí Mật" not in str(failed.value)
