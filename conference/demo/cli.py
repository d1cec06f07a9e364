"""Loading the demo from the command line."""

from __future__ import annotations

from datetime import date, datetime

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from conference.demo import reference
from conference.foundation import clock
from conference.foundation.errors import DomainError
from conference.web.errors import sentence_of


@click.command("load-reference")
@click.option(
    "--stage",
    type=click.Choice([stage.value for stage in reference.Stage]),
    default=reference.Stage.COUNTED.value,
    show_default=True,
    help="How far the demo is lived.",
)
@click.option(
    "--day",
    "held_on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=reference.THE_DAY.isoformat(),
    show_default=True,
    help="The day of the conference.",
)
@click.option("--kind", type=click.Choice(["study"]), default="study", show_default=True, help="Kind of conference.")
@with_appcontext
def load_reference(stage: str, held_on: datetime, kind: str) -> None:
    """Load the reference conference (code NQ12) as demo data. Repeating it changes nothing."""
    settings = current_app.extensions["settings"]
    day: date = held_on.date()
    try:
        reference.load(
            stage=reference.Stage(stage),
            held_on=day,
            secret=settings.secret_key,
            at=clock.now(),
            say=lambda line: click.echo(f"  {line}"),
        )
    except DomainError as error:
        raise click.ClickException(sentence_of(error)) from error
    click.echo(f"{reference.CODE}: {stage}, {day:%d/%m/%Y}")


def register(app: Flask) -> None:
    app.cli.add_command(load_reference)
