"""The papers of each site: have them made for a site or for all, and fetch what is ready."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.checkin.pack_jobs import FOLDER, KIND
from conference.foundation import clock, jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.registry import access, actions, badges
from conference.registry.rules import place_name
from conference.web.forms import ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.site_files import SiteFiles
from conference.web.words import _

bp = Blueprint("checkin_packs", __name__)
UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


def _may_print(conference: Conference) -> bool:
    return bool(g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id))


@bp.get("/conferences/<code>/packs")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def packs(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    files, may_print = SiteFiles.of(FOLDER, conference.id), _may_print(conference)
    only = access.paper_sites(g.actor, conference)
    totals = badges.totals(conference.id, only)
    if not totals.sites and not may_print:
        raise DomainError("not_found")
    page = addressed(badges.sites_page(conference.id, ask_from_request("q"), only))
    work = jobs.latest(KIND, conference.id)
    return render_template(
        "checkin/packs.html",
        conference=conference,
        page=page,
        totals=totals,
        place_name=place_name,
        may_print=may_print,
        printed=files.made(page.items),
        has_archive=may_print and files.archive.exists(),
        work=work if work and work.state in UNDER_WAY else None,
        failed=work if work and work.state is JobState.FAILED else None,
    )


@bp.post("/conferences/<code>/packs")
@allow(Role.ORGANIZER)
def print_packs(code: str) -> ResponseReturnValue:
    """Have the packs made: of the sites that were ticked, or of all. While a run is under way it is the answer."""
    conference = enter_conference(code)
    if not _may_print(conference):
        raise DomainError("not_found")
    chosen = ticked_rows(request.form, "sites")
    with transaction():
        running = jobs.latest(KIND, conference.id)
        if running is None or running.state not in UNDER_WAY:
            payload = {"conference_id": conference.id, "site_ids": chosen or None}
            jobs.enqueue(KIND, payload, by=g.actor, at=clock.now(), conference_id=conference.id)
        else:
            flash(_("Đang in dở lần trước. Mời đồng chí đợi xong hoặc dừng lại."), "warn")
    return redirect(url_for("checkin_packs.packs", code=conference.code))


@bp.get("/conferences/<code>/packs/<int:site_id>.pdf")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def site_pack(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    path = SiteFiles.of(FOLDER, conference.id).site(site_id)
    if not access.may_fetch_papers(g.actor, conference, site_id) or not path.exists():
        raise DomainError("not_found")
    site = badges.site_with_people(conference.id, site_id)
    with transaction():
        actions.note_export(conference_id=conference.id, count=site.people, by=g.actor, at=clock.now())
    name = f"ho-so-{conference.code}-{site.code}.pdf"
    return send_file(path, "application/pdf", as_attachment=True, download_name=name)


@bp.get("/conferences/<code>/packs.zip")
@allow(Role.ORGANIZER)
def all_packs(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    path = SiteFiles.of(FOLDER, conference.id).archive
    if not _may_print(conference) or not path.exists():
        raise DomainError("not_found")
    count = badges.totals(conference.id, None).people
    with transaction():
        actions.note_export(conference_id=conference.id, count=count, by=g.actor, at=clock.now())
    return send_file(path, "application/zip", as_attachment=True, download_name=f"ho-so-{conference.code}.zip")
