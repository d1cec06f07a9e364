"""Work that takes longer than a request: rows written with what causes them, claimed by conditional update."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import JSON, Index, Text, bindparam, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from conference.foundation import clock
from conference.foundation.actor import Actor
from conference.foundation.db import TROUBLES, BigId, changed_rows, db, transaction
from conference.foundation.errors import DomainError

log = structlog.get_logger(__name__)

CLAIM_FOR = timedelta(seconds=60)
"""A worker that was killed gives its job back after this; a living one renews its claim while it works."""

RENEW_EVERY = timedelta(seconds=20)
MOST_ATTEMPTS = 3
WORKER_DIED = "worker_died"
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
    kind: str
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
                .where(_is_held(self))
                .values(done=done, total=total, note=note, claimed_until=clock.now() + CLAIM_FOR)
            )
        if not changed:
            raise DomainError("job_stopped", job_id=self.id)


def _is_held(task: Task) -> ColumnElement[bool]:
    """True while this very attempt holds the job: nobody stopped it, and no other worker took it over."""
    return (Job.id == task.id) & (Job.state == JobState.RUNNING) & (Job.attempts == task.attempt)


Handler = Callable[[Task], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. It must be safe to run again: a killed worker's job is repeated."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


Round = Callable[[], None]
_rounds: list[Round] = []


def each_round(look: Round) -> Round:
    """Register what the worker looks after now and then. It must be cheap, and safe beside another worker's."""
    _rounds.append(look)
    return look


def go_round() -> None:
    """One look at everything that has its time. What fails is logged and tried again in the next round."""
    for look in _rounds:
        try:
            look()
        except Exception:
            log.exception("round_failed", look=look.__name__)
        finally:
            db.session.remove()


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


_job = Job.__table__.c
_WAITING = select(_job.payload).where(
    _job.state == JobState.WAITING, _job.kind == bindparam("kind"), _job.conference_id == bindparam("conference")
)


def waiting(kind: str, conference_id: int) -> Sequence[dict[str, Any]]:
    """What was asked for of this kind for a conference, and nobody has begun yet."""
    found = db.session.connection().execute(_WAITING, {"kind": kind, "conference": conference_id})
    return found.scalars().all()


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
    """Take the oldest job that is due, or whose worker died. None when there is none, or another was faster.

    A job whose workers died as often as it may be tried fails instead: it would only take the next one with it.
    """
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
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    state, attempts = row.state, row.attempts
    is_spent = state is JobState.RUNNING and attempts >= MOST_ATTEMPTS
    change: dict[str, Any]
    if is_spent:
        change = {"state": JobState.FAILED, "error": WORKER_DIED, "finished_at": at, "claimed_until": None}
    else:
        change = {
            "state": JobState.RUNNING,
            "attempts": Job.attempts + 1,
            "claimed_until": at + CLAIM_FOR,
            "started_at": at,
        }
    with transaction():
        taken = changed_rows(
            update(Job)
            .where(Job.id == row.id, Job.state == state, Job.attempts == attempts, _is_still_due(state, at))
            .values(change)
            .execution_options(synchronize_session=False)
        )
    if is_spent and taken:
        log.error("job_failed", kind=row.kind, job_id=row.id, error=WORKER_DIED)
    if is_spent or not taken:
        return None
    return Task(row.id, row.kind, dict(row.payload), row.conference_id, attempts + 1)


def _is_still_due(state: JobState, at: datetime) -> ColumnElement[bool]:
    """A worker that was only slow may have renewed its claim since we looked."""
    return Job.run_after <= at if state is JobState.WAITING else Job.claimed_until < at


def run_one() -> bool:
    """Claim and carry out one job. False when nothing was due."""
    task = claim(at=clock.now())
    db.session.remove()
    if task is None:
        return False
    try:
        with _claim_renewed(task):
            result = _handlers[task.kind](task) or {}
    except DomainError as error:
        if error.code in TROUBLES:
            _give_back(task, error.code)
        else:
            _finish(task, JobState.STOPPED if error.code == "job_stopped" else JobState.FAILED, error=error.code)
    except Exception as error:
        log.exception("job_failed", kind=task.kind, job_id=task.id)
        _give_back(task, type(error).__name__)
    except (KeyboardInterrupt, SystemExit):  # this worker was asked to end: the next one begins anew at once
        _settle(task, state=JobState.WAITING, claimed_until=None, attempts=task.attempt - 1)
        raise
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


@contextmanager
def _claim_renewed(task: Task) -> Iterator[None]:
    """Renew the claim while the handler works, however long it says nothing: a slow worker is not a dead one."""
    is_over = threading.Event()
    engine = db.engine

    def renew() -> None:
        while not is_over.wait(RENEW_EVERY.total_seconds()):
            with suppress(SQLAlchemyError):  # the next time will do, and a claim that lapses is no loss
                _renew(engine, task)

    thread = threading.Thread(target=renew, name=f"claim-of-job-{task.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _renew(engine: Engine, task: Task) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(Job).where(_is_held(task)).values(claimed_until=clock.now() + CLAIM_FOR))


def _finish(task: Task, state: JobState, *, result: dict[str, Any] | None = None, error: str | None = None) -> None:
    _settle(task, state=state, result=result, error=error, finished_at=clock.now(), claimed_until=None)


def _give_back(task: Task, error: str) -> None:
    """Let it be tried again in a moment, unless it was tried often enough."""
    if task.attempt >= MOST_ATTEMPTS:
        _finish(task, JobState.FAILED, error=error)
    else:
        run_after = clock.now() + timedelta(seconds=5 * task.attempt)
        _settle(task, state=JobState.WAITING, claimed_until=None, run_after=run_after)


def _settle(task: Task, **change: Any) -> None:
    db.session.rollback()
    with transaction():
        db.session.execute(update(Job).where(_is_held(task)).values(change))
