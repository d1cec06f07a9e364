"""The cookie of a signed-in browser of the staff, and whom it stands for."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, g, request
from werkzeug.wrappers import Response

from conference.accounts import actions, queries
from conference.foundation import clock
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import transaction
from conference.settings import Settings

SEEN_EVERY = timedelta(minutes=5)


def cookie_name(name: str) -> str:
    """``__Host-`` binds a cookie to this very host; browsers take it over HTTPS only."""
    settings: Settings = current_app.extensions["settings"]
    return f"__Host-{name}" if settings.is_https else name


def identify() -> Actor | None:
    """The account whose session this request carries. Its last use is noted every few minutes."""
    token = request.cookies.get(cookie_name("staff"), "")
    if not token:
        return None
    settings: Settings = current_app.extensions["settings"]
    at = clock.now()
    session = queries.living_session(token, at=at, idle=timedelta(minutes=settings.session_idle_minutes))
    if session is None:
        return None
    if at - session.last_seen_at > SEEN_EVERY:
        with transaction():
            session.last_seen_at = at
    g.account, g.account_session = session.account, session.id
    return Actor(ActorKind.ACCOUNT, session.account_id, actions.scopes_of(session.account))


def keep(response: Response, token: str) -> None:
    settings: Settings = current_app.extensions["settings"]
    response.set_cookie(
        cookie_name("staff"),
        token,
        max_age=settings.session_hours * 3600,
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: Response) -> None:
    settings: Settings = current_app.extensions["settings"]
    response.delete_cookie(cookie_name("staff"), path="/", secure=settings.is_https, httponly=True, samesite="Lax")
