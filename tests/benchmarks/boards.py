"""A crowd of open boards and a steady stream of check-ins, from one process, so that one clock times both.

How long news takes is counted from the moment when a check-in was answered (so after its commit) until a board was
told a total that includes it: the k-th answer is on a board as soon as a push says that k people are present.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.services.sockets import Socket

HOST = "127.0.0.1"
MOST_BOARDS = 2_000
MOST_SECONDS = 60.0
FROM_ONE = 200  # boards behind one address
LAST_NEWS_SECONDS = 2.0


@dataclass(frozen=True)
class Seen:
    """What the boards were told, and how the check-ins fared meanwhile; milliseconds."""

    checked_in: int
    statuses: dict[int, int]
    checkin_latencies: list[float] = field(repr=False)
    news: Counter[int] = field(repr=False)  # milliseconds, rounded up -> how often, over all boards
    pushes: int
    told_all: int  # boards whose last push has everybody

    def news_percentile(self, share: float) -> int:
        """The delay that this share of the news did not exceed."""
        wanted, passed = share * self.news.total(), 0
        for milliseconds in sorted(self.news):
            passed += self.news[milliseconds]
            if passed >= wanted:
                return milliseconds
        raise ValueError("no news")


def watch(
    ports: Sequence[int],
    requests: Sequence[bytes],
    *,
    cookies: Sequence[str],
    code: str,
    boards: int,
    per_second: int,
    before: int,
) -> Seen:
    """Open the boards at these servers in turn, by these accounts in turn and from many addresses; then send the
    check-ins to the same servers at this pace.

    ``before``: how many are present already.
    """
    assert boards <= MOST_BOARDS, "a load is bounded"
    assert len(requests) / per_second <= MOST_SECONDS, "a load is bounded"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as crowd:
        work = crowd.submit(
            _Crowd.run_one, list(ports), list(requests), list(cookies), code, boards, per_second, before
        )
        return work.result()


class _Board:
    """An open board, and how many it was told are present."""

    __slots__ = ("seen", "socket")

    def __init__(self, port: int, cookie: str, code: str, source: str) -> None:
        self.socket = Socket(f"http://{HOST}:{port}", cookie, source=source)
        assert self.socket.answer.startswith("40"), self.socket.answer
        assert "error" not in self.socket.watch(code)
        self.seen = 0


class _Crowd:
    def __init__(self, ports: list[int], cookies: list[str], code: str, boards: int, before: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.before = before
        self.answered: list[float] = []  # moments, in order
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.news: Counter[int] = Counter()
        self.pushes = 0
        self.boards = [
            _Board(ports[place % len(ports)], cookies[place % len(cookies)], code, f"127.0.0.{2 + place // FROM_ONE}")
            for place in range(boards)
        ]
        for board in self.boards:
            self.selector.register(board.socket.connection, selectors.EVENT_READ, board)

    @classmethod
    def run_one(
        cls,
        ports: list[int],
        requests: list[bytes],
        cookies: list[str],
        code: str,
        boards: int,
        per_second: int,
        before: int,
    ) -> Seen:
        return cls(ports, cookies, code, boards, before).run(ports, requests, per_second)

    def run(self, ports: list[int], requests: list[bytes], per_second: int) -> Seen:
        idle = []
        for place in range(32):
            door = _Door(ports[place % len(ports)])
            self.selector.register(door.socket, selectors.EVENT_READ, door)
            idle.append(door)
        began, sent = time.perf_counter(), 0
        while len(self.answered) < len(requests):
            now = time.perf_counter()
            due = min(len(requests), int((now - began) * per_second) + 1)
            while sent < due and idle:
                idle.pop().ask(requests[sent])
                sent += 1
            self._listen(0.001, idle)
        until = time.perf_counter() + LAST_NEWS_SECONDS
        while time.perf_counter() < until:
            self._listen(0.05, idle)
        everybody = self.before + len(requests)
        return Seen(
            checked_in=len(self.answered),
            statuses=dict(self.statuses),
            checkin_latencies=self.latencies,
            news=self.news,
            pushes=self.pushes,
            told_all=sum(board.seen == everybody for board in self.boards),
        )

    def _listen(self, seconds: float, idle: list[_Door]) -> None:
        for key, _ in self.selector.select(seconds):
            if isinstance(key.data, _Door):
                self._take_answer(key.data, idle)
            else:
                for message in key.data.socket.read():
                    self._take_news(key.data, message)

    def _take_answer(self, door: _Door, idle: list[_Door]) -> None:
        status = door.read()
        if status is None:
            return
        now = time.perf_counter()
        self.statuses[status] += 1
        self.answered.append(now)
        self.latencies.append((now - door.began) * 1000)
        idle.append(door)

    def _take_news(self, board: _Board, message: str) -> None:
        if not message.startswith('42["counts"'):
            return
        now = time.perf_counter()
        self.pushes += 1
        present = json.loads(message[2:])[1]["present"]
        # What was told before its own answer came is no news any more.
        known = min(present - self.before, len(self.answered))
        for moment in self.answered[max(0, board.seen - self.before) : known]:
            self.news[int((now - moment) * 1000) + 1] += 1
        board.seen = max(board.seen, present)


class _Door:
    """One connection that checks in, one request after the other."""

    __slots__ = ("answer", "began", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer, self.began = b"", 0.0

    def ask(self, request: bytes) -> None:
        self.answer, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> int | None:
        """The status, once the whole answer is here."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionError("the server closed a connection")
        self.answer += part
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(body) >= length else None
