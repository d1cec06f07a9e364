"""The form that needs no other service: one web process, one job worker, SQLite, started and stopped together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from conference.commands import migrate_to_head
from conference.demo import showcase
from conference.settings import Settings

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.2
START_AGAIN_SECONDS = 5.0
"""A worker that cannot live is not started five times a second."""


@click.command("run-embedded")
@with_appcontext
def run_embedded() -> None:
    """Upgrade the database, load the reference conference on the first start, and serve until ended."""
    settings: Settings = current_app.extensions["settings"]
    _check_port(settings.port)
    migrate_to_head()
    if showcase.is_missing():
        showcase.load(say=lambda line: click.echo(f"  {line}"))
    sys.exit(_serve(settings))


def _say_ways_in(settings: Settings) -> None:
    click.echo(f"\nĐiểm Cầu: {settings.address}\n")
    for label, path in showcase.ways_in():
        click.echo(f"  {label:<20} {settings.address}{path}")
    click.echo("\n  Mỗi đường dẫn vào được một lần, trong một giờ. Ctrl-C để dừng.\n")


def _check_port(port: int) -> None:
    """Raises ``ClickException`` in one sentence when somebody else listens there."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"Cổng {port} đang bận. Chọn cổng khác, như: PORT={port + 1} make run"
            ) from error


def _serve(settings: Settings) -> int:
    """Start both processes, restart a worker that dies, and end both when asked or when the web process ends.

    The web process starts first and loads while the ways in are written: people wait for it.
    """
    asked_to_end = False

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_end
        asked_to_end = True

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    web = _start(*web_command(settings))
    _say_ways_in(settings)
    worker, next_start = _start(*worker_command()), 0.0
    try:
        while not asked_to_end and web.poll() is None:
            if worker.poll() is not None and time.monotonic() > next_start:
                worker = _start(*worker_command())
                next_start = time.monotonic() + START_AGAIN_SECONDS
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        _end(web, worker)
    return 0 if asked_to_end else web.returncode or 1


def web_command(settings: Settings) -> tuple[str, ...]:
    """One gevent worker: SQLite has one writer on the hot path, and sockets are cheap."""
    return (
        sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--workers", "1",
        "--bind", f"127.0.0.1:{settings.port}", "--timeout", "60", "--graceful-timeout", "8",
        "--worker-connections", "4000", "--keep-alive", "75",  # boards hold a socket each; longer than a proxy waits
        "--no-control-socket",  # nobody steers it, and all on a machine would want the same place in the home folder
        "--log-level", "warning", "wsgi:app",
    )  # fmt: skip


def worker_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "flask", "--app", "wsgi", "worker")


def _start(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, preexec_fn=_die_with_parent, env=os.environ)  # noqa: S603


def _die_with_parent() -> None:
    """Even when this process is killed outright, nothing that it started stays behind (Linux)."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
