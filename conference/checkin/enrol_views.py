"""A phone without an account becomes a device: it shows a one-time link, and gets a token for one site.

The token of the link stands behind # in the address, which no browser sends; the page takes it out of the address at
once and posts it. Looking at the page or at the site uses nothing up.
"""

from __future__ import annotations

import base64
from datetime import timedelta

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from conference.accounts.sessions import cookie_name
from conference.checkin import device_queries, enrolling
from conference.checkin.device_rules import DEVICE_TOKEN, read_link_token
from conference.checkin.known import LAST_DELIVERY
from conference.checkin.models import EnrolmentLink
from conference.checkin.sealing import roster_key
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.settings import Settings
from conference.web import filters
from conference.web.guard import allow
from conference.web.limits import guessable
from conference.web.words import _

bp = Blueprint("checkin_enrol", __name__)
COOKIE = "door"
"""One for each door at which this browser counts: a second enrolment takes nothing from the first."""


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _link() -> EnrolmentLink:
    """The link whose token was posted. Raises ``enrol_link_unknown``."""
    link_id = read_link_token(_settings().secret_key, request.form.get("link", "")[:300])
    link = device_queries.link_with_place(link_id)
    if link is None:
        raise DomainError("enrol_link_unknown")
    return link


@bp.get("/door/enrol")
@allow(Role.ANYONE)
def page() -> ResponseReturnValue:
    return render_template("checkin/enrol.html")


@bp.post("/door/enrol/site")
@guessable
@allow(Role.ANYONE)
def site() -> ResponseReturnValue:
    """Where a device would count by this link. It uses nothing up."""
    link = enrolling.require_open(_link(), at=clock.now())
    return {
        "site": link.site.name,
        "conference": link.conference.title,
        "day": filters.day(link.conference.starts_on),
        "until": filters.moment(link.expires_at),
    }


@bp.post("/door/enrol")
@guessable
@allow(Role.ANYONE)
def enrol() -> ResponseReturnValue:
    """Use the link up. The device chose its token itself, so that a lost answer can be asked for again."""
    token = request.form.get("token", "")
    if not DEVICE_TOKEN.fullmatch(token):
        raise DomainError("enrol_token_weak")
    link, at = _link(), clock.now()
    with transaction():
        label = _("Máy %(number)s", number=device_queries.count_of(link.conference_id, link.site_id) + 1)
        device = enrolling.enrol_by_link(link=link, token=token, label=label, at=at)
    conference: Conference = link.conference
    response = current_app.make_response(
        {
            "device": device.id,
            "label": device.label,
            "key": f"{device.conference_id}:{device.site_id}",
            "roster_key": encoded_roster_key(device.token_hash),
            "site": link.site.name,
            "door": url_for("checkin.door", code=conference.code, site_id=device.site_id),
        }
    )
    name = _cookie_of(conference.code, device.site_id)
    keep(response, name, token, lives=device.expires_at + LAST_DELIVERY - at)
    return response


def encoded_roster_key(token_hash: str) -> str:
    return base64.b64encode(roster_key(_settings().secret_key, token_hash)).decode()


def keep(response: Response, name: str, token: str, *, lives: timedelta) -> None:
    """Let this browser open its door's page without an account. Scripts can't read this copy of the token."""
    response.set_cookie(
        name,
        token,
        max_age=int(lives.total_seconds()),
        secure=_settings().is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _cookie_of(code: str, site_id: int) -> str:
    return cookie_name(f"{COOKIE}-{code}-{site_id}")


def token_of_cookie() -> str:
    """The token of the device that asks for a page: the one of that door, else any of this browser; empty without
    one. It opens pages and changes nothing."""
    if request.method != "GET":
        return ""
    asked = request.view_args or {}
    own = request.cookies.get(_cookie_of(asked.get("code", ""), asked.get("site_id", 0)))
    return own or next(iter(tokens_of_cookies()), "")


def tokens_of_cookies() -> list[str]:
    """The tokens of every device that this browser is. The name without a door was that of earlier releases."""
    start = cookie_name(COOKIE)
    return [token for name, token in request.cookies.items() if name == start or name.startswith(f"{start}-")]
