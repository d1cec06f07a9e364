"""Publishing marks under a number, with what changed since the number before, in a chain that shows any change.

A release is made in two steps, so that the database is locked only for the second: ``prepare`` works out the
marks from the readings, ``release`` keeps them if nothing has moved meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, func, select, update
from sqlalchemy.orm import aliased

from conference.directory.models import Person, Unit
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import FIRST, record
from conference.foundation.paging import Ask, Page, page_of
from conference.grading import queries, quizzes
from conference.grading.actions import scheme_facts
from conference.grading.models import CopyRuling, MarkingScheme, Paper, Reading, ReadingMark, Release, ReleasedMark
from conference.grading.rules import (
    PaperState,
    Part,
    Rank,
    Ruling,
    RulingKind,
    Scheme,
    after_ruling,
    rank_of,
    settle,
)
from conference.reflections.quiz.models import QuizAttempt
from conference.reflections.quiz.queries import key_version, sits_a_test
from conference.registry.imports.bulk import insert_rows, table_of
from conference.registry.models import Attendee

BATCH = 2_000


@dataclass(frozen=True)
class Fingerprint:
    """Tells whether settled papers, their readings, the scheme or the council's rulings have changed since."""

    papers: int
    versions: int
    scheme: int
    rulings: int
    submissions: int = 0
    key: int = 0


@dataclass
class Draft:
    """The marks that a release would publish, worked out from the readings."""

    conference_id: int
    fingerprint: Fingerprint
    scheme: Scheme
    rows: list[dict[str, Any]] = field(repr=False)

    @property
    def ranks(self) -> dict[Rank, int]:
        counts = dict.fromkeys(Rank, 0)
        for row in self.rows:
            counts[row["rank"]] += 1
        return counts


def latest_release(conference_id: int) -> Release | None:
    return db.session.scalars(
        select(Release).where(Release.conference_id == conference_id).order_by(Release.number.desc()).limit(1)
    ).first()


def releases_of(conference_id: int) -> Sequence[Release]:
    return db.session.scalars(
        select(Release).where(Release.conference_id == conference_id).order_by(Release.number.desc())
    ).all()


def fingerprint_of(conference_id: int) -> Fingerprint:
    settled = (Paper.conference_id == conference_id, Paper.state == PaperState.SETTLED)
    papers, submissions = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Paper.submission_id), 0)).where(*settled)
    ).one()
    versions = db.session.scalar(
        select(func.coalesce(func.sum(Reading.version), 0)).join(Paper, Paper.id == Reading.paper_id).where(*settled)
    )
    scheme = db.session.scalar(select(MarkingScheme.version).where(MarkingScheme.conference_id == conference_id))
    made, undone = db.session.execute(
        select(func.count(), func.count(CopyRuling.undone_at)).where(CopyRuling.conference_id == conference_id)
    ).one()
    return Fingerprint(
        papers, int(versions or 0), scheme or 0, made + undone, int(submissions), key_version(conference_id)
    )


def prepare(conference_id: int) -> Draft:
    """Fold the readings of every settled paper into its mark. Raises ``nothing_to_release``."""
    fingerprint = fingerprint_of(conference_id)
    laid_down = queries.scheme_of(conference_id)
    if laid_down is None or not fingerprint.papers:
        raise DomainError("nothing_to_release")
    scheme = laid_down.as_scheme()
    if sits_a_test(conference_id):
        return Draft(conference_id, fingerprint, scheme, list(_rows_of_tests(conference_id, scheme)))
    rulings = queries.rulings_in(conference_id)
    rows = [
        _row(paper_id, attendee_id, readings, scheme, rulings.get(paper_id))
        for paper_id, attendee_id, readings in _settled_papers(conference_id)
    ]
    return Draft(conference_id, fingerprint, scheme, rows)


