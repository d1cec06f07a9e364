"""Live updates: who may listen to which conference, and the pushes that tell boards to look again."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

import gevent
import structlog
from engineio.async_drivers.gevent import _async as gevent_driver
from flask import Flask, current_app, g, request
from flask_socketio import ConnectionRefusedError, SocketIO, disconnect, join_room
from socketio import RedisManager
from socketio.packet import BINARY_ACK, BINARY_EVENT, Packet
from sqlalchemy.exc import SQLAlchemyError

from conference.accounts import sessions as account_sessions
from conference.checkin import access as doors
from conference.checkin import rosters
from conference.checkin.signals import device_ended, site_counted
from conference.foundation import clock
from conference.foundation.actor import NOBODY, Actor, Role
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.live import queries
from conference.live.hints import Hints
from conference.live.open_sockets import BoundedConnections, OpenSockets
from conference.planning.access import conference_for
from conference.web.guard import allow

log = structlog.get_logger(__name__)

WATCHERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)
LARGEST_MESSAGE = 4_096
VERSION_SECONDS = 1.0

Handler = Callable[..., Any]


class TextPacket(Packet):  # type: ignore[misc]
    """A packet of text. Nothing here sends or takes binary ones, whose parts a server would have to hold."""

    def decode(self, encoded_packet: str) -> int:
        count: int = super().decode(encoded_packet)
        if self.packet_type in (BINARY_EVENT, BINARY_ACK):
            raise ValueError("binary packets are not taken")
        return count


def create_socketio(app: Flask, *, redis_url: str, origin: str | None) -> SocketIO:
    """Attach live updates to the application. Several web processes share them through Redis."""
    socketio = SocketIO(
        app,
        async_mode="gevent",
        client_manager=RedisManager(redis_url) if redis_url else None,
        cors_allowed_origins=origin,
        max_http_buffer_size=LARGEST_MESSAGE,
        transports=["websocket"],
        serializer=TextPacket,
        manage_session=False,
        ping_interval=25,
        ping_timeout=20,
    )
    socketio.server.eio._async = {**gevent_driver, "websocket": _bounded_web_socket}
    open_sockets = OpenSockets(app, socketio, WATCHERS)
    app.extensions["open_sockets"] = open_sockets
    app.wsgi_app = BoundedConnections(app.wsgi_app, open_sockets)  # type: ignore[method-assign]
    handlers: dict[str, Handler] = {"connect": _connect, "watch": _watch, "stand": _stand}
    app.extensions["socket_handlers"] = handlers
    for event, handler in handlers.items():
        socketio.on_event(event, _permitted(handler))

    news = _News(app, socketio)
    # In a context of its own: a greenlet holds the one it was made in, and with it a request that is long over.
    hints = Hints(news.send, lambda wait, flush: Context().run(gevent.spawn_later, wait, flush))
    app.extensions["live_hints"], app.extensions["live_news"] = hints, news  # signals hear them as long as they live
    site_counted.listen(hints.site_counted)
    device_ended.listen(news.tell_ended)
    return socketio


def _bounded_web_socket(handler: Handler, server: Any) -> Any:
    """The driver's own would read a message of any length to its end before it looks how long it is."""
    web_socket = gevent_driver["websocket"](handler, server)
    web_socket.server_args["max_message_size"] = LARGEST_MESSAGE
    return web_socket


