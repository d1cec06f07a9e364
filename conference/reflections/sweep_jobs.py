"""The sweep of files in the background: asked for by each file that comes, done once for all of a conference."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, JobState, Task, enqueue, job
from conference.reflections.shelf_views import drop, shelf
from conference.reflections.sweeping import TAKEN_OUT_AFTER, names_known, sweep

KIND = "papers.sweep"


@job(KIND)
def sweep_files(task: Task) -> dict[str, Any]:
    """Drop what no paper holds, and what lies on the disk without a row: a process died between the two."""
    at = clock.now()
    assert task.conference_id is not None
    with transaction():
        swept = sweep(conference_id=task.conference_id, at=at)
        if swept.next_at is not None:
            _ask(task.conference_id, at=at, run_after=swept.next_at)
    drop(set(swept.names))
    lost = set(shelf().names_until(at - TAKEN_OUT_AFTER))
    lost -= names_known()  # looked up after the shelf: whatever came between them is young
    drop(lost)
    return {"files": len(swept.names), "without_row": len(lost)}


def ask_for_sweep(conference_id: int, *, at: datetime) -> None:
    """In the transaction that keeps a file. One sweep waits for all files of a conference."""
    _ask(conference_id, at=at, run_after=at + TAKEN_OUT_AFTER)


def _ask(conference_id: int, *, at: datetime, run_after: datetime) -> None:
    """A sweep that comes sooner asks for the next one itself."""
    sooner = select(Job.id).where(
        Job.kind == KIND,
        Job.conference_id == conference_id,
        Job.state == JobState.WAITING,
        Job.run_after <= run_after,
    )
    if db.session.scalar(sooner.limit(1)) is None:
        enqueue(KIND, {}, by=SYSTEM, at=at, conference_id=conference_id, run_after=run_after)
