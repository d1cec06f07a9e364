"""Browsers of people who are signed in, each in a role and a scope of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from conference.accounts import actions
from conference.accounts.models import Account
from conference.accounts.sessions import cookie_name
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from tests.factories import make_account

CSRF = "token-of-the-tests"
SignIn = Callable[..., FlaskClient]


def prove_origin(client: FlaskClient) -> FlaskClient:
    """Let the client's unsafe requests pass as those of our own pages."""
    with client.session_transaction() as session:
        session["csrf_token"] = CSRF
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    return client


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """``sign_in(Role.SITE_HOST, ScopeKind.SITE, site.id)`` or ``sign_in(account=account)``: a signed-in browser."""

    def enter(
        role: Role | None = Role.ORGANIZER,
        kind: ScopeKind = ScopeKind.ALL,
        id: int | None = None,
        *,
        account: Account | None = None,
    ) -> FlaskClient:
        client = prove_origin(app.test_client())
        with app.app_context(), transaction():
            found = account or make_account(role, kind, id)
            token = actions.open_session(account=found, at=clock.now(), lives=timedelta(hours=8))
            db.session.expunge_all()
            name = cookie_name("staff")
        client.set_cookie(name, token)
        return client

    return enter


class People(dict[str, FlaskClient]):
    """``people["organizer"]``: a browser of someone who holds that role over everything; made when first asked for."""

    def __init__(self, sign_in: SignIn, stranger: FlaskClient) -> None:
        super().__init__(nobody=stranger)
        self._sign_in = sign_in

    def __missing__(self, role: str) -> FlaskClient:
        self[role] = self._sign_in(Role(role))
        return self[role]


@pytest.fixture
def people(sign_in: SignIn, app: Flask) -> People:
    return People(sign_in, prove_origin(app.test_client()))


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """``with count_queries() as statements: …; len(statements)``: what the database was asked meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
