"""What the council decides about papers that are like others: by a person, with a reason, with effect on the mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.grading import settling
from conference.grading.models import CopyRuling, Paper
from conference.grading.rules import RulingKind
from conference.planning.models import Conference
from conference.reflections import managing
from conference.reflections import queries as reflections
from conference.reflections.models import Reflection, ReflectionTask, Submission


@dataclass(frozen=True)
class Verdict:
    """A decision as a person made it. ``points`` are taken off; ``until`` is the time to write anew."""

    kind: RulingKind
    reason: str
    points: Decimal = Decimal("0.00")
    until: datetime | None = None


def rule(
    *,
    conference: Conference,
    submission: Submission,
    verdict: Verdict,
    share: int,
    other_id: int | None,
    by: Actor,
    at: datetime,
) -> CopyRuling:
    """Decide about a paper, once until it is undone; what was published stands until the next release.

    Raises ``ruled_already``, and for a paper to be given back ``not_handed_in`` or ``returned_before``.
    """
    row = {
        "conference_id": conference.id,
        "submission_id": submission.id,
        "kind": verdict.kind,
        "points": verdict.points,
        "reason": verdict.reason,
        "share": share,
        "other_id": other_id,
        "decided_at": at,
        "decided_by": by.id if by.kind is ActorKind.ACCOUNT else None,
    }
    dialect = postgresql if db.session.connection().dialect.name == "postgresql" else sqlite
    made: CopyRuling | None = db.session.scalars(
        dialect.insert(CopyRuling).values(row).on_conflict_do_nothing().returning(CopyRuling)
    ).first()
    if made is None:
        raise DomainError("ruled_already")
    if verdict.kind is RulingKind.RETURNED:
        assert verdict.until is not None
        managing.return_for_rewrite(
            attendee_id=_author_of(submission),
            task=_task_of(conference),
            until=verdict.until,
            reason=verdict.reason,
            by=by,
            at=at,
        )
    _settle(submission.id)
    record(
        by=by,
        at=at,
        action="copying.rule",
        subject=("submission", submission.id),
        after={
            "ruling": made.id,
            "kind": verdict.kind.value,
            "points": str(verdict.points),
            "share": share,
            "other": other_id,
        },
        reason=verdict.reason,
    )
    return made


def undo(*, conference: Conference, submission: Submission, reason: str, by: Actor, at: datetime) -> None:
    """Take the decision about a paper back; it stays in the record.

    Raises ``changed_meanwhile`` when none stands, ``rewritten_meanwhile`` when the author has answered it already.
    """
    ruling = standing_ruling(submission.id)
    undone = ruling is not None and changed_rows(
        update(CopyRuling)
        .where(CopyRuling.id == ruling.id, CopyRuling.undone_at.is_(None))
        .values(undone_at=at)
        .execution_options(synchronize_session=False)
    )
    if ruling is None or not undone:
        raise DomainError("changed_meanwhile")
    if ruling.kind is RulingKind.RETURNED:
        managing.end_return(attendee_id=_author_of(submission), task=_task_of(conference), reason=reason, by=by, at=at)
    _settle(submission.id)
    record(
        by=by,
        at=at,
        action="copying.undo",
        subject=("submission", submission.id),
        before={"ruling": ruling.id, "kind": ruling.kind.value, "points": str(ruling.points)},
        reason=reason,
    )


def standing_ruling(submission_id: int) -> CopyRuling | None:
    return db.session.scalars(
        select(CopyRuling)
        .where(CopyRuling.submission_id == submission_id, CopyRuling.undone_at.is_(None))
        .execution_options(populate_existing=True)
    ).first()


def rulings_about(submission_id: int) -> Sequence[CopyRuling]:
    """Every decision about a paper, the newest first."""
    return db.session.scalars(
        select(CopyRuling).where(CopyRuling.submission_id == submission_id).order_by(CopyRuling.id.desc())
    ).all()


def _settle(submission_id: int) -> None:
    paper = db.session.scalars(select(Paper.id).where(Paper.submission_id == submission_id).with_for_update()).first()
    if paper is not None:
        settling.settle_papers(paper_ids=[paper])


def _author_of(submission: Submission) -> int:
    return db.session.scalars(select(Reflection.attendee_id).where(Reflection.id == submission.reflection_id)).one()


def _task_of(conference: Conference) -> ReflectionTask:
    task = reflections.task_of(conference.id)
    assert task is not None, "papers are written for a task"
    return task
