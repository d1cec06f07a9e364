"""Who guesses at links is slowed down: by address, in this process, and in all of them where Redis is there.

Signing in has its own limits, for each account and address, in the database (``accounts.actions``). This one is for
what needs no account: personal links, one-time links, feeds, numbers of receipts. It never opens when Redis fails:
each process counts for itself as well.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import redis
import structlog
from flask import Flask, Response, current_app, request

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.errors import DomainError
from conference.settings import Settings
from conference.web.guard import ALLOWED

log = structlog.get_logger(__name__)

GUESSABLE = frozenset({"token", "number"})
"""Parts of an address that somebody could try to guess."""

View = TypeVar("View", bound=Callable[..., object])
WINDOW = timedelta(minutes=15)
MOST_FAILURES = 60
"""From one address in a window. An office shares one, and people mistype; 192 random bits need far more."""

MOST_REMEMBERED = 20_000
REDIS_SECONDS = 0.25
LEAVE_REDIS_ALONE_SECONDS = 5.0
LIMITS = "link_limits"


def guessable(view: View) -> View:
    """Mark a view that is opened by something in its form that could be guessed at."""
    view.is_guessable = True  # type: ignore[attr-defined]
    return view


class Tally:
    """How often something happened of late, by a key that tells nothing about whose doing it was."""

    def __init__(self, redis_url: str, name: str) -> None:
        self._name = name
        self._own: dict[tuple[int, str], int] = {}
        self._lock = threading.Lock()
        self._redis: redis.Redis | None = None
        self._redis_again_at = 0.0
        if redis_url:
            self._redis = redis.Redis.from_url(
                redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
            )

    def count(self, key: str) -> int:
        """Of this window: the larger of what this process and what all of them saw."""
        window = _window()
        return max(self._own.get((window, key), 0), self._shared(window, key, adding=0))

    def add(self, key: str) -> None:
        window = _window()
        with self._lock:
            if len(self._own) >= MOST_REMEMBERED:
                self._own = {known: count for known, count in self._own.items() if known[0] == window}
            if len(self._own) >= MOST_REMEMBERED:  # so many addresses at once: the busiest stay remembered
                busiest = sorted(self._own.items(), key=lambda item: item[1])[MOST_REMEMBERED // 2 :]
                self._own = dict(busiest)
            self._own[window, key] = self._own.get((window, key), 0) + 1
        self._shared(window, key, adding=1)

    def _shared(self, window: int, key: str, *, adding: int) -> int:
        if self._redis is None or time.monotonic() < self._redis_again_at:
            return 0
        name = f"diemcau:{self._name}:{window}:{key}"
        try:
            if not adding:
                return int(self._redis.get(name) or 0)
            with self._redis.pipeline() as pipe:
                pipe.incrby(name, adding)
                pipe.expire(name, WINDOW)
                return int(pipe.execute()[0])
        except (redis.RedisError, OSError):
            self._redis_again_at = time.monotonic() + LEAVE_REDIS_ALONE_SECONDS
            log.warning("limits_without_redis")
            return 0


def _window() -> int:
    return int(clock.now().timestamp() // WINDOW.total_seconds())


def limit_guessing(app: Flask, settings: Settings) -> None:
    """Answer 429 to an address from which very many links did not exist."""
    app.extensions[LIMITS] = Tally(settings.redis_url, "failures")

    def refuse_guessers() -> None:
        if _is_guessable() and _failures().count(_key(settings)) >= MOST_FAILURES:
            raise DomainError("too_many_tries")

    def note_failure(response: Response) -> Response:
        # 400 is a page that was open for too long, and no guess.
        if _is_guessable() and 400 < response.status_code < 500 and response.status_code != 429:
            _failures().add(_key(settings))
        return response

    app.before_request(refuse_guessers)
    app.after_request(note_failure)


def guard_tries(what: str, *, most: int) -> None:
    """Raises ``too_many_tries`` when ``what`` (an attendee's codes, say) failed so often in this window."""
    if _failures().count(what) >= most:
        raise DomainError("too_many_tries")


def note_failed_try(what: str) -> None:
    _failures().add(what)


def _failures() -> Tally:
    found: Tally = current_app.extensions[LIMITS]
    return found


def _is_guessable() -> bool:
    """True where the address alone opens something. Whoever is signed in may mistype a person's number."""
    view = current_app.view_functions.get(request.endpoint or "")
    is_named = getattr(view, "is_guessable", False) or bool(GUESSABLE & (request.view_args or {}).keys())
    return Role.ANYONE in getattr(view, ALLOWED, ()) and is_named


def _key(settings: Settings) -> str:
    return hashlib.sha256(f"{settings.secret_key}:{network_of(request.remote_addr or '')}".encode()).hexdigest()[:32]


def network_of(address: str) -> str:
    """One subscriber: an IPv4 address, or the /64 that an IPv6 address is only one of."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
