"""Programs read here. Each answer is a page of a list in JSON, for who shows a token with the right to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from conference.accounts import queries as accounts
from conference.accounts.rules import Right
from conference.api import access, openapi, queries
from conference.api.resources import RESOURCES, Resource, conference_item, unit_item
from conference.api.rules import read_asked
from conference.foundation import clock
from conference.foundation.actor import Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.reports.tables import Line, ReportTable
from conference.settings import Settings
from conference.web.guard import allow, identify_with
from conference.web.limits import Tally

bp = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_REQUESTS = 9_000
"""Of one token in the limits' window of 15 minutes: ten a second."""

SCHEME = "Bearer "
REQUESTS = "service_requests"


@bp.record_once
def _prepare(state: Any) -> None:
    app: Flask = state.app
    settings: Settings = app.extensions["settings"]
    app.extensions[REQUESTS] = Tally(settings.redis_url, "requests")
    identify_with(app, ActorKind.SERVICE, identify)


def identify() -> Actor | None:
    """The program whose token this request shows. The day of its last use is noted."""
    header = request.headers.get("Authorization", "")
    at = clock.now()
    token = accounts.living_service_token(header[len(SCHEME) :].strip(), at=at) if header.startswith(SCHEME) else None
    if token is None:
        return None
    tally: Tally = current_app.extensions[REQUESTS]
    if tally.count(token.token_hash) >= MOST_REQUESTS:
        raise DomainError("too_many_requests")
    tally.add(token.token_hash)
    if token.last_used_on != at.date():
        with transaction():
            token.last_used_on = at.date()
    kind = ScopeKind.ALL if token.conference_id is None else ScopeKind.CONFERENCE
    g.rights = frozenset(map(Right, token.rights))
    return Actor(ActorKind.SERVICE, token.id, frozenset({Scope(Role.SERVICE, kind, token.conference_id)}))


def _json(content: Any) -> Response:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, content_type="application/json", headers={"Cache-Control": "no-store"})


@bp.get("/conferences")
@allow(Role.SERVICE)
def conferences() -> ResponseReturnValue:
    access.require(g.rights, Right.CONFERENCES)
    rows, following = queries.conferences(access.conferences_in_reach(g.actor), read_asked(request.args, ()))
    return _json({"items": [conference_item(row.Conference) for row in rows], "next": following})


@bp.get("/conferences/<code>")
@allow(Role.SERVICE)
def conference(code: str) -> ResponseReturnValue:
    access.require(g.rights, Right.CONFERENCES)
    return _json(conference_item(access.conference_read_by(g.actor, code)))


@bp.get("/units")
@allow(Role.SERVICE)
def units() -> ResponseReturnValue:
    access.require(g.rights, Right.UNITS)
    rows, following = queries.units(access.conferences_in_reach(g.actor), read_asked(request.args, ()))
    return _json({"items": [unit_item(row.Unit) for row in rows], "next": following})


@bp.get("/conferences/<code>/reports/<what>")
@allow(Role.SERVICE)
def report(code: str, what: str) -> ResponseReturnValue:
    access.require(g.rights, Right.REPORTS)
    return _json(_table(queries.report(access.conference_read_by(g.actor, code), what)))


def _table(table: ReportTable) -> dict[str, Any]:
    return {
        "by": table.by.value,
        "columns": [{"key": column.key, "kind": column.kind.value} for column in table.columns],
        "lines": [_line(line) for line in table.lines],
        "total": _line(table.total),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "label": line.label,
        "second": line.second,
        "level": line.level,
        "sites": line.sites,
        "values": {key: value if isinstance(value, int) else str(value) for key, value in line.values.items()},
    }


def _lists(resource: Resource) -> Callable[[str], ResponseReturnValue]:
    @allow(Role.SERVICE)
    def read(code: str) -> ResponseReturnValue:
        access.require(g.rights, resource.right)
        conference = access.conference_read_by(g.actor, code)
        asked = read_asked(request.args, resource.filters)
        rows, following = resource.read(conference, asked)
        answer = _json({"items": [resource.item(row, g.rights) for row in rows], "next": following})
        if resource.is_personal and asked.after is None:
            _note_reading(conference, resource)
        return answer

    return read


def _note_reading(conference: Conference, resource: Resource) -> None:
    """One line for a whole reading, not for each of its pages."""
    with transaction():
        record(
            by=g.actor,
            at=clock.now(),
            action="people.read_by_program",
            subject=("conference", conference.id),
            after={"list": resource.name},
        )


for _resource in RESOURCES:
    bp.add_url_rule(f"/conferences/<code>/{_resource.name}", _resource.name.replace("-", "_"), _lists(_resource))


@bp.get("/openapi.json")
@allow(Role.ANYONE)
def describe() -> ResponseReturnValue:
    """This interface, for programs that read such documents."""
    settings: Settings = current_app.extensions["settings"]
    return _json(openapi.document(settings.address))
