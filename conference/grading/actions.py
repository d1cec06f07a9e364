"""Laying down the scheme, calling graders, and sharing the papers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from sqlalchemy import delete, insert, select, update

from conference.accounts import actions as accounts
from conference.accounts.models import Account
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.grading import queries, settling
from conference.grading.allocation import Allocation, Sheet, allocate
from conference.grading.blind_codes import draw
from conference.grading.models import Grader, MarkingScheme, Paper, RankCut, Reading, ReadingMark, SchemePart
from conference.grading.rules import (
    DEFAULT_CUTS,
    DEFAULT_PARTS,
    PaperState,
    Part,
    Rank,
    ReadingState,
    Scheme,
    scheme_faults,
)

DEFAULT_STEP = Decimal("0.25")
DEFAULT_TOLERANCE = Decimal("1.00")


# ---- the scheme


def ensure_scheme(*, conference_id: int, by: Actor, at: datetime) -> MarkingScheme:
    """The scheme of a conference; the usual one is laid down when there is none. Repeatable."""
    found = queries.scheme_of(conference_id)
    if found is not None:
        return found
    scheme = MarkingScheme(
        conference_id=conference_id, step=DEFAULT_STEP, tolerance=DEFAULT_TOLERANCE, rounding=DEFAULT_STEP, version=1
    )
    scheme.parts = [
        SchemePart(position=position, title=title, max_mark=most, hint=hint)
        for position, (title, most, hint) in enumerate(DEFAULT_PARTS, 1)
    ]
    scheme.cuts = [RankCut(rank=rank, minimum=minimum) for rank, minimum in DEFAULT_CUTS]
    db.session.add(scheme)
    db.session.flush()
    record(by=by, at=at, action="grading.lay_down_scheme", subject=("marking_scheme", scheme.id))
    return scheme


@dataclass(frozen=True)
class PartChange:
    """A part as an editor sent it; without an id it is new."""

    id: int | None
    title: str
    hint: str
    max_mark: Decimal


def change_scheme(
    *,
    scheme: MarkingScheme,
    version: int,
    step: Decimal,
    tolerance: Decimal,
    rounding: Decimal,
    parts: Sequence[PartChange],
    minimums: Mapping[Rank, Decimal],
    by: Actor,
    at: datetime,
) -> int:
    """Save the scheme and take up again what it affects; returns how many finished readings are open again.

    Raises ``scheme_frozen`` after the first release, ``changed_meanwhile`` when somebody else saved first, and
    the codes of ``scheme_faults``. Readings whose marks no longer fit are opened again; all other papers are
    settled anew, so that no mark follows from a scheme that is no longer there.
    """
    if scheme.frozen_at is not None:
        raise DomainError("scheme_frozen")
    known = {part.id: part for part in scheme.parts}
    if any(change.id is not None and change.id not in known for change in parts):
        raise DomainError("changed_meanwhile")
    faults = scheme_faults(
        Scheme(
            step,
            tolerance,
            rounding,
            tuple(Part(change.id or 0, change.title, change.max_mark) for change in parts),
            tuple((rank, minimums[rank]) for rank in Rank),
        )
    )
    if faults:
        raise DomainError(faults[0])
    if not changed_rows(
        update(MarkingScheme)
        .where(MarkingScheme.id == scheme.id, MarkingScheme.version == version, MarkingScheme.frozen_at.is_(None))
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    ):
        raise DomainError("changed_meanwhile")
    before = scheme_facts(scheme.as_scheme())
    db.session.refresh(scheme, ["version"])
    scheme.step, scheme.tolerance, scheme.rounding = step, tolerance, rounding
    kept = {change.id for change in parts if change.id is not None}
    gone = set(known) - kept
    if gone:
        db.session.execute(delete(ReadingMark).where(ReadingMark.part_id.in_(gone)))
    scheme.parts = [
        _changed_part(known.get(change.id or 0), change, position) for position, change in enumerate(parts, 1)
    ]
    for cut in scheme.cuts:
        cut.minimum = minimums[cut.rank]
    db.session.flush()
    reopened = settling.settle_all(conference_id=scheme.conference_id, scheme=scheme.as_scheme())
    record(
        by=by,
        at=at,
        action="grading.change_scheme",
        subject=("marking_scheme", scheme.id),
        before=before,
        after={**scheme_facts(scheme.as_scheme()), "reopened": reopened},
    )
    return reopened


def _changed_part(part: SchemePart | None, change: PartChange, position: int) -> SchemePart:
    part = part or SchemePart()
    part.position, part.title, part.hint, part.max_mark = position, change.title, change.hint, change.max_mark
    return part


def scheme_facts(scheme: Scheme) -> dict[str, object]:
    """A scheme as plain JSON, for the journal and for releases."""
    return {
        "step": str(scheme.step),
        "tolerance": str(scheme.tolerance),
        "rounding": str(scheme.rounding),
        "parts": [{"id": part.id, "title": part.title, "max": str(part.max_mark)} for part in scheme.parts],
        "cuts": [{"rank": rank.value, "from": str(minimum)} for rank, minimum in scheme.cuts],
    }


# ---- graders


def add_grader(
    *,
    conference_id: int,
    account: Account,
    unit_id: int,
    site_id: int | None,
    by: Actor,
    at: datetime,
    person_id: int | None = None,
) -> Grader:
    """Call somebody to grade. Repeatable: who was removed comes back, who is there gets the new unit and site."""
    grader = queries.grader_by_account(conference_id, account.id)
    if grader is None:
        grader = Grader(conference_id=conference_id, account_id=account.id, added_at=at)
        db.session.add(grader)
    grader.unit_id, grader.site_id, grader.person_id, grader.removed_at = unit_id, site_id, person_id, None
    db.session.flush()
    accounts.grant(account=account, role=Role.GRADER, kind=ScopeKind.CONFERENCE, id=conference_id, by=by, at=at)
    record(
        by=by,
        at=at,
        action="grading.add_grader",
        subject=("grader", grader.id),
        after={"account": account.id, "unit": unit_id, "site": site_id},
    )
    return grader


def remove_grader(*, grader: Grader, by: Actor, at: datetime) -> int:
    """Take what is unfinished off a grader's desk; finished readings stay. Returns how many papers wait again."""
    unfinished = list(
        db.session.scalars(
            select(Reading.paper_id).where(Reading.grader_id == grader.id, Reading.state != ReadingState.FINISHED)
        )
    )
    open_readings = select(Reading.id).where(Reading.grader_id == grader.id, Reading.state != ReadingState.FINISHED)
    db.session.execute(delete(ReadingMark).where(ReadingMark.reading_id.in_(open_readings)))
    db.session.execute(delete(Reading).where(Reading.grader_id == grader.id, Reading.state != ReadingState.FINISHED))
    grader.removed_at = at
    settling.settle_papers(paper_ids=unfinished)
    record(
        by=by, at=at, action="grading.remove_grader", subject=("grader", grader.id), after={"waiting": len(unfinished)}
    )
    return len(unfinished)


