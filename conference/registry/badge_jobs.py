"""Badges in the background: one PDF a site, each usable as soon as it is there, and all of them in one archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.adapters.qr import qr_path
from conference.adapters.typst_pdf import render_pdf
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Task, job
from conference.planning.models import Conference
from conference.registry import actions, badges
from conference.registry.rules import place_name
from conference.registry.tickets import key_ring
from conference.web.site_files import SiteFiles

KIND = "badges.print"
FOLDER = "badges"
WORDS = {"site": "Điểm cầu", "seat": "Chỗ ngồi", "number": "Số thẻ"}


@job(KIND)
def print_badges(task: Task) -> dict[str, Any]:
    """Badges of the sites in the payload, or of all. Safe to run again: a file is replaced whole."""
    conference = db.session.scalars(
        select(Conference)
        .where(Conference.id == task.payload["conference_id"])
        .options(joinedload(Conference.host_unit))
    ).first()
    if conference is None:
        raise DomainError("not_found")
    with transaction():
        actions.issue_missing_tickets(
            conference_id=conference.id, ring=key_ring(current_app.extensions["settings"].secret_key)
        )
    heading = badges.heading(conference)
    wanted = task.payload.get("site_ids")
    everywhere = badges.sites_with_people(conference.id)
    sites = [site for site in everywhere if site.people and (wanted is None or site.id in wanted)]

    def pdf_of(site: Any) -> bytes:
        return badge_pdf(heading, place_name(site.name), badges.people_at(conference.id, site.id))

    people = SiteFiles.of(FOLDER, conference.id).make(task, sites, pdf_of, is_all=wanted is None)
    return {"sites": len(sites), "people": people, "page": ["registry.badges", {"code": conference.code}]}


def badge_pdf(heading: dict[str, str], place: str, people: Sequence[Any]) -> bytes:
    """The PDF of these people's badges, a page each."""
    printed, modules = [], 0
    for person in people:
        path, modules = qr_path(person.ticket)
        printed.append(
            {
                "name": person.full_name,
                "position": person.position,
                "unit": person.unit_name,
                "seat": person.seat or "",
                "number": str(person.number),
                "qr": path,
            }
        )
    return render_pdf("badge", {**heading, "site": place, "modules": modules, "people": printed, "words": WORDS})
