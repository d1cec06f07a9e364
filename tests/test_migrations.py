"""From every release's database to this one's: nothing is lost, and tables are what the models say."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import Column, MetaData, inspect, select, text
from sqlalchemy.engine import Connection

from conference import commands
from conference.commands import MIGRATIONS, database_version, migrate_to_head, newest_version
from conference.foundation.db import db
from tests.conftest import AT_FULL_SIZE, ROOT, SECRET
from tests.filled import counts, fill

VERSIONS = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))


@pytest.fixture
def empty_app(backend: str, make_app: Callable[..., Flask], request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """The application on a database without tables."""
    if backend == "sqlite":
        app = make_app(database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    else:
        server = request.getfixturevalue("postgresql")
        app = make_app(database_url=server.url(server.new_database()))
    Migrate(app, db)
    return app


def tables_of(connection: Connection) -> MetaData:
    """The tables as they are now, of whatever release."""
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata


def rows_of(connection: Connection, metadata: MetaData) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in metadata.sorted_tables
        if table.name != "alembic_version"
    }


def test_models_and_migrations_agree(app: Flask) -> None:
    def of_tables(_object: object, _name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
        return kind != "table" or _name != "alembic_version"

    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": _differs,
                "compare_server_default": False,
                "include_object": of_tables,
                "target_metadata": db.metadata,
            },
        )
        assert compare_metadata(context, db.metadata) == []


def _differs(_context: Any, reflected: Column[Any], model: Column[Any], _is: Any, _should: Any) -> bool:
    """Kinds of columns, by what they hold: texts of any length are one, and so are SQLite's numbers."""
    kinds = [_kind(column.type, reflected.table.metadata) for column in (reflected, model)]
    return kinds[0] != kinds[1]


def _kind(of: Any, _metadata: MetaData) -> str:
    name = type(getattr(of, "impl_instance", of)).__name__.upper()
    families = {
        "TEXT": ("TEXT", "VARCHAR", "STRING", "ENUM", "UNICODE"),
        "NUMBER": ("INTEGER", "BIGINTEGER", "BIGINT", "SMALLINTEGER", "SMALLINT"),
        "MOMENT": ("DATETIME", "TIMESTAMP"),
        "BYTES": ("BLOB", "LARGEBINARY", "BYTEA"),
        "UUID": ("UUID", "CHAR"),
    }
    return next((family for family, names in families.items() if name in names), name)


MET = VERSIONS if AT_FULL_SIZE else VERSIONS[::-5][::-1]
"""Revisions at which rows are put in: in the usual run each fifth, to the last."""


def test_every_revision_with_rows_in_it_comes_to_this_release_whole(empty_app: Flask) -> None:
    """D2: At each revision the tables that are new get rows, and every later one must keep them."""
    with empty_app.app_context():
        before: dict[str, list[dict[str, Any]]] = {}
        for version in MET:
            upgrade(directory=str(MIGRATIONS), revision=version)
            assert database_version() == version
            with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
                metadata = tables_of(connection)
                now = rows_of(connection, metadata)
                assert {name: kept(now[name], rows) for name, rows in before.items()} == before, version
                fill(connection, metadata, but=frozenset({"journal_heads", *before}))
                before = rows_of(connection, metadata)
        assert newest_version() == VERSIONS[-1] == database_version()
        with db.engine.connect() as connection:
            assert {name for name, n in counts(connection, db.metadata).items() if not n} == set()
        migrate_to_head()  # a second time there is nothing to do


