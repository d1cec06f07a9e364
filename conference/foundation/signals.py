"""News that later areas listen to. It is heard only after the commit, and may be lost: never the only copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from conference.foundation.db import db

Listener = Callable[..., None]
PENDING = "announced_signals"
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
        """Say it when the running transaction commits; a rollback takes it back."""
        db.session.info.setdefault(PENDING, []).append((self, facts))

    def deliver(self, facts: dict[str, Any]) -> None:
        for listener in self._listeners:
            try:
                listener(**facts)
            except Exception:
                # The facts are committed: a listener that fails must not make them look lost.
                log.exception("listener_failed", signal=self.name)


def hear_commits(session: Any) -> None:
    """Let the signals of a session be delivered after its commits and dropped at its rollbacks."""
    event.listen(session, "after_commit", _after_commit)
    event.listen(session, "after_rollback", _after_rollback)


def _after_commit(session: Session) -> None:
    for signal, facts in session.info.pop(PENDING, []):
        signal.deliver(facts)


def _after_rollback(session: Session) -> None:
    session.info.pop(PENDING, None)
