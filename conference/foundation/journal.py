"""Who changed what, when, from what to what, and why: append-only and hash-chained. Ids only, no names or texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Text, bindparam, event, false, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from conference.foundation.actor import Actor
from conference.foundation.db import BigId, db

FIRST = "0" * 64
HEAD_ID = 1
WITHOUT_REASON = "without_reason"
"""Where a later entry says what is left of entries whose reason was erased: ``{entry id: hash of the rest}``."""


class JournalEntry(db.Model):
    """One change. Its hash covers its content and the hash before it, so that no row can be edited or taken out."""

    __tablename__ = "journal_entries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(Text, index=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    reason_erased: Mapped[bool] = mapped_column(default=False, server_default=false())
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text, unique=True)


class JournalHead(db.Model):
    """The last link of the chain: one row, locked by each writer, so that two can't follow the same link."""

    __tablename__ = "journal_heads"

    id: Mapped[int] = mapped_column(primary_key=True)
    length: Mapped[int]
    hash: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Change:
    """One of several changes that are written down together."""

    subject: tuple[str, int | None]
    before: dict[str, Any]
    after: dict[str, Any]


def record(
    *,
    by: Actor,
    at: datetime,
    action: str,
    subject: tuple[str, int | None],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add one change to the journal in the running transaction."""
    record_all(by=by, at=at, action=action, changes=[Change(subject, before or {}, after or {})], reason=reason)


def record_all(*, by: Actor, at: datetime, action: str, changes: Sequence[Change], reason: str = "") -> None:
    """Add an entry for each change, in their order: hundreds in one statement."""
    if not changes:
        return
    db.session.flush()  # what is told of is written first
    connection = db.session.connection()
    head = connection.execute(_LOCKED_HEAD).one()
    rows, last = [], head.hash
    for change in changes:
        entry = _entry(last, change, by=by, at=at, action=action, reason=reason)
        rows.append({name: getattr(entry, name) for name in _WRITTEN})
        last = entry.hash
    connection.execute(_ADD, rows)
    connection.execute(_MOVE_HEAD, {"new_length": head.length + len(rows), "new_hash": last})


_WRITTEN = tuple(column.key for column in JournalEntry.__table__.columns if column.key != "id")
_ADD = insert(JournalEntry.__table__)
_head_row = JournalHead.__table__.c
_LOCKED_HEAD = select(_head_row.length, _head_row.hash).where(_head_row.id == HEAD_ID).with_for_update()
_MOVE_HEAD = (
    update(JournalHead.__table__)
    .where(_head_row.id == HEAD_ID)
    .values(length=bindparam("new_length"), hash=bindparam("new_hash"))
)


def _entry(previous: str, change: Change, *, by: Actor, at: datetime, action: str, reason: str) -> JournalEntry:
    """The link that follows the one of this hash."""
    entry = JournalEntry(
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        action=action,
        subject_kind=change.subject[0],
        subject_id=change.subject[1],
        before=_as_kept(change.before),
        after=_as_kept(change.after),
        reason=reason,
        reason_erased=False,
        previous_hash=previous,
    )
    entry.hash = _hash(entry)
    return entry


def erase_reasons(subjects: Iterable[tuple[str, int]], *, action: str | None = None) -> dict[str, str]:
    """Take away what people wrote as reasons about these subjects, of one action or of all; the chain still holds.

    What is given back belongs into the ``after`` of an entry that is recorded next, under ``WITHOUT_REASON``: that
    later link proves what is left of entries whose own hash covers words that are gone.
    """
    kinds: dict[str, list[int]] = {}
    for kind, id in subjects:
        kinds.setdefault(kind, []).append(id)
    left: dict[str, str] = {}
    for kind, ids in sorted(kinds.items()):
        about = JournalEntry.subject_id.in_(ids) & (JournalEntry.subject_kind == kind)
        if action is not None:
            about &= JournalEntry.action == action
        for entry in db.session.scalars(select(JournalEntry).where(about, JournalEntry.reason != "")).all():
            left[str(entry.id)] = _hash(entry, reason="")
            db.session.expunge(entry)
    db.session.execute(
        update(JournalEntry)
        .where(JournalEntry.id.in_(map(int, left)))
        .values(reason="", reason_erased=True)
        .execution_options(synchronize_session=False)
    )
    return left


def broken_links() -> Iterator[int]:
    """Walk the chain from its first entry and give the id of each entry that doesn't follow from the one before.

    An entry whose reason was erased must be what a later entry says of it. Gives 0 when the end is not where the head
    says. What others add meanwhile does no harm: the head is read before and after, and must lie on the way.
    """
    at_start = _head()
    previous, length, is_passed = FIRST, 0, at_start == (FIRST, 0)
    erased: dict[int, str] = {}
    for entry in db.session.scalars(select(JournalEntry).order_by(JournalEntry.id).execution_options(yield_per=1000)):
        if entry.reason_erased:
            erased[entry.id] = _hash(entry)
        if entry.previous_hash != previous or (entry.hash != _hash(entry) and not entry.reason_erased):
            yield entry.id
        for id, left in entry.after.get(WITHOUT_REASON, {}).items():
            if erased.pop(int(id), None) != left:
                yield int(id)
        previous = entry.hash
        length += 1
        is_passed = is_passed or (previous, length) == at_start
    yield from erased  # no later entry knows of them
    at_end = _head()
    if not is_passed or at_end[1] < length or (at_start == at_end and at_end != (previous, length)):
        yield 0


def head_hash() -> str:
    """The last link of the chain: written down elsewhere, it proves later what was there."""
    return _head()[0]


def _head() -> tuple[str, int]:
    row = db.session.execute(select(JournalHead.hash, JournalHead.length).where(JournalHead.id == HEAD_ID)).one()
    return row.hash, row.length


def _as_kept(content: dict[str, Any]) -> dict[str, Any]:
    """What will be read back: the database knows only what JSON knows, and the hash must fit that."""
    kept: dict[str, Any] = json.loads(json.dumps(content))
    return kept


def _hash(entry: JournalEntry, reason: str | None = None) -> str:
    content = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_kind,
        entry.actor_id,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.before,
        entry.after,
        entry.reason if reason is None else reason,
        entry.previous_hash,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@event.listens_for(JournalEntry, "before_update")
@event.listens_for(JournalEntry, "before_delete")
def _refuse_change(_mapper: Mapper[JournalEntry], _connection: Connection, entry: JournalEntry) -> None:
    raise RuntimeError(f"journal entry {entry.id} can't be changed")
