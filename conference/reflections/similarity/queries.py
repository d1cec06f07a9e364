"""Reading: papers with their runs, likenesses, limits, official texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select, union_all
from sqlalchemy.orm import aliased

from conference.foundation.db import db
from conference.planning.models import Conference, Resolution, StudySession, Topic
from conference.reflections.attachments import file_texts_of
from conference.reflections.content import written_sections
from conference.reflections.models import Reflection, ReflectionTask, Submission, TaskPart
from conference.reflections.quiz.models import QuizAttempt
from conference.reflections.rules import ReflectionState
from conference.reflections.similarity.models import Likeness, OfficialText, PaperPrint, SimilarityIndex
from conference.registry.models import Attendee

AT_ONCE = 400
"""Values that one statement names, below what SQLite takes."""


def index_of(conference_id: int) -> SimilarityIndex | None:
    return db.session.scalars(
        select(SimilarityIndex)
        .where(SimilarityIndex.conference_id == conference_id)
        .execution_options(populate_existing=True)
    ).first()


def that_count(conference_id: int | BindParameter[int]) -> Select[int]:
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


_PRINTED = select(PaperPrint.submission_id).where(PaperPrint.submission_id == Submission.id).exists()
_FEW = select(Submission.id).where(Submission.id > bindparam("since"), ~_PRINTED).order_by(Submission.id)
_FEW_THAT_COUNT = (
    that_count(bindparam("conference"))
    .where(Submission.id.in_(bindparam("ids", expanding=True)))
    .order_by(Submission.id)
)
"""Each paper that comes in asks for these: they are put together once, like the ones below."""


def without_print(conference_id: int, since: int = 0) -> list[int]:
    """Papers from a submission on whose runs are not kept yet."""
    if since <= 0:
        return list(db.session.scalars(that_count(conference_id).where(~_PRINTED).order_by(Submission.id)))
    few = db.session.scalars(_FEW, {"since": since}).all()
    return [
        id
        for some in in_pieces(few)
        for id in db.session.scalars(_FEW_THAT_COUNT, {"conference": conference_id, "ids": some})
    ]


def last_print(conference_id: int) -> int:
    """The latest submission whose runs are kept; 0 for none."""
    return (
        db.session.scalar(select(func.max(PaperPrint.submission_id)).where(PaperPrint.conference_id == conference_id))
        or 0
    )


def earlier_versions(submission_ids: Collection[int]) -> list[int]:
    """Papers whose runs are kept and in whose place one of these has come."""
    found: list[int] = []
    for some in in_pieces(sorted(submission_ids)):
        found += db.session.connection().execute(_EARLIER, {"ids": some}).scalars()
    return found


_print, _submission = PaperPrint.__table__.c, Submission.__table__
_older, _newer = _submission.alias("older"), _submission.alias("newer")
_EARLIER = (
    select(_print.submission_id)
    .join(_older, _older.c.id == _print.submission_id)
    .join(_newer, _newer.c.reflection_id == _older.c.reflection_id)
    .where(_newer.c.id.in_(bindparam("ids", expanding=True)), _older.c.id != _newer.c.id)
)


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
    rows = db.session.connection().execute(_NOT_COMPARED, {"conference": conference_id})
    return [(id, runs) for id, runs in rows]


_NOT_COMPARED = (
    select(_print.submission_id, _print.runs)
    .where(_print.conference_id == bindparam("conference"), _print.own.is_(None))
    .order_by(_print.submission_id)
)


def texts_for_everybody(conference_id: int) -> list[str]:
    """What everybody may quote: official texts, the task with its parts, and the titles of the programme."""
    return list(db.session.connection().execute(_TEXTS, {"conference": conference_id}).scalars())


_conference, _topic, _session = Conference.__table__.c, Topic.__table__.c, StudySession.__table__
_task, _part = ReflectionTask.__table__, TaskPart.__table__.c
_here: BindParameter[int] = bindparam("conference")
_of_part = (_part.task_id == _task.c.id) & (_task.c.conference_id == _here)
_TEXTS = union_all(
    select(OfficialText.__table__.c.text).where(OfficialText.__table__.c.conference_id == _here),
    select(_task.c.guidance).where(_task.c.conference_id == _here),
    select(_part.title).where(_of_part),
    select(_part.prompt).where(_of_part),
    select(_conference.title).where(_conference.id == _here),
    select(_topic.title).where(_topic.study_session_id == _session.c.id, _session.c.conference_id == _here),
    select(Resolution.__table__.c.title).where(
        Resolution.__table__.c.id == _conference.resolution_id, _conference.id == _here
    ),
)


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
        rows = db.session.connection().execute(_CONFERENCES, {"ids": some})
        found |= {row.submission_id: row.conference_id for row in rows}
    return found


_ids: BindParameter[int] = bindparam("ids", expanding=True)
_CONFERENCES = select(_print.submission_id, _print.conference_id).where(_print.submission_id.in_(_ids))


def closest_of(submission_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """What is closest to each of these papers: (share, other). Of two alike the earlier one."""
    found: dict[int, tuple[int, int]] = {}
    for some in in_pieces(sorted(submission_ids)):
        for id, other, share in db.session.connection().execute(_LIKENESSES, {"ids": some}):
            found.setdefault(id, (share, other))
    return found


_like = Likeness.__table__.c
_LIKENESSES = (
    select(_like.submission_id, _like.other_id, _like.share)
    .where(_like.submission_id.in_(_ids))
    .order_by(_like.submission_id, _like.share.desc(), _like.other_id)
)


def likenesses_from(conference_id: int, least: int) -> list[tuple[int, int, bool]]:
    """Pairs of which the first is of the conference and has at least this share; whether the other is of it too."""
    other = aliased(PaperPrint)
    rows = db.session.execute(
        select(Likeness.submission_id, Likeness.other_id, other.conference_id == conference_id)
        .join(PaperPrint, PaperPrint.submission_id == Likeness.submission_id)
        .join(other, other.submission_id == Likeness.other_id)
        .where(
            PaperPrint.conference_id == conference_id,
            PaperPrint.share >= least,  # that of its closest: few papers, by an index, of thousands with likenesses
            Likeness.share >= least,
        )
    )
    return [(id, other_id, bool(is_here)) for id, other_id, is_here in rows]


def is_any_grouped(submission_ids: Collection[int]) -> bool:
    """Whether one of these papers belongs to a group."""
    return db.session.connection().execute(_GROUPED, {"ids": submission_ids}).first() is not None


_GROUPED = select(_print.submission_id).where(_print.submission_id.in_(_ids), _print.group_id.is_not(None))


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