def kept(now: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of now, in the columns that they had before."""
    return [{name: row[name] for name in columns} for row, columns in zip(now, before, strict=True)]


LEFT_OUT = VERSIONS[:-1] if AT_FULL_SIZE else [VERSIONS[0], VERSIONS[len(VERSIONS) // 2], VERSIONS[-2]]


@pytest.mark.parametrize("version", LEFT_OUT)
def test_a_release_may_be_left_out(empty_app: Flask, version: str) -> None:
    """D2: From an older release straight to this one, after a copy was made."""
    with empty_app.app_context():
        upgrade(directory=str(MIGRATIONS), revision=version)
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            metadata = tables_of(connection)
            fill(connection, metadata)
            before = counts(connection, metadata)
        migrate_to_head()
        with db.engine.connect() as connection:
            assert counts(connection, metadata) == before
        if db.engine.dialect.name == "sqlite":
            copy = empty_app.extensions["settings"].data_dir / f"before-{newest_version()}.sqlite3"
            assert copy.stat().st_mode & 0o777 == 0o600
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ATTACH ? AS copy", (str(copy),))
                assert connection.scalar(text("SELECT version_num FROM copy.alembic_version")) == version
                assert connection.scalar(text("SELECT count(*) FROM copy.jobs")) == before["jobs"]


def test_the_indexes_and_keys_of_an_upgraded_database_are_those_of_the_models(app: Flask) -> None:
    with app.app_context():
        found, wanted = {}, {}
        inspector = inspect(db.engine)
        for table in db.metadata.sorted_tables:
            found[table.name] = sorted(str(index["name"]) for index in inspector.get_indexes(table.name))
            found[table.name] = [name for name in found[table.name] if not name.startswith("uq_")]
            wanted[table.name] = sorted(str(index.name) for index in table.indexes)
        assert found == wanted


def test_a_downgrade_is_refused_and_changes_nothing(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """D2: The answer names the backup."""
    Migrate(app, db)
    with app.app_context():
        with pytest.raises(SystemExit):
            downgrade(directory=str(MIGRATIONS))
        assert "restore the backup made before the upgrade" in caplog.text
        assert database_version() == newest_version()


def test_a_database_of_a_newer_release_is_left_alone_and_named(app: Flask) -> None:
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
        with pytest.raises(click.ClickException, match=r"of a newer release \(9999_from_the_future\)"):
            migrate_to_head()
        assert database_version() == "9999_from_the_future"


def test_an_upgrade_that_breaks_off_can_be_begun_again(empty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """F30: Each revision is one transaction: what was cut in the middle of one is as before it."""

    class Killed(BaseException):
        pass

    create_table, left = op.create_table, iter(range(12))

    def create_or_die(*arguments: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return create_table(*arguments, **options)

    with empty_app.app_context():
        monkeypatch.setattr(op, "create_table", create_or_die)
        with pytest.raises(Killed):
            migrate_to_head()
        assert database_version() not in ("", newest_version())
        monkeypatch.setattr(op, "create_table", create_table)
        migrate_to_head()
        assert database_version() == newest_version()
        with db.engine.connect() as connection:
            assert counts(connection, db.metadata)["journal_heads"] == 1


def test_an_upgrade_that_is_killed_half_way_can_be_begun_again(empty_app: Flask, sized: Callable[..., int]) -> None:
    """F30: SIGKILL between two revisions or within one; nobody has to mend anything before the next start."""
    settings = empty_app.extensions["settings"]
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "upgrade-database"]
    environment = {
        **os.environ,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": SECRET,
    }
    chance, first = random.Random(30), VERSIONS[len(VERSIONS) // 3]
    with empty_app.app_context():
        upgrade(directory=str(MIGRATIONS), revision=first)
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            metadata = tables_of(connection)
            fill(connection, metadata)
            before = rows_of(connection, metadata)
        halves = set()
        for kill in range(sized(1, 25)):
            at = database_version()
            upgrading = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
            while database_version() == at and upgrading.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.05 if kill else 0)
            upgrading.kill()
            upgrading.wait()
            halves.add(database_version())
            with db.engine.connect() as connection:
                now = rows_of(connection, tables_of(connection))
            assert {name: kept(now[name], rows) for name, rows in before.items()} == before
        assert halves - {first, newest_version()}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        assert database_version() == newest_version()
        with db.engine.connect() as connection:
            now = rows_of(connection, tables_of(connection))
        assert {name: kept(now[name], rows) for name, rows in before.items()} == before
        if db.engine.dialect.name == "sqlite":
            copy = settings.data_dir / f"before-{newest_version()}.sqlite3"
            assert copy.stat().st_size > 0


def test_two_upgrades_at_once_wait_for_each_other(empty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[BaseException] = []

    def upgrade_too() -> None:
        try:
            with empty_app.app_context():
                migrate_to_head()
        except BaseException as error:
            faults.append(error)

    monkeypatch.setattr(commands, "_keep_a_copy", lambda *_arguments: None)
    threads = [threading.Thread(target=upgrade_too) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with empty_app.app_context():
        assert database_version() == newest_version()


def test_an_unknown_revision_is_no_upgrade(empty_app: Flask) -> None:
    with empty_app.app_context(), pytest.raises((CommandError, SystemExit)):
        upgrade(directory=str(MIGRATIONS), revision="0000_nothing")
