"""What a grader does with a paper: save, finish, set aside, question, take back. One version each, none lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Update, bindparam, delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.db_bulk import write_many
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.grading import queries, settling
from conference.grading.models import Paper, Reading, ReadingMark
from conference.grading.rules import PaperState, ReadingState, Scheme, fits, total_of
from conference.registry.imports.bulk import insert_rows, table_of


@dataclass(frozen=True)
class Entry:
    """What a grader gives: a mark and perhaps a word for each part, and a comment on the whole."""

    marks: Mapping[int, Decimal] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True)
class Saved:
    version: int
    total: Decimal | None


def save(*, reading: Reading, version: int, entry: Entry, by: Actor, at: datetime) -> Saved:
    """Keep what was given so far.

    Raises ``changed_meanwhile`` when it was begun from an older version, ``reading_closed`` when the reading
    is finished, ``mark_off_scale`` for a mark that is not on its part's scale.
    """
    scheme = _scheme_of(reading)
    _check_marks(entry, scheme)
    total = total_of(entry.marks, scheme)
    before = {str(part): str(mark) for part, mark in _marks_of(reading.id).items()}
    _claim(
        reading,
        version,
        state=ReadingState.STARTED,
        total=total,
        comment=entry.comment,
        notes={str(part): note for part, note in entry.notes.items() if note},
        saved_at=at,
        started_at=reading.started_at or at,
    )
    _keep_marks(reading.id, entry)
    record(
        by=by,
        at=at,
        action="grading.save",
        subject=("reading", reading.id),
        before={"version": version, "marks": before},
        after={"version": version + 1, "marks": {str(part): str(mark) for part, mark in entry.marks.items()}},
    )
    return Saved(version + 1, total)


def finish(*, reading: Reading, version: int, entry: Entry, by: Actor, at: datetime) -> PaperState:
    """Save and close a reading; the paper is settled when this was the one that it waited for.

    Raises what ``save`` raises, and ``marks_missing`` while a part has no mark.
    """
    db.session.execute(select(Paper.id).where(Paper.id == reading.paper_id).with_for_update())
    saved = save(reading=reading, version=version, entry=entry, by=by, at=at)
    if saved.total is None:
        raise DomainError("marks_missing")
    _claim(reading, saved.version, state=ReadingState.FINISHED, finished_at=at, set_aside_at=None)
    settling.settle_papers(paper_ids=[reading.paper_id])
    state = db.session.scalars(select(Paper.state).where(Paper.id == reading.paper_id)).one()
    record(
        by=by,
        at=at,
        action="grading.finish",
        subject=("reading", reading.id),
        after={"version": saved.version + 1, "total": str(saved.total), "paper": state.value},
    )
    return state


def set_aside(*, reading: Reading, by: Actor, at: datetime) -> None:
    """Put a paper at the end of the own queue. Repeatable."""
    changed_rows(_update(reading, Reading.state != ReadingState.FINISHED).values(set_aside_at=at))
    record(by=by, at=at, action="grading.set_aside", subject=("reading", reading.id))


def question(*, reading: Reading, is_questioned: bool, by: Actor, at: datetime) -> None:
    """Ask the council to have a look at a paper (copied, or it says who wrote it), or take that back."""
    changed_rows(_update(reading).values(is_questioned=is_questioned))
    record(
        by=by, at=at, action="grading.question", subject=("reading", reading.id), after={"questioned": is_questioned}
    )


def take_back(*, reading: Reading, by: Actor, at: datetime) -> None:
    """Let the grader correct a finished reading. Raises ``reading_closed`` once it has been compared with another."""
    paper = db.session.scalars(
        select(Paper).where(Paper.id == reading.paper_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if paper.state is not PaperState.GRADING:
        raise DomainError("reading_closed")
    _open_again(reading, by=by, at=at, action="grading.take_back", reason="")


def reopen(*, reading: Reading, reason: str, by: Actor, at: datetime) -> None:
    """Give a finished reading back to its grader, by decision of who organises. What was released stays as it is.

    Raises ``text_erased`` when there is nothing left to read.
    """
    db.session.execute(select(Paper.id).where(Paper.id == reading.paper_id).with_for_update())
    if queries.without_text([reading.paper_id]):
        raise DomainError("text_erased")
    _open_again(reading, by=by, at=at, action="grading.reopen", reason=reason)


def _open_again(reading: Reading, *, by: Actor, at: datetime, action: str, reason: str) -> None:
    opened = changed_rows(
        _update(reading, Reading.state == ReadingState.FINISHED).values(
            state=ReadingState.STARTED, finished_at=None, version=Reading.version + 1
        )
    )
    if not opened:
        raise DomainError("changed_meanwhile")
    settling.settle_papers(paper_ids=[reading.paper_id])
    record(by=by, at=at, action=action, subject=("reading", reading.id), reason=reason)


def enter_finished(
    *, conference_id: int, entries: Iterable[tuple[int, Entry, datetime]], by: Actor, at: datetime
) -> int:
    """Take in many finished readings at once: (reading, what was given, when). Made for marks from paper forms.

    Only readings that nobody has begun are filled; returns how many. Papers are settled afterwards.
    """
    scheme = queries.scheme_of(conference_id)
    assert scheme is not None, "papers are shared out under a scheme"
    plain = scheme.as_scheme()
    free = dict(
        db.session.execute(
            select(Reading.id, Reading.paper_id)
            .join(Paper, Paper.id == Reading.paper_id)
            .where(Paper.conference_id == conference_id, Reading.state == ReadingState.ASSIGNED)
        ).all()
    )
    readings: list[dict[str, object]] = []
    marks: list[dict[str, object]] = []
    papers: set[int] = set()
    for reading_id, entry, moment in entries:
        if reading_id not in free:
            continue
        _check_marks(entry, plain)
        total = total_of(entry.marks, plain)
        if total is None:
            raise DomainError("marks_missing")
        papers.add(free[reading_id])
        readings.append(
            {
                "reading": reading_id,
                "state": ReadingState.FINISHED,
                "total": total,
                "comment": entry.comment,
                "notes": {str(part): note for part, note in entry.notes.items() if note},
                "version": 2,
                "started_at": moment,
                "saved_at": moment,
                "finished_at": moment,
            }
        )
        marks += _mark_rows(reading_id, entry)
    if not readings:
        return 0
    write_many(db.session.connection(), _FILL, readings)
    insert_rows(table_of(ReadingMark), marks)
    settling.settle_papers(paper_ids=sorted(papers))
    record(
        by=by,
        at=at,
        action="grading.enter_finished",
        subject=("conference", conference_id),
        after={"readings": len(readings)},
    )
    return len(readings)


_FILLED = ("state", "total", "comment", "notes", "version", "started_at", "saved_at", "finished_at")
_FILL = (
    update(table_of(Reading))
    .where(table_of(Reading).c.id == bindparam("reading"))
    .values({name: bindparam(name) for name in _FILLED})
)


def _claim(reading: Reading, version: int, **values: object) -> None:
    """Raise the version of an open reading, or say why that can't be."""
    taken = changed_rows(
        _update(reading, Reading.version == version, Reading.state != ReadingState.FINISHED).values(
            version=version + 1, **values
        )
    )
    if taken:
        return
    state = db.session.scalars(select(Reading.state).where(Reading.id == reading.id)).one()
    raise DomainError("reading_closed" if state is ReadingState.FINISHED else "changed_meanwhile")


