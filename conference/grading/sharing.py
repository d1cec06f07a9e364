"""Sharing papers out in short steps: take them in, plan without holding anything, keep the plan piece by piece.

Every step may be repeated, and whoever is interrupted goes on where it stopped: only what lacks a reader is
planned. The database is never held longer than one piece takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import delete, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.grading import queries, settling
from conference.grading.actions import ensure_scheme
from conference.grading.allocation import Allocation, allocate
from conference.grading.blind_codes import draw
from conference.grading.models import Grader, Paper, Reading, ReadingMark
from conference.grading.rules import PaperState, ReadingState
from conference.reflections.quiz.queries import sits_a_test
from conference.registry.imports.bulk import insert_rows, table_of

PIECE = 2_000
"""Readings that are kept in one transaction: an even number, so that the two of a paper come together."""


@dataclass(frozen=True)
class Plan:
    """Readings to be, and how many papers too few graders may read."""

    conference_id: int
    seed: int
    readings: list[dict[str, Any]] = field(repr=False)
    left_over: int

    def pieces(self) -> Iterator[Sequence[dict[str, Any]]]:
        for start in range(0, len(self.readings), PIECE):
            yield self.readings[start : start + PIECE]


@dataclass(frozen=True)
class ShareOut:
    """What a share-out did."""

    papers: int
    readings: int
    left_over: int


def share_out(*, conference_id: int, seed: int, by: Actor, at: datetime) -> ShareOut:
    """All steps in one transaction: give each paper handed in its two blind readers. Repeatable."""
    take_in(conference_id=conference_id, seed=seed, by=by, at=at)
    return _keep_all(plan(conference_id, seed=seed), by=by, at=at)


def share_out_thirds(*, conference_id: int, seed: int, by: Actor, at: datetime) -> ShareOut:
    """Give each paper in disagreement a third reader, who sees neither of the first two. Repeatable."""
    return _keep_all(plan_thirds(conference_id, seed=seed), by=by, at=at)


def _keep_all(planned: Plan, *, by: Actor, at: datetime) -> ShareOut:
    for piece in planned.pieces():
        keep(planned.conference_id, piece)
    return finish(planned, by=by, at=at)


def take_in(*, conference_id: int, seed: int, by: Actor, at: datetime) -> None:
    """Make papers of what was handed in, and let those handed in again be read anew.

    Raises ``too_few_graders``, or ``tests_need_no_readers`` where a test is sat.
    """
    if sits_a_test(conference_id):
        raise DomainError("tests_need_no_readers")
    ensure_scheme(conference_id=conference_id, by=by, at=at)
    if len(queries.readers_of(conference_id)) < queries.READINGS_EACH:
        raise DomainError("too_few_graders")
    _replace_texts(conference_id)
    rows = [
        {
            "conference_id": conference_id,
            "attendee_id": row.attendee_id,
            "submission_id": row.submission_id,
            "words": row.words,
            "state": PaperState.WAITING,
        }
        for row in queries.not_yet_papers(conference_id)
    ]
    Random(seed).shuffle(rows)  # their order must say nothing about where they come from
    insert_rows(table_of(Paper), rows)


def _replace_texts(conference_id: int) -> None:
    """Let papers point to the text that counts; what was given to an older text is taken off it."""
    newer = queries.superseded(conference_id)
    if not newer:
        return
    papers = [row.paper_id for row in newer]
    begun = select(Reading.id).where(Reading.paper_id.in_(papers), Reading.state != ReadingState.ASSIGNED)
    db.session.execute(delete(ReadingMark).where(ReadingMark.reading_id.in_(begun)))
    db.session.execute(
        update(Reading)
        .where(Reading.paper_id.in_(papers), Reading.state != ReadingState.ASSIGNED)
        .values(
            state=ReadingState.ASSIGNED,
            total=None,
            comment="",
            notes={},
            version=Reading.version + 1,
            started_at=None,
            finished_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    for row in newer:
        db.session.execute(
            update(Paper)
            .where(Paper.id == row.paper_id)
            .values(submission_id=row.submission_id, words=row.words)
            .execution_options(synchronize_session=False)
        )
    settling.settle_papers(paper_ids=papers)


def plan(conference_id: int, *, seed: int) -> Plan:
    """Readers for every paper that lacks a first or second one. Only reads."""
    lacking = queries.sheets_without_reader(conference_id)
    ordinals = {sheet.id: missing for sheet, missing in lacking}
    readers = queries.readers_of(conference_id)
    # Papers whose grader left come after the whole ones: they even out what those leave uneven.
    whole = allocate([sheet for sheet, missing in lacking if len(missing) == 2], readers, each=2, seed=seed)
    words = {sheet.id: sheet.words for sheet, _missing in lacking}
    loads = {reader.id: reader for reader in readers}
    for paper, grader in whole.pairs:
        loads[grader] = loads[grader].with_more(words[paper])
    rest = [sheet for sheet, missing in lacking if len(missing) == 1]
    halves = allocate(rest, list(loads.values()), each=1, seed=seed)
    both = Allocation(whole.pairs + halves.pairs, whole.left_over + halves.left_over)
    return _plan(conference_id, seed, both, ordinals)


def plan_thirds(conference_id: int, *, seed: int) -> Plan:
    """A third reader for every paper in disagreement. Only reads."""
    sheets = queries.sheets_in_disagreement(conference_id)
    found = allocate(sheets, queries.readers_of(conference_id), each=1, seed=seed)
    return _plan(conference_id, seed, found, {sheet.id: [queries.READINGS_EACH + 1] for sheet in sheets})


def _plan(conference_id: int, seed: int, found: Allocation, ordinals: Mapping[int, list[int]]) -> Plan:
    left = {paper: list(missing) for paper, missing in ordinals.items()}
    taken = set(db.session.scalars(select(Reading.blind_code)))
    readings = [
        {
            "paper_id": paper,
            "grader_id": grader,
            "ordinal": left[paper].pop(0),
            "blind_code": draw(taken),
            "state": ReadingState.ASSIGNED,
            "comment": "",
            "notes": {},
            "is_questioned": False,
            "version": 1,
        }
        for paper, grader in found.pairs
    ]
    return Plan(conference_id, seed, readings, len(found.left_over))


def keep(conference_id: int, piece: Sequence[dict[str, Any]]) -> int:
    """Put one piece of a plan on the desks; who left the council meanwhile gets nothing. Returns how many.

    A paper whose author was erased meanwhile goes to nobody.
    """
    present = set(
        db.session.scalars(select(Grader.id).where(Grader.conference_id == conference_id, Grader.removed_at.is_(None)))
    )
    withdrawn = set(
        db.session.scalars(
            select(Paper.id).where(Paper.conference_id == conference_id, Paper.state == PaperState.WITHDRAWN)
        )
    )
    rows = [row for row in piece if row["grader_id"] in present and row["paper_id"] not in withdrawn]
    if not rows:
        return 0
    insert_rows(table_of(Reading), rows)
    db.session.execute(
        update(Paper)
        .where(
            Paper.id.in_({row["paper_id"] for row in rows}),
            Paper.state.in_([PaperState.WAITING, PaperState.DISAGREED]),
        )
        .values(state=PaperState.GRADING)
        .execution_options(synchronize_session=False)
    )
    return len(rows)


def finish(planned: Plan, *, by: Actor, at: datetime) -> ShareOut:
    """Note in the journal what was shared out, with the seed that explains it."""
    done = ShareOut(
        papers=len({row["paper_id"] for row in planned.readings}),
        readings=len(planned.readings),
        left_over=planned.left_over,
    )
    record(
        by=by,
        at=at,
        action="grading.share_out",
        subject=("conference", planned.conference_id),
        after={"seed": planned.seed, "readings": done.readings, "left_over": done.left_over},
    )
    return done
