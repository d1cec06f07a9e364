"""The sheets with which phones enrol: A4, half a page a site, for one site or for all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import current_app

from conference.adapters.qr import address_qr_path
from conference.adapters.typst_pdf import render_pdf
from conference.checkin import device_queries, enrolling
from conference.checkin.device_rules import link_token
from conference.checkin.models import EnrolmentLink
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Task, job
from conference.planning.models import Conference
from conference.registry.rules import place_name
from conference.settings import Settings
from conference.sites.models import Site
from conference.web import filters

KIND = "devices.print_links"
SITES_A_TRANSACTION = 50
WORDS = {
    "title": "Ghi máy điểm danh",
    "site": "Điểm cầu",
    "steps": [
        "Mở camera của điện thoại, đưa vào mã QR in kèm, bấm vào địa chỉ hiện ra.",
        "Chọn mã PIN 4 đến 8 chữ số, nhắc lại một lần, bấm “Ghi máy này”.",
        "Nhập PIN để mở trang điểm danh. Mất mạng vẫn quét được.",
    ],
    "number": "Mã số",
    "until": "Dùng được một lần, cho một máy, đến",
    "more": "Máy thứ hai cần mã khác: phụ trách điểm cầu tự cấp trong mục Máy điểm danh, hoặc gọi Ban Tổ chức.",
}
"""Letters and prints are Vietnamese."""


def printed_links(conference_id: int) -> Path:
    """Where the sheet of a conference lies."""
    settings: Settings = current_app.extensions["settings"]
    return settings.files_dir / "enrolment" / f"{conference_id}.pdf"


def enrolment_address(settings: Settings, link_id: int) -> str:
    """What a phone opens. The token stands behind #, which no browser sends to a server or a log."""
    return f"{settings.address}/door/enrol#{link_token(settings.secret_key, link_id)}"


@job(KIND)
def print_links(task: Task) -> dict[str, Any]:
    """A sheet for the sites in the payload, or for all. Run again it makes no further links: unused ones lie there."""
    conference = db.session.get(Conference, task.payload["conference_id"])
    if conference is None:
        raise DomainError("not_found")
    sites = device_queries.sites_in_order(conference.id, task.payload["site_ids"])
    links: dict[int, EnrolmentLink] = {}
    for start in range(0, len(sites), SITES_A_TRANSACTION):
        some = [site.id for site in sites[start : start + SITES_A_TRANSACTION]]
        with transaction():
            links |= enrolling.links_to_print(conference=conference, site_ids=some, by=SYSTEM, at=clock.now())
        task.progress(len(links), len(sites) + 1)
    target = printed_links(conference.id)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".part")
    half.write_bytes(link_sheets(conference, sites, links))
    os.replace(half, target)  # a reader meets the old file or the new one, never half of one
    task.progress(len(sites) + 1, len(sites) + 1)
    return {"sites": len(sites), "page": ["checkin_devices.enrolment", {"code": conference.code}]}


def link_sheets(conference: Conference, sites: Sequence[Site], links: dict[int, EnrolmentLink]) -> bytes:
    """The PDF: for each site its code, how to use it, and until when."""
    settings: Settings = current_app.extensions["settings"]
    data = {
        "conference": conference.title,
        "days": filters.day(conference.starts_on),
        "address": settings.address,
        "words": WORDS,
        "sites": [{"name": place_name(site.name), **on_paper(links[site.id])} for site in sites],
    }
    return render_pdf("enrolment", data)


def on_paper(link: EnrolmentLink) -> dict[str, Any]:
    """What a template draws of a link: its code, its number, and until when it may be used."""
    path, modules = address_qr_path(enrolment_address(current_app.extensions["settings"], link.id))
    return {"qr": path, "modules": modules, "until": filters.moment(link.expires_at), "number": f"{link.id}"}
