"""The form for more than one machine, on this one: PostgreSQL, Redis, three web processes, two job workers, a proxy."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.services.postgres import PostgreSQL
from tests.services.proxy import Proxy
from tests.services.redis import Redis
from tests.services.web import HOST, JobWorker, WebServer, free_port

WEB_PROCESSES = 3
WORKERS = 2


class Scaled:
    """Only the services stand at first, and ``env`` tells how to reach them; ``serve()`` starts the product."""

    def __init__(self, data_dir: Path, *, port: int = 0) -> None:
        self._ends = ExitStack()
        database, redis = PostgreSQL(), Redis()
        self._ends.callback(database.end)
        self._ends.callback(redis.end)
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.env = {
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": database.url(database.new_database()),
            "REDIS_URL": redis.url,
            "PUBLIC_URL": self.url,
            "TRUSTED_PROXIES": "1",
        }
        self.webs: list[WebServer] = []

    def serve(self) -> None:
        for _ in range(WEB_PROCESSES):
            self.webs.append(WebServer(env=self.env))
            self._ends.callback(self.webs[-1].end)
        for _ in range(WORKERS):
            self._ends.callback(JobWorker(env=self.env).end)
        self._ends.callback(Proxy(self.port, [web.port for web in self.webs]).end)

    def end(self) -> None:
        self._ends.close()
