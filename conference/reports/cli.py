"""The command that works everything out once more from the facts."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from conference.foundation.journal import head_hash
from conference.reflections.receipts import signer
from conference.reflections.shelf_views import shelf
from conference.registry.tickets import key_ring
from conference.reports import verifying


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@with_appcontext
def verify(as_json: bool) -> None:
    """Recount totals, grades, receipts, signatures and hash chains; end with 1 when anything differs."""
    secret = current_app.extensions["settings"].secret_key
    parts = []
    for part in verifying.verify(signer=signer(secret), ring=key_ring(secret), read=shelf().read):
        parts.append(part)
        if not as_json:
            click.echo(f"{part.name:<16}{part.checked:>9,} checked, {len(part.differences):,} differ")
            for difference in part.differences:
                click.echo(f"  {difference}")
    if as_json:
        plain = [{"part": one.name, "checked": one.checked, "differences": list(one.differences)} for one in parts]
        click.echo(json.dumps(plain, ensure_ascii=False))
    else:
        click.echo(f"journal ends in {head_hash()}")  # written down elsewhere, it shows later what was there
    sys.exit(1 if any(part.differences for part in parts) else 0)


def register(app: Flask) -> None:
    app.cli.add_command(verify)
