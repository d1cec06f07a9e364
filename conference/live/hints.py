"""News of counts, gathered for a moment so that a thousand scans a second become a few pushes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from threading import Lock
from weakref import WeakMethod

TICK_SECONDS = 0.1
GIVES_WAY = 3
"""A push that takes long, to thousands of boards, is followed by a rest of its own length times this, less one."""

Send = Callable[[int, int, frozenset[int]], None]
"""(conference id, study session id, ids of the sites that changed)."""


class Hints:
    """Passes on the first news at once and then at most one gathered push every tick, for each study session.

    The more boards there are, the longer a push takes and the rarer it becomes: doors come before boards.
    """

    def __init__(self, send: Send, later: Callable[[float, Callable[[], None]], None]) -> None:
        self._send = send
        self._later = later
        self._changed: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._due: dict[tuple[int, int], float] = {}
        self._lock = Lock()

    def site_counted(self, *, conference_id: int, study_session_id: int, site_id: int) -> None:
        key = (conference_id, study_session_id)
        with self._lock:
            waiting = bool(self._changed[key])
            self._changed[key].add(site_id)
            if waiting:
                return
            wait = max(0.0, self._due.get(key, 0.0) - time.monotonic())
        self._later(wait, partial(_flush, WeakMethod(self._flush), key))

    def _flush(self, key: tuple[int, int]) -> None:
        began = time.monotonic()
        with self._lock:
            sites = frozenset(self._changed.pop(key, ()))
            self._due[key] = began + TICK_SECONDS
        if sites:
            self._send(*key, sites)
            took = time.monotonic() - began
            with self._lock:
                self._due[key] = max(self._due[key], began + took * GIVES_WAY)


def _flush(of_living: WeakMethod[Callable[[tuple[int, int]], None]], key: tuple[int, int]) -> None:
    """What waits for its tick keeps nobody alive: where no loop runs, as in tests and commands, it waits for ever."""
    flush = of_living()
    if flush is not None:
        flush(key)
