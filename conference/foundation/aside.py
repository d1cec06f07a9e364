"""Slow computing beside the loop that all greenlets of a web process share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

AT_ONCE = 2
"""A password's hash takes 64 MiB and a core while it lasts: many at a time would take the machine."""

_pools: list[Any] = []


def aside(work: Callable[..., Result], *arguments: object) -> Result:
    """The result of ``work(*arguments)``, computed in a thread of its own where greenlets would have to wait for it.

    Never inside a transaction: others run meanwhile, and one of them may want to write.
    """
    gevent = sys.modules.get("gevent.monkey")
    if gevent is None or not gevent.is_module_patched("threading"):
        return work(*arguments)
    if not _pools:
        from gevent.threadpool import ThreadPool  # only where gevent serves

        _pools.append(ThreadPool(AT_ONCE))
    result, error = _pools[0].apply(_outcome, (work, arguments))
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def _outcome(work: Callable[..., Result], arguments: tuple[object, ...]) -> tuple[Result | None, Exception | None]:
    """An exception carried out as a value: the pool would print what it says."""
    try:
        return work(*arguments), None
    except Exception as error:
        return None, error
