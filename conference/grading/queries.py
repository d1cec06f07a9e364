"""Reading schemes, graders, progress and papers, for the side that organises. Graders read through ``blind``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, Row, Select, and_, case, func, select, type_coerce
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from conference.accounts.models import Account
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.grading.allocation import Reader, Sheet
from conference.grading.models import CopyRuling, Grader, MarkingScheme, Paper, Reading
from conference.grading.rules import PaperState, ReadingState, Ruling
from conference.reflections.models import Reflection, Submission
from conference.reflections.rules import ReflectionState
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Site

READINGS_EACH = 2
"""Blind readings of a paper before anything is compared."""

WORDS_OF_PICTURES = 900
"""What a paper of photos or scans weighs when work is shared out: nobody counts its words."""

_WEIGHT: ColumnElement[int] = case((Paper.words == 0, WORDS_OF_PICTURES), else_=Paper.words)


def scheme_of(conference_id: int) -> MarkingScheme | None:
    return db.session.scalars(
        select(MarkingScheme)
        .where(MarkingScheme.conference_id == conference_id)
        .options(selectinload(MarkingScheme.parts), selectinload(MarkingScheme.cuts))
        .execution_options(populate_existing=True)
    ).first()


# ---- what is to be graded


def handed_in(conference_id: int) -> Select[*tuple[Any, ...]]:
    """The submission that counts of each attendee: the one place that reads reflections."""
    return (
        select(
            Submission.id.label("submission_id"),
            Submission.words,
            Attendee.id.label("attendee_id"),
            Attendee.unit_id,
            Attendee.site_id,
            Attendee.person_id,
        )
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .where(
            Submission.version == Reflection.current_version,
            Submission.erased_at.is_(None),
            Reflection.state == ReflectionState.SUBMITTED,
            Attendee.conference_id == conference_id,
            Attendee.withdrawn_at.is_(None),
        )
    )


def not_yet_papers(conference_id: int) -> Sequence[Row[Any]]:
    """Submissions of people whose reflection is not on its way through grading yet."""
    waiting = handed_in(conference_id).outerjoin(Paper, Paper.attendee_id == Attendee.id)
    return db.session.execute(waiting.where(Paper.id.is_(None)).order_by(Attendee.id)).all()


def waiting_count(conference_id: int) -> int:
    # Asked for each attendee before their submission is looked up: nearly all have a paper.
    waiting = handed_in(conference_id).where(~select(Paper.id).where(Paper.attendee_id == Attendee.id).exists())
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def without_text(paper_ids: Collection[int]) -> set[int]:
    """Which of these papers nobody can read any more: their author was erased."""
    return set(
        db.session.scalars(
            select(Paper.id)
            .join(Submission, Submission.id == Paper.submission_id)
            .where(Paper.id.in_(paper_ids), Submission.erased_at.is_not(None))
        )
    )


def superseded(conference_id: int) -> Sequence[Row[Any]]:
    """Papers whose author has handed in another text since: (paper_id, submission_id, words)."""
    newer = handed_in(conference_id).join(Paper, Paper.attendee_id == Attendee.id)
    return db.session.execute(
        newer.add_columns(Paper.id.label("paper_id")).where(Paper.submission_id != Submission.id)
    ).all()


def sheets_without_reader(conference_id: int) -> list[tuple[Sheet, list[int]]]:
    """Papers that lack a first or second reading, with the ordinals they lack."""
    counted = (
        select(Reading.paper_id, func.count().label("count"))
        .where(Reading.ordinal <= READINGS_EACH)
        .group_by(Reading.paper_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Paper.id, _WEIGHT, Attendee.unit_id, Attendee.site_id, Attendee.person_id)
        .join(Attendee, Attendee.id == Paper.attendee_id)
        .outerjoin(counted, counted.c.paper_id == Paper.id)
        .where(
            Paper.conference_id == conference_id,
            Paper.state != PaperState.WITHDRAWN,
            func.coalesce(counted.c.count, 0) < READINGS_EACH,
        )
    ).all()
    readers = _readers_of_papers(conference_id, complete=False)
    return [
        (
            Sheet(*row, readers=frozenset(readers.get(row.id, {}).values())),
            [ordinal for ordinal in range(1, READINGS_EACH + 1) if ordinal not in readers.get(row.id, {})],
        )
        for row in rows
    ]


def sheets_in_disagreement(conference_id: int) -> list[Sheet]:
    """Papers whose two readings are too far apart and that nobody reads for the third time yet."""
    rows = db.session.execute(
        select(Paper.id, _WEIGHT, Attendee.unit_id, Attendee.site_id, Attendee.person_id)
        .join(Attendee, Attendee.id == Paper.attendee_id)
        .where(Paper.conference_id == conference_id, Paper.state == PaperState.DISAGREED)
    ).all()
    readers = _readers_of_papers(conference_id, complete=True)
    return [Sheet(*row, readers=frozenset(readers[row.id].values())) for row in rows]


def _readers_of_papers(conference_id: int, *, complete: bool) -> dict[int, dict[int, int]]:
    """Paper -> ordinal -> grader; only of papers in disagreement, or only of those still being graded."""
    states = [PaperState.DISAGREED] if complete else [PaperState.WAITING, PaperState.GRADING]
    found: dict[int, dict[int, int]] = {}
    for paper, ordinal, grader in db.session.execute(
        select(Reading.paper_id, Reading.ordinal, Reading.grader_id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == conference_id, Paper.state.in_(states))
    ):
        found.setdefault(paper, {})[ordinal] = grader
    return found


def readers_of(conference_id: int) -> list[Reader]:
    """Everybody who grades, with the words already on each desk."""
    words = (
        select(Reading.grader_id, func.sum(_WEIGHT).label("words"))
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == conference_id)
        .group_by(Reading.grader_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Grader.id, Grader.unit_id, Grader.site_id, Grader.person_id, func.coalesce(words.c.words, 0))
        .outerjoin(words, words.c.grader_id == Grader.id)
        .where(Grader.conference_id == conference_id, Grader.removed_at.is_(None))
        .order_by(Grader.id)
    )
    return [Reader(*row) for row in rows]


# ---- how far it is


@dataclass(frozen=True)
class Progress:
    """Papers by state, readings done; they add up."""

    states: dict[PaperState, int]
    readings: int
    finished: int
    questioned: int
    graders: int
    waiting: int  # handed in and not shared out yet

    @property
    def papers(self) -> int:
        return sum(self.states.values())

    @property
    def settled(self) -> int:
        return self.states.get(PaperState.SETTLED, 0)

    @property
    def withdrawn(self) -> int:
        return self.states.get(PaperState.WITHDRAWN, 0)

    @property
    def disagreed(self) -> int:
        return self.states.get(PaperState.DISAGREED, 0)


def progress_of(conference_id: int) -> Progress:
    """Each figure is asked for so that an index alone answers it: readings and papers are wide."""
    readings = db.session.execute(
        select(func.count(), func.sum(case((Reading.state == ReadingState.FINISHED, 1), else_=0)))
        .select_from(Reading)
        .join(Grader, Grader.id == Reading.grader_id)
        .where(Grader.conference_id == conference_id)
    ).one()
    count, finished = (int(value or 0) for value in readings)
    return Progress(
        states=states_of(conference_id),
        readings=count,
        finished=finished,
        questioned=_questioned_count(conference_id),
        graders=_grader_count(conference_id),
        waiting=waiting_count(conference_id),
    )


def states_of(conference_id: int) -> dict[PaperState, int]:
    """How many papers are how far."""
    counted = select(Paper.state, func.count()).where(Paper.conference_id == conference_id).group_by(Paper.state)
    return dict(db.session.execute(counted).all())


def _questioned_count(conference_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Reading)
            .join(Paper, Paper.id == Reading.paper_id)
            .where(Reading.is_questioned, Paper.conference_id == conference_id)
        )
        or 0
    )


@dataclass(frozen=True)
class GraderLine:
    """A grader with the own load, and with how the own marks lie beside those of others.

    ``severity`` is the mean of (own total - another reader's total) over all pairs of finished readings of a
    paper: below zero is stricter than the others.
    """

    id: int
    full_name: str
    login: str
    unit: str
    site: str | None
    papers: int
    finished: int
    words: int
    pairs: int
    difference: Decimal

    @property
    def severity(self) -> Decimal:
        return self.difference / self.pairs if self.pairs else Decimal(0)


def graders_page(conference_id: int, ask: Ask) -> Page[GraderLine]:
    """Graders with load and severity. By login only those of the page are worked out; by a figure, all are."""
    total = _grader_count(conference_id)
    number = min(ask.number, max(1, -(-total // ask.size)))
    window = slice((number - 1) * ask.size, number * ask.size)
    sort = ask.sort if ask.sort in ("papers", "finished", "words", "severity") else "login"
    is_falling = ask.direction == "desc"
    if sort == "login":
        order = Account.login.desc() if is_falling else Account.login.asc()
        page_ids = (
            select(Grader.id)
            .join(Account, Account.id == Grader.account_id)
            .where(Grader.conference_id == conference_id, Grader.removed_at.is_(None))
        )
        ids = list(db.session.scalars(page_ids.order_by(order, Grader.id).limit(ask.size).offset(window.start)))
        found = {line.id: line for line in _grader_lines(conference_id, ids)}
        lines = [found[id] for id in ids]
    else:
        everybody = sorted(_grader_lines(conference_id, None), key=lambda line: line.login)
        lines = sorted(everybody, key=lambda line: getattr(line, sort), reverse=is_falling)[window]
    return Page(lines, total, Ask(number, ask.size, sort, ask.direction, ask.query))


def _grader_count(conference_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(Grader.conference_id == conference_id, Grader.removed_at.is_(None))
        )
        or 0
    )


def _grader_lines(conference_id: int, ids: Sequence[int] | None) -> list[GraderLine]:
    here = [Grader.conference_id == conference_id, Grader.removed_at.is_(None)]
    if ids is not None:
        here.append(Grader.id.in_(ids))
    loads = {
        grader: figures
        for grader, *figures in db.session.execute(
            select(
                Reading.grader_id,
                func.count(),
                func.sum(case((Reading.state == ReadingState.FINISHED, 1), else_=0)),
                func.sum(Paper.words),
            )
            .join(Grader, Grader.id == Reading.grader_id)
            .join(Paper, Paper.id == Reading.paper_id)
            .where(*here)
            .group_by(Reading.grader_id)
        )
    }
    other = aliased(Reading)
    beside = {
        grader: (pairs, Decimal(difference) / 100)
        for grader, pairs, difference in db.session.execute(
            select(Reading.grader_id, func.count(), func.sum(_hundredths(Reading) - _hundredths(other)))
            .join(Grader, Grader.id == Reading.grader_id)
            .join(other, and_(other.paper_id == Reading.paper_id, other.id != Reading.id))
            .where(*here, Reading.state == ReadingState.FINISHED, other.state == ReadingState.FINISHED)
            .group_by(Reading.grader_id)
        )
    }
    rows = db.session.execute(
        select(Grader.id, Account.full_name, Account.login, Unit.name, Site.name)
        .join(Account, Account.id == Grader.account_id)
        .join(Unit, Unit.id == Grader.unit_id)
        .outerjoin(Site, Site.id == Grader.site_id)
        .where(*here)
    )
    lines = []
    for id, full_name, login, unit, site in rows:
        papers, finished, words = map(int, loads.get(id, (0, 0, 0)))
        pairs, difference = beside.get(id, (0, Decimal(0)))
        lines.append(GraderLine(id, full_name, login, unit, site, papers, finished, words, pairs, difference))
    return lines


def _hundredths(reading: Any) -> ColumnElement[int]:
    """A total as the whole number that it is kept as, for sums in the database."""
    return type_coerce(reading.total, Integer)


def load_spread(conference_id: int) -> tuple[int, int]:
    """The fewest and the most words on one desk."""
    words = [reader.words for reader in readers_of(conference_id)]
    return (min(words), max(words)) if words else (0, 0)


# ---- papers that need a person


def papers_page(
    conference_id: int, ask: Ask, *, state: PaperState | None = None, questioned: bool = False
) -> Page[Any]:
    """Papers with their author, for the council's secretary; the readings come by ``readings_of``.

    First whose turn it is, from indexes alone, then what is shown of those few.
    """
    wanted: list[ColumnElement[bool]] = []
    if state is not None:
        wanted = [Paper.conference_id == conference_id, Paper.state == state]
    if questioned:
        wanted.append(Paper.id.in_(select(Reading.paper_id).where(Reading.is_questioned)))
    page = page_of(
        select(Paper.id)
        .join(Attendee, Attendee.id == Paper.attendee_id)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, *wanted),
        ask,
        sorts={"name": (Person.sort_key,), "words": (Paper.words,), "mark": (Paper.mark,)},
        default="name",
        last=Paper.id,
        total_of=select(Paper.id).where(Paper.conference_id == conference_id, *wanted),
    )
    ids = [row.id for row in page.items]
    shown = {
        row.id: row
        for row in db.session.execute(
            select(Paper.id, Paper.state, Paper.mark, Paper.words, Person.full_name, Unit.name.label("unit"))
            .join(Attendee, Attendee.id == Paper.attendee_id)
            .join(Person, Person.id == Attendee.person_id)
            .join(Unit, Unit.id == Attendee.unit_id)
            .where(Paper.id.in_(ids))
        )
    }
    return replace(page, items=[shown[id] for id in ids])


def readings_of(paper_ids: Sequence[int]) -> dict[int, list[Reading]]:
    """The readings of some papers, in their order, with who reads."""
    found: dict[int, list[Reading]] = {id: [] for id in paper_ids}
    for reading in db.session.scalars(
        select(Reading)
        .where(Reading.paper_id.in_(paper_ids))
        .options(joinedload(Reading.grader).joinedload(Grader.account))
        .order_by(Reading.paper_id, Reading.ordinal)
        .execution_options(populate_existing=True)
    ):
        found[reading.paper_id].append(reading)
    return found


def rulings_of(paper_ids: Collection[int]) -> dict[int, Ruling]:
    """What the council has decided about the texts of these papers and not undone."""
    rows = db.session.execute(
        select(Paper.id, CopyRuling.kind, CopyRuling.points)
        .join(CopyRuling, CopyRuling.submission_id == Paper.submission_id)
        .where(Paper.id.in_(paper_ids), CopyRuling.undone_at.is_(None))
    )
    return {paper: Ruling(kind, points) for paper, kind, points in rows}


def rulings_in(conference_id: int) -> dict[int, CopyRuling]:
    """The same for all papers of a conference, as they are kept."""
    rows = db.session.execute(
        select(Paper.id, CopyRuling)
        .join(CopyRuling, CopyRuling.submission_id == Paper.submission_id)
        .where(Paper.conference_id == conference_id, CopyRuling.undone_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return dict(rows.all())


def grader_by_account(conference_id: int, account_id: int) -> Grader | None:
    return db.session.scalars(
        select(Grader).where(Grader.conference_id == conference_id, Grader.account_id == account_id)
    ).first()


def sites_to_choose(conference_id: int) -> list[tuple[int, str]]:
    rows = db.session.execute(
        select(Site.id, Site.name, Site.province)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference_id)
        .order_by(Site.sort_key, Site.id)
    )
    return [(id, f"{name}, {province}" if province and province not in name else name) for id, name, province in rows]


def unit_by_code(code: str) -> int | None:
    return db.session.scalar(select(Unit.id).where(Unit.code == code))