def _rows_of_tests(conference_id: int, scheme: Scheme) -> Iterator[dict[str, Any]]:
    """Each settled test with the points its mark follows from. Raises ``release_moved`` when a mark has aged."""
    key = key_version(conference_id)
    for paper, attempt in db.session.execute(
        select(Paper, QuizAttempt)
        .join(QuizAttempt, QuizAttempt.submission_id == Paper.submission_id)
        .where(Paper.conference_id == conference_id, Paper.state == PaperState.SETTLED)
        .order_by(Paper.attendee_id)
        .execution_options(populate_existing=True)
    ):
        facts = quizzes.facts_of(attempt, key=key)
        mark = quizzes.mark_from(facts, scheme)
        if mark != paper.mark:
            raise DomainError("release_moved")
        yield {
            "attendee_id": paper.attendee_id,
            "paper_id": paper.id,
            "mark": mark,
            "rank": rank_of(mark, scheme),
            "ruling": None,
            "quiz": facts,
            "readings": [],
            "comments": [],
        }


def _settled_papers(conference_id: int) -> Iterator[tuple[int, int, list[dict[str, Any]]]]:
    """Each settled paper with its readings in order and their marks, as plain data."""
    settled = (Paper.conference_id == conference_id, Paper.state == PaperState.SETTLED)
    marks: dict[int, dict[str, str]] = {}
    for reading, part, mark in db.session.execute(
        select(ReadingMark.reading_id, ReadingMark.part_id, ReadingMark.mark)
        .join(Reading, Reading.id == ReadingMark.reading_id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(*settled)
        .order_by(ReadingMark.reading_id, ReadingMark.part_id)
    ):
        marks.setdefault(reading, {})[str(part)] = str(mark)
    papers: dict[int, tuple[int, list[dict[str, Any]]]] = {}
    for row in db.session.execute(
        select(
            Paper.id.label("paper_id"), Paper.attendee_id, Reading.id, Reading.ordinal, Reading.version,
            Reading.total, Reading.comment, Reading.notes, Reading.finished_at,
        )
        .join(Reading, Reading.paper_id == Paper.id)
        .where(*settled)
        .order_by(Paper.attendee_id, Reading.ordinal)
    ):  # fmt: skip
        readings = papers.setdefault(row.paper_id, (row.attendee_id, []))[1]
        if row.finished_at is None:
            continue  # a third reading that is no longer needed
        readings.append(
            {
                "reading": row.id,
                "ordinal": row.ordinal,
                "version": row.version,
                "total": str(row.total),
                "marks": marks[row.id],
                "comment": row.comment,
                "notes": row.notes,
            }
        )
    for paper_id, (attendee_id, readings) in papers.items():
        yield paper_id, attendee_id, readings


def _row(
    paper_id: int, attendee_id: int, readings: list[dict[str, Any]], scheme: Scheme, ruling: CopyRuling | None
) -> dict[str, Any]:
    totals = [sum(map(Decimal, reading["marks"].values()), Decimal(0)) for reading in readings]
    settlement = settle(totals, scheme)
    assert settlement is not None, f"paper {paper_id} is settled"
    kept: list[dict[str, Any]] = [
        {
            **{name: reading[name] for name in ("reading", "ordinal", "version", "total", "marks")},
            "counts": place in settlement.readings,
        }
        for place, reading in enumerate(readings)
    ]
    comments = [
        {"comment": readings[place]["comment"], "notes": readings[place]["notes"]}
        for place in settlement.readings
        if readings[place]["comment"] or readings[place]["notes"]
    ]
    mark = after_ruling(settlement.mark, ruling.as_ruling() if ruling else None)
    return {
        "attendee_id": attendee_id,
        "paper_id": paper_id,
        "mark": mark,
        "rank": rank_of(mark, scheme),
        "ruling": _ruling_facts(ruling),
        "quiz": None,
        "readings": kept,
        "comments": comments,
    }


def _ruling_facts(ruling: CopyRuling | None) -> dict[str, Any] | None:
    """What a release says of a ruling; one that cleared the author is nobody's business."""
    if ruling is None or ruling.kind is RulingKind.CLEARED:
        return None
    return {"ruling": ruling.id, "kind": ruling.kind.value, "points": str(ruling.points)}


def ruling_from(facts: dict[str, Any] | None) -> Ruling | None:
    """The ruling as a release has kept it."""
    return Ruling(RulingKind(facts["kind"]), Decimal(facts["points"])) if facts else None


def release(*, draft: Draft, by: Actor, at: datetime, note: str = "") -> Release:
    """Keep a draft as the next release and freeze the scheme.

    Raises ``changed_meanwhile`` when a reading or the scheme has changed since it was prepared, and
    ``nothing_new`` when it would say the same as the release before.
    """
    if fingerprint_of(draft.conference_id) != draft.fingerprint:
        raise DomainError("changed_meanwhile")
    before = latest_release(draft.conference_id)
    digest = digest_of(draft.rows)
    figures: dict[str, Any] = {
        "marks": len(draft.rows),
        "ranks": {rank.value: count for rank, count in draft.ranks.items()},
        "digest": digest,
    }
    if before is not None and before.figures["digest"] == digest:
        raise DomainError("nothing_new")
    made = Release(
        conference_id=draft.conference_id,
        number=before.number + 1 if before else 1,
        released_at=at,
        released_by=by.id if by.kind is ActorKind.ACCOUNT else None,
        scheme=scheme_facts(draft.scheme),
        figures=figures,
        note=note,
        previous_hash=before.hash if before else FIRST,
    )
    made.hash = hash_of(made)
    db.session.add(made)
    db.session.flush()
    for start in range(0, len(draft.rows), BATCH):
        insert_rows(
            table_of(ReleasedMark), [{"release_id": made.id, **row} for row in draft.rows[start : start + BATCH]]
        )
    db.session.execute(
        update(MarkingScheme)
        .where(MarkingScheme.conference_id == draft.conference_id, MarkingScheme.frozen_at.is_(None))
        .values(frozen_at=at)
    )
    record(
        by=by,
        at=at,
        action="grading.release",
        subject=("release", made.id),
        after={"number": made.number, "marks": len(draft.rows), "hash": made.hash},
        reason=note,
    )
    return made


# ---- the chain


def digest_of(rows: Iterable[dict[str, Any]]) -> str:
    """SHA-256 over all marks of a release with the readings they follow from, in the order of attendees."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row["attendee_id"]):
        facts = [row["attendee_id"], row["paper_id"], str(row["mark"]), Rank(row["rank"]).value, row["readings"]]
        if row["ruling"] is not None:  # left out where there is none, as in releases from before there were any
            facts.append(row["ruling"])
        if row["quiz"] is not None:
            facts.append(row["quiz"])
        digest.update(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def hash_of(made: Release) -> str:
    facts = [
        made.conference_id,
        made.number,
        made.released_at.astimezone(UTC).isoformat(timespec="microseconds"),
        made.released_by,
        made.scheme,
        made.figures,
        made.note,
        made.previous_hash,
    ]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def scheme_from(facts: dict[str, Any]) -> Scheme:
    """The scheme as a release has kept it."""
    return Scheme(
        step=Decimal(facts["step"]),
        tolerance=Decimal(facts["tolerance"]),
        rounding=Decimal(facts["rounding"]),
        parts=tuple(Part(part["id"], part["title"], Decimal(part["max"])) for part in facts["parts"]),
        cuts=tuple((Rank(cut["rank"]), Decimal(cut["from"])) for cut in facts["cuts"]),
    )


def rows_of(release_id: int) -> list[dict[str, Any]]:
    """The kept marks of a release, as ``digest_of`` takes them."""
    return [
        dict(row._mapping)
        for row in db.session.execute(
            select(
                ReleasedMark.attendee_id,
                ReleasedMark.paper_id,
                ReleasedMark.mark,
                ReleasedMark.rank,
                ReleasedMark.readings,
                ReleasedMark.ruling,
                ReleasedMark.quiz,
            ).where(ReleasedMark.release_id == release_id)
        )
    ]


# ---- what changed


@dataclass(frozen=True)
class Pending:
    """What the next release would bring."""

    papers: int  # settled now
    added: int
    changed: int
    removed: int  # released before and under revision now

    @property
    def is_news(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def pending(conference_id: int, last: Release | None) -> Pending:
    """Settled papers beside the last release, by mark."""
    before = aliased(ReleasedMark)
    settled = (Paper.conference_id == conference_id, Paper.state == PaperState.SETTLED)
    release_id = last.id if last else 0
    beside = and_(before.attendee_id == Paper.attendee_id, before.release_id == release_id)
    papers, added, changed = db.session.execute(
        select(
            func.count(),
            func.count().filter(before.mark.is_(None)),
            func.count().filter(before.mark != Paper.mark),
        )
        .select_from(Paper)
        .outerjoin(before, beside)
        .where(*settled)
    ).one()
    kept = (last.figures["marks"] if last else 0) - (papers - added)
    return Pending(papers, added, changed, max(0, kept))


def differences_page(made: Release, before: Release | None, ask: Ask) -> Page[Any]:
    """Who got, changed or lost a mark from one release to the next."""
    statement = _differences(made.id, before.id if before else 0)
    return page_of(statement, ask, sorts={"name": (Person.sort_key,)}, default="name", last=Attendee.id)


def difference_counts(made: Release, before: Release | None) -> Row[*tuple[Any, ...]]:
    found = _differences(made.id, before.id if before else 0).subquery()
    return db.session.execute(
        select(
            func.count().filter(found.c.mark_before.is_(None)).label("added"),
            func.count().filter(found.c.mark.is_(None)).label("removed"),
            func.count().filter(found.c.mark.is_not(None), found.c.mark_before.is_not(None)).label("changed"),
        ).select_from(found)
    ).one()


def _differences(release_id: int, before_id: int) -> Select[*tuple[Any, ...]]:
    now, before = aliased(ReleasedMark), aliased(ReleasedMark)
    return (
        select(
            Attendee.id,
            Person.full_name,
            Unit.name.label("unit"),
            now.mark,
            now.rank,
            before.mark.label("mark_before"),
            before.rank.label("rank_before"),
        )
        .select_from(Attendee)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .outerjoin(now, and_(now.attendee_id == Attendee.id, now.release_id == release_id))
        .outerjoin(before, and_(before.attendee_id == Attendee.id, before.release_id == before_id))
        .where(
            (now.mark.is_not(None) & before.mark.is_(None))
            | (now.mark.is_(None) & before.mark.is_not(None))
            | (now.mark != before.mark)
        )
    )


# ---- what its owner sees


@dataclass(frozen=True)
class PartResult:
    title: str
    max_mark: Decimal
    given: Decimal  # the mean of the readings that count, as it is, not rounded
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """One person's published mark, for that person."""

    number: int
    released_at: datetime
    mark: Decimal
    rank: Rank
    scheme: Scheme
    parts: tuple[PartResult, ...]
    comments: tuple[str, ...]
    readings: int
    agreed: Decimal  # the mark that the readings agree on, before any ruling
    quiz: tuple[Decimal, Decimal] | None  # of a test: the points, and how many there were
    ruling: CopyRuling | None


def result_of_attendee(attendee_id: int) -> Result | None:
    conference_id = db.session.scalar(select(Attendee.conference_id).where(Attendee.id == attendee_id))
    return result_of(attendee_id, conference_id) if conference_id is not None else None


def result_of(attendee_id: int, conference_id: int) -> Result | None:
    """What was published last to this attendee; None before the first release and while a mark is revised."""
    last = latest_release(conference_id)
    if last is None:
        return None
    row = db.session.get(ReleasedMark, (last.id, attendee_id), populate_existing=True)
    if row is None:
        return None
    scheme = scheme_from(last.scheme)
    counting = [reading for reading in row.readings if reading["counts"]]
    settlement = settle([Decimal(reading["total"]) for reading in row.readings], scheme) if row.ruling else None
    parts = tuple(
        PartResult(
            part.title,
            part.max_mark,
            sum((Decimal(reading["marks"][str(part.id)]) for reading in counting), Decimal(0)) / len(counting),
            tuple(said["notes"][str(part.id)] for said in row.comments if said["notes"].get(str(part.id))),
        )
        for part in scheme.parts
        if counting
    )
    return Result(
        number=last.number,
        released_at=last.released_at,
        mark=row.mark,
        rank=row.rank,
        scheme=scheme,
        parts=parts,
        comments=tuple(said["comment"] for said in row.comments if said["comment"]),
        readings=len(counting),
        agreed=settlement.mark if settlement else row.mark,
        ruling=db.session.get(CopyRuling, row.ruling["ruling"]) if row.ruling else None,
        quiz=(Decimal(row.quiz["points"]), Decimal(row.quiz["total"])) if row.quiz else None,
    )
