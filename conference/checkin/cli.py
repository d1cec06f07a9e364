"""Commands around the doors: tokens for programs, and the counted state for whoever recounts it."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, select

from conference.accounts.rules import Right
from conference.accounts.token_actions import make_service_token
from conference.checkin import actions, queries
from conference.checkin.enrol_views import encoded_roster_key
from conference.checkin.exporting import exported_state
from conference.foundation import chance, clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, ConferenceState
from conference.sites.models import ConferenceSite, Site


@click.command("export-attendance")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="The whole state as JSON, in a normal form.")
@with_appcontext
def export_attendance(code: str, as_json: bool) -> None:
    """Who was counted in the conference CODE, derived anew from the scans."""
    try:
        state = exported_state(code)
    except DomainError as error:
        raise click.ClickException(f"There is no conference with the code {code}.") from error
    if as_json:
        click.echo(json.dumps(state, ensure_ascii=False))
        return
    for study_session, sites in state["totals"].items():
        click.echo(f"study session {study_session}: {sum(sites.values())} present at {len(sites)} sites")
    click.echo(f"{len(state['failed'])} failed, {len(state['quarantined'])} in quarantine, {len(state['cases'])} cases")


@click.command("make-token")
@click.option("--device", "site", metavar="SITE", help="A token that counts at this site (its code).")
@click.option("--service", "rights", metavar="RIGHTS", help=f"A token that reads: {', '.join(Right)}; commas between.")
@click.option(
    "--conference", "code", help="For this conference; else: a device's that is on now or next, a reader's all."
)
@click.option("--label", default="API", help="What the list of devices or programs calls it.")
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def make_token(site: str | None, rights: str | None, code: str | None, label: str, as_json: bool) -> None:
    """Make a bearer token for a program. It is shown once."""
    if site is not None and rights is None:
        answer = _device_token(site, code, label)
    elif rights is not None and site is None:
        answer = _service_token(rights, code, label)
    else:
        raise click.UsageError("Say what it is for: --device SITE, or --service RIGHTS.")
    click.echo(json.dumps(answer) if as_json else answer["token"])


def _device_token(site: str, code: str | None, label: str) -> dict[str, Any]:
    conference = _conference_at(site, code)
    token = chance.token()
    with transaction():
        found = db.session.scalars(select(Site).where(_is_called(site))).one()
        device = actions.enrol_device(
            conference=conference, site_id=found.id, token=token, label=label, by=SYSTEM, at=clock.now()
        )
        return {
            "token": token,
            "device": device.id,
            "site": found.code,
            "site_id": found.id,
            "conference": conference.code,
            "study_sessions": [row.id for row, _ in queries.sessions_at(conference, found.id)],
            "expires_at": device.expires_at.isoformat(),
            "roster_key": encoded_roster_key(device.token_hash),
        }


def _service_token(named: str, code: str | None, label: str) -> dict[str, Any]:
    try:
        rights = [Right(word.strip()) for word in named.split(",")]
    except ValueError as error:
        raise click.BadParameter(f"choose among {', '.join(Right)}", param_hint="--service") from error
    conference = None
    if code is not None:
        conference = db.session.scalars(select(Conference).where(Conference.code == code)).first()
        if conference is None:
            raise click.ClickException(f"There is no conference with the code {code}.")
    with transaction():
        token, secret = make_service_token(
            label=label,
            rights=rights,
            conference_id=conference.id if conference else None,
            by=SYSTEM,
            at=clock.now(),
        )
        return {
            "token": secret,
            "service": token.id,
            "rights": token.rights,
            "conference": code,
            "expires_at": token.expires_at.isoformat(),
        }


def _is_called(site: str) -> ColumnElement[bool]:
    return (Site.code == site) if not site.isdigit() else (Site.id == int(site)) | (Site.code == site)


def _conference_at(site: str, code: str | None) -> Conference:
    """The published conference that this site joins: the named one, or the one on now or next, or else the last."""
    wanted = (
        select(Conference)
        .join(ConferenceSite, ConferenceSite.conference_id == Conference.id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .where(_is_called(site), Conference.state == ConferenceState.PUBLISHED)
        .order_by(Conference.starts_on, Conference.id)
    )
    if code is not None:
        wanted = wanted.where(Conference.code == code)
    found = list(db.session.scalars(wanted))
    if not found:
        where = f"the conference {code}" if code else "any published conference"
        raise click.ClickException(f"The site {site} does not join {where}.")
    today = clock.now().date()
    return next((conference for conference in found if conference.ends_on >= today), found[-1])


def register(app: Flask) -> None:
    app.cli.add_command(export_attendance)
    app.cli.add_command(make_token)
