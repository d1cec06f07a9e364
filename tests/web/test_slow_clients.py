"""Where a web process listens; and clients that begin a request and never go on: the others are served."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.request import urlopen

from tests.services.copied import Copied

BEGINNINGS = (
    b"GET / HT",
    b"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    b"GET /static/js/vendor/none.js HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: 1",
)


def test_whoever_asks_is_answered_while_hundreds_dawdle(serve, sqlite_url, sized):
    """Slow heads, slow bodies, and some who ask for much and read nothing."""
    server = serve(database_url=sqlite_url)
    with ExitStack() as ends:
        for number in range(sized(90, 500)):
            line = ends.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            line.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        for _ in range(20):
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            reader.connect(("127.0.0.1", server.port))
            ends.enter_context(reader)
            reader.sendall(b"GET /static/css/base.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
        for _ in range(20):
            with urlopen(f"{server.url}/readyz", timeout=5) as answer:
                assert answer.status == 200


ACCEPTS = "00010000"


def test_a_web_process_listens_at_no_place_but_its_port(serve, sqlite_url, monkeypatch):
    monkeypatch.setattr(Copied, "origin", None)  # started as people start it
    server = serve(database_url=sqlite_url)
    entries = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    doors = {f"socket:[{entry[6]}]": entry[7:] for entry in entries if entry[3] == ACCEPTS}
    held = set()
    for pid in server.processes():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed since
                held.add(str(descriptor.readlink()))
    assert [doors[one] for one in held & doors.keys()] == []
