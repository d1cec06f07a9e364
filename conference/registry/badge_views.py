"""Badges: have them made for a site or for all, and fetch what is ready."""

from __future__ import annotations

from io import BytesIO

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock, jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState
from conference.planning.entry import enter_conference
from conference.registry import access, actions, badges
from conference.registry.badge_jobs import FOLDER, KIND, badge_pdf
from conference.registry.rules import place_name
from conference.registry.views import bp, ring, step_in
from conference.web.forms import ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.site_files import SiteFiles
from conference.web.words import _

PDF = "application/pdf"


@bp.get("/conferences/<code>/badges", endpoint="badges")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def badges_page(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    files = SiteFiles.of(FOLDER, conference.id)
    may_print = g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id)
    only = access.paper_sites(g.actor, conference)
    totals = badges.totals(conference.id, only)
    if not totals.sites and not may_print:
        raise DomainError("not_found")
    page = addressed(badges.sites_page(conference.id, ask_from_request("q"), only))
    work = jobs.latest(KIND, conference.id)
    return render_template(
        "registry/badges.html",
        conference=conference,
        page=page,
        totals=totals,
        place_name=place_name,
        may_print=may_print,
        printed=files.made(page.items),
        has_archive=may_print and files.archive.exists(),
        work=work if work and work.state in (JobState.WAITING, JobState.RUNNING) else None,
        failed=work if work and work.state is JobState.FAILED else None,
    )


@bp.post("/conferences/<code>/badges")
@allow(Role.ORGANIZER)
def print_badges(code: str) -> ResponseReturnValue:
    """Have the badges made: of the sites that were ticked, or of all. While a run is under way it is the answer."""
    conference, reach = step_in(code)
    if not reach.may_change:
        raise DomainError("forbidden")
    chosen = ticked_rows(request.form, "sites")
    with transaction():
        running = jobs.latest(KIND, conference.id)
        if running is None or running.state not in (JobState.WAITING, JobState.RUNNING):
            payload = {"conference_id": conference.id, "site_ids": chosen or None}
            jobs.enqueue(KIND, payload, by=g.actor, at=clock.now(), conference_id=conference.id)
        else:
            flash(_("Đang in dở lần trước. Mời đồng chí đợi xong hoặc dừng lại."), "warn")
    return redirect(url_for("registry.badges", code=conference.code))


@bp.get("/conferences/<code>/badges/<int:site_id>.pdf")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def site_badges(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    path = SiteFiles.of(FOLDER, conference.id).site(site_id)
    if not access.may_fetch_papers(g.actor, conference, site_id) or not path.exists():
        raise DomainError("not_found")
    site = badges.site_with_people(conference.id, site_id)
    with transaction():
        actions.note_export(conference_id=conference.id, count=site.people, by=g.actor, at=clock.now())
    return send_file(path, PDF, as_attachment=True, download_name=f"the-{conference.code}-{site.code}.pdf")


@bp.get("/conferences/<code>/badges.zip")
@allow(Role.ORGANIZER)
def all_badges(code: str) -> ResponseReturnValue:
    conference, reach = step_in(code)
    path = SiteFiles.of(FOLDER, conference.id).archive
    if not reach.may_change or not path.exists():
        raise DomainError("not_found")
    count = badges.totals(conference.id, None).people
    with transaction():
        actions.note_export(conference_id=conference.id, count=count, by=g.actor, at=clock.now())
    return send_file(path, "application/zip", as_attachment=True, download_name=f"the-{conference.code}.zip")


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
    return send_file(BytesIO(pdf), PDF, download_name=f"the-{attendee.number}.pdf")
