"""Badges: have them made for a site or for all, and fetch what is ready."""

from __future__ import annotations

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.registry import access, actions, badges
from conference.registry.badge_jobs import FOLDER, KIND, badge_pdf
from conference.registry.rules import place_name
from conference.registry.site_paper_views import SitePapers
from conference.registry.views import bp, ring, step_in
from conference.web.guard import allow

papers = SitePapers(KIND, FOLDER, "the", "registry/badges.html", "registry.badges")


@bp.get("/conferences/<code>/badges", endpoint="badges")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def badges_page(code: str) -> ResponseReturnValue:
    return papers.listed(code)


@bp.post("/conferences/<code>/badges")
@allow(Role.ORGANIZER)
def print_badges(code: str) -> ResponseReturnValue:
    return papers.have_printed(code)


@bp.get("/conferences/<code>/badges/<int:site_id>.pdf")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def site_badges(code: str, site_id: int) -> ResponseReturnValue:
    return papers.of_site(code, site_id)


@bp.get("/conferences/<code>/badges.zip")
@allow(Role.ORGANIZER)
def all_badges(code: str) -> ResponseReturnValue:
    return papers.of_all(code)


@bp.get("/conferences/<code>/people/<int:number>/badge.pdf")
@allow(Role.ORGANIZER)
def person_badge(code: str, number: int) -> ResponseReturnValue:
    """One person's badge, at once: for who lost it, or came without being called."""
    conference, reach = step_in(code)
    attendee = access.attendee_to_change(reach, conference, number)
    if attendee.ticket is None:
        with transaction():
            actions.issue_missing_tickets(conference_id=conference.id, ring=ring())
    people = badges.one_person(attendee.id)
    if not people:
        raise DomainError("not_found")
    place = place_name(attendee.site.name)
    pdf = badge_pdf(badges.heading(conference), place, people)
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"the-{attendee.number}.pdf")
