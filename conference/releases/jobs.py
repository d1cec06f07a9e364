"""Work for people who were copied from an earlier conference."""

from __future__ import annotations

from typing import Any

from flask import current_app

from conference.foundation.db import transaction
from conference.foundation.jobs import Task, job
from conference.registry.actions import issue_missing_tickets
from conference.registry.tickets import key_ring
from conference.releases.copying import SIGN


@job(SIGN)
def sign_tickets(task: Task) -> dict[str, Any]:
    """Sign a ticket for everybody who has none yet. Repeatable."""
    secret = current_app.extensions["settings"].secret_key
    with transaction():
        signed = issue_missing_tickets(conference_id=int(task.payload["conference_id"]), ring=key_ring(secret))
    return {"signed": signed}
