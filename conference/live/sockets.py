"""Live updates: who may listen to which conference, and the pushes that tell boards to look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from flask import Flask, g, request
from flask_socketio import ConnectionRefusedError, SocketIO, disconnect, join_room
from socketio import RedisManager

from conference.accounts import sessions as account_sessions
from conference.checkin.signals import site_counted
from conference.foundation.actor import NOBODY, Role
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.live import queries
from conference.live.hints import Hints
from conference.planning.access import conference_for
from conference.web.guard import allow

WATCHERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)
LARGEST_MESSAGE = 4_096

Handler = Callable[..., Any]


def create_socketio(app: Flask, *, redis_url: str, origin: str | None) -> SocketIO:
    """Attach live updates to the application. Several web processes share them through Redis."""
    socketio = SocketIO(
        app,
        async_mode="gevent",
        client_manager=RedisManager(redis_url) if redis_url else None,
        cors_allowed_origins=origin,
        max_http_buffer_size=LARGEST_MESSAGE,
        manage_session=False,
        ping_interval=25,
        ping_timeout=20,
    )
    handlers: dict[str, Handler] = {"connect": _connect, "watch": _watch}
    app.extensions["socket_handlers"] = handlers
    for event, handler in handlers.items():
        socketio.on_event(event, _permitted(handler))

    def send(conference_id: int, study_session_id: int, sites: frozenset[int]) -> None:
        with app.app_context():
            push = queries.push_of(conference_id, study_session_id, sites)
            db.session.remove()
        socketio.emit(
            "counts",
            {
                "session": study_session_id,
                "version": push.version,
                "present": push.present,
                "sites": list(push.sites.items()),
            },
            to=room_of(conference_id),
        )

    hints = Hints(send, lambda wait, flush: gevent.spawn_later(wait, flush))
    app.extensions["live_hints"] = hints
    site_counted.listen(hints.site_counted)
    return socketio


def room_of(conference_id: int) -> str:
    return f"conference-{conference_id}"


def _permitted(handler: Handler) -> Handler:
    """Ask the two questions of every event: which roles may send it, and (in the handler) for which thing.

    Request hooks do not run for socket events, so whoever speaks is recognised anew each time: a role that was
    taken away is gone at the next event.
    """
    allowed: frozenset[Role] = handler.allowed_roles  # type: ignore[attr-defined]

    def permit(*arguments: Any) -> Any:
        g.actor = account_sessions.identify() or NOBODY
        try:
            if not g.actor.roles & allowed:
                raise DomainError("forbidden")
            return handler(*arguments)
        except DomainError as error:
            if handler is _connect:
                raise ConnectionRefusedError(error.code) from error
            disconnect(request.sid)  # type: ignore[attr-defined]
            return {"error": error.code}
        finally:
            db.session.remove()

    return permit


@allow(*WATCHERS)
def _connect(_auth: object = None) -> None:
    """Anyone who may watch some board may hold a socket; what it hears is decided by ``watch``."""


@allow(*WATCHERS)
def _watch(code: object = None) -> dict[str, Any]:
    """Join the room of one conference that the actor may see. The server chooses the room."""
    if not isinstance(code, str) or len(code) > 64:
        raise DomainError("not_found")
    conference = conference_for(g.actor, code)
    join_room(room_of(conference.id))
    return {"version": queries.board_version(conference.id)}
