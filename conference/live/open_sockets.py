"""The sockets that are open in this process: not too many of one, and none longer than the right to it."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

import gevent
import structlog
from flask import Flask
from flask_socketio import SocketIO
from sqlalchemy.exc import SQLAlchemyError

from conference.accounts import actions as account_actions
from conference.accounts import queries as accounts
from conference.checkin.access import ended_devices
from conference.foundation import clock
from conference.foundation.actor import Actor, ActorKind, Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.access import may_see
from conference.planning.models import Conference
from conference.settings import Settings

log = structlog.get_logger(__name__)

MOST_OF_ONE = 24
"""Sockets of one account or device: every tab and screen of one person."""

MOST_OF_AN_ADDRESS = 400
"""Sockets of one address, whoever they are; many people may sit behind one."""

MOST_EVENTS, WITHIN_SECONDS = 60, 10.0
"""What one socket may send: a page asks once for its news when it opens."""

LOOKED_AGAIN_EVERY = 3.0
SEEN_EVERY = timedelta(minutes=5)


@dataclass(slots=True)
class _Open:
    """One socket, and by what right it is open."""

    kind: ActorKind
    id: int  # of the account or device
    devices: set[int]  # at whose doors it stands
    session: int | None  # the signed-in browser
    watched: set[int] = field(default_factory=set)  # conferences
    began: float = 0.0
    events: int = 0


class OpenSockets:
    """Keeps count from ``admit`` on. While any socket is open, it asks every few seconds whether each still may."""

    def __init__(self, app: Flask, socketio: SocketIO, watchers: Iterable[Role]) -> None:
        self._app = app
        self._socketio = socketio
        self._watchers = frozenset(watchers)
        self._open: dict[str, _Open] = {}
        self._of: dict[tuple[ActorKind, int], set[str]] = defaultdict(set)
        self._silent: set[str] = set()  # connections that had not been let in at the last look
        self._looks = False

    def watch_connections(self) -> None:
        """A connection is there, perhaps one that never says who it is."""
        if not self._looks:
            self._looks = True
            gevent.spawn(self._look_again)

    def admit(self, sid: str, actor: Actor, *, session: int | None) -> None:
        """Raises ``too_many_sockets``."""
        assert actor.id is not None
        holder = (actor.kind, actor.id)
        self._of[holder] = {one for one in self._of[holder] if one in self._open and self._is_connected(one)}
        if len(self._of[holder]) >= MOST_OF_ONE:
            raise DomainError("too_many_sockets")
        self._of[holder].add(sid)
        devices = {actor.id} if actor.kind is ActorKind.DEVICE else set()
        self._open[sid] = _Open(actor.kind, actor.id, devices, session)

    def note_event(self, sid: str) -> None:
        """Raises ``too_many_requests`` when a socket asks far more than a page does."""
        one = self._open.get(sid)
        if one is None:
            return
        now = monotonic()
        if now - one.began > WITHIN_SECONDS:
            one.began, one.events = now, 0
        one.events += 1
        if one.events > MOST_EVENTS:
            raise DomainError("too_many_requests")

    def note_watched(self, sid: str, conference_id: int) -> None:
        if sid in self._open:
            self._open[sid].watched.add(conference_id)

    def note_door(self, sid: str, device_id: int) -> None:
        if sid in self._open:
            self._open[sid].devices.add(device_id)

    def _is_connected(self, sid: str) -> bool:
        return bool(self._socketio.server.manager.is_connected(sid, "/"))

    # ---- a look at them all

    def _look_again(self) -> None:
        try:
            while self._socketio.server.eio.sockets:
                gevent.sleep(LOOKED_AGAIN_EVERY)
                self._end_silent()
                self._open = {sid: one for sid, one in self._open.items() if self._is_connected(sid)}
                for sid in self._ended():
                    self._end(sid)
        finally:
            self._looks = False

    def _end(self, sid: str) -> None:
        """Nothing more is told it from now on; its connection goes as soon as it has heard so."""
        server = self._socketio.server
        connection = server.manager.eio_sid_from_sid(sid, "/")
        server.disconnect(sid)
        if connection is not None:
            gevent.spawn_later(1.0, server.eio.disconnect, connection)

    def _end_silent(self) -> None:
        """Connections that were refused, or that never said who they are."""
        server = self._socketio.server
        silent = {id for id in list(server.eio.sockets) if server.manager.sid_from_eio_sid(id, "/") is None}
        for id in silent & self._silent:
            connection = server.environ.get(id, {}).get("gunicorn.socket")
            server.eio.disconnect(id)
            if connection is not None:  # a peer that does not answer the farewell would hold it for ever
                gevent.spawn_later(1.0, _cut, connection)
        self._silent = silent - self._silent

    def _ended(self) -> list[str]:
        with self._app.app_context():
            try:
                return self._without_right()
            except (SQLAlchemyError, DomainError) as error:  # the database is away: the next look asks it again
                log.warning("rights_not_asked", fault=type(error).__name__)
                return []
            finally:
                db.session.remove()

    def _without_right(self) -> list[str]:
        """Sockets whose account, session, role or token has ended since."""
        settings: Settings = self._app.extensions["settings"]
        at = clock.now()
        asked = list(self._open.items())  # while the database answers others come in, about whom nothing was asked
        sessions = accounts.living_sessions(
            {one.session for _, one in asked if one.session is not None},
            at=at,
            idle=timedelta(minutes=settings.session_idle_minutes),
        )
        # Whoever watches a wall of figures uses the session, though the browser asks for nothing.
        if any(at - session.last_seen_at > SEEN_EVERY for session in sessions.values()):
            with transaction():
                account_actions.note_seen(
                    [id for id, one in sessions.items() if at - one.last_seen_at > SEEN_EVERY], at=at
                )
        actors = {
            id: Actor(ActorKind.ACCOUNT, session.account_id, account_actions.scopes_of(session.account))
            for id, session in sessions.items()
        }
        devices = {id for _, one in asked for id in one.devices}
        ended = ended_devices(devices, at=at) if devices else frozenset()
        conferences = _remembered(lambda id: db.session.get(Conference, id))
        return [
            sid
            for sid, one in asked
            if one.devices & ended
            or (one.kind is ActorKind.ACCOUNT and not self._may(actors.get(one.session or 0), one, conferences))
        ]

    def _may(self, actor: Actor | None, one: _Open, conferences: Callable[[int], Conference | None]) -> bool:
        if actor is None or not actor.roles & self._watchers:
            return False
        return all((found := conferences(id)) is not None and may_see(actor, found) for id in tuple(one.watched))


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _remembered(find: Callable[[int], Conference | None]) -> Callable[[int], Conference | None]:
    found: dict[int, Conference | None] = {}

    def look(id: int) -> Conference | None:
        if id not in found:
            found[id] = find(id)
        return found[id]

    return look


class BoundedConnections:
    """WSGI: a web socket is one call that lasts; so many may last for one address, and the next is answered 429."""

    def __init__(self, wsgi_app: Callable[..., Any], open_sockets: OpenSockets) -> None:
        self._wsgi_app = wsgi_app
        self._open_sockets = open_sockets
        self._lasting: dict[str, int] = defaultdict(int)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if not environ.get("PATH_INFO", "").startswith("/socket.io/"):
            return self._wsgi_app(environ, start_response)
        address = environ.get("REMOTE_ADDR", "")
        if self._lasting[address] >= MOST_OF_AN_ADDRESS:
            start_response("429 Too Many Requests", [("Content-Length", "0"), ("Retry-After", "30")])
            return [b""]
        self._lasting[address] += 1
        self._open_sockets.watch_connections()
        try:
            return self._wsgi_app(environ, start_response)
        finally:
            self._lasting[address] -= 1
            if not self._lasting[address]:
                del self._lasting[address]
