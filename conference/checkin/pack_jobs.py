"""The papers of each site as one PDF: cover, enrolment code, lists, sheets to sign, spare badges, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from conference.adapters.qr import qr_path, row_qr_path
from conference.adapters.typst_pdf import render_pdf
from conference.checkin import enrolling, packs
from conference.checkin.device_jobs import WORDS, on_paper
from conference.checkin.models import EnrolmentLink
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Task, job
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.planning.queries import study_sessions_of
from conference.planning.words import PARTS
from conference.registry import badges
from conference.registry.row_codes import RowCode
from conference.registry.rules import masked_birth, place_name
from conference.registry.tickets import Ticket, key_ring
from conference.sites.models import ConferenceSite
from conference.web import filters
from conference.web.site_files import SiteFiles

KIND = "packs.print"
FOLDER = "packs"


@job(KIND)
def print_packs(task: Task) -> dict[str, Any]:
    """Packs of the sites in the payload, or of all. Safe to run again: a file is replaced whole."""
    conference = packs.conference_of(task.payload["conference_id"])
    if conference is None:
        raise DomainError("not_found")
    wanted = task.payload.get("site_ids")
    everywhere = badges.sites_with_people(conference.id)
    sites = [site for site in everywhere if site.people and (wanted is None or site.id in wanted)]
    sessions = study_sessions_of([conference.id])[conference.id]
    readings = packs.readings_of(conference.id)

    def pdf_of(site: Any) -> bytes:
        joined, at = packs.joined_site(conference.id, site.id), clock.now()
        link = _link_to_print(conference, site.id, at)
        people = packs.people_of(conference.id, site.id)
        return pack_pdf(conference, joined, sessions, people, readings, link=link, at=at)

    people = SiteFiles.of(FOLDER, conference.id).make(task, sites, pdf_of, is_all=wanted is None)
    return {"sites": len(sites), "people": people, "page": ["checkin_packs.packs", {"code": conference.code}]}


def _link_to_print(conference: Conference, site_id: int, at: datetime) -> EnrolmentLink | None:
    """The site's unused link, or a new one when the last was used, revoked or over; none before publishing. A pack
    that is printed again does not undo the one that already lies at the site."""
    if conference.state is not ConferenceState.PUBLISHED:
        return None
    with transaction():
        return enrolling.links_to_print(conference=conference, site_ids=[site_id], by=SYSTEM, at=at)[site_id]


def pack_pdf(
    conference: Conference,
    joined: ConferenceSite,
    sessions: list[StudySession],
    people: Any,
    readings: Sequence[packs.Readings],
    *,
    link: EnrolmentLink | None,
    at: datetime,
) -> bytes:
    """The pack of one site. It says when it was printed: whoever is called later stands on no printed list."""
    zone = ZoneInfo(conference.timezone)
    site, hall = joined.site, joined.hall
    data: dict[str, Any] = {
        "superior": conference.host_unit.name if site.host_unit_id != conference.host_unit_id else "",
        "body": site.host_unit.name,
        "title": conference.title,
        "place": place_name(site.name),
        "province": site.province,
        "printed": at.astimezone(zone).strftime("%H:%M %d/%m/%Y"),
        "printed_on": _date_line(at.astimezone(zone)),
        "address": site.address,
        "hall": f"{hall.name}, {filters.number(hall.capacity)} chỗ" if hall else "",
        "manager": joined.manager_name,
        "phone": filters.phone(joined.manager_phone),
        "spares": [],
        "spare_modules": 0,
        "blank_rows": packs.ROWS_FOR_OTHERS,
        "sessions": [_session(one, zone, conference.late_after_minutes) for one in sessions],
        "has_seats": any(person.seat for person in people),
        "enrolment": {"words": WORDS, **on_paper(link)} if link else None,
        "modules": 0,
        "people": [],
        "readings": [asdict(one) for one in readings],
        "plan_address": f"{current_app.extensions['settings'].address}/conferences/{conference.code}/plan",
    }
    for place, person in enumerate(people, start=1):
        path, data["modules"] = row_qr_path(RowCode(conference.id, person.number).digits())
        data["people"].append(
            {
                "place": place,
                "name": person.full_name,
                "number": person.number,
                "born": masked_birth(person.birth_date, person.birth_year),
                "position": person.position,
                "unit": person.unit_name,
                "seat": person.seat or "",
                "wave": person.wave_id,
                "qr": path,
            }
        )
    count = packs.spares_for(len(people))
    ring = key_ring(current_app.extensions["settings"].secret_key)
    badges = [Ticket.of_spare(conference.id, site.id, number) for number in range(1, count + 1)]
    for number, digits in enumerate(ring.issue_many(badges), start=1):
        path, data["spare_modules"] = qr_path(digits)
        data["spares"].append({"number": number, "qr": path})
    return render_pdf("pack", data)


def _session(session: StudySession, zone: ZoneInfo, late_after_minutes: int) -> dict[str, Any]:
    def hour(moment: datetime) -> str:
        return moment.astimezone(zone).strftime("%H:%M")

    return {
        "name": f"{PARTS[session.part]} {filters.day(session.held_on)}",
        "weekday": filters.weekday(session.held_on),
        "opens": hour(session.doors_open_at),
        "starts": hour(session.starts_at),
        "ends": hour(session.ends_at),
        "late": str(late_after_minutes),
        "wave": session.wave_id,
    }


def _date_line(moment: datetime) -> str:
    """Two digits for days below ten and for January and February, as the rules for documents want it."""
    month = f"{moment.month:02}" if moment.month < 3 else str(moment.month)
    return f"ngày {moment.day:02} tháng {month} năm {moment.year}"
