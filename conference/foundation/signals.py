"""News that later areas listen to. It is heard only after the commit, and may be lost: never the only copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any
from weakref import WeakMethod

import structlog

from conference.foundation.db import after_commit

Listener = Callable[..., None]
log = structlog.get_logger(__name__)


class Signal:
    """A kind of news, such as ``site_counted``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: list[Callable[[], Listener | None]] = []

    def listen(self, listener: Listener) -> Listener:
        """Call ``listener(**facts)`` after each commit that announced this; once per listener.

        The method of an object is heard as long as the object lives: a signal outlives the applications of a test.
        """
        self._listeners = [known for known in self._listeners if known() not in (None, listener)]
        self._listeners.append(WeakMethod(listener) if isinstance(listener, MethodType) else lambda: listener)
        return listener

    def announce(self, **facts: Any) -> None:
        """Say it when the running transaction has committed; a rollback takes it back."""
        after_commit(partial(self._deliver, facts))

    def _deliver(self, facts: dict[str, Any]) -> None:
        for listener in [known() for known in self._listeners]:
            if listener is None:
                continue
            try:
                listener(**facts)
            except Exception:
                # The facts are committed: a listener that fails must not make them look lost.
                log.exception("listener_failed", signal=self.name)
