"""Work that takes longer than a request: rows written with what causes them, claimed by conditional update."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import JSON, Index, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from conference.foundation import clock
from conference.foundation.actor import Actor
from conference.foundation.db import BigId, changed_rows, db, transaction
from conference.foundation.errors import DomainError

log = structlog.get_logger(__name__)

CLAIM_FOR = timedelta(seconds=60)
"""A worker that was killed gives its job back after this; a living one renews its claim while it works."""

MOST_ATTEMPTS = 3
PROGRESS_EVERY_SECONDS = 0.5


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class Job(db.Model):
    """One piece of long work, with its progress and its result."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_run_after", "state", "run_after"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None]
    conference_id: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    run_after: Mapped[datetime]
    started_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(Text)  # a DomainError's code, or the class of a bug; no personal data


@dataclass
class Task:
    """A claimed job in the hands of its handler."""

    id: int
    payload: dict[str, Any]
    conference_id: int | None
    attempt: int
    _said_at: float = field(default=0.0)

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Show how far the work is, at most twice a second. Raises ``job_stopped`` when a person stopped it."""
        if done < total and time.monotonic() - self._said_at < PROGRESS_EVERY_SECONDS:
            return
        self._said_at = time.monotonic()
        with transaction():
            changed = changed_rows(
                update(Job)
                .where(Job.id == self.id, Job.state == JobState.RUNNING)
                .values(done=done, total=total, note=note, claimed_until=clock.now() + CLAIM_FOR)
            )
        if not changed:
            raise DomainError("job_stopped", job_id=self.id)


Handler = Callable[[Task], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. It must be safe to run again: a killed worker's job is repeated."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    conference_id: int | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Write a job in the running transaction, so that it exists exactly when its cause does."""
    row = Job(
        kind=kind,
        payload=payload,
        state=JobState.WAITING,
        actor_kind=by.kind,
        actor_id=by.id,
        conference_id=conference_id,
        created_at=at,
        run_after=run_after or at,
        done=0,
        total=0,
        note="",
        attempts=0,
    )
    db.session.add(row)
    db.session.flush()
    return row


def latest(kind: str, conference_id: int) -> Job | None:
    """The last job of this kind for a conference, whatever became of it."""
    return db.session.scalars(
        select(Job).where(Job.kind == kind, Job.conference_id == conference_id).order_by(Job.id.desc()).limit(1)
    ).first()


def stop(job_id: int, *, at: datetime) -> bool:
    """Ask a waiting or running job to end; its handler notices at its next progress."""
    return bool(
        changed_rows(
            update(Job)
            .where(Job.id == job_id, Job.state.in_([JobState.WAITING, JobState.RUNNING]))
            .values(state=JobState.STOPPED, finished_at=at)
        )
    )


def claim(*, at: datetime) -> Task | None:
    """Take the oldest job that is due, or whose worker died. None when there is none, or another was faster."""
    row = db.session.scalars(
        select(Job)
        .where(
            or_(
                (Job.state == JobState.WAITING) & (Job.run_after <= at),
                (Job.state == JobState.RUNNING) & (Job.claimed_until < at),
            )
        )
        .order_by(Job.run_after, Job.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    with transaction():
        taken = changed_rows(
            update(Job)
            .where(Job.id == row.id, Job.state == row.state, Job.attempts == row.attempts)
            .values(
                state=JobState.RUNNING,
                attempts=Job.attempts + 1,
                claimed_until=at + CLAIM_FOR,
                started_at=at,
            )
            .execution_options(synchronize_session=False)
        )
    if not taken:
        return None
    return Task(row.id, dict(row.payload), row.conference_id, row.attempts + 1)


def run_one() -> bool:
    """Claim and carry out one job. False when nothing was due."""
    task = claim(at=clock.now())
    if task is None:
        db.session.remove()
        return False
    row = db.session.get_one(Job, task.id)
    kind = row.kind
    db.session.remove()
    try:
        result = _handlers[kind](task) or {}
    except DomainError as error:
        _finish(task, JobState.STOPPED if error.code == "job_stopped" else JobState.FAILED, error=error.code)
    except Exception as error:
        log.exception("job_failed", kind=kind, job_id=task.id)
        if task.attempt >= MOST_ATTEMPTS:
            _finish(task, JobState.FAILED, error=type(error).__name__)
        else:
            _try_again(task)
    else:
        _finish(task, JobState.DONE, result=result)
    finally:
        db.session.remove()
    return True


def run_all() -> int:
    """Carry out everything that is due, in this process. Returns how many jobs ran."""
    count = 0
    while run_one():
        count += 1
    return count


def _finish(task: Task, state: JobState, *, result: dict[str, Any] | None = None, error: str | None = None) -> None:
    db.session.rollback()
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == task.id, Job.state == JobState.RUNNING)
            .values(state=state, result=result, error=error, finished_at=clock.now(), claimed_until=None)
        )


def _try_again(task: Task) -> None:
    db.session.rollback()
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == task.id, Job.state == JobState.RUNNING)
            .values(
                state=JobState.WAITING,
                claimed_until=None,
                run_after=clock.now() + timedelta(seconds=5 * task.attempt),
            )
        )
