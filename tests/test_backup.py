"""A backup holds what was there at one moment, whole, and is put back whole or not at all."""

from __future__ import annotations

import json
import threading
import time
import zipfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from conference.backup import MANIFEST, BackupError, restore_backup, write_backup
from conference.commands import newest_version
from conference.directory.models import Unit
from conference.foundation import clock as clock_module
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.journal import Change, broken_links, record, record_all
from conference.settings import Settings
from tests.conftest import SECRET
from tests.factories import LONG_AGO, make_unit
from tests.filled import counts, fill

VERSION = newest_version()
WRITES_TOGETHER, PAUSE_SECONDS = 20, 0.2
"""In each transaction of a writer, and after it: four of them keep up 200 writes a second on a busy machine, too."""


def settings_of(app: Any) -> Settings:
    settings: Settings = app.extensions["settings"]
    return settings


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the database keeps it."""
    with db.engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in db.metadata.sorted_tables}


@pytest.fixture
def other_app(make_app, backend, request, tmp_path):  # type: ignore[no-untyped-def]
    """``other_app("postgresql")``: another installation with an empty database, of the same or the other kind."""

    numbers = count(1)

    def make(kind: str = backend):  # type: ignore[no-untyped-def]
        folder = tmp_path / f"other-{next(numbers)}"
        folder.mkdir()
        if kind == "sqlite":
            template = request.getfixturevalue("sqlite_template")
            (folder / "diemcau.sqlite3").write_bytes(template.read_bytes())
            return make_app(data_dir=folder, database_url=f"sqlite:///{folder / 'diemcau.sqlite3'}")
        server, template = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_template")
        return make_app(data_dir=folder, database_url=server.url(server.new_database(template=template)))

    return make


@pytest.fixture
def full_app(app):  # type: ignore[no-untyped-def]
    """An installation with rows in every table, a journal, and files."""
    with app.app_context():
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            fill(connection, db.metadata, but=frozenset({"journal_heads", "journal_entries"}))
            connection.execute(text("UPDATE jobs SET result = 'null' WHERE id = 1"))  # JSON's null is not nothing
        for number in range(5):
            with transaction():
                record(by=SYSTEM, at=LONG_AGO, action="unit.change", subject=("unit", number), reason="Điểm cầu")
    folder = settings_of(app).files_dir / "badges"
    folder.mkdir(parents=True)
    (folder / "thẻ.pdf").write_bytes(bytes(range(256)) * 10_000)
    return app


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everything_comes_back_in_either_database(full_app, other_app, tmp_path, kind) -> None:
    file = tmp_path / "backup.zip"
    with full_app.app_context():
        written = write_backup(file, settings=settings_of(full_app), version=VERSION)
        before = contents()
        jobs_without_result = db.session.scalar(text("SELECT count(*) FROM jobs WHERE result IS NULL"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert (written.files, written.rows) == (1, sum(map(len, before.values())))
    target = other_app(kind)
    with target.app_context():
        assert restore_backup(file, settings=settings_of(target), version=VERSION) == written
        assert contents() == before
        assert db.session.scalar(text("SELECT count(*) FROM jobs WHERE result IS NULL")) == jobs_without_result == 1
        assert list(broken_links()) == []
        with transaction():  # and life goes on: new rows get new numbers
            record(by=SYSTEM, at=LONG_AGO, action="unit.change", subject=("unit", 1))
            make_unit()
        assert list(broken_links()) == []
    kept = settings_of(target).files_dir / "badges" / "thẻ.pdf"
    assert kept.read_bytes() == bytes(range(256)) * 10_000


def test_a_backup_under_load_holds_every_change_acknowledged_before_it_began(app, other_app, tmp_path, sized) -> None:
    """D3: Each of them is put back and looked through."""
    acknowledged: list[tuple[str, str]] = []  # (when, which)
    is_over = threading.Event()

    def write(writer: int) -> None:
        number = 0
        with app.app_context():
            while not is_over.is_set():
                number += 1
                some = [f"U{writer}-{number}-{place}" for place in range(WRITES_TOGETHER)]
                with transaction():
                    first = make_unit(code=some[0])
                    facts = {column.key: getattr(first, column.key) for column in Unit.__table__.columns}
                    del facts["id"]
                    db.session.execute(insert(Unit), [{**facts, "code": code} for code in some[1:]])
                    changes = [Change(("unit", None), {}, {"code": code}) for code in some]
                    record_all(by=SYSTEM, at=LONG_AGO, action="unit.create", changes=changes)
                acknowledged.extend((clock_module.now().isoformat(), code) for code in some)
                time.sleep(PAUSE_SECONDS)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    backups, began, rounds = [], time.monotonic(), sized(3, 20)
    try:
        for round_ in range(rounds):
            file = tmp_path / f"{round_}.zip"
            with app.app_context():
                backups.append((file, write_backup(file, settings=settings_of(app), version=VERSION)))
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    print(f"{len(acknowledged) / (time.monotonic() - began):.0f} writes a second during {rounds} backups")
    for file, written in backups[: -sized(1, rounds)]:
        assert lines(file, "units") == lines(file, "journal_entries"), "what belongs together is together"
        assert {code for at, code in acknowledged if at < written.as_of} <= codes(file)
    everything = {code for _at, code in acknowledged}
    for file, written in backups[-sized(1, rounds) :]:
        target = other_app()
        with target.app_context():
            restore_backup(file, settings=settings_of(target), version=VERSION)
            kept = set(db.session.scalars(select(Unit.code)))
            assert {code for at, code in acknowledged if at < written.as_of} <= kept <= everything
            assert db.session.scalar(select(func.count()).select_from(Unit)) == len(kept)
            assert list(broken_links()) == []
            db.session.remove()


def lines(file: Path, table: str) -> int:
    with zipfile.ZipFile(file) as archive:
        return len(archive.read(f"tables/{table}.jsonl").splitlines())


def codes(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as archive:
        return {json.loads(line)["code"] for line in archive.read("tables/units.jsonl").splitlines()}


@pytest.fixture
def small_backup(sqlite_app, tmp_path) -> Path:
    file = tmp_path / "small.zip"
    with sqlite_app.app_context():
        with transaction():
            make_unit("Công đoàn ngành Y tế", code="YTE")
        write_backup(file, settings=settings_of(sqlite_app), version=VERSION)
    return file


def altered(file: Path, name: str, change: Any) -> None:
    """Write the archive anew with one of its entries changed; None takes it out."""
    with zipfile.ZipFile(file) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    entries[name] = change(entries.get(name, b""))
    with zipfile.ZipFile(file, "w") as archive:
        for entry, content in entries.items():
            if content is not None:
                archive.writestr(entry, content)


def manifest_with(**changes: Any) -> Any:
    return lambda content: json.dumps({**json.loads(content), **changes})


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda file: altered(file, "tables/units.jsonl", lambda content: content.replace(b"YTE", b"YTF")), "damaged"),
        (lambda file: altered(file, "tables/units.jsonl", lambda content: None), "does not hold"),
        (lambda file: altered(file, "files/../../evil", lambda content: b"x"), "does not hold"),
        (lambda file: altered(file, MANIFEST, manifest_with(form="another")), "does not know"),
        (lambda file: altered(file, MANIFEST, manifest_with(database_version="0001_foundation")), "use the release"),
        (lambda file: altered(file, MANIFEST, manifest_with(secret_fingerprint="0" * 16)), "another secret"),
        (lambda file: altered(file, MANIFEST, manifest_with(journal={"hash": "f" * 64, "length": 0})), "journal"),
        (lambda file: altered(file, MANIFEST, lambda content: None), "no backup"),
        (lambda file: altered(file, MANIFEST, lambda content: b"[]"), "no backup"),
        (lambda file: file.write_bytes(file.read_bytes()[:-40]), "no backup"),
        (lambda file: file.write_bytes(b"PK nothing of ours"), "no backup"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_backup_is_said_and_nothing_is_put_back(
    small_backup, make_app, sqlite_template, tmp_path, damage, sentence
) -> None:
    damage(small_backup)
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "diemcau.sqlite3").write_bytes(sqlite_template.read_bytes())
    app = make_app(data_dir=folder, database_url=f"sqlite:///{folder / 'diemcau.sqlite3'}")
    with app.app_context():
        with pytest.raises(BackupError, match=sentence):
            restore_backup(small_backup, settings=settings_of(app), version=VERSION)
        with db.engine.connect() as connection:
            assert {name: n for name, n in counts(connection, db.metadata).items() if n} == {"journal_heads": 1}


def test_nothing_is_put_over_what_is_there(full_app, tmp_path) -> None:
    with full_app.app_context():
        write_backup(tmp_path / "a.zip", settings=settings_of(full_app), version=VERSION)
        before = contents()
        with pytest.raises(BackupError, match="not empty"):
            restore_backup(tmp_path / "a.zip", settings=settings_of(full_app), version=VERSION)
        assert contents() == before


def test_a_backup_that_cannot_be_written_leaves_the_old_one(sqlite_app, tmp_path) -> None:
    with sqlite_app.app_context(), pytest.raises(BackupError, match="can't be written"):
        write_backup(tmp_path / "missing" / "a.zip", settings=settings_of(sqlite_app), version=VERSION)


def test_the_commands_say_what_they_did(sqlite_app, make_app, tmp_path) -> None:
    with sqlite_app.app_context(), transaction():
        make_unit()
    file, folder = tmp_path / "a.zip", tmp_path / "new"
    said = sqlite_app.test_cli_runner().invoke(args=["backup", str(file), "--json"])
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["rows"] == 2
    again = sqlite_app.test_cli_runner().invoke(args=["restore", str(file)])
    assert again.exit_code == 1
    assert again.stderr == "Error: The database is not empty (units has 1 rows): restore into a new one.\n"
    folder.mkdir()
    fresh = make_app(data_dir=folder, database_url=f"sqlite:///{folder / 'diemcau.sqlite3'}", secret_key=SECRET)
    put_back = fresh.test_cli_runner().invoke(args=["restore", str(file), "--json"])
    assert put_back.exit_code == 0, put_back.output
    # Nobody had been erased since the backup, so nobody had to be erased again.
    assert json.loads(put_back.stdout) == json.loads(said.stdout) | {"erased_again": 0, "not_known_again": 0}
