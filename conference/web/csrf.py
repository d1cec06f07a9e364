"""Unsafe requests must come from our own pages: a token in the form or header, and the same origin."""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, current_app, g, request, session
from markupsafe import Markup

from conference.foundation.actor import ActorKind
from conference.foundation.errors import DomainError
from conference.settings import Settings

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    token = session.get(FIELD)
    if not isinstance(token, str):
        token = secrets.token_urlsafe(24)
        session[FIELD] = token
        session.permanent = True
    return token


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def check_csrf() -> None:
    """Raises ``DomainError("csrf_expired")``. A bearer token is no cookie and needs no such proof."""
    if request.method in SAFE or request.routing_exception is not None:
        return
    if g.actor.kind is ActorKind.DEVICE:
        return
    if not _is_our_origin(request.headers.get("Origin")):
        raise DomainError("csrf_expired")
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(str(session.get(FIELD, "")).encode(), sent.encode()) or not sent:
        raise DomainError("csrf_expired")


def _is_our_origin(origin: str | None) -> bool:
    """True for our own pages, and where a browser keeps silent about where it comes from: then the token decides."""
    if not origin or origin == "null":
        return True
    settings: Settings = current_app.extensions["settings"]
    return origin in (settings.public_url, f"{request.scheme}://{request.host}")


def protect(app: Flask) -> None:
    app.before_request(check_csrf)
    app.jinja_env.globals.update(csrf_token=csrf_token, csrf_field=csrf_field)
