"""Group commit: whoever comes while a transaction runs shares the next one, and so shares its fsync."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from conference.foundation.errors import DomainError

Work = TypeVar("Work")
Result = TypeVar("Result")


class _Waiting(Generic[Work, Result]):
    """One caller's work, until it is done or it is the caller's turn to lead."""

    __slots__ = ("error", "is_done", "leads", "result", "woken", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.woken = threading.Event()
        self.leads = False
        self.is_done = False
        self.result: Result | None = None
        self.error: BaseException | None = None


class Grouping(Generic[Work, Result]):
    """Runs ``carry_out`` for many callers at once, one group after the other, without a thread of its own.

    The first caller leads: it takes whoever waits, carries out all their work, then hands the lead to the next.
    When a group fails, its work is carried out one by one, so that nobody suffers from another's.
    """

    def __init__(
        self,
        carry_out: Callable[[Sequence[Work]], Sequence[Result]],
        *,
        gather: Callable[[], None],
        most: int = 64,
    ) -> None:
        self._carry_out = carry_out
        self._gather = gather
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Work, Result]] = deque()
        self._is_led = False

    def submit(self, work: Work) -> Result:
        """The result for this work, once its group is done. Raises what carrying it out raised."""
        mine: _Waiting[Work, Result] = _Waiting(work)
        with self._lock:
            self._queue.append(mine)
            if not self._is_led:
                self._is_led = mine.leads = True
        if not mine.leads:
            mine.woken.wait()
        if mine.leads:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        assert mine.is_done
        return mine.result  # type: ignore[return-value]

    def _lead(self, mine: _Waiting[Work, Result]) -> None:
        """Carry out one group, which holds the leader's own work, then let the next in the queue lead."""
        group: list[_Waiting[Work, Result]] = []
        try:
            self._gather()
            with self._lock:
                group = [self._queue.popleft() for _ in range(min(len(self._queue), self._most))]
            self._run(group)
        finally:
            with self._lock:
                if not group:  # ended while gathering: nobody else may wait for a leader that is gone
                    self._queue.remove(mine)
                following = self._queue[0] if self._queue else None
                self._is_led = following is not None
                if following is not None:
                    following.leads = True
            for one in group:
                if not one.is_done and one.error is None:
                    one.error = RuntimeError("the leader of this group was ended")
                one.woken.set()
            if following is not None:
                following.woken.set()

    def _run(self, group: Sequence[_Waiting[Work, Result]]) -> None:
        try:
            self._settle(group)
        except DomainError as error:  # nothing of theirs is wrong: the database is busy, and would be again
            for one in group:
                one.error = error
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
                return
            for one in group:
                try:
                    self._settle([one])
                except Exception as own_error:
                    one.error = own_error

    def _settle(self, group: Sequence[_Waiting[Work, Result]]) -> None:
        results = self._carry_out([one.work for one in group])
        for one, result in zip(group, results, strict=True):
            one.result, one.is_done = result, True
