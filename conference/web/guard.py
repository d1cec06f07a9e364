"""The first of the two doors: which roles may enter a route. The second is each area's ``access.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import RequestRedirect

from conference.foundation.actor import NOBODY, Actor, ActorKind, Role
from conference.foundation.errors import DomainError

View = TypeVar("View", bound=Callable[..., object])
Identify = Callable[[], Actor | None]

ALLOWED = "allowed_roles"
BY_TOKEN = {Role.DEVICE: ActorKind.DEVICE, Role.SERVICE: ActorKind.SERVICE}
"""Roles that show a bearer token."""

LONGEST_PATH = 2_000
STAFF = (
    Role.ADMIN,
    Role.ORGANIZER,
    Role.LEADER,
    Role.UNIT_OFFICER,
    Role.SITE_HOST,
    Role.SCANNER,
    Role.GRADER,
)


def allow(*roles: Role) -> Callable[[View], View]:
    """Name the roles that may enter a route or socket event. Without it a route is closed to everybody."""

    def mark(view: View) -> View:
        setattr(view, ALLOWED, frozenset(roles))
        return view

    return mark


def needs_wasm(view: View) -> View:
    """Let this page's scripts compile WebAssembly (the camera's decoder)."""
    view.needs_wasm = True  # type: ignore[attr-defined]
    return view


def identify_with(app: Flask, kind: ActorKind, identify: Identify) -> None:
    """Register how an account, an attendee or a device is recognised from a request."""
    app.extensions.setdefault("identify", {})[kind] = identify


def guard(app: Flask) -> None:
    app.extensions.setdefault("identify", {})
    app.before_request(_check_entry)
    allow(Role.ANYONE)(app.view_functions["static"])


def _check_entry() -> ResponseReturnValue | None:
    g.actor = NOBODY
    if request.routing_exception is not None or request.endpoint is None:
        if not isinstance(request.routing_exception, RequestRedirect):
            g.actor = _identify(ActorKind.ACCOUNT) or NOBODY
        return None  # answered as 404 or 405, in words
    if request.endpoint == "static":
        return None
    allowed: frozenset[Role] = getattr(current_app.view_functions[request.endpoint], ALLOWED, frozenset())
    g.actor = recognise(allowed)
    if Role.ANYONE in allowed or g.actor.roles & allowed:
        return None
    if not allowed:
        raise DomainError("not_found")
    if g.actor.kind is not ActorKind.NOBODY:
        raise DomainError("forbidden")
    if request.method == "GET" and not wants_json() and allowed & set(STAFF):
        return redirect(url_for("accounts.sign_in", next=here()))
    raise DomainError("sign_in_first")


def may_enter(actor: Actor, endpoint: str) -> bool:
    """True when the route exists and one of the actor's roles opens it."""
    view = current_app.view_functions.get(endpoint)
    return view is not None and bool(actor.roles & getattr(view, ALLOWED, frozenset()))


def recognise(allowed: frozenset[Role]) -> Actor:
    """Who asks: a device or program by its token, an attendee on attendees' pages, else an account of the staff. Where
    neither account nor token opens the page, a device may show its cookie."""
    if request.headers.get("Authorization"):
        for role in BY_TOKEN.keys() & allowed:
            return _identify(BY_TOKEN[role]) or NOBODY
    if Role.ATTENDEE in allowed and (attendee := _identify(ActorKind.ATTENDEE)):
        return attendee
    account = _identify(ActorKind.ACCOUNT) or NOBODY
    if Role.DEVICE in allowed and not account.roles & allowed:
        return _identify(ActorKind.DEVICE) or account
    return account


def _identify(kind: ActorKind) -> Actor | None:
    identify = current_app.extensions["identify"].get(kind)
    return identify() if identify else None


def wants_json() -> bool:
    """True when the answer goes to a program: the API, or a script of ours."""
    return (
        request.path.startswith("/api/")
        or request.path.endswith(".json")
        or (request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json")
    )


def here() -> str:
    return request.full_path.rstrip("?")


def safe_path(path: str | None) -> str:
    """A path on this server to go on to, or the front page: never another host, scheme or control character."""
    if not path or not path.startswith("/") or " " in path or len(path) > LONGEST_PATH:
        return "/"
    # What a proxy or browser may decode once more is judged decoded; two slashes begin another host.
    for form in (path, unquote(path), unquote(unquote(path))):
        front = form.partition("?")[0]
        if not form.isprintable() or "\\" in front or front.startswith("//") or "\ufffd" in form:
            return "/"
    return path
