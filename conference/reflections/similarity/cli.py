"""The command that compares all papers of a conference."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from conference.foundation import clock
from conference.foundation.db import db
from conference.planning.models import Conference
from conference.reflections.similarity import indexing


@click.command("index-similarity")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@with_appcontext
def index_similarity(code: str, as_json: bool) -> None:
    """Compare every paper of conference CODE with all others, those of earlier conferences included."""
    conference = db.session.scalars(select(Conference).where(Conference.code == code)).first()
    if conference is None:
        raise click.ClickException(f"There is no conference {code}.")
    began = time.monotonic()
    done = indexing.index_conference(conference, at=clock.now(), whole=True)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        click.echo(json.dumps({**asdict(done), "seconds": seconds}))
    else:
        click.echo(f"{done.papers:,} papers compared, {done.pairs:,} pairs alike, {seconds} s")


def register(app: Flask) -> None:
    app.cli.add_command(index_similarity)
