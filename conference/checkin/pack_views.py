"""The papers of each site: have them made for a site or for all, and fetch what is ready."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from conference.checkin.pack_jobs import FOLDER, KIND
from conference.foundation.actor import Role
from conference.registry.site_paper_views import SitePapers
from conference.web.guard import allow

bp = Blueprint("checkin_packs", __name__)
papers = SitePapers(KIND, FOLDER, "ho-so", "checkin/packs.html", "checkin_packs.packs")


@bp.get("/conferences/<code>/packs")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def packs(code: str) -> ResponseReturnValue:
    return papers.listed(code)


@bp.post("/conferences/<code>/packs")
@allow(Role.ORGANIZER)
def print_packs(code: str) -> ResponseReturnValue:
    return papers.have_printed(code)


@bp.get("/conferences/<code>/packs/<int:site_id>.pdf")
@allow(Role.ORGANIZER, Role.SITE_HOST)
def site_pack(code: str, site_id: int) -> ResponseReturnValue:
    return papers.of_site(code, site_id)


@bp.get("/conferences/<code>/packs.zip")
@allow(Role.ORGANIZER)
def all_packs(code: str) -> ResponseReturnValue:
    return papers.of_all(code)