# ---- sharing out


@dataclass(frozen=True)
class ShareOut:
    """What a share-out did."""

    papers: int
    readings: int
    left_over: int


def share_out(*, conference_id: int, seed: int, by: Actor, at: datetime) -> ShareOut:
    """Give each paper handed in its two blind readers. Repeatable: only what lacks a reader is shared out.

    A paper handed in again is replaced, and its readers begin anew. Raises ``too_few_graders``.
    """
    ensure_scheme(conference_id=conference_id, by=by, at=at)
    readers = queries.readers_of(conference_id)
    if len(readers) < queries.READINGS_EACH:
        raise DomainError("too_few_graders")
    _replace_texts(conference_id)
    _take_in_papers(conference_id, Random(seed))
    lacking = queries.sheets_without_reader(conference_id)
    ordinals = {sheet.id: missing for sheet, missing in lacking}
    pairs: list[tuple[int, int]] = []
    left_over: list[int] = []
    for each in (1, 2):  # papers whose grader left first, so that the new ones even out what they cost
        some = [sheet for sheet, missing in lacking if len(missing) == each]
        found = allocate(some, queries.readers_of(conference_id), each=each, seed=seed)
        _keep_readings(found, ordinals, PaperState.GRADING)
        pairs += found.pairs
        left_over += found.left_over
    record(
        by=by,
        at=at,
        action="grading.share_out",
        subject=("conference", conference_id),
        after={"seed": seed, "readings": len(pairs), "left_over": len(left_over)},
    )
    return ShareOut(papers=len({paper for paper, _grader in pairs}), readings=len(pairs), left_over=len(left_over))


def share_out_thirds(*, conference_id: int, seed: int, by: Actor, at: datetime) -> ShareOut:
    """Give each paper in disagreement a third reader, who sees neither of the first two. Repeatable."""
    sheets: list[Sheet] = queries.sheets_in_disagreement(conference_id)
    found = allocate(sheets, queries.readers_of(conference_id), each=1, seed=seed)
    third = queries.READINGS_EACH + 1
    _keep_readings(found, {sheet.id: [third] for sheet in sheets}, PaperState.GRADING)
    record(
        by=by,
        at=at,
        action="grading.share_out_thirds",
        subject=("conference", conference_id),
        after={"seed": seed, "readings": len(found.pairs), "left_over": len(found.left_over)},
    )
    return ShareOut(papers=len(found.pairs), readings=len(found.pairs), left_over=len(found.left_over))


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


def _take_in_papers(conference_id: int, chance: Random) -> None:
    """Make papers of the submissions that have none, in an order that says nothing about where they come from."""
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
    chance.shuffle(rows)
    if rows:
        db.session.execute(insert(Paper), rows)


def _keep_readings(allocation: Allocation, ordinals: Mapping[int, list[int]], state: PaperState) -> None:
    left = {paper: list(missing) for paper, missing in ordinals.items()}
    taken = set(db.session.scalars(select(Reading.blind_code)))
    rows = [
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
        for paper, grader in allocation.pairs
    ]
    if not rows:
        return
    db.session.execute(insert(Reading), rows)
    papers = sorted({paper for paper, _grader in allocation.pairs})
    db.session.execute(
        update(Paper).execution_options(synchronize_session=False),
        [{"id": paper, "state": state} for paper in papers],
    )
