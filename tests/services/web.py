"""The product as people meet it: gunicorn with one gevent worker, on a free port, and the job worker beside it."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from conference.embedded import web_command, worker_command
from conference.settings import Settings
from tests.services.copied import Copied
from tests.services.kept import Kept, new_folder

HOST = "127.0.0.1"
ROOT = Path(__file__).parent.parent.parent


class WebServer:
    """Serves ``app`` with these environment variables. ``url`` is its address without a slash at the end.

    ``root`` is the folder of another release than this one, ``port`` the one of a server that has ended.
    """

    def __init__(
        self,
        app: str = "wsgi:app",
        *,
        env: Mapping[str, str] | None = None,
        root: Path = ROOT,
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        own = {"PORT": str(self.port), "PUBLIC_URL": self.url, "LOG_LEVEL": "WARNING"}
        begin = Copied if Copied.origin and app == "wsgi:app" and root == ROOT else Kept
        self._server = begin(
            [app if part == "wsgi:app" else part for part in web_command(Settings(port=self.port))],
            folder=new_folder("web"),
            stop_signal="SIGKILL",  # a test that has ended waits for no board to close and no worker to wake up
            env={**surroundings(), **own, **(env or {})},
            cwd=root,
        )
        self._server.wait_until(self._answers)

    def said(self) -> str:
        """The end of what the server wrote."""
        return self._server.said()

    def end(self) -> None:
        self._server.end()

    @property
    def folder(self) -> Path:
        """Of its own; it goes when the server ends."""
        return self._server.folder

    def processes(self) -> list[int]:
        """The master, then its workers."""
        return self._server.processes()

    def memory_mib(self) -> float:
        """What the web process holds: its own pages and its share of common ones (PSS), in MiB."""
        _master, *workers = self.processes()
        return sum(map(_pss_kib, workers)) / 1024

    def _answers(self) -> bool:
        """Whether the application answers anything: its port is open well before it is loaded."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return True


class JobWorker:
    """`flask worker` with these environment variables."""

    def __init__(self, *, env: Mapping[str, str]) -> None:
        self._worker = Kept(
            worker_command(),
            folder=new_folder("worker"),
            env={**surroundings(), "LOG_LEVEL": "WARNING", **env},
            cwd=ROOT,
        )

    def said(self) -> str:
        return self._worker.said()

    def end(self) -> None:
        self._worker.end()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


OUR_SETTINGS = (
    "PYTHONDONTWRITEBYTECODE", "DATA_DIR", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "PUBLIC_URL", "PORT",
    "TRUSTED_PROXIES",
)  # fmt: skip


def surroundings() -> dict[str, str]:
    """The environment without settings of an installation that the person testing may have."""
    return {name: value for name, value in os.environ.items() if name not in OUR_SETTINGS}


def _pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
