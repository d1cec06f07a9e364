"""Comparing in the background: a paper that comes in asks for it, and many that come together ask once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Actor
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Task, enqueue, job, waiting
from conference.planning.models import Conference
from conference.reflections.signals import reflection_submitted
from conference.reflections.similarity import indexing

KIND = "similarity.index"
GATHERED_FOR = timedelta(seconds=10)
"""Papers of the last evening come by the dozen: they are compared together."""


@job(KIND)
def index(task: Task) -> dict[str, Any]:
    """Compare what came in. Safe to run again."""
    conference = db.session.get_one(Conference, task.payload["conference_id"])
    code = conference.code
    done = indexing.index_conference(
        conference, at=clock.now(), whole=bool(task.payload.get("whole")), said=task.progress
    )
    task.progress(done.papers, done.papers)
    return {"papers": done.papers, "pairs": done.pairs, "page": ["grading.copies", {"code": code}]}


def ask_for_index(conference_id: int, *, by: Actor, whole: bool = False, after: timedelta = timedelta(0)) -> None:
    """Let the papers of a conference be compared soon, in the running transaction; once for all who ask meanwhile."""
    if not is_asked_for(conference_id, whole=whole):
        at = clock.now()
        payload = {"conference_id": conference_id, "whole": whole}
        enqueue(KIND, payload, by=by, at=at, conference_id=conference_id, run_after=at + after)


def is_asked_for(conference_id: int, *, whole: bool) -> bool:
    """Whether work waits that does what is asked for: comparing all takes in the new ones too."""
    return any(bool(payload.get("whole")) or not whole for payload in waiting(KIND, conference_id))


@reflection_submitted.listen
def _paper_came(*, submission_id: int, conference_id: int) -> None:
    """Ask for the work unless it is asked for already; should this news be lost, the next paper brings it again."""
    del submission_id
    if not is_asked_for(conference_id, whole=False):
        with transaction():
            ask_for_index(conference_id, by=SYSTEM, after=GATHERED_FOR)
