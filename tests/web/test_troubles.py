"""What people meet when disk or database fail: a sentence, a status that says “later”, and nothing half done."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from flask import Flask, Response
from sqlalchemy import event, func, select, text

from conference.directory.models import Unit
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.web.guard import allow
from tests.factories import make_unit
from tests.people import prove_origin
from tests.services.web import free_port

ROOT = Path(__file__).parent.parent.parent
JSON = {"Accept": "application/json"}


@pytest.fixture
def keeping():  # type: ignore[no-untyped-def]
    """``keeping(app)``: a client whose POST to /keep writes much, and whose GET counts."""

    def open_routes(app: Flask):  # type: ignore[no-untyped-def]
        def keep() -> dict[str, int]:
            with transaction():
                for _ in range(20):
                    make_unit("Công đoàn " + "x" * 20_000)
            return {"units": units()}

        def units() -> int:
            return db.session.scalar(select(func.count()).select_from(Unit)) or 0

        app.add_url_rule("/keep", "keep", allow(Role.ANYONE)(keep), methods=["POST"])
        app.add_url_rule("/count", "count", allow(Role.ANYONE)(lambda: {"units": units()}))
        return prove_origin(app.test_client())

    return open_routes


@pytest.mark.parametrize(
    ("pragma", "undo", "status", "code"),
    [
        ("max_page_count = 1", "max_page_count = 1073741823", 507, "storage_full"),
        ("query_only = ON", "query_only = OFF", 503, "storage_read_only"),
    ],
)
def test_a_full_or_closed_disk_is_told_and_reading_goes_on(sqlite_app, keeping, pragma, undo, status, code) -> None:
    client = keeping(sqlite_app)
    state = [pragma]

    def limit(connection, _record, _proxy) -> None:  # type: ignore[no-untyped-def]
        connection.execute(f"PRAGMA {state[0]}")

    with sqlite_app.app_context():
        event.listen(db.engine, "checkout", limit)
    refused = client.post("/keep", headers=JSON)
    assert (refused.status_code, refused.json["error"]) == (status, code)
    assert client.get("/count").json == {"units": 0}
    state[0] = undo  # there is space again, and nobody starts anything anew
    assert client.post("/keep", headers=JSON).json == {"units": 20}


def test_connections_that_the_server_ended_are_made_anew(make_app, postgresql_url, keeping) -> None:
    app = make_app(database_url=postgresql_url)
    client = keeping(app)
    assert client.post("/keep").json == {"units": 20}
    with app.app_context():
        engine = db.engine
    other = engine.connect()
    everybody_else = "datname = current_database() AND pid <> pg_backend_pid()"
    other.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {everybody_else}"))
    other.close()
    assert client.post("/keep").json == {"units": 40}


def test_a_connection_that_ends_in_the_middle_is_no_bug(make_app, postgresql_url) -> None:
    app = make_app(database_url=postgresql_url)

    def cut() -> str:
        with transaction():
            make_unit()
            own = db.session.scalar(text("SELECT pg_backend_pid()"))
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            time.sleep(0.1)
        return "kept"

    app.add_url_rule("/cut", "cut", allow(Role.ANYONE)(cut))
    answer = app.test_client().get("/cut", headers=JSON)
    assert (answer.status_code, answer.json["error"]) == (503, "database_away")
    assert answer.headers["Retry-After"] == "2"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Unit)) == 0


def test_a_refusal_stays_one_when_the_database_goes_away_meanwhile(make_app, postgresql_url) -> None:
    """Nothing is undone by hand that the end of the connection has undone."""
    app = make_app(database_url=postgresql_url)

    def refuse() -> str:
        own = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        time.sleep(0.1)
        raise DomainError("not_found")

    app.add_url_rule("/refuse", "refuse", allow(Role.ANYONE)(refuse))
    answer = app.test_client().get("/refuse", headers=JSON)
    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert app.test_client().get("/readyz").status_code == 200


def test_a_database_that_goes_away_while_an_answer_is_finished_is_no_bug(make_app, postgresql_url) -> None:
    app = make_app(database_url=postgresql_url)

    def cut(response: Response) -> Response:
        own = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        time.sleep(0.1)
        db.session.scalar(text("SELECT 1"))
        return response

    app.after_request_funcs.setdefault(None, []).append(cut)
    answer = app.test_client().get("/healthz", headers=JSON)
    assert (answer.status_code, answer.json["error"]) == (503, "database_away")


def test_more_requests_than_connections_get_busy_and_not_a_fault(make_app, postgresql_url, monkeypatch) -> None:
    monkeypatch.setattr("conference.SECONDS_TO_CONNECT", 1)
    app = make_app(database_url=postgresql_url)
    with app.app_context():
        held = [db.engine.connect() for _ in range(15)]
    answer = app.test_client().get("/readyz", headers=JSON)
    assert answer.status_code == 503
    assert answer.json["parts"]["database"] == "unreachable"
    for connection in held:
        connection.close()
    assert app.test_client().get("/readyz").status_code == 200


def test_a_busy_port_is_told_in_a_sentence(tmp_path) -> None:

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "DATA_DIR": str(tmp_path), "PORT": str(port)}
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "run-embedded"]
        said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1
    assert said.stderr == f"Error: Cổng {port} đang bận. Chọn cổng khác, như: PORT={port + 1} make run\n"


CANARIES = ("Bi-Mat-Canary", "B%C3%AD-M%E1%BA%ADt", "Bí-Mật")


def test_a_real_server_writes_no_link_search_or_login_into_its_log(tmp_path, sqlite_url) -> None:
    """With gunicorn's access log switched on, as an operator may."""
    port = free_port()
    env = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": sqlite_url, "PORT": str(port), "LOG_LEVEL": "DEBUG"}
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--bind", f"127.0.0.1:{port}",
               "--access-logfile", "-", "--log-level", "debug", "wsgi:app"]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        for canary in CANARIES[:2]:
            for path in (f"/p/{canary}", f"/enter/{canary}", f"/calendar/{canary}.ics", f"/sign-in?next=/x&q={canary}"):
                _ask(f"http://127.0.0.1:{port}{path}", Referer=f"http://127.0.0.1:{port}/p/{canary}")
            _ask(f"http://127.0.0.1:{port}/sign-in", data=f"login={canary}&password={canary}".encode())
            _ask(
                f"http://127.0.0.1:{port}/api/v1/scans",
                data=json.dumps({"x": canary}).encode(),
                Authorization=f"Bearer {canary}",
            )
    finally:
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=30)[0].decode()
    assert "/p/***" in said, said
    assert [canary for canary in CANARIES if canary in said] == []


def _ask(url: str, data: bytes | None = None, **headers: str) -> None:
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        status = urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status < 500, url
