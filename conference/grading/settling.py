"""Keeping each paper's state and mark true to its finished readings, and to whether it still has a text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from conference.foundation.db import db
from conference.foundation.db_bulk import write_many
from conference.grading import queries
from conference.grading.models import Paper, Reading, ReadingMark
from conference.grading.rules import (
    PaperState,
    ReadingState,
    Scheme,
    fits,
    mark_of_points,
    standing_mark,
    total_of,
    without_text,
)
from conference.reflections.quiz.queries import sits_a_test
from conference.reflections.quiz.queries import that_count as tests_that_count
from conference.registry.imports.bulk import table_of

BATCH = 500
"""Ids a statement: below what SQLite takes as parameters."""


def settle_papers(*, paper_ids: Sequence[int]) -> None:
    """Set state and mark of some papers by their readings as they stand."""
    if not paper_ids:
        return
    conference_id = db.session.scalars(select(Paper.conference_id).where(Paper.id == paper_ids[0])).one()
    scheme = queries.scheme_of(conference_id)
    assert scheme is not None, "papers are shared out under a scheme"
    if sits_a_test(conference_id):
        settle_tests(conference_id=conference_id, scheme=scheme.as_scheme())
        return
    for some in _batches(sorted(set(paper_ids))):
        _settle(some, scheme.as_scheme())


def settle_all(*, conference_id: int, scheme: Scheme) -> int:
    """Open readings again whose marks no longer fit the scheme, then settle every paper; returns how many opened."""
    if sits_a_test(conference_id):
        settle_tests(conference_id=conference_id, scheme=scheme)
        return 0
    reopened = _reopen_what_no_longer_fits(conference_id, scheme)
    papers = list(db.session.scalars(select(Paper.id).where(Paper.conference_id == conference_id).order_by(Paper.id)))
    for some in _batches(papers):
        _settle(some, scheme)
    return reopened


def settle_tests(*, conference_id: int, scheme: Scheme) -> int:
    """Papers of the tests that count, each with the mark that follows from its points; how many changed."""
    known = {
        paper.attendee_id: paper
        for paper in db.session.execute(
            select(Paper.id, Paper.attendee_id, Paper.submission_id, Paper.mark).where(
                Paper.conference_id == conference_id
            )
        )
    }
    fresh, changed = [], []
    for row in db.session.execute(tests_that_count(conference_id)):
        facts: dict[str, Any] = {
            "submission_id": row.submission_id,
            "words": row.words,
            "state": PaperState.SETTLED,
            "mark": mark_of_points(row.points, row.total, scheme),
        }
        paper = known.get(row.attendee_id)
        if paper is not None and (paper.submission_id, paper.mark) != (row.submission_id, facts["mark"]):
            changed.append({"id": paper.id, **facts})
        elif paper is None and row.erased_at is None:
            fresh.append({"conference_id": conference_id, "attendee_id": row.attendee_id, **facts})
    if fresh:
        db.session.execute(insert(Paper), fresh)
    if changed:
        db.session.execute(update(Paper).execution_options(synchronize_session=False), changed)
    return len(fresh) + len(changed)


def _reopen_what_no_longer_fits(conference_id: int, scheme: Scheme) -> int:
    """Marks off their scale go; readings that lack a mark are begun, not finished; totals are summed anew."""
    parts = {part.id: part for part in scheme.parts}
    marks: dict[int, dict[int, Decimal]] = {}
    readings = db.session.execute(
        select(Reading.id, Reading.state, Reading.total)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == conference_id, Reading.state != ReadingState.ASSIGNED)
    ).all()
    off: list[tuple[int, int]] = []
    given = db.session.execute(
        select(ReadingMark.reading_id, ReadingMark.part_id, ReadingMark.mark)
        .join(Reading, Reading.id == ReadingMark.reading_id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == conference_id)
    )
    for reading_id, part, mark in given:
        if part in parts and fits(mark, parts[part], scheme.step):
            marks.setdefault(reading_id, {})[part] = mark
        else:
            off.append((reading_id, part))
    for reading_id, part in off:
        db.session.execute(delete(ReadingMark).where(ReadingMark.reading_id == reading_id, ReadingMark.part_id == part))
    reopened = 0
    for reading in readings:
        total = total_of(marks.get(reading.id, {}), scheme)
        opens = total is None and reading.state is ReadingState.FINISHED
        if total == reading.total and not opens:
            continue
        changes: dict[str, object] = {"total": total, "version": Reading.version + 1}
        if opens:
            changes |= {"state": ReadingState.STARTED, "finished_at": None}
            reopened += 1
        db.session.execute(
            update(Reading)
            .where(Reading.id == reading.id)
            .values(**changes)
            .execution_options(synchronize_session=False)
        )
    return reopened


def _settle(paper_ids: Collection[int], scheme: Scheme) -> None:
    erased = queries.without_text(paper_ids)
    _drop_open_readings(erased)
    totals: dict[int, list[Decimal | None]] = {paper: [] for paper in paper_ids}
    for paper, reading_state, total in db.session.execute(
        select(Reading.paper_id, Reading.state, Reading.total)
        .where(Reading.paper_id.in_(paper_ids))
        .order_by(Reading.paper_id, Reading.ordinal)
    ):
        totals[paper].append(total if reading_state is ReadingState.FINISHED else None)
    rulings = queries.rulings_of(paper_ids)
    changes = []
    for paper, of_paper in totals.items():
        state, mark = standing_mark(of_paper, scheme, rulings.get(paper))
        if paper in erased:
            state, mark = without_text(state, mark)
        changes.append({"paper": paper, "state": state, "mark": mark})
    write_many(db.session.connection(), _SETTLE, changes)


_SETTLE = (
    update(table_of(Paper))
    .where(table_of(Paper).c.id == bindparam("paper"))
    .values(state=bindparam("state"), mark=bindparam("mark"))
)


def _drop_open_readings(papers: Collection[int]) -> None:
    """There is nothing left to read: they go from the desks. What was finished stays."""
    if not papers:
        return
    unfinished = Reading.paper_id.in_(papers) & (Reading.state != ReadingState.FINISHED)
    of_them = ReadingMark.reading_id.in_(select(Reading.id).where(unfinished))
    db.session.execute(delete(ReadingMark).where(of_them).execution_options(synchronize_session=False))
    db.session.execute(delete(Reading).where(unfinished).execution_options(synchronize_session=False))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
