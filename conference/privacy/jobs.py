"""What an erasure leaves to do outside of its transaction: files, copies, and what the database has not overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from conference.accounts.models import Account
from conference.adapters.erased_list import ErasedEntry, ErasedList
from conference.adapters.kept_files import Shelf
from conference.checkin import pack_jobs
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Actor
from conference.foundation.db import db, transaction, trouble_of
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Task, enqueue, job
from conference.notices import paper_jobs
from conference.privacy import erasing, queries, staff
from conference.privacy.erasing import Erased
from conference.privacy.models import Erasure
from conference.registry import badge_jobs
from conference.settings import Settings

DROP_FILES = "privacy.drop_files"
CLEAN_DATABASE = "privacy.clean_database"
LIST_NAME = "erased.jsonl"
PRINTED = (badge_jobs.FOLDER, pack_jobs.FOLDER, paper_jobs.FOLDER)
"""Folders of what was printed with names; all of it can be printed again."""


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def erased_list() -> ErasedList:
    return ErasedList(_settings().data_dir / LIST_NAME)


def follow_up(erased: Erased, *, by: Actor, at: datetime) -> None:
    """In the transaction that erases: the files go at once, the pages of the database once no door is open."""
    enqueue(DROP_FILES, erased.as_payload(), by=by, at=at)
    enqueue(CLEAN_DATABASE, {}, by=by, at=at, run_after=queries.doors_are_closed_from(at))


@job(DROP_FILES)
def drop_files(task: Task) -> dict[str, Any]:
    """Drop what the payload names, and write the erased down beside the database. Repeatable."""
    write_down()
    return {"files": _drop(task.payload)}


def _drop(payload: Mapping[str, Any]) -> int:
    folder = _settings().files_dir
    papers = Shelf(folder / "papers")
    for name in payload["papers"]:
        papers.drop(name)
    for name in payload["lists"]:
        (folder / "imports" / name).unlink(missing_ok=True)
    for kind in PRINTED:
        for conference_id in payload["conferences"]:
            shutil.rmtree(folder / kind / str(conference_id), ignore_errors=True)
    return len(payload["papers"]) + len(payload["lists"])


def write_down() -> None:
    """Every erased person and account into the list beside the database. Repeatable."""
    people = db.session.execute(select(Erasure.person_id, Erasure.mark).order_by(Erasure.erased_at, Erasure.person_id))
    accounts = db.session.execute(
        select(Account.id, Account.erased_mark)
        .where(Account.erased_mark.is_not(None))
        .order_by(Account.erased_at, Account.id)
    )
    erased_list().add(
        [ErasedEntry("person", id, mark) for id, mark in people]
        + [ErasedEntry("account", id, mark or "") for id, mark in accounts]
    )


@dataclass(frozen=True)
class Again:
    """What came of the list after a restore: how many were erased again, and how many are somebody else by now."""

    erased: int
    not_known: int


def erase_again() -> Again:
    """Erase whom a backup has brought back. Repeatable; the files go at once, as nobody works here yet."""
    erased: list[Erased] = []
    not_known = 0
    for entry in erased_list().read():
        try:
            with transaction():
                found = _erase_entry(entry)
        except erasing.NotThem:
            not_known += 1
        else:
            erased += [found] if found else []
    for one in erased:
        _drop(one.as_payload())
    write_down()
    if erased:
        clean_pages()
    return Again(len(erased), not_known)


def _erase_entry(entry: ErasedEntry) -> Erased | None:
    secret, at = _settings().secret_key, clock.now()
    if entry.kind == "account":
        return staff.erase_account_again(account_id=entry.id, mark=entry.mark, secret=secret, at=at)
    return erasing.erase_again(person_id=entry.id, mark=entry.mark, secret=secret, by=SYSTEM, at=at)


@job(CLEAN_DATABASE)
def clean_database(task: Task) -> dict[str, Any]:
    """Overwrite what was deleted and is still in the database's pages, its log, and the copies made by upgrades."""
    for copy in _settings().data_dir.glob("before-*.sqlite3"):
        copy.unlink(missing_ok=True)
    clean_pages()
    return {}


def clean_pages() -> None:
    """Rewrite the database without its free pages. Raises ``busy`` when others keep its log from being emptied."""
    db.session.rollback()
    try:
        is_clean = _rewrite_sqlite() if db.engine.dialect.name == "sqlite" else _rewrite_postgresql()
    except DBAPIError as error:
        raise trouble_of(error) or error from error
    if not is_clean:
        raise DomainError("busy")


def _rewrite_sqlite() -> bool:
    raw = db.engine.raw_connection()  # outside of any transaction: VACUUM begins and ends by itself
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        return row is not None and row[0] == 0
    finally:
        raw.close()


def _rewrite_postgresql() -> bool:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM"))
        connection.invalidate()  # the next one has its limits again
    return True
