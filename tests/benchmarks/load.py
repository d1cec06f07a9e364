"""Asks a server on this machine, over connections kept open, as fast as it answers: bounded in count and time.

The generator is a process of its own, so that it does not share an interpreter with whatever measures. It reads
as little of each answer as is needed to tell where it ends, because it shares two cores with the server.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from typing import Any

HOST = "127.0.0.1"
MOST_REQUESTS = 200_000
MOST_SECONDS = 600.0


@dataclass(frozen=True)
class Outcome:
    """What came back: moments in seconds from the start, latencies in milliseconds, in order of arrival."""

    seconds: float
    statuses: dict[int, int]
    latencies: list[float] = field(repr=False)
    bodies: list[bytes] = field(repr=False)

    @property
    def answered(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.answered / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that this share of the answers did not exceed."""
        in_order = sorted(self.latencies)
        return in_order[min(len(in_order) - 1, int(len(in_order) * share))]

    @property
    def longest(self) -> float:
        return max(self.latencies)


def request(
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    json_body: Any = None,
    port: int = 80,
) -> bytes:
    """The bytes of one HTTP request."""
    lines = {"Host": f"{HOST}:{port}", **(headers or {})}
    if json_body is not None:
        body = json.dumps(json_body).encode()
        lines["Content-Type"] = "application/json"
    if body or method not in ("GET", "HEAD"):
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def drive(
    port: int | Sequence[int],
    requests: Sequence[bytes],
    *,
    clients: int,
    seconds: float = MOST_SECONDS,
    keep_bodies: bool = False,
) -> Outcome:
    """Send all requests through this many connections, each waiting for its answer; stop when time is up.

    Several servers are asked in turn, a connection each.
    """
    ports = [port] if isinstance(port, int) else list(port)
    assert len(requests) <= MOST_REQUESTS, "a load is bounded"
    assert seconds <= MOST_SECONDS, "a load is bounded"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as generator:
        return generator.submit(_drive, ports, requests, clients, seconds, keep_bodies).result()


def spread(port: int, requests: Sequence[bytes], moments: Sequence[float], *, clients: int) -> Outcome:
    """Send each request at its moment, in seconds from the start and in order, whatever became of those before.

    A latency counts from that moment, so it holds the wait for one of the connections, too.
    """
    assert len(requests) == len(moments) <= MOST_REQUESTS, "a load is bounded"
    assert moments[-1] <= MOST_SECONDS, "a load is bounded"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as generator:
        return generator.submit(_spread, port, requests, moments, clients).result()


class _Connection:
    """One client: sends a request, waits for the whole answer, sends the next."""

    __slots__ = ("answer", "began", "end", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.answer = b""
        self.end = -1

    def ask(self, request: bytes) -> None:
        self.answer, self.end = b"", -1
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Take what has arrived. True when the answer is complete."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError(f"the server closed a connection after {self.answer[:200]!r}")
        self.answer += part
        if self.end < 0:
            head = self.answer.find(b"\r\n\r\n")
            if head < 0:
                return False
            self.end = _length(self.answer[:head].lower(), head + 4)
        return len(self.answer) >= self.end if self.end else self.answer.endswith(b"0\r\n\r\n")


def _length(head: bytes, begin: int) -> int:
    """Where the answer ends, or 0 when it comes in chunks."""
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at + 2)
        return begin + int(head[at + 17 : stop if stop >= 0 else None])
    if b"\r\ntransfer-encoding: chunked" in head:
        return 0
    return begin


def _drive(ports: Sequence[int], requests: Sequence[bytes], clients: int, seconds: float, keep_bodies: bool) -> Outcome:
    waiting = iter(requests)
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    bodies: list[bytes] = []
    selector = selectors.DefaultSelector()
    connections = [_Connection(ports[place % len(ports)]) for place in range(min(clients, len(requests)))]
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    began = time.perf_counter()
    limit = began + seconds
    for connection, first in zip(connections, list(islice(waiting, len(connections))), strict=True):
        connection.ask(first)
    busy = len(connections)
    while busy:
        ready = selector.select(timeout=max(0.0, limit - time.perf_counter()) + 30)
        assert ready, "no answer for 30 seconds"
        for key, _ in ready:
            connection = key.data
            if not connection.read():
                continue
            now = time.perf_counter()
            latencies.append((now - connection.began) * 1000)
            statuses[int(connection.answer[9:12])] += 1
            if keep_bodies:
                bodies.append(connection.answer[connection.answer.find(b"\r\n\r\n") + 4 :])
            following = next(waiting, None) if now < limit else None
            if following is None:
                busy -= 1
                selector.unregister(connection.socket)
            else:
                connection.ask(following)
    took = time.perf_counter() - began
    for connection in connections:
        connection.socket.close()
    selector.close()
    return Outcome(took, dict(statuses), latencies, bodies)


def _spread(port: int, requests: Sequence[bytes], moments: Sequence[float], clients: int) -> Outcome:
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    selector = selectors.DefaultSelector()
    free = deque(_Connection(port) for _ in range(clients))  # in turn: one that rests is closed by the server
    for connection in free:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    began, next_one = time.perf_counter(), 0
    while len(latencies) < len(requests):
        now = time.perf_counter() - began
        while free and next_one < len(requests) and moments[next_one] <= now:
            connection = free.popleft()
            connection.ask(requests[next_one])
            connection.began = began + moments[next_one]
            next_one += 1
        until_next = moments[next_one] - now if free and next_one < len(requests) else 30.0
        ready = selector.select(timeout=max(0.0, until_next))
        assert ready or until_next < 30, "no answer for 30 seconds"
        for key, _ in ready:
            connection = key.data
            if connection.read():
                latencies.append((time.perf_counter() - connection.began) * 1000)
                statuses[int(connection.answer[9:12])] += 1
                free.append(connection)
    took = time.perf_counter() - began
    for connection in free:
        connection.socket.close()
    selector.close()
    return Outcome(took, dict(statuses), latencies, [])
