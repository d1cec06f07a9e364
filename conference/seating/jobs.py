"""Searching for seats in the background: minutes of a core that no page should wait for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Subquery

from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Task, job
from conference.planning.models import Conference
from conference.seating import actions, queries
from conference.seating.arranging import arrange
from conference.seating.rules import Wishes
from conference.seating.solver import solve

KIND = "seating.propose"
PresentIn = Callable[[int], Subquery]


def know_present_by(app: Flask, present_in: PresentIn) -> None:
    """Tell this area who has come already, which a later one knows: ``present_in`` gives a column attendee_id."""
    app.extensions["present_in"] = present_in


def present_in(conference_id: int) -> Subquery:
    subquery: Subquery = current_app.extensions["present_in"](conference_id)
    return subquery


@job(KIND)
def propose(task: Task) -> dict[str, Any]:
    """Search, and keep what was found as the open proposal. Safe to run again: the last one stands."""
    began = time.monotonic()
    conference = db.session.get_one(Conference, task.payload["conference_id"])
    code, conference_id = conference.code, conference.id
    fingerprint = queries.fingerprint(conference_id)
    facts = queries.conference_to_seat(conference_id, present_in(conference_id))
    arrangement = arrange(facts, Wishes.from_kept(task.payload["wishes"]))
    solution = solve(arrangement.puzzle, task.progress)
    with transaction():
        proposal = actions.keep_proposal(
            conference_id=conference_id,
            arrangement=arrangement,
            solution=solution,
            fingerprint=fingerprint,
            seconds=round(time.monotonic() - began),
            at=clock.now(),
        )
        values = {"code": code, "proposal_id": proposal.id}
    return {"people": arrangement.puzzle.people, "page": ["seating.proposal", values]}
