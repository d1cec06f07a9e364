"""Logs say what happened to which id. Names, texts, secrets and links are not in them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys

import pytest
import structlog

from conference.foundation.logs import configure_logs, redact

CANARY = "Nguyễn Thị Bí Mật"


@pytest.fixture
def lines(monkeypatch):  # type: ignore[no-untyped-def]
    """What is logged from now on, line by line."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    monkeypatch.undo()
    configure_logs("INFO")


@pytest.mark.parametrize(
    ("line", "redacted"),
    [
        ("GET /p/AbC-12_x HTTP/1.1", "GET /p/*** HTTP/1.1"),
        ('"GET /p/AbC?x=1 HTTP/1.1" 302 -', '"GET /p/***?x=*** HTTP/1.1" 302 -'),
        ("Error handling request /enter/abc", "Error handling request /enter/***"),
        ("http://a.example/enter/abc#top", "http://a.example/enter/***#top"),
        ("GET /people?q=Nguy%E1%BB%85n&page=2", "GET /people?q=***&page=***"),
        ("postgresql://diemcau:hunter2@db/diemcau", "postgresql://diemcau:***@db/diemcau"),
        ("smtp://user:p:w@mail:25", "smtp://user:***@mail:25"),
        ("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0"),
        ("GET /static/css/base.css", "GET /static/css/base.css"),
        ("GET /conferences/NQ12/people", "GET /conferences/NQ12/people"),
    ],
)
def test_links_searches_and_passwords_are_taken_out(line: str, redacted: str) -> None:
    assert redact(line) == redacted


def test_an_exception_tells_where_and_what_kind_but_not_what_it_said(lines) -> None:
    log = structlog.get_logger("test")
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise ValueError(f"no such person: {CANARY}") from error
    except ValueError:
        log.exception("request_failed", endpoint="registry.people")
    (line,) = lines()
    assert CANARY not in json.dumps(line, ensure_ascii=False)
    assert (line["event"], line["endpoint"], line["level"]) == ("request_failed", "registry.people", "error")
    assert [part for part in line["exception"] if " " not in part] == ["KeyError", "ValueError"]
    assert all("test_logs.py:" in part for part in line["exception"] if " " in part)


@pytest.mark.parametrize("name", ["gunicorn.error", "gunicorn.access", "werkzeug", "any.library"])
def test_what_libraries_log_has_the_same_form_and_no_secrets(lines, name: str) -> None:
    logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger(name).propagate = True
    logging.getLogger(name).warning('%s - "%s" %s', "127.0.0.1", "GET /p/secret-token HTTP/1.1", 302)
    (line,) = lines()
    assert line["event"] == '127.0.0.1 - "GET /p/*** HTTP/1.1" 302'
    assert (line["logger"], line["level"]) == (name, "warning")


def test_gunicorns_own_handlers_see_no_secret_either(lines) -> None:
    stream = io.StringIO()
    logger, handler = logging.getLogger("gunicorn.access"), logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        logger.info("%(r)s %(s)s", {"r": "GET /enter/secret-token HTTP/1.1", "s": "302"})
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue() == "GET /enter/*** HTTP/1.1 302\n"


def test_a_name_cannot_begin_a_line_of_its_own(lines) -> None:
    structlog.get_logger("test").info("refused", code='x"}\n{"event": "forged')
    assert [line["event"] for line in lines()] == ["refused"]


def test_nothing_below_the_level_is_written() -> None:
    program = (
        "from conference.foundation.logs import configure_logs; import structlog; configure_logs('WARNING');"
        "log = structlog.get_logger(); log.info('quiet'); log.warning('loud')"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [json.loads(line)["event"] for line in said.stderr.splitlines()] == ["loud"]
