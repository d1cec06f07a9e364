"""Reading: papers with their runs, likenesses, limits, official texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from conference.foundation.db import db
from conference.planning.models import Conference
from conference.reflections.attachments import file_texts_of
from conference.reflections.content import written_sections
from conference.reflections.models import Reflection, Submission
from conference.reflections.quiz.models import QuizAttempt
from conference.reflections.rules import ReflectionState
from conference.reflections.similarity.models import Likeness, PaperPrint, SimilarityIndex
from conference.registry.models import Attendee

AT_ONCE = 400
"""Values that one statement names, below what SQLite takes."""


def index_of(conference_id: int) -> SimilarityIndex | None:
    return db.session.scalars(
        select(SimilarityIndex)
        .where(SimilarityIndex.conference_id == conference_id)
        .execution_options(populate_existing=True)
    ).first()


def that_count(conference_id: int) -> Select[int]:
    """The submission that counts of each author; one that was given back counts until the next comes. No tests."""
    return (
        select(Submission.id)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .where(
            Attendee.conference_id == conference_id,
            Submission.version == Reflection.current_version,
            Submission.erased_at.is_(None),
            Reflection.state.in_([ReflectionState.SUBMITTED, ReflectionState.RETURNED]),
            ~select(QuizAttempt.id).where(QuizAttempt.submission_id == Submission.id).exists(),
        )
    )


def without_print(conference_id: int, since: int = 0) -> list[int]:
    """Papers from a submission on whose runs are not kept yet."""
    printed = select(PaperPrint.submission_id).where(PaperPrint.submission_id == Submission.id).exists()
    if since <= 0:
        return list(db.session.scalars(that_count(conference_id).where(~printed).order_by(Submission.id)))
    few = db.session.scalars(select(Submission.id).where(Submission.id > since, ~printed).order_by(Submission.id)).all()
    return [
        id
        for some in in_pieces(few)
        for id in db.session.scalars(that_count(conference_id).where(Submission.id.in_(some)).order_by(Submission.id))
    ]


def last_print(conference_id: int) -> int:
    """The latest submission whose runs are kept; 0 for none."""
    return (
        db.session.scalar(select(func.max(PaperPrint.submission_id)).where(PaperPrint.conference_id == conference_id))
        or 0
    )


def earlier_versions(submission_ids: Collection[int]) -> list[int]:
    """Papers whose runs are kept and in whose place one of these has come."""
    newer, older = aliased(Submission), aliased(Submission)
    found: list[int] = []
    for some in in_pieces(sorted(submission_ids)):
        found += db.session.scalars(
            select(PaperPrint.submission_id)
            .join(older, older.id == PaperPrint.submission_id)
            .join(newer, newer.reflection_id == older.reflection_id)
            .where(newer.id.in_(some), older.id != newer.id)
        )
    return found


def conferences_that_know(submission_ids: Collection[int]) -> set[int]:
    """Conferences with the runs of one of these papers, or with a paper that is like one of them."""
    found: set[int] = set()
    for some in in_pieces(sorted(submission_ids)):
        alike = select(Likeness.submission_id).where(Likeness.other_id.in_(some))
        found |= set(
            db.session.scalars(
                select(PaperPrint.conference_id)
                .where(or_(PaperPrint.submission_id.in_(some), PaperPrint.submission_id.in_(alike)))
                .distinct()
            )
        )
    return found


def how_many_wait(conference_id: int) -> int:
    """Papers that have not been compared yet, whether their runs are kept or not."""
    waiting = (
        that_count(conference_id)
        .outerjoin(PaperPrint, PaperPrint.submission_id == Submission.id)
        .where(PaperPrint.own.is_(None))
    )
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def superseded(conference_id: int) -> list[int]:
    """Papers whose runs are kept and that no longer count."""
    return list(
        db.session.scalars(
            select(PaperPrint.submission_id).where(
                PaperPrint.conference_id == conference_id, PaperPrint.submission_id.not_in(that_count(conference_id))
            )
        )
    )


def sections_of_papers(submission_ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """(title, text) of what is compared: the typed parts, and without a title the texts of files.

    Commitments are left out: they are short, and alike by nature.
    """
    file_texts = file_texts_of(submission_ids)
    rows = db.session.execute(select(Submission.id, Submission.content).where(Submission.id.in_(submission_ids)))
    return {id: written_sections(content) + [("", text) for text in file_texts.get(id, [])] for id, content in rows}


def not_compared(conference_id: int) -> list[tuple[int, bytes]]:
    rows = db.session.execute(
        select(PaperPrint.submission_id, PaperPrint.runs)
        .where(PaperPrint.conference_id == conference_id, PaperPrint.own.is_(None))
        .order_by(PaperPrint.submission_id)
    )
    return [(id, runs) for id, runs in rows]


def pool_of(conference: Conference) -> list[tuple[int, bytes]]:
    """The papers of a conference and of those before it, with their runs."""
    rows = db.session.execute(
        select(PaperPrint.submission_id, PaperPrint.runs)
        .join(Conference, Conference.id == PaperPrint.conference_id)
        .where(or_(Conference.id == conference.id, Conference.starts_on < conference.starts_on))
        .order_by(PaperPrint.submission_id)
    )
    return [(id, runs) for id, runs in rows]


def conferences_of(submission_ids: Collection[int]) -> dict[int, int]:
    """The conference of each of these papers whose runs are kept."""
    found: dict[int, int] = {}
    for some in in_pieces(sorted(submission_ids)):
        found |= dict(
            db.session.execute(
                select(PaperPrint.submission_id, PaperPrint.conference_id).where(PaperPrint.submission_id.in_(some))
            ).all()
        )
    return found


def closest_of(submission_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """What is closest to each of these papers: (share, other). Of two alike the earlier one."""
    found: dict[int, tuple[int, int]] = {}
    for some in in_pieces(sorted(submission_ids)):
        for id, other, share in db.session.execute(
            select(Likeness.submission_id, Likeness.other_id, Likeness.share)
            .where(Likeness.submission_id.in_(some))
            .order_by(Likeness.submission_id, Likeness.share.desc(), Likeness.other_id)
        ):
            found.setdefault(id, (share, other))
    return found


def likenesses_from(conference_id: int, least: int) -> list[tuple[int, int, bool]]:
    """Pairs of which the first is of the conference and has at least this share; whether the other is of it too."""
    other = aliased(PaperPrint)
    rows = db.session.execute(
        select(Likeness.submission_id, Likeness.other_id, other.conference_id == conference_id)
        .join(PaperPrint, PaperPrint.submission_id == Likeness.submission_id)
        .join(other, other.submission_id == Likeness.other_id)
        .where(PaperPrint.conference_id == conference_id, Likeness.share >= least)
    )
    return [(id, other_id, bool(is_here)) for id, other_id, is_here in rows]


def groups_in(conference_id: int) -> dict[int, int]:
    """The group of each paper that has one."""
    rows = db.session.execute(
        select(PaperPrint.submission_id, PaperPrint.group_id).where(
            PaperPrint.conference_id == conference_id, PaperPrint.group_id.is_not(None)
        )
    )
    return {id: group for id, group in rows if group is not None}


def in_pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
