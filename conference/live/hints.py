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
AGAIN_SECONDS = 1.0
"""So long after a push that could not be made its news is tried again, with what has come meanwhile."""

Send = Callable[[int, int, frozenset[int]], bool]
"""(conference id, study session id, ids of the sites that changed); False when it could not be told now."""


class Hints:
    """Passes on the first news at once and then at most one gathered push every tick, for each study session.

    The more boards there are, the longer a push takes and the rarer it becomes: doors come before boards. What
    could not be told is kept and told later. Of each study session one push is made at a time.
    """

    def __init__(self, send: Send, later: Callable[[float, Callable[[], None]], None]) -> None:
        self._send = send
        self._later = later
        self._changed: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._due: dict[tuple[int, int], float] = {}
        self._under_way: set[tuple[int, int]] = set()
        self._lock = Lock()

    def site_counted(self, *, conference_id: int, study_session_id: int, site_id: int) -> None:
        key = (conference_id, study_session_id)
        with self._lock:
            self._changed[key].add(site_id)
        self._look_after(key)

    def _look_after(self, key: tuple[int, int]) -> None:
        """See to it that what waits for its push gets one, unless that is seen to."""
        with self._lock:
            if key in self._under_way or not self._changed.get(key):
                return
            self._under_way.add(key)
            wait = max(0.0, self._due.get(key, 0.0) - time.monotonic())
        self._later(wait, partial(_flush, WeakMethod(self._flush), key))

    def _flush(self, key: tuple[int, int]) -> None:
        began = time.monotonic()
        with self._lock:
            sites = frozenset(self._changed.pop(key, ()))
        is_told = False
        try:
            is_told = self._send(*key, sites)
        finally:
            now = time.monotonic()
            with self._lock:
                if not is_told:
                    self._changed[key] |= sites
                self._due[key] = max(began + TICK_SECONDS, began + (now - began) * GIVES_WAY)
                if not is_told:
                    self._due[key] = now + AGAIN_SECONDS
                self._under_way.discard(key)
            self._look_after(key)


def _flush(of_living: WeakMethod[Callable[[tuple[int, int]], None]], key: tuple[int, int]) -> None:
    """What waits for its tick keeps nobody alive: where no loop runs, as in tests and commands, it waits for ever."""
    flush = of_living()
    if flush is not None:
        flush(key)
