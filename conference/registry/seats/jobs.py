"""Seats in every hall at once, in the background: a transaction a hall, so that one without a plan holds up nobody."""

from __future__ import annotations

from typing import Any

from conference.foundation import clock
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, Task, job
from conference.planning.models import Conference
from conference.registry.seats import actions, queries

KIND = "seats.give"


@job(KIND)
def give_everywhere(task: Task) -> dict[str, Any]:
    """Give everybody a seat in the hall they are called to. Safe to run again: who was told a seat keeps it."""
    row = db.session.get_one(Job, task.id)
    by = Actor(ActorKind(row.actor_kind), row.actor_id)
    conference = db.session.get_one(Conference, task.payload["conference_id"])
    code, sites = conference.code, queries.sites_with_halls(conference.id)
    seated = moved = unseated = 0
    for done, site_id in enumerate(sites):
        task.progress(done, len(sites))
        with transaction():
            found = actions.give_seats_of_site(
                conference_id=task.payload["conference_id"],
                site_id=site_id,
                lay_out_usual=task.payload["lay_out_usual"],
                by=by,
                at=clock.now(),
            )
        if found is not None:
            seated, moved, unseated = seated + found.seated, moved + found.moved, unseated + found.unseated
    task.progress(len(sites), len(sites))
    return {"seated": seated, "moved": moved, "unseated": unseated, "page": ["seats.halls", {"code": code}]}
