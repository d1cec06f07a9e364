"""News that later areas listen to. It is heard only after the commit, and may be lost: never the only copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from conference.foundation.db import after_commit

Listener = Callable[..., None]
log = structlog.get_logger(__name__)


class Signal:
    """A kind of news, such as ``site_counted``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Listener:
        """Call ``listener(**facts)`` after each commit that announced this; once per listener."""
        if listener not in self._listeners:
            self._listeners.append(listener)
        return listener

    def announce(self, **facts: Any) -> None:
        """Say it when the running transaction has committed; a rollback takes it back."""
        after_commit(partial(self._deliver, facts))

    def _deliver(self, facts: dict[str, Any]) -> None:
        for listener in self._listeners:
            try:
                listener(**facts)
            except Exception:
                # The facts are committed: a listener that fails must not make them look lost.
                log.exception("listener_failed", signal=self.name)