class _News:
    """What boards and devices are told."""

    def __init__(self, app: Flask, socketio: SocketIO) -> None:
        self._app = app
        self._socketio = socketio
        self._kept_up: set[int] = set()
        self._is_held_up = False

    def send(self, conference_id: int, study_session_id: int, sites: frozenset[int]) -> bool:
        """The new counts of these sites to every board, and to each door that it has changed. False when the database
        gives no answer now: no connection is free, or it is away. Logged once, until it answers again."""
        with self._app.app_context():
            try:
                push = queries.push_of(conference_id, study_session_id, sites)
                versions = rosters.door_versions(conference_id, sites)
            except SQLAlchemyError as error:
                if not self._is_held_up:
                    log.warning("push_held_up", reason=type(error).__name__)
                self._is_held_up = True
                return False
            finally:
                db.session.remove()
        self._is_held_up = False
        self._socketio.emit(
            "counts",
            {
                "session": study_session_id,
                "version": push.version,
                "present": push.present,
                "sites": list(push.sites.items()),
            },
            to=room_of(conference_id),
        )
        for site_id, version in versions.items():
            self._socketio.emit("counted", {"version": version}, to=door_room(conference_id, site_id))
        return True

    def keep_up(self, conference_id: int) -> None:
        """While somebody watches this conference here, tell them every second which version they should have heard
        of by now: pushes that got lost on their way, because Redis was away, are noticed and asked for."""
        if conference_id not in self._kept_up:
            self._kept_up.add(conference_id)
            gevent.spawn(self._tell_versions, conference_id)

    def _tell_versions(self, conference_id: int) -> None:
        room, rooms = room_of(conference_id), self._socketio.server.manager.rooms
        told = due = -1
        try:
            while rooms.get("/", {}).get(room):
                now = self._version_of(conference_id, before=due)
                if due > told:  # a second old, so that what is still on its way is not asked for
                    self._socketio.emit("version", due, to=room, ignore_queue=True)
                    told = due
                due = now
                gevent.sleep(VERSION_SECONDS)
        finally:
            self._kept_up.discard(conference_id)

    def _version_of(self, conference_id: int, *, before: int) -> int:
        with self._app.app_context():
            try:
                return queries.board_version(conference_id)
            except SQLAlchemyError:  # the database is away; what is read next tells of everything meanwhile
                return before
            finally:
                db.session.remove()

    def tell_ended(self, *, device_id: int) -> None:
        """Aside: who ends a device does not wait for a Redis that says nothing."""
        gevent.spawn(self._socketio.emit, "ended", to=device_room(device_id))


def room_of(conference_id: int) -> str:
    return f"conference-{conference_id}"


def door_room(conference_id: int, site_id: int) -> str:
    return f"door-{conference_id}-{site_id}"


def device_room(device_id: int) -> str:
    return f"device-{device_id}"


def _who(arguments: tuple[Any, ...]) -> Actor:
    """A device by the token that it sends with the event, else the account of the cookie."""
    sent = arguments[0] if arguments else None
    token = sent.get("device") if isinstance(sent, dict) else sent
    device = doors.device_with_token(token, at=clock.now()) if isinstance(token, str) and len(token) >= 16 else None
    if device is not None:
        g.device = device
        return doors.actor_of(device)
    return account_sessions.identify() or NOBODY


def _permitted(handler: Handler) -> Handler:
    """Ask the two questions of every event: which roles may send it, and (in the handler) for which thing.

    Request hooks do not run for socket events, so whoever speaks is recognised anew each time: a role that was
    taken away is gone at the next event.
    """
    allowed: frozenset[Role] = handler.allowed_roles  # type: ignore[attr-defined]

    def permit(*arguments: Any) -> Any:
        try:
            if handler is not _connect:
                _open_sockets().note_event(request.sid)  # type: ignore[attr-defined]
            g.actor = _who(arguments)
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


@allow(*WATCHERS, Role.DEVICE)
def _connect(_auth: object = None) -> None:
    """Anyone who may watch some board, or stand at a door, may hold a socket; what it hears is decided by ``watch``
    and ``stand``."""
    _open_sockets().admit(request.sid, g.actor, session=g.get("account_session"))  # type: ignore[attr-defined]


def _open_sockets() -> OpenSockets:
    found: OpenSockets = current_app.extensions["open_sockets"]
    return found


@allow(*WATCHERS)
def _watch(code: object = None) -> dict[str, Any]:
    """Join the room of one conference that the actor may see. The server chooses the room."""
    if not isinstance(code, str) or len(code) > 64:
        raise DomainError("not_found")
    conference = conference_for(g.actor, code)
    join_room(room_of(conference.id))
    _open_sockets().note_watched(request.sid, conference.id)  # type: ignore[attr-defined]
    news: _News = current_app.extensions["live_news"]
    news.keep_up(conference.id)
    return {"version": queries.board_version(conference.id)}


@allow(Role.DEVICE)
def _stand(_token: object = None) -> dict[str, Any]:
    """Hear when something is counted at the device's own door, and when its token is ended. The server chooses the
    rooms; what was counted the device asks for itself, with its token."""
    device = g.device
    join_room(door_room(device.conference_id, device.site_id))
    join_room(device_room(device.id))
    _open_sockets().note_door(request.sid, device.id)  # type: ignore[attr-defined]
    version, _renewed = rosters.door_version(device.conference_id, device.site_id)
    return {"version": version}
