"""Commands that belong to no area: the job worker, and the upgrade of the database."""

from __future__ import annotations

import time

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from conference.foundation import jobs

IDLE_SECONDS = 1.0


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


def migrate_to_head() -> None:
    """Bring the database to this release's form; keeps what is in it."""
    settings = current_app.extensions["settings"]
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    upgrade()


def register(app: Flask) -> None:
    app.cli.add_command(worker)
