"""Pages that belong to no area: the front door, language and theme, health, metrics, the component page."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from conference.foundation.actor import Actor, Role
from conference.web.addresses import OWN_HOSTS, host_name
from conference.web.guard import allow, safe_path
from conference.web.readiness import NEEDED, Part
from conference.web.words import COOKIE, LANGUAGES

bp = Blueprint("web", __name__)
YEAR = 31_536_000
SIGNS_OF_A_PROXY = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")

HOMES = (
    (Role.ADMIN, "planning.conferences"),
    (Role.ORGANIZER, "planning.conferences"),
    (Role.LEADER, "planning.conferences"),
    (Role.SITE_HOST, "checkin.doors"),
    (Role.SCANNER, "checkin.doors"),
    (Role.GRADER, "grading.desk"),
    (Role.UNIT_OFFICER, "naming.start"),
    (Role.ATTENDEE, "registry.my_page"),
)
"""Where each role begins; the first that fits."""


def home_of(actor: Actor) -> str:
    for role, endpoint in HOMES:
        if role in actor.roles and endpoint in current_app.view_functions:
            return url_for(endpoint)
    return url_for("accounts.sign_in")


@bp.get("/")
@allow(Role.ANYONE, Role.ATTENDEE)
def home() -> ResponseReturnValue:
    return redirect(home_of(g.actor))


@bp.get("/language/<language>")
@allow(Role.ANYONE)
def choose_language(language: str) -> ResponseReturnValue:
    if language not in LANGUAGES:
        abort(404)
    return _remember(COOKIE, language)


@bp.get("/theme/<theme>")
@allow(Role.ANYONE)
def choose_theme(theme: str) -> ResponseReturnValue:
    if theme not in ("light", "dark", "system"):
        abort(404)
    return _remember("theme", theme)


def _remember(name: str, value: str) -> ResponseReturnValue:
    response = redirect(safe_path(request.args.get("next")))
    secure = current_app.extensions["settings"].is_https
    response.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax", path="/")
    return response


@bp.get("/healthz")
@allow(Role.ANYONE)
def healthz() -> ResponseReturnValue:
    """The process lives."""
    return {"status": "ok"}


@bp.get("/readyz")
@allow(Role.ANYONE)
def readyz() -> ResponseReturnValue:
    """Each part by name; 503 when one does not work that nothing can be kept without."""
    parts: dict[str, Part] = {name: check() for name, check in current_app.extensions["readiness"].items()}
    failing = {name for name, part in parts.items() if part not in (Part.OK, Part.UNUSED)}
    status = "not_ready" if failing & NEEDED else "degraded" if failing else "ok"
    return {"status": status, "parts": parts}, 503 if failing & NEEDED else 200


@bp.get("/metrics")
@allow(Role.ANYONE)
def metrics() -> ResponseReturnValue:
    """For Prometheus on this machine only: a request that came through a proxy or from elsewhere finds nothing."""
    if request.remote_addr not in OWN_HOSTS or host_name(request.host) not in OWN_HOSTS or _came_through_proxy():
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _came_through_proxy() -> bool:
    return any(name in request.headers for name in SIGNS_OF_A_PROXY)


@bp.get("/components")
@allow(Role.ADMIN)
def components() -> ResponseReturnValue:
    """Every component of the design system on one page."""
    return render_template("ui_kit/components.html")


@lru_cache(maxsize=512)
def _version(path: Path, changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file with its content's version in it, so that it may be cached for a year."""
    path = Path(current_app.static_folder or "") / name
    return url_for("static", filename=name, v=_version(path, path.stat().st_mtime))
