"""Long work of grading: sharing out, and publishing."""

from __future__ import annotations

from typing import Any

from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, Task, each_round, job
from conference.grading import quizzes, releasing, sharing
from conference.planning.models import Conference
from conference.reflections.quiz.queries import conferences_that_sit

MOST_TRIES = 3


@each_round
def mark_tests() -> None:
    """Give tests their marks that were handed in since the last round. Safe to repeat."""
    for conference_id in conferences_that_sit():
        if quizzes.unsettled(conference_id):
            with transaction():
                quizzes.settle_quiz(conference_id=conference_id, by=SYSTEM, at=clock.now())


@job("grading.share_out")
def share_out(task: Task) -> dict[str, Any]:
    """Share papers out to their first two readers, or to a third. Safe to run again: what has readers stays."""
    conference = db.session.get_one(Conference, task.payload["conference_id"])
    code = conference.code
    by, seed = _actor(task), task.payload["seed"]
    if task.payload.get("thirds"):
        planned = sharing.plan_thirds(conference.id, seed=seed)
    else:
        with transaction():
            sharing.take_in(conference_id=conference.id, seed=seed, by=by, at=clock.now())
        planned = sharing.plan(conference.id, seed=seed)
    kept = 0
    for piece in planned.pieces():
        with transaction():
            sharing.keep(conference.id, piece)
        kept += len(piece)
        task.progress(kept, len(planned.readings))
    with transaction():
        done = sharing.finish(planned, by=by, at=clock.now())
    return {"readings": done.readings, "left_over": done.left_over, "page": ["grading.overview", {"code": code}]}


@job("grading.release")
def release(task: Task) -> dict[str, Any]:
    """Publish what is settled. A worker that was killed leaves no half release; the number is given once."""
    conference = db.session.get_one(Conference, task.payload["conference_id"])
    code, by = conference.code, _actor(task)
    for left in reversed(range(MOST_TRIES)):
        try:
            draft = releasing.prepare(conference.id)
            if len(draft.rows) != task.payload["papers"]:
                raise DomainError("release_moved")
            with transaction():
                made = releasing.release(draft=draft, by=by, at=clock.now(), note=task.payload.get("note", ""))
            break
        except DomainError as error:
            if error.code != "changed_meanwhile" or not left:
                raise
    task.progress(len(draft.rows), len(draft.rows))
    return {"number": made.number, "page": ["grading.release_page", {"code": code, "number": made.number}]}


def _actor(task: Task) -> Actor:
    """Whoever asked for the job."""
    row = db.session.get_one(Job, task.id)
    return Actor(ActorKind(row.actor_kind), row.actor_id)
