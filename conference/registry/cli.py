"""Commands of the registry."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from conference.adapters.calendar import write_calendar
from conference.foundation import clock
from conference.foundation.db import db
from conference.planning.models import Conference
from conference.registry.calendars import conference_calendar


@click.command("export-calendar")
@click.argument("code")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output if none.")
@with_appcontext
def export_calendar(code: str, out: Path | None) -> None:
    """Write the study sessions of conference CODE as iCalendar."""
    conference = db.session.scalars(select(Conference).where(Conference.code == code)).first()
    if conference is None:
        raise click.ClickException(f"There is no conference {code}.")
    content = write_calendar(conference_calendar(conference, at=clock.now()))
    if out is None:
        click.echo(content, nl=False)
    else:
        out.write_bytes(content)


def register(app: Flask) -> None:
    app.cli.add_command(export_calendar)
