"""An attendee's visit: the personal link is exchanged at once for a cookie, and leaves the address bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g, request
from sqlalchemy import Row, bindparam, select
from werkzeug.wrappers import Response

from conference.accounts.sessions import cookie_name
from conference.foundation.actor import Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import db
from conference.planning.models import Conference
from conference.planning.modules import Module, all_but
from conference.registry.doubles.merged import kept_for
from conference.registry.links import read_link_token
from conference.registry.models import Attendee
from conference.settings import Settings

COOKIE_DAYS = 60

_line, _conference = Attendee.__table__.c, Conference.__table__.c
_LINE = (
    select(_line.id, _line.conference_id, _line.link_issue, _line.withdrawn_at, _conference.modules_off)
    .join(Conference.__table__, _conference.id == _line.conference_id)
    .where(_line.id == bindparam("id"))
)
"""Every page of an attendee asks this, also each save of thousands who write: columns, and nothing of the ORM."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is called, known by the personal link."""

    attendee_id: int
    conference_id: int
    modules: frozenset[Module]  # what the conference uses


def visitor_of_token(token: str) -> Visitor | None:
    """Whose link this is; None when it is not ours, was revoked, or the person is no longer called."""
    settings: Settings = current_app.extensions["settings"]
    found = read_link_token(settings.secret_key, token)
    line = _line_of(found[0]) if found is not None else None
    if found is None or line is None or line.link_issue != found[1]:
        return None
    if line.withdrawn_at is not None:
        kept = kept_for([line.id]).get(line.id)  # a line that was merged with another leads to that one
        line = _line_of(kept) if kept is not None else None
    if line is None or line.withdrawn_at is not None:
        return None
    return Visitor(line.id, line.conference_id, all_but(line.modules_off))


def _line_of(attendee_id: int) -> Row[int, int, int, datetime | None, list[str]] | None:
    return db.session.connection().execute(_LINE, {"id": attendee_id}).one_or_none()


def identify() -> Actor | None:
    """The attendee whose cookie this request carries."""
    token = request.cookies.get(cookie_name("attendee"), "")
    visitor = visitor_of_token(token) if token else None
    if visitor is None:
        return None
    g.modules_of_visit = visitor.modules
    scope = Scope(Role.ATTENDEE, ScopeKind.CONFERENCE, visitor.conference_id)
    return Actor(ActorKind.ATTENDEE, visitor.attendee_id, frozenset({scope}))


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
