"""An attendee's visit: the personal link is exchanged at once for a cookie, and leaves the address bar."""

from __future__ import annotations

from flask import current_app, g, request
from werkzeug.wrappers import Response

from conference.accounts.sessions import cookie_name
from conference.foundation.actor import Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import db
from conference.registry.doubles.merged import kept_for
from conference.registry.links import read_link_token
from conference.registry.models import Attendee
from conference.settings import Settings

COOKIE_DAYS = 60


def attendee_of_token(token: str) -> Attendee | None:
    """Whose link this is; None when it is not ours, was revoked, or the person is no longer called."""
    settings: Settings = current_app.extensions["settings"]
    found = read_link_token(settings.secret_key, token)
    if found is None:
        return None
    attendee = db.session.get(Attendee, found[0])
    if attendee is None or attendee.link_issue != found[1]:
        return None
    if attendee.withdrawn_at is not None:
        kept = kept_for([attendee.id]).get(attendee.id)  # a line that was merged with another leads to that one
        attendee = db.session.get(Attendee, kept) if kept is not None else None
    return attendee if attendee is not None and attendee.withdrawn_at is None else None


def identify() -> Actor | None:
    """The attendee whose cookie this request carries."""
    token = request.cookies.get(cookie_name("attendee"), "")
    attendee = attendee_of_token(token) if token else None
    if attendee is None:
        return None
    g.attendee_id = attendee.id
    scope = Scope(Role.ATTENDEE, ScopeKind.CONFERENCE, attendee.conference_id)
    return Actor(ActorKind.ATTENDEE, attendee.id, frozenset({scope}))


def keep(response: Response, token: str) -> None:
    settings: Settings = current_app.extensions["settings"]
    response.set_cookie(
        cookie_name("attendee"),
        token,
        max_age=COOKIE_DAYS * 86_400,
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
