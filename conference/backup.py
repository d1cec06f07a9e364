"""Everything of an installation in one file, and back: the same form for SQLite and PostgreSQL.

A zip of one JSON-lines file a table, the kept files, and a manifest with the checksum of each. It is made from one
snapshot of the database: every change acknowledged before the moment that the manifest names (``as_of``) is in it,
nothing that began later is, and what belongs together is together. It is put back only into an empty database.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import JSON, Column, Connection, Table, Text, bindparam, cast, func, insert, inspect, select, text
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from conference.foundation import clock
from conference.foundation.db import Hundredths, db
from conference.settings import Settings

FORM = "diem-cau-backup-1"
MANIFEST = "manifest.json"
ROWS_AT_ONCE = 1_000
PIECE = 1 << 20
MADE_BY_THE_UPGRADE = {"journal_heads": 1}
"""Rows that an empty database already has."""


class BackupError(Exception):
    """Why there is no backup, or why it is not put back, in one plain sentence."""


@dataclass(frozen=True)
class Written:
    """What a backup holds, to be told."""

    as_of: str
    tables: int
    rows: int
    files: int


def write_backup(path: Path, *, settings: Settings, version: str) -> Written:
    """Write the backup to ``path`` when it is whole, and not before; the database may be written meanwhile."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it holds people's data
        with os.fdopen(handle, "wb") as file:
            written = _write(file, settings=settings, version=version)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise BackupError(f"{path} can't be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return written


def _write(file: BinaryIO, *, settings: Settings, version: str) -> Written:
    contents: dict[str, dict[str, Any]] = {}
    rows = files = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        with _snapshot() as connection:
            as_of = clock.now().isoformat()
            head = connection.execute(text("SELECT hash, length FROM journal_heads")).one()
            for table in db.metadata.sorted_tables:
                entry = _add(archive, f"tables/{table.name}.jsonl", _lines(connection, table))
                contents[entry.pop("name")] = entry
                rows += entry["lines"]
        for found in _kept_files(settings.files_dir):
            try:
                pieces = _pieces(found.open("rb"))
            except FileNotFoundError:
                continue  # taken away since it was listed: nothing in the snapshot stands on it
            entry = _add(archive, f"files/{found.relative_to(settings.files_dir).as_posix()}", pieces)
            contents[entry.pop("name")] = entry
            files += 1
        manifest = {
            "form": FORM,
            "as_of": as_of,
            "database_version": version,
            "journal": {"hash": head.hash, "length": head.length},
            "secret_fingerprint": settings.secret_fingerprint,
            "contents": contents,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return Written(as_of, len(db.metadata.sorted_tables), rows, files)


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """A connection that sees one moment of the database, however long it reads. Writers are not held up."""
    options = {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with db.engine.connect().execution_options(**options) as connection:
        if db.engine.dialect.name != "sqlite":
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        yield connection
        connection.rollback()


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    key = list(table.primary_key.columns) or list(table.columns)
    columns = [cast(column, Text).label(column.name) if _is_json(column) else column for column in table.columns]
    rows = connection.execute(select(*columns).order_by(*key), execution_options={"yield_per": ROWS_AT_ONCE})
    for row in rows.mappings():
        plain = {name: _plain(value) for name, value in row.items()}
        yield json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _is_json(column: Column[Any]) -> bool:
    """Carried as the text that was kept: reading it would make one of nothing and of JSON's null."""
    return isinstance(column.type, JSON)


def _kept_files(folder: Path) -> list[Path]:
    return sorted(found for found in folder.rglob("*") if found.is_file()) if folder.exists() else []


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _add(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> dict[str, Any]:
    digest, lines = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as entry:
        for piece in pieces:
            digest.update(piece)
            lines += 1
            entry.write(piece)
    return {"name": name, "sha256": digest.hexdigest(), "lines": lines}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it. What it was is known from its column."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)  # UUID, Decimal


def restore_backup(path: Path, *, settings: Settings, version: str) -> Written:
    """Put a backup into the empty database of this installation, all of it or nothing.

    Raises ``BackupError`` when the file is damaged, of another release or secret, or the database holds something.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _checked_manifest(archive, settings=settings, version=version)
            with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
                rows = _restore_tables(connection, archive, manifest)
                files = _restore_files(archive, manifest, settings.files_dir)  # the last thing that can fail
    except OSError as error:
        raise BackupError(f"{path} can't be put back: {error.strerror}.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError) as error:
        raise BackupError(f"{path} is no backup of this product, or it is damaged.") from error
    return Written(manifest["as_of"], len(db.metadata.sorted_tables), rows, files)


def _checked_manifest(archive: zipfile.ZipFile, *, settings: Settings, version: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if manifest["form"] != FORM:
        raise BackupError("The file is of a form that this release does not know.")
    if manifest["database_version"] != version:
        made_at = manifest["database_version"]
        raise BackupError(f"The backup was made at {made_at}, the database is at {version}: use the release it is of.")
    if manifest["secret_fingerprint"] != settings.secret_fingerprint:
        raise BackupError(
            "The backup was made with another secret: tickets and links in people's hands would stop working."
            " Put secret.key back into DATA_DIR, or set SECRET_KEY, first."
        )
    if set(archive.namelist()) != {MANIFEST, *manifest["contents"]}:
        raise BackupError("The backup does not hold what its list says.")
    for name, entry in manifest["contents"].items():
        if _digest(archive, name) != entry["sha256"]:
            raise BackupError(f"The backup is damaged: {name} is not what was written.")
    return manifest


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as entry:
        while piece := entry.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _restore_tables(connection: Connection, archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> int:
    _require_empty(connection)
    for name in MADE_BY_THE_UPGRADE:
        connection.execute(db.metadata.tables[name].delete())
    rows = 0
    for table in db.metadata.sorted_tables:
        rows += _restore_table(connection, table, archive, f"tables/{table.name}.jsonl")
    head = connection.execute(text("SELECT hash, length FROM journal_heads")).one()
    if (head.hash, head.length) != (manifest["journal"]["hash"], manifest["journal"]["length"]):
        raise BackupError("The journal in the backup does not end where its list says.")
    return rows


def _require_empty(connection: Connection) -> None:
    if not inspect(connection).has_table("journal_heads"):
        raise BackupError("The database has no tables yet: run upgrade-database first.")
    for table in db.metadata.sorted_tables:
        count = connection.scalar(select(func.count()).select_from(table)) or 0
        if count > MADE_BY_THE_UPGRADE.get(table.name, 0):
            raise BackupError(f"The database is not empty ({table.name} has {count} rows): restore into a new one.")


def _restore_table(connection: Connection, table: Table, archive: zipfile.ZipFile, name: str) -> int:
    types = {column.name: Text() if _is_json(column) else column.type for column in table.columns}
    statement = insert(table).values({column.name: _taken(connection, column) for column in table.columns})
    count, waiting = 0, list[dict[str, Any]]()

    def write() -> None:
        if waiting:
            connection.execute(statement, waiting)
            waiting.clear()

    with archive.open(name) as entry:
        for line in _in_order(table, entry):
            row = json.loads(line.decode("utf-8", "surrogatepass"))
            waiting.append({key: _typed(value, types[key]) for key, value in row.items()})
            count += 1
            if len(waiting) == ROWS_AT_ONCE:
                write()
    write()
    _go_on_counting(connection, table)
    return count


def _taken(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    if not _is_json(column):
        return bindparam(column.name, type_=column.type)
    sent = bindparam(column.name, type_=Text())
    return sent if connection.dialect.name == "sqlite" else cast(sent, column.type)


def _in_order(table: Table, lines: Iterable[bytes]) -> Iterable[bytes]:
    """Rows that point at rows of their own table come after those."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    if not own:
        return lines
    (pointed_at,) = [column.name for column in table.primary_key.columns]
    waiting = [(json.loads(line.decode("utf-8", "surrogatepass")), line) for line in lines]
    known: set[Any] = set()
    ordered: list[bytes] = []
    while waiting:
        ready = [(row, line) for row, line in waiting if all(row[c] is None or row[c] in known for c in own)]
        if not ready:
            raise BackupError(f"Rows of {table.name} point at rows that the backup does not hold.")
        known |= {row[pointed_at] for row, _line in ready}
        ordered += [line for _row, line in ready]
        waiting = [(row, line) for row, line in waiting if row[pointed_at] not in known]
    return ordered


def _typed(value: Any, kind: TypeEngine[Any]) -> Any:
    if value is None:
        return None
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    wanted = Decimal if isinstance(kind, Hundredths) else plain.python_type
    if wanted in (datetime, date, time):
        return wanted.fromisoformat(value)
    if wanted is bytes:
        return base64.b64decode(value)
    if isinstance(value, wanted):
        return value
    return wanted(value)  # UUID, Decimal, an enum's word


def _go_on_counting(connection: Connection, table: Table) -> None:
    """PostgreSQL counts beside the table, and would begin at 1 again."""
    if connection.dialect.name == "sqlite" or table.autoincrement_column is None:
        return
    column = table.autoincrement_column
    highest = connection.scalar(select(func.max(column)))
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    if highest is not None and sequence is not None:
        connection.execute(select(func.setval(sequence, highest)))


def _restore_files(archive: zipfile.ZipFile, manifest: Mapping[str, Any], folder: Path) -> int:
    count = 0
    for name in manifest["contents"]:
        if not name.startswith("files/"):
            continue
        target = (folder / name.removeprefix("files/")).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise BackupError("The backup holds a file that would lie outside of DATA_DIR.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as entry, target.open("wb") as file:
            shutil.copyfileobj(entry, file, PIECE)
        count += 1
    return count
