"""A process that has loaded the product, and becomes a web server as often as one is asked for: each is a copy of it.

To import the product takes most of a server's start, and half of the tests with a browser start one of their own. What
a server answers with is made in the copy: application, settings, connections. gevent stands under everything that is
imported, as in gunicorn's workers, and not under gunicorn's master.

    python -m tests.services.loaded SOCKET      (ends with whoever holds the other end, and so does each server)
"""

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

GRACE_SECONDS = 10
LARGEST_REQUEST = 1 << 18


class Server:
    """A copy that serves, for as long as the run that asked for it holds the other end of ``held``."""

    def __init__(self, pid: int, asked: dict[str, Any], held: int, status: int) -> None:
        self.pid, self.held, self.status = pid, held, status
        self.folder, self.stop_signal = asked["folder"], signal.Signals[asked["stop_signal"]]
        self.ended = os.pidfd_open(pid)
        self.kill_at: float | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        return self.held, self.status, self.ended

    def stop(self) -> None:
        self.kill_at = time.monotonic() + GRACE_SECONDS
        self.send(self.stop_signal)

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def clear_away(self, status: int) -> None:
        """What it started and left, and its folder."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(BrokenPipeError):  # whoever asked for it is gone
            os.write(self.status, str(os.waitstatus_to_exitcode(status)).encode())
        for descriptor in self.descriptors:
            os.close(descriptor)


class Loaded:
    """Made before gevent takes over: it forks and waits as if there were none."""

    def __init__(self, requests: socket.socket) -> None:
        self.requests = requests
        self.servers: list[Server] = []
        self._poll, self._fork, self._waitpid = select.poll(), os.fork, os.waitpid
        self._poll.register(requests, select.POLLIN)

    def work(self) -> None:
        is_wanted = True
        while is_wanted or self.servers:
            is_ending = any(server.kill_at for server in self.servers)
            for descriptor, _event in self._poll.poll(100 if is_ending else None):
                if descriptor == self.requests.fileno():
                    is_wanted = self._hear()
                for server in list(self.servers):
                    if descriptor == server.held:
                        self._poll.unregister(server.held)
                        server.stop()
                    elif descriptor == server.ended:
                        self._let_go(server)
            for server in self.servers:
                if server.kill_at and time.monotonic() > server.kill_at:
                    server.send(signal.SIGKILL)

    def _hear(self) -> bool:
        message, given, _flags, _address = socket.recv_fds(self.requests, LARGEST_REQUEST, 3)
        if not message:
            self._poll.unregister(self.requests)
            return False
        asked, (held, log, status) = json.loads(message), given
        pid = self._fork()
        if pid == 0:
            for descriptor in (self.requests.fileno(), held, status):
                os.close(descriptor)
            for server in self.servers:
                for descriptor in server.descriptors:
                    os.close(descriptor)
            become(asked, log)
        os.close(log)
        server = Server(pid, asked, held, status)
        self.servers.append(server)
        self._poll.register(server.held, select.POLLIN)
        self._poll.register(server.ended, select.POLLIN)
        self.requests.send(str(pid).encode())
        return True

    def _let_go(self, server: Server) -> None:
        _pid, status = self._waitpid(server.pid, 0)
        self._poll.unregister(server.ended)
        if server.kill_at is None:
            self._poll.unregister(server.held)
        self.servers.remove(server)
        server.clear_away(status)


def become(asked: dict[str, Any], log: int) -> None:
    """Be the web server that was asked for. Does not return."""
    status = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, place in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, place)
        os.environ.clear()
        os.environ.update(asked["env"])
        os.chdir(asked["cwd"])
        sys.argv = ["gunicorn", *asked["arguments"]]
        importlib.import_module("gunicorn.app.wsgiapp").run(prog="gunicorn")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def load(templates: Path) -> None:
    """Everything that a server imports, and what it would work out anew each time from our own files alone."""
    arbiter = importlib.import_module("gunicorn.arbiter")
    for name in ("os", "queue", "signal", "time"):
        setattr(arbiter, name, SimpleNamespace(**vars(getattr(arbiter, name))))
    importlib.import_module("gevent.monkey").patch_all()
    importlib.import_module("gunicorn.workers.ggevent")
    importlib.import_module("conference")
    compiled = importlib.import_module("tests.services.compiled")
    compiled.keep_addresses()
    compiled.keep_templates(templates)
    settings = importlib.import_module("conference.settings").Settings(
        data_dir=templates, database_url=f"sqlite:///{templates / 'none.sqlite3'}", secret_key="-" * 32
    )
    importlib.import_module("conference").create_app(settings)  # for the addresses that it compiles
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    loaded = Loaded(socket.socket(fileno=int(sys.argv[1])))
    load(Path(sys.argv[2]))
    loaded.work()
