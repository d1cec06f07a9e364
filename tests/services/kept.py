"""A server process that ends with the tests."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

MOST_SAID = 8_000
KEEPER = Path(__file__).with_name("keeper.py")


def new_folder(name: str) -> Path:
    """A folder directly under the system's temporary one: socket paths have to be short."""
    return Path(tempfile.mkdtemp(prefix=f"diemcau-{name}-"))


class Kept:
    """One running server. Its folder goes when it ends."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        stop_signal: str = "SIGTERM",
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.folder = folder
        self._words = " ".join(map(str, command))
        self._last_words = ""
        self._log = (folder / "output.log").open("ab+")  # kept open: it can be read when the folder is gone
        self._keeper = self._begin(command, stop_signal=stop_signal, user=user, env=env, cwd=cwd)
        atexit.register(self.end)

    def _begin(
        self,
        command: Sequence[str | Path],
        *,
        stop_signal: str,
        user: str | None,
        env: Mapping[str, str] | None,
        cwd: Path | None,
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", KEEPER, self.folder, stop_signal, user or "-", *command],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )

    def processes(self) -> list[int]:
        """The server and everything below it, parents before children."""
        _keeper, *server = family_of(self._keeper.pid)
        return server

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 30) -> None:
        """Wait for the server's first sign of life, or fail with what it wrote."""
        limit = time.monotonic() + seconds
        while not ready():
            ended = self._keeper.poll() is not None
            if ended or time.monotonic() > limit:
                self.end()
                raise RuntimeError(f"{'ended' if ended else 'did not start'}: {self._words}\n{self.said()}")
            time.sleep(0.02)

    def said(self) -> str:
        """The end of what the server wrote."""
        if self._log.closed:
            return self._last_words
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), MOST_SAID, max(0, size - MOST_SAID)).decode(errors="replace")

    def end(self) -> None:
        """End the server and wait until it is gone. May be called twice."""
        atexit.unregister(self.end)
        if self._keeper.stdin and not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        self._keeper.wait(30)
        self._last_words = self.said()
        self._log.close()


def family_of(pid: int) -> list[int]:
    """The process and everything below it, parents before children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():  # a child belongs to the thread that started it
        for child in (task / "children").read_text().split():
            found += family_of(int(child))
    return found
