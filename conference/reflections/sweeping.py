"""Files that no paper holds any more: what a draft lost, and drafts that nobody can hand in now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from conference.foundation.db import db
from conference.reflections.models import Extension, PaperFile, Reflection, ReflectionTask, SubmissionFile
from conference.registry.models import Attendee

TAKEN_OUT_AFTER = timedelta(days=7)
"""From when a file came to when it goes, if no draft and no submission holds it."""

DRAFTS_AFTER = timedelta(days=30)
"""From the end of the late window, or of the last extension, to when files go that were never handed in."""


@dataclass(frozen=True)
class Swept:
    names: Sequence[str]  # on the disk, to be dropped after the commit
    next_at: datetime | None  # when there is something to look at again; None where nothing waits


def sweep(*, conference_id: int, at: datetime) -> Swept:
    """Forget files that no submission holds and whose time is over. Repeatable; what was handed in is never touched."""
    loose = db.session.scalars(
        select(PaperFile)
        .join(Reflection, Reflection.id == PaperFile.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .where(
            Attendee.conference_id == conference_id,
            PaperFile.id.not_in(select(SubmissionFile.file_id)),
        )
    ).all()
    closed_at = _nothing_comes_after(conference_id)
    due = {file: _due_at(file, closed_at) for file in loose}
    over = [file for file, when in due.items() if when is not None and when <= at]
    db.session.execute(
        delete(PaperFile)
        .where(PaperFile.id.in_([file.id for file in over]), PaperFile.id.not_in(select(SubmissionFile.file_id)))
        .execution_options(synchronize_session=False)
    )
    later = [when for file, when in due.items() if when is not None and when > at]
    return Swept([name for file in over for name in {file.stored_as, *file.pages}], min(later, default=None))


def _due_at(file: PaperFile, closed_at: datetime | None) -> datetime | None:
    if file.position == 0:
        return file.added_at + TAKEN_OUT_AFTER
    return None if closed_at is None else closed_at + DRAFTS_AFTER


def _nothing_comes_after(conference_id: int) -> datetime | None:
    """The last moment at which anybody of the conference may hand in; None while it has no task."""
    task = db.session.execute(
        select(ReflectionTask.id, ReflectionTask.late_until).where(ReflectionTask.conference_id == conference_id)
    ).first()
    if task is None:
        return None
    late_until: datetime = task.late_until
    extended = db.session.scalar(
        select(func.max(Extension.until)).where(Extension.task_id == task.id, Extension.revoked_at.is_(None))
    )
    return late_until if extended is None else max(late_until, extended)


def names_known() -> set[str]:
    """Every name on the shelf that a row stands for, of all conferences."""
    known: set[str] = set()
    for stored_as, pages in db.session.execute(
        select(PaperFile.stored_as, PaperFile.pages).execution_options(yield_per=1_000)
    ):
        known |= {stored_as, *pages}
    return known
