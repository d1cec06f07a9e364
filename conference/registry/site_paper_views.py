"""Badges and packs: PDFs of one kind, one a site. The list with what is ready, having them made, fetching them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

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
from conference.web.paging import addressed, ask_from_request
from conference.web.site_files import SiteFiles
from conference.web.words import _

UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True)
class SitePapers:
    """``kind`` is that of the job, ``folder`` where its files lie, with ``word`` begins the name of a fetched file.

    Every method raises ``not_found`` to who may not see what it answers with.
    """

    kind: str
    folder: str
    word: str
    template: str
    endpoint: str

    def listed(self, code: str) -> ResponseReturnValue:
        """The list of sites, page by page, with what is ready."""
        conference = enter_conference(code)
        files, may_print = SiteFiles.of(self.folder, conference.id), _may_print(conference)
        only = access.paper_sites(g.actor, conference)
        totals = badges.totals(conference.id, only)
        if not totals.sites and not may_print:
            raise DomainError("not_found")
        page = addressed(badges.sites_page(conference.id, ask_from_request("q"), only))
        work = jobs.latest(self.kind, conference.id)
        return render_template(
            self.template,
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

    def have_printed(self, code: str) -> ResponseReturnValue:
        """Have them made: of the sites that were ticked, or of all. While a run is under way it is the answer."""
        conference = enter_conference(code)
        if not _may_print(conference):
            raise DomainError("not_found")
        chosen = ticked_rows(request.form, "sites")
        with transaction():
            running = jobs.latest(self.kind, conference.id)
            if running is None or running.state not in UNDER_WAY:
                payload = {"conference_id": conference.id, "site_ids": chosen or None}
                jobs.enqueue(self.kind, payload, by=g.actor, at=clock.now(), conference_id=conference.id)
            else:
                flash(_("Đang in dở lần trước. Mời đồng chí đợi xong hoặc dừng lại."), "warn")
        return redirect(url_for(self.endpoint, code=conference.code))

    def of_site(self, code: str, site_id: int) -> ResponseReturnValue:
        """The file of one site; that it was taken is noted."""
        conference = enter_conference(code)
        path = SiteFiles.of(self.folder, conference.id).site(site_id)
        if not access.may_fetch_papers(g.actor, conference, site_id) or not path.exists():
            raise DomainError("not_found")
        site = badges.site_with_people(conference.id, site_id)
        with transaction():
            actions.note_export(conference_id=conference.id, count=site.people, by=g.actor, at=clock.now())
        name = f"{self.word}-{conference.code}-{site.code}.pdf"
        return send_file(path, "application/pdf", as_attachment=True, download_name=name)

    def of_all(self, code: str) -> ResponseReturnValue:
        """The archive of all sites; that it was taken is noted."""
        conference = enter_conference(code)
        path = SiteFiles.of(self.folder, conference.id).archive
        if not _may_print(conference) or not path.exists():
            raise DomainError("not_found")
        count = badges.totals(conference.id, None).people
        with transaction():
            actions.note_export(conference_id=conference.id, count=count, by=g.actor, at=clock.now())
        return send_file(
            path, "application/zip", as_attachment=True, download_name=f"{self.word}-{conference.code}.zip"
        )


def _may_print(conference: Conference) -> bool:
    return bool(g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id))
