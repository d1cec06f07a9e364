"""Which routes belong to which module, and the one door before all of them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, current_app, g, request
from sqlalchemy import select

from conference.foundation.actor import Actor, ActorKind, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.access import may_see
from conference.planning.models import Conference
from conference.planning.modules import Module, Using
from conference.planning.words import MODULES

ROUTES = "module_routes"


def divide(app: Flask, routes: Mapping[str, Module | None]) -> None:
    """Say to which module each blueprint belongs, or a single route of it; None takes a route out of its blueprint's.

    Must come after ``guard``, so that it is known who asks.
    """
    app.extensions[ROUTES] = dict(routes)
    app.extensions["is_used"] = is_used
    app.before_request(_check_module)


def module_of(endpoint: str) -> Module | None:
    routes: Mapping[str, Module | None] = current_app.extensions[ROUTES]
    return routes[endpoint] if endpoint in routes else routes.get(endpoint.partition(".")[0])


def is_used(conference: Using, endpoint: str) -> bool:
    """True when the conference has the module of this route on; links to others are not shown."""
    module = module_of(endpoint)
    return module is None or conference.uses(module)


def _check_module() -> None:
    module = module_of(request.endpoint) if request.endpoint else None
    if module is None:
        return
    used = _modules_asked(g.actor)
    if used is not None and module not in used:
        raise DomainError("module_off", module=str(MODULES[module][0]))


def _modules_asked(actor: Actor) -> frozenset[Module] | None:
    """What the conference of this address or this attendee uses. None where the actor would not find it anyway: that is
    nobody else's business, and the route itself says that there is no such thing."""
    if actor.kind is ActorKind.ATTENDEE:
        known: frozenset[Module] = g.modules_of_visit  # read with the visit itself
        return known
    code = (request.view_args or {}).get("code")
    if code is None:
        return None
    found = db.session.scalars(select(Conference).where(Conference.code == code)).first()
    if found is None:
        return None
    is_reached = may_see(actor, found) or actor.holds(Role.SERVICE, ScopeKind.CONFERENCE, found.id)
    return found.modules if is_reached else None
