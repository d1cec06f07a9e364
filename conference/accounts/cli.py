"""Commands about accounts."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from conference.accounts import actions, queries, rules
from conference.accounts.people_views import FIRST_PATH
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.text import clean, fold


@click.command("make-admin")
@click.argument("name")
@with_appcontext
def make_admin(name: str) -> None:
    """Make NAME an administrator and print a one-time link; it leads to enrolling a second factor.

    NAME is a login (tran.thi.anh) or a full name ("Trần Thị Ánh"), of which the login is made. For an account that
    exists already, the link replaces its password and second factor.
    """
    full_name, at = clean(name), clock.now()
    login = fold(full_name).replace(" ", ".")
    if not rules.LOGIN.fullmatch(login):
        raise click.BadParameter("write a name or login with at least two letters or digits", param_hint="NAME")
    with transaction():
        account = queries.account_by_login(login) or actions.create_account(
            login=login, full_name=full_name, by=SYSTEM, at=at
        )
        actions.enable(account=account, by=SYSTEM, at=at)
        actions.grant(account=account, role=Role.ADMIN, kind=ScopeKind.ALL, id=None, by=SYSTEM, at=at)
        token = actions.renew_entry(account=account, by=SYSTEM, at=at, next_path=FIRST_PATH)
    click.echo(f"{current_app.extensions['settings'].address}/enter/{token}")


def register(app: Flask) -> None:
    app.cli.add_command(make_admin)
