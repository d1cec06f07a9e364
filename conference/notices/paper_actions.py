"""Keeping what stands on the printed summonses of a conference."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.notices.models import PaperForm
from conference.notices.papers import PaperFacts
from conference.planning.models import Conference


def form_of(conference_id: int) -> PaperForm | None:
    return db.session.get(PaperForm, conference_id)


def keep_form(*, conference: Conference, version: int, facts: PaperFacts, by: Actor, at: datetime) -> None:
    """Keep what an organizer wrote. Raises ``changed_meanwhile`` when another did so since ``version``."""
    values = asdict(facts) | {"version": version + 1}
    if version == 0:
        dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        row = dialect.insert(PaperForm).values(conference_id=conference.id, **values)
        kept = db.session.scalar(row.on_conflict_do_nothing().returning(PaperForm.conference_id)) is not None
    else:
        of_version = (PaperForm.conference_id == conference.id, PaperForm.version == version)
        kept = bool(changed_rows(update(PaperForm).where(*of_version).values(**values)))
    if not kept:
        raise DomainError("changed_meanwhile")
    after = {"form": facts.form, "version": version + 1}
    record(by=by, at=at, action="notices.paper_form", subject=("conference", conference.id), after=after)
