"""Commands that belong to no area: the job worker, and the upgrade of the database."""

from __future__ import annotations

import fcntl
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from conference.backup import BackupError, Written, restore_backup, write_backup
from conference.foundation import jobs
from conference.foundation.db import TROUBLES, db, trouble_of
from conference.foundation.errors import DomainError
from conference.privacy import jobs as privacy
from conference.settings import Settings

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
ROUND_SECONDS = 30.0
WAIT_FOR_DATABASE_SECONDS = 3.0
UPGRADE_LOCK = 4_182_018
MIGRATIONS = Path(__file__).parent.parent / "migrations"


@click.command("worker")
@click.option("--once", is_flag=True, help="Carry out what is due, then end.")
@with_appcontext
def worker(once: bool) -> None:
    """Carry out jobs until ended. Killing it loses and doubles nothing."""
    signal.signal(signal.SIGTERM, _end)
    next_round = 0.0
    while True:
        if time.monotonic() >= next_round:
            jobs.go_round()
            next_round = time.monotonic() + ROUND_SECONDS
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


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@with_appcontext
def backup(file: Path, as_json: bool) -> None:
    """Write everything into FILE, from one moment of the database. People may go on working."""
    settings: Settings = current_app.extensions["settings"]
    version = database_version()
    if version != newest_version():
        raise click.ClickException("The database is not of this release's form: run upgrade-database first.")
    try:
        _tell(write_backup(file, settings=settings, version=version), as_json)
    except BackupError as error:
        raise click.ClickException(str(error)) from error


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Say what was put back as JSON.")
@with_appcontext
def restore(file: Path, as_json: bool) -> None:
    """Put FILE into this installation's empty database: all of it, or nothing when anything is wrong with it.

    Who was erased after the backup was made is erased again, by the list erased.jsonl in DATA_DIR.
    """
    settings: Settings = current_app.extensions["settings"]
    migrate_to_head()
    try:
        written = restore_backup(file, settings=settings, version=newest_version())
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    again = privacy.erase_again()
    _tell(written, as_json, erased_again=again.erased, not_known_again=again.not_known)


def _tell(written: Written, as_json: bool, **more: int) -> None:
    said = asdict(written) | more
    click.echo(json.dumps(said) if as_json else ", ".join(f"{name} {value}" for name, value in said.items()))


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
        _keep_a_copy(settings, version)
        from flask_migrate import Migrate, upgrade  # 24 MiB that only an upgrade needs: the web process goes without

        Migrate(app, db)
        upgrade(directory=str(MIGRATIONS))


def _keep_a_copy(settings: Settings, version: str) -> None:
    """An upgrade is not taken back: what was there before lies beside it. PostgreSQL's operator makes a dump."""
    if not version or not settings.is_embedded:
        return
    copy = settings.data_dir / f"before-{newest_version()}.sqlite3"
    draft = copy.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # VACUUM begins and ends by itself
        connection.exec_driver_sql("VACUUM INTO ?", (str(draft),))
        connection.exec_driver_sql("BEGIN")
    draft.chmod(0o600)
    draft.replace(copy)


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
    app.cli.add_command(backup)
    app.cli.add_command(restore)
