"""Requests that come at the same moment, carried out in one transaction; each has its own answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from flask import Blueprint, current_app

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.grouping import Grouping

Work = TypeVar("Work")
Result = TypeVar("Result")


class Together(Generic[Work, Result]):
    """``carry_out`` gets the work of all who ask at once, in each application one group after the other."""

    def __init__(
        self, bp: Blueprint, name: str, carry_out: Callable[[Sequence[Work]], Sequence[Result | DomainError]]
    ) -> None:
        self._name = name

        def prepare(state: object) -> None:
            # A moment of sleep lets what has arrived meanwhile join the group, and share its fsync.
            state.app.extensions[name] = Grouping(carry_out, gather=lambda: time.sleep(0))  # type: ignore[attr-defined]

        bp.record_once(prepare)

    def ask(self, work: Work) -> Result:
        """The own answer, once the group is carried out. Raises the refusal that it is."""
        db.session.remove()  # who waits for the group keeps no connection from those who work
        group: Grouping[Work, Result | DomainError] = current_app.extensions[self._name]
        answer = group.submit(work)
        if isinstance(answer, DomainError):
            raise answer
        return answer
