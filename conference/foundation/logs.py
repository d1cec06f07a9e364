"""Structured logs: one JSON line an event, with ids and never with names, secrets or what people wrote."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

SECRET_IN_ADDRESS = re.compile(r"(?P<before>/(?:p|enter|calendar)/)[^\s/?#\"']+")
"""Personal and one-time links: whoever reads the log could use them."""

SECRET_IN_QUERY = re.compile(r"(?P<before>[?&][\w.-]+=)[^\s&#\"']+")
"""What was searched for may be a name, and what was handed over may be a token."""

SECRET_IN_URL = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@]+(?=@)")
"""Passwords inside the addresses of databases and mail servers."""

OTHERS = ("gunicorn.error", "gunicorn.access", "werkzeug", "engineio.server", "socketio.server")
"""Libraries that write requests into logs of their own."""


def redact(text: str) -> str:
    """The line without what must not be in a log."""
    for pattern in (SECRET_IN_ADDRESS, SECRET_IN_QUERY, SECRET_IN_URL):
        text = pattern.sub(lambda found: f"{found['before']}***", text)
    return text


class _Redacting(logging.Filter):
    """Takes secrets out of what libraries log, before any of their own handlers sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True


class _Lines(logging.Formatter):
    """What libraries log, as the same JSON lines as our own."""

    def format(self, record: logging.LogRecord) -> str:
        event: EventDict = {
            "event": redact(record.getMessage()),
            "logger": record.name,
            "level": record.levelname.lower(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            event["exception"] = _frames(record.exc_info[1], record.exc_info[2])
        event = structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", event)
        return str(structlog.processors.JSONRenderer(ensure_ascii=False)(None, "", event))


def configure_logs(level: str) -> None:
    """Send structured lines to standard error from ``level`` upwards."""
    number = logging.getLevelNamesMapping()[level]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=number, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in OTHERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, _Redacting) for known in logger.filters):
            logger.addFilter(_Redacting())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Tell where an exception came from, not what it said: messages quote values, and values are people's."""
    told = event.pop("exc_info", None)
    error: Any = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event["exception"] = _frames(error, error.__traceback__)
    return event


def _frames(error: BaseException, trace: TracebackType | None) -> list[str]:
    """The kinds of the exception and of its causes, each with the places it went through, the deepest last."""
    lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = _frames(cause, cause.__traceback__) if cause is not None and cause is not error else []
    return [*earlier, *lines, _kind_of(error)]


def _kind_of(error: BaseException) -> str:
    """The class, with the number that a system or a database gives to the fault."""
    of_driver = getattr(error, "orig", None)
    number = getattr(error, "errno", None) or getattr(of_driver, "sqlstate", None)
    name = f"{type(error).__name__}/{type(of_driver).__name__}" if of_driver is not None else type(error).__name__
    return f"{name} {number}" if number else name
