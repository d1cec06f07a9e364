"""Printed summonses as one Word file: of a unit in the background, of one person at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.adapters.qr import qr_png
from conference.adapters.word import PARTY, UNION, Paper, write_papers
from conference.directory.models import Person, Unit
from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Task, job
from conference.notices import queries
from conference.notices.letters import facts_of, text_of
from conference.notices.paper_actions import form_of
from conference.notices.papers import PaperFacts, PaperKind, place_and_date, usual
from conference.notices.queries import Occasion
from conference.notices.rules import HIDDEN_TOKEN
from conference.notices.wording import fill
from conference.registry import queries as registry
from conference.registry.actions import issue_missing_tickets
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.registry.tickets import key_ring
from conference.settings import Settings
from conference.web.words import speaking

KIND = "notices.print_summonses"
FOLDER = "summonses"
MOST = 600
"""So many papers stand in one file: more is made unit by unit, as they are handed out."""

AT_ONCE = 50
KEPT_FOR = timedelta(days=7)


def file_of(conference_id: int, job_id: int) -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.files_dir / FOLDER / str(conference_id) / f"{job_id}.docx"


@job(KIND)
def print_summonses(task: Task) -> dict[str, Any]:
    """The papers of those whom the payload's filters leave, within the reach of who asked. Safe to run again."""
    conference_id = int(task.payload["conference_id"])
    with transaction():
        issue_missing_tickets(conference_id=conference_id, ring=key_ring(current_app.extensions["settings"].secret_key))
    paths = task.payload["unit_paths"]
    reach = Reach(is_whole=paths is None, unit_paths=frozenset(paths or ()), sees_contacts=True)
    filters = current_app.extensions.get("people_filters", {})
    everybody = registry.people(conference_id, reach).add_columns(Unit.path, Person.sort_key)
    chosen = registry.narrowed(everybody, task.payload["asked"], reach, filters)
    ids = [row.id for row in db.session.execute(chosen.order_by(Unit.path, Person.sort_key, Attendee.id))]
    if not ids or len(ids) > MOST:
        raise DomainError("nobody_to_hand_over" if not ids else "too_many_links")
    occasion = queries.occasion_of(conference_id)
    facts = facts_of_paper(occasion)
    papers: list[Paper] = []
    for begin in range(0, len(ids), AT_ONCE):
        task.progress(begin, len(ids))
        papers += [paper_to(attendee, occasion, facts) for attendee in attendees(ids[begin : begin + AT_ONCE])]
    target = file_of(conference_id, task.id)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".part")
    half.write_bytes(document(papers, facts))
    os.replace(half, target)
    _drop_old(target.parent)
    task.progress(len(ids), len(ids))
    return {"people": len(ids), "page": ["notices.hand_over_page", {"code": occasion.conference.code}]}


def _drop_old(folder: Path) -> None:
    """Files of people's papers don't lie about: they are made again in a minute."""
    for path in folder.glob("*.docx"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < clock.now() - KEPT_FOR:
            path.unlink(missing_ok=True)


def attendees(ids: Sequence[int]) -> list[Attendee]:
    """These people in this order, with what a paper says of them."""
    rows = db.session.scalars(
        select(Attendee)
        .where(Attendee.id.in_(ids))
        .options(joinedload(Attendee.person), joinedload(Attendee.unit), joinedload(Attendee.site))
    )
    return sorted(rows, key=lambda one: ids.index(one.id))


def facts_of_paper(occasion: Occasion) -> PaperFacts:
    """As the organizers said, or as is usual."""
    conference = occasion.conference
    kept = form_of(conference.id)
    if kept is None:
        parent_id = conference.host_unit.parent_id
        parent = db.session.get(Unit, parent_id) if parent_id else None
        body = text_of("mail/paper.vi.txt").strip()
        return usual(issuer=conference.host_unit.name, superior=parent.name if parent else "", body=body)
    return PaperFacts(**{name: getattr(kept, name) for name in PaperFacts.__dataclass_fields__})


def paper_to(attendee: Attendee, occasion: Occasion, facts: PaperFacts) -> Paper:
    with speaking("vi"):
        filled = fill(facts.body, facts_of(attendee, occasion, HIDDEN_TOKEN))
    return Paper(
        superior=facts.superior,
        issuer=facts.issuer,
        number=facts.number,
        place_and_date=place_and_date(facts.place, facts.signed_on),
        kind=facts.title,
        subject="",
        to=f"Đồng chí {attendee.person.full_name}",
        to_more=[words for words in (attendee.position, attendee.unit.name) if words],
        paragraphs=[line for line in filled.split("\n") if line.strip()],
        authority=facts.authority,
        signer_position=facts.signer_position,
        signer=facts.signer,
        recipients=facts.recipients.split("\n"),
        code=qr_png(attendee.ticket) if attendee.ticket else b"",
        code_words=f"Thẻ vào cửa số {attendee.number}",
    )


def document(papers: Sequence[Paper], facts: PaperFacts) -> bytes:
    return write_papers(papers, PARTY if facts.form is PaperKind.PARTY else UNION, title=facts.title)
