"""Web servers of this test run, as copies of one process that has loaded the product: see ``loaded.py``."""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.services.kept import Kept, family_of

ROOT = Path(__file__).parents[2]


class Origin:
    """The loaded process. It is started for the first server, and loads while that one waits."""

    def __init__(self, templates: Path, env: Mapping[str, str]) -> None:
        self._templates, self._env = templates, env
        self._requests: socket.socket | None = None

    def ask(self, asked: Mapping[str, object], descriptors: Sequence[int]) -> int:
        """Ask for a server; returns its process id."""
        if self._requests is None:
            self._start()
        assert self._requests is not None
        socket.send_fds(self._requests, [json.dumps(asked).encode()], descriptors)
        answer = self._requests.recv(32)
        if not answer:
            self._said.seek(0)
            raise RuntimeError(self._said.read().decode(errors="replace"))
        return int(answer)

    def _start(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.loaded", str(theirs.fileno()), self._templates],
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            pass_fds=[theirs.fileno()],
            env=self._env,
            cwd=ROOT,
            start_new_session=True,
        )
        theirs.close()
        atexit.register(self._end)

    def _end(self) -> None:
        assert self._requests is not None
        self._requests.close()
        self._process.wait(30)
        self._said.close()


class Copy:
    """As much of ``Popen`` as ``Kept`` uses. ``stdin`` is what holds the server: it ends when that closes."""

    def __init__(self, origin: Origin, asked: Mapping[str, object], log: int) -> None:
        held, holding = os.pipe()
        self._ended, status = os.pipe()
        self.stdin: IO[bytes] = os.fdopen(holding, "wb", buffering=0)
        self._status: int | None = None
        try:
            self.pid = origin.ask(asked, [held, log, status])
        finally:
            os.close(held)
            os.close(status)

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float) -> int:
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("a web server", timeout)
        return status

    def _look(self, seconds: float) -> int | None:
        if self._status is None and select.select([self._ended], [], [], seconds)[0]:
            self._status = int(os.read(self._ended, 16) or b"-9")
            os.close(self._ended)
        return self._status


class Copied(Kept):
    """A web server that begins loaded; else it is kept as any other."""

    origin: Origin | None = None

    def _begin(
        self,
        command: Sequence[str | Path],
        *,
        stop_signal: str,
        user: str | None,
        env: Mapping[str, str] | None,
        cwd: Path | None,
    ) -> Copy:
        assert self.origin is not None and user is None
        arguments = [str(word) for word in command[command.index("gunicorn") + 1 :]]
        asked = {
            "arguments": arguments,
            "folder": str(self.folder),
            "stop_signal": stop_signal,
            "env": dict(env or os.environ),
            "cwd": str(cwd or Path.cwd()),
        }
        return Copy(self.origin, asked, self._log.fileno())

    def processes(self) -> list[int]:
        return family_of(self._keeper.pid)