def _update(reading: Reading, *conditions: ColumnElement[bool]) -> Update:
    statement = update(Reading).where(Reading.id == reading.id, *conditions)
    return statement.execution_options(synchronize_session=False)


def _scheme_of(reading: Reading) -> Scheme:
    conference_id = db.session.scalars(select(Paper.conference_id).where(Paper.id == reading.paper_id)).one()
    scheme = queries.scheme_of(conference_id)
    assert scheme is not None, "papers are shared out under a scheme"
    return scheme.as_scheme()


def _check_marks(entry: Entry, scheme: Scheme) -> None:
    parts = {part.id: part for part in scheme.parts}
    for part, mark in entry.marks.items():
        if part not in parts or not fits(mark, parts[part], scheme.step):
            raise DomainError("mark_off_scale")


def _marks_of(reading_id: int) -> dict[int, Decimal]:
    rows = db.session.execute(select(ReadingMark.part_id, ReadingMark.mark).where(ReadingMark.reading_id == reading_id))
    return dict(rows.all())


def _keep_marks(reading_id: int, entry: Entry) -> None:
    db.session.execute(
        delete(ReadingMark).where(ReadingMark.reading_id == reading_id).execution_options(synchronize_session=False)
    )
    rows = _mark_rows(reading_id, entry)
    if rows:
        db.session.execute(insert(ReadingMark), rows)


def _mark_rows(reading_id: int, entry: Entry) -> list[dict[str, object]]:
    return [{"reading_id": reading_id, "part_id": part, "mark": mark} for part, mark in entry.marks.items()]
