"""Commands that belong to no area: the job worker, and the upgrade of the database."""

from __future__ import annotations

import time
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, text

from conference.foundation import jobs
from conference.foundation.db import db

IDLE_SECONDS = 1.0
MIGRATIONS = Path(__file__).parent.parent / "migrations"


@click.command("worker")
@click.option("--once", is_flag=True, help="Carry out what is due, then end.")
@with_appcontext
def worker(once: bool) -> None:
    """Carry out jobs until ended. Killing it loses and doubles nothing."""
    while True:
        ran = jobs.run_one()
        if once and not ran:
            return
        if not ran:
            time.sleep(IDLE_SECONDS)


@click.command("upgrade-database")
@with_appcontext
def upgrade_database() -> None:
    """Bring the database to the form of this release; keeps what is in it. Repeatable."""
    migrate_to_head()


def migrate_to_head() -> None:
    """Bring the database to the form of this release; keeps what is in it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.extensions["settings"].files_dir.mkdir(parents=True, exist_ok=True)
    if _is_at_head():
        return
    from flask_migrate import Migrate, upgrade  # 24 MiB that only an upgrade needs: the web process goes without

    Migrate(app, db)
    upgrade(directory=str(MIGRATIONS))


def _is_at_head() -> bool:
    newest = max(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    if not inspect(db.engine).has_table("alembic_version"):
        return False
    return bool(db.session.scalar(text("SELECT version_num FROM alembic_version")) == newest)


def register(app: Flask) -> None:
    app.cli.add_command(worker)
    app.cli.add_command(upgrade_database)
