"""All that a grader ever receives about a paper, from a query of its own: nothing that leads to its author.

No name, unit, site, id, moment of submission, file name or order in which papers came is read here at all, so
none can slip into a page. Papers are named by their blind code and listed by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import case, func, select

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.grading.models import Grader, Paper, Reading, ReadingMark
from conference.grading.rules import PaperState, ReadingState
from conference.planning.models import Conference
from conference.reflections import content
from conference.reflections.models import PaperFile, Submission, SubmissionFile


@dataclass(frozen=True)
class Section:
    title: str
    text: str


@dataclass(frozen=True)
class BlindPaper:
    """A paper as its grader sees it, with what this grader has given so far."""

    code: str
    words: int
    sections: tuple[Section, ...]
    commitments: tuple[content.Commitment, ...]
    texts: tuple[str, ...]  # read in documents
    pages: int  # pictures of handwriting or of scans; they are sent one by one
    marks: dict[int, Decimal]
    notes: dict[int, str]
    comment: str
    total: Decimal | None
    state: ReadingState
    is_questioned: bool
    version: int
    saved_at: datetime | None
    may_take_back: bool


@dataclass(frozen=True)
class Slip:
    """One line of a grader's queue."""

    code: str
    words: int
    state: ReadingState
    total: Decimal | None
    is_questioned: bool
    is_set_aside: bool


@dataclass(frozen=True)
class Desk:
    """One conference on a grader's desk."""

    grader_id: int
    conference_id: int
    title: str
    papers: int
    finished: int


def desks_of(account_id: int) -> list[Desk]:
    """The conferences that an account grades for, the newest first, with progress."""
    rows = db.session.execute(
        select(
            Grader.id,
            Conference.id,
            Conference.title,
            func.count(Reading.id),
            func.coalesce(func.sum(case((Reading.state == ReadingState.FINISHED, 1), else_=0)), 0),
        )
        .join(Conference, Conference.id == Grader.conference_id)
        .outerjoin(Reading, Reading.grader_id == Grader.id)
        .where(Grader.account_id == account_id, Grader.removed_at.is_(None))
        .group_by(Grader.id, Conference.id, Conference.title, Conference.starts_on)
        .order_by(Conference.starts_on.desc(), Conference.id.desc())
    )
    return [Desk(*row) for row in rows]


def slips_of(grader_id: int) -> list[Slip]:
    """The queue of one grader, by blind code: those begun, those to come, those set aside, those done."""
    rows = db.session.execute(
        select(
            Reading.blind_code,
            Paper.words,
            Reading.state,
            Reading.total,
            Reading.is_questioned,
            Reading.set_aside_at,
        )
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Reading.grader_id == grader_id)
        .order_by(Reading.blind_code)
    )
    slips = [Slip(*row[:5], is_set_aside=row[5] is not None) for row in rows]
    return sorted(slips, key=_place)


def _place(slip: Slip) -> int:
    if slip.state is ReadingState.FINISHED:
        return 3
    if slip.is_set_aside:
        return 2
    return 0 if slip.state is ReadingState.STARTED else 1


def next_code(grader_id: int, *, after: str = "") -> str | None:
    """The paper to read next: never the one just left, unless it is the last."""
    open_slips = [slip.code for slip in slips_of(grader_id) if slip.state is not ReadingState.FINISHED]
    others = [code for code in open_slips if code != after]
    return next(iter(others or open_slips), None)


def finished_moments(grader_id: int) -> Sequence[datetime]:
    """When this grader finished the last papers, oldest first: for the pace."""
    latest = db.session.scalars(
        select(Reading.finished_at)
        .where(Reading.grader_id == grader_id, Reading.finished_at.is_not(None))
        .order_by(Reading.finished_at.desc())
        .limit(30)
    ).all()
    return sorted(moment for moment in latest if moment is not None)


def paper_of(reading_id: int) -> BlindPaper:
    row = db.session.execute(
        select(
            Reading.blind_code,
            Reading.comment,
            Reading.notes,
            Reading.total,
            Reading.state,
            Reading.is_questioned,
            Reading.version,
            Reading.saved_at,
            Paper.words,
            Paper.state.label("paper_state"),
            Submission.content,
        )
        .join(Paper, Paper.id == Reading.paper_id)
        .join(Submission, Submission.id == Paper.submission_id)
        .where(Reading.id == reading_id)
    ).one()
    files = _files_of(reading_id)
    sections = content.written_sections if files else content.sections_of
    given = db.session.execute(
        select(ReadingMark.part_id, ReadingMark.mark).where(ReadingMark.reading_id == reading_id)
    )
    return BlindPaper(
        code=row.blind_code,
        words=row.words,
        sections=tuple(Section(title, text) for title, text in sections(row.content)),
        commitments=content.from_canonical(row.content).commitments,
        texts=tuple(text for text, _pages in files if text),
        pages=sum(len(pages) for _text, pages in files),
        marks=dict(given.all()),
        notes={int(part): note for part, note in row.notes.items()},
        comment=row.comment,
        total=row.total,
        state=row.state,
        is_questioned=row.is_questioned,
        version=row.version,
        saved_at=row.saved_at,
        may_take_back=row.state is ReadingState.FINISHED and row.paper_state is PaperState.GRADING,
    )


def _files_of(reading_id: int) -> list[tuple[str, list[str]]]:
    """(text, names of kept pictures) of each file of the paper: neither its name nor when or how it came."""
    rows = db.session.execute(
        select(PaperFile.text, PaperFile.pages)
        .join(SubmissionFile, SubmissionFile.file_id == PaperFile.id)
        .join(Paper, Paper.submission_id == SubmissionFile.submission_id)
        .join(Reading, Reading.paper_id == Paper.id)
        .where(Reading.id == reading_id)
        .order_by(SubmissionFile.position)
    )
    return [(text, pages) for text, pages in rows]


def picture_of(reading_id: int, place: int) -> str:
    """What the picture in this place is kept as, counted from 1 over the whole paper. Raises ``not_found``."""
    pictures = [name for _text, pages in _files_of(reading_id) for name in pages]
    if not 1 <= place <= len(pictures):
        raise DomainError("not_found")
    return pictures[place - 1]
