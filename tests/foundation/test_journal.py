"""The journal can be added to and read; anything else shows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from conference.foundation.actor import SYSTEM, Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import FIRST, Change, JournalEntry, broken_links, head_hash, record, record_all
from tests.factories import LONG_AGO

ENTRIES = 6


@pytest.fixture
def journal(db_session) -> Callable[[], list[int]]:
    """Six entries, and what the check says of them."""
    for number in range(1, ENTRIES + 1):
        with transaction():
            record(
                by=Actor(ActorKind.ACCOUNT, 7),
                at=LONG_AGO + timedelta(minutes=number, microseconds=number),
                action="scan.undo",
                subject=("scan", number),
                before={"state": "present", 2: [1.5, None], 10: ("a", "b")},
                after={"state": ActorKind.SYSTEM},
                reason="nhầm người",
            )

    def check() -> list[int]:
        db_session.remove()
        return list(broken_links())

    return check


def change(statement: str, **values: object) -> None:
    with transaction():
        db.session.execute(text(statement), values)


def test_an_empty_and_an_untouched_journal_hold(db_session) -> None:
    assert list(broken_links()) == []
    assert head_hash() == FIRST


def test_entries_hold_as_they_are_read_back(journal) -> None:
    assert journal() == []
    assert head_hash() == db.session.get_one(JournalEntry, ENTRIES).hash


def test_an_edited_field_shows_whichever_it_is(journal) -> None:
    forged = {
        "at": "2018-11-01 01:03:00.000004",
        "actor_kind": "system",
        "actor_id": 8,
        "action": "scan.redo",
        "subject_kind": "scans",
        "subject_id": 4,
        "before": '{"state": "late"}',
        "after": "{}",
        "reason": "nhầm người.",
        "previous_hash": "f" * 64,
        "hash": "f" * 64,
    }
    found = {}
    for column, value in forged.items():
        kept = db.session.execute(text(f"SELECT CAST({column} AS TEXT) FROM journal_entries WHERE id = 3")).scalar_one()
        change(f"UPDATE journal_entries SET {column} = :value WHERE id = 3", value=value)
        found[column] = journal()
        kind = {"at": "TIMESTAMP WITH TIME ZONE", "before": "JSON", "after": "JSON"}.get(column)
        put_back = f"CAST(:value AS {kind})" if kind and db.engine.dialect.name == "postgresql" else ":value"
        change(f"UPDATE journal_entries SET {column} = {put_back} WHERE id = 3", value=_number(column, kept))
        assert journal() == [], f"{column} was not put back"
    assert found == {column: [3, 4] if column == "hash" else [3] for column in forged}


def _number(column: str, kept: str) -> str | int:
    return int(kept) if column in ("actor_id", "subject_id") else kept


def test_an_entry_taken_out_shows(journal) -> None:
    change("DELETE FROM journal_entries WHERE id = 3")
    assert journal() == [4, 0]


def test_an_end_cut_off_shows(journal) -> None:
    for last in (6, 5, 1):
        change("DELETE FROM journal_entries WHERE id >= :last", last=last)
        assert journal() == [0]


def test_entries_that_changed_places_show(journal) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        change("UPDATE journal_entries SET id = :new WHERE id = :old", old=old, new=new)
    assert journal() == [3, 4, 5]


def test_an_entry_put_at_the_end_shows(journal) -> None:
    with transaction():
        record(by=SYSTEM, at=LONG_AGO, action="account.grant", subject=("account", 1))
        forged = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(1)).one()
        db.session.expunge(forged)
    change("UPDATE journal_heads SET hash = :hash, length = length - 1", hash=forged.previous_hash)
    assert journal() == [0]


def test_an_entry_cannot_be_changed_through_the_model(journal) -> None:
    entry = db.session.get_one(JournalEntry, 2)
    entry.reason = "khác"
    with pytest.raises(RuntimeError, match="can't be changed"), transaction():
        pass
    db.session.rollback()
    with pytest.raises(RuntimeError, match="can't be changed"), transaction():
        db.session.delete(db.session.get_one(JournalEntry, 2))


def test_a_rollback_leaves_no_link(journal) -> None:
    with pytest.raises(ValueError, match="undone"), transaction():  # noqa: PT012
        record(by=SYSTEM, at=LONG_AGO, action="never", subject=("thing", 1))
        raise ValueError("undone")
    with transaction():
        record(by=SYSTEM, at=LONG_AGO, action="always", subject=("thing", 1))
    assert journal() == []


def test_many_writers_make_one_chain_that_holds_while_they_write(app, sized) -> None:
    each = sized(15, 250)
    seen: list[list[int]] = []

    def write(writer: int) -> None:
        with app.app_context():
            for number in range(each):
                with transaction():
                    record(by=Actor(ActorKind.ACCOUNT, writer), at=LONG_AGO, action="a", subject=("b", number))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with app.app_context():
            seen.append(list(broken_links()))
    for thread in threads:
        thread.join()
    with app.app_context():
        assert list(broken_links()) == []
        assert db.session.scalar(text("SELECT count(*) FROM journal_entries")) == 8 * each
        assert db.session.scalar(text("SELECT length FROM journal_heads")) == 8 * each
    assert [links for links in seen if links] == []


def test_many_changes_written_at_once_are_links_in_their_order(journal) -> None:
    changes = [Change(("attendee", number), {"site": 1}, {"site": 2}) for number in range(700)]
    with transaction():
        record_all(by=SYSTEM, at=LONG_AGO, action="attendee.move", changes=changes)
        record_all(by=SYSTEM, at=LONG_AGO, action="attendee.move", changes=[])
        record(by=SYSTEM, at=LONG_AGO, action="attendee.withdraw", subject=("attendee", 700))
    assert journal() == []
    moved = db.session.query(JournalEntry).order_by(JournalEntry.id).offset(ENTRIES)
    assert [entry.subject_id for entry in moved] == list(range(701))
