"""Commands that belong to no area: the job worker, and the upgrade of the database."""

from __future__ import annotations

import fcntl
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from conference.foundation import jobs
from conference.foundation.db import TROUBLES, db, trouble_of
from conference.foundation.errors import DomainError
from conference.settings import Settings

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
WAIT_FOR_DATABASE_SECONDS = 3.0
UPGRADE_LOCK = 4_182_018
MIGRATIONS = Path(__file__).parent.parent / "migrations"


@click.command("worker")
@click.option("--once", is_flag=True, help="Carry out what is due, then end.")
@with_appcontext
def worker(once: bool) -> None:
    """Carry out jobs until ended. Killing it loses and doubles nothing."""
    signal.signal(signal.SIGTERM, _end)
    while True:
        ran = _run_one()
        if once and not ran:
            return
        if not ran:
            time.sleep(IDLE_SECONDS)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _run_one() -> bool:
    """One job, if one is due. A database that is busy or away is waited for, not died of."""
    try:
        return jobs.run_one()
    except (DomainError, SQLAlchemyError) as error:
        trouble = error if isinstance(error, DomainError) else trouble_of(error)
        if trouble is None or trouble.code not in TROUBLES:
            raise
        log.warning("worker_waits", reason=trouble.code)
        db.session.remove()
        time.sleep(WAIT_FOR_DATABASE_SECONDS)
        return False


@click.command("upgrade-database")
@with_appcontext
def upgrade_database() -> None:
    """Bring the database to the form of this release; keeps what is in it. Repeatable."""
    migrate_to_head()


def migrate_to_head() -> None:
    """Bring the database to the form of this release; keeps what is in it. One at a time, others wait."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    if database_version() == newest_version():
        return
    with _alone(settings):
        version = database_version()
        if version == newest_version():
            return
        if version and version not in _versions():
            raise click.ClickException(
                f"The database is of a newer release ({version}). Start that release, or restore the backup made before"
                " the upgrade: a downgrade would lose what the newer one kept."
            )
        from flask_migrate import Migrate, upgrade  # 24 MiB that only an upgrade needs: the web process goes without

        Migrate(app, db)
        upgrade(directory=str(MIGRATIONS))


def _versions() -> list[str]:
    return sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))


def newest_version() -> str:
    """The form of the database that this release works with."""
    return _versions()[-1]


def database_version() -> str:
    """The form that the database has; empty for an empty one."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Only one upgrade at a time: by a lock of PostgreSQL, or of a file beside SQLite's."""
    if settings.is_embedded:
        with (settings.data_dir / "upgrade.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
        try:
            yield
        finally:
            connection.invalidate()  # ends the lock with the connection that held it


def register(app: Flask) -> None:
    app.cli.add_command(worker)
    app.cli.add_command(upgrade_database)
