"""The list of devices that count at the doors, the links with which new ones enrol, and the way to end either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.adapters.qr import address_qr_path
from conference.checkin import access, actions, device_queries, enrolling
from conference.checkin.case_views import DECIDING
from conference.checkin.device_jobs import KIND, enrolment_address, printed_links
from conference.checkin.device_rules import DeviceState, LinkState, Look, device_state, link_state, looks
from conference.checkin.models import EnrolmentLink
from conference.foundation import clock, jobs
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState
from conference.foundation.journal import record
from conference.planning.entry import enter_conference
from conference.planning.models import Conference, ConferenceState
from conference.planning.modules import Module, part_of
from conference.registry.rules import place_name
from conference.registry.views import fragment
from conference.sites.models import ConferenceSite
from conference.web.forms import ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

bp = Blueprint("checkin_devices", __name__)

EQUIPPING = (*DECIDING, Role.SITE_HOST)
UNDER_WAY = (JobState.WAITING, JobState.RUNNING)

LOOKS = {
    Look.QUEUE: lazy("Còn lượt quét chưa gửi, máy đang im"),
    Look.CLOCK: lazy("Đồng hồ lệch quá 2 phút"),
    Look.ROSTER: lazy("Danh sách đã cũ"),
    Look.PREFLIGHT: lazy("Kiểm tra máy chưa đạt"),
}
DEVICE_STATES = {
    DeviceState.ACTIVE: ("active", lazy("Đang dùng")),
    DeviceState.REVOKED: ("inactive", lazy("Đã thu hồi")),
    DeviceState.EXPIRED: ("over", lazy("Hết hạn")),
}
LINK_STATES = {
    LinkState.OPEN: ("todo", lazy("Chưa dùng")),
    LinkState.USED: ("done", lazy("Đã dùng")),
    LinkState.REVOKED: ("inactive", lazy("Đã thu hồi")),
    LinkState.EXPIRED: ("over", lazy("Hết hạn")),
}
STATES = (
    ("look", lazy("Cần xem")),
    (Look.QUEUE.value, lazy("Còn lượt chưa gửi, đang im")),
    (Look.CLOCK.value, lazy("Đồng hồ lệch")),
    (Look.ROSTER.value, lazy("Danh sách cũ")),
    (Look.PREFLIGHT.value, lazy("Kiểm tra chưa đạt")),
    ("active", lazy("Đang dùng")),
    ("ended", lazy("Đã kết thúc")),
)


# ---- devices


@bp.get("/conferences/<code>/devices")
@allow(*EQUIPPING)
def devices(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    own, at = access.sites_to_equip(g.actor, conference), clock.now()
    page = device_queries.devices_page(conference.id, own, ask_from_request("q", "site", "state"), at)
    return render_template(
        "checkin/devices.html",
        conference=conference,
        page=addressed(page),
        at=at,
        state_of={row.Device.id: DEVICE_STATES[device_state(row.Device, at)] for row in page.items},
        looks_of={row.Device.id: [LOOKS[look] for look in looks(row.Device, at)] for row in page.items},
        states=STATES,
        place_name=place_name,
        may_watch=bool(g.actor.roles & set(DECIDING)),
    )


@bp.post("/conferences/<code>/devices/<int:device_id>/revocation")
@allow(*EQUIPPING)
def revoke(code: str, device_id: int) -> ResponseReturnValue:
    """From now on the device may only deliver what it still holds."""
    conference = enter_conference(code)
    device = access.device_for(g.actor, conference, device_id)
    with transaction():
        actions.revoke_device(device=device, by=g.actor, at=clock.now())
    flash(_("Đã thu hồi máy. Lượt quét máy còn giữ vẫn gửi được trong 30 ngày."), "ok")
    return redirect(url_for(".devices", code=code), 303)


@part_of(Module.CHECKIN)
def devices_of_site(conference: Conference, joined: ConferenceSite) -> Markup | None:
    """On a site's page, for who may let devices in there: which are in use, and the way to one more."""
    if not access.may_equip(g.actor, conference, joined.site_id):
        return None
    at = clock.now()
    found = device_queries.active_devices_at(conference.id, joined.site_id, at)
    return fragment(
        "checkin/_site_devices.html",
        conference=conference,
        joined=joined,
        devices=found,
        looks_of={device.id: [LOOKS[look] for look in looks(device, at)] for device in found},
    )


# ---- links


@bp.get("/conferences/<code>/enrolment")
@allow(*EQUIPPING)
def enrolment(code: str) -> ResponseReturnValue:
    """Which sites have devices and unused links; from here links are made, for one site or for all."""
    conference = enter_conference(code)
    own = access.sites_to_equip(g.actor, conference)
    page = device_queries.sites_page(conference.id, own, ask_from_request("q", "state"), clock.now())
    work = jobs.latest(KIND, conference.id) if own is None else None
    return render_template(
        "checkin/enrolment.html",
        conference=conference,
        page=addressed(page),
        place_name=place_name,
        may_print=own is None,
        is_published=conference.state is ConferenceState.PUBLISHED,
        is_printed=own is None and printed_links(conference.id).exists(),
        work=work if work and work.state in UNDER_WAY else None,
        failed=work is not None and work.state is JobState.FAILED,
    )


@bp.get("/conferences/<code>/enrolment/<int:site_id>")
@allow(*EQUIPPING)
def site_enrolment(code: str, site_id: int) -> ResponseReturnValue:
    """The links of one site, the unused ones with their code, and the devices in use there."""
    conference = enter_conference(code)
    joined, at = access.site_to_equip(g.actor, conference, site_id), clock.now()
    links = device_queries.links_of(conference.id, site_id)
    return render_template(
        "checkin/site_enrolment.html",
        conference=conference,
        joined=joined,
        place=place_name(joined.site.name),
        is_published=conference.state is ConferenceState.PUBLISHED,
        codes=[_code(link) for link in links if link_state(link, at) is LinkState.OPEN],
        links=[link for link in links if link_state(link, at) is not LinkState.OPEN],
        state_of={link.id: LINK_STATES[link_state(link, at)] for link in links},
        devices=device_queries.active_devices_at(conference.id, site_id, at),
    )


@dataclass(frozen=True)
class Code:
    """An unused link as it is shown: its address, and the address as a picture."""

    link: EnrolmentLink
    address: str
    path: str
    size: int


def _code(link: EnrolmentLink) -> Code:
    address = enrolment_address(current_app.extensions["settings"], link.id)
    return Code(link, address, *address_qr_path(address))


@bp.post("/conferences/<code>/enrolment/<int:site_id>")
@allow(*EQUIPPING)
def make_link(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    joined = access.site_to_equip(g.actor, conference, site_id)
    with transaction():
        enrolling.make_link(conference=conference, site_id=joined.site_id, by=g.actor, at=clock.now())
    return redirect(url_for(".site_enrolment", code=code, site_id=site_id), 303)


@bp.post("/conferences/<code>/enrolment/<int:site_id>/<int:link_id>/revocation")
@allow(*EQUIPPING)
def revoke_link(code: str, site_id: int, link_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    link = access.link_for(g.actor, conference, site_id, link_id)
    with transaction():
        enrolling.revoke_link(link=link, by=g.actor, at=clock.now())
    flash(_("Đã thu hồi mã. Không máy nào ghi được bằng mã này nữa."), "ok")
    return redirect(url_for(".site_enrolment", code=code, site_id=site_id), 303)


@bp.post("/conferences/<code>/enrolment")
@allow(*DECIDING)
def print_links(code: str) -> ResponseReturnValue:
    """Have a sheet made: of the sites that were ticked, or of all. While a run is under way it is the answer."""
    conference = enter_conference(code)
    if access.sites_to_equip(g.actor, conference) is not None:
        raise DomainError("not_found")
    if conference.state is not ConferenceState.PUBLISHED:
        raise DomainError("enrol_before_publishing")
    chosen = ticked_rows(request.form, "sites")
    with transaction():
        running = jobs.latest(KIND, conference.id)
        if running is None or running.state not in UNDER_WAY:
            payload: dict[str, Any] = {"conference_id": conference.id, "site_ids": chosen or None}
            jobs.enqueue(KIND, payload, by=g.actor, at=clock.now(), conference_id=conference.id)
        else:
            flash(_("Đang in dở lần trước. Mời đồng chí đợi xong hoặc dừng lại."), "warn")
    return redirect(url_for(".enrolment", code=code), 303)


@bp.get("/conferences/<code>/enrolment.pdf")
@allow(*DECIDING)
def printed(code: str) -> ResponseReturnValue:
    """The sheet as it was last made. Whoever holds it can enrol devices, so who took it is noted."""
    conference = enter_conference(code)
    path = printed_links(conference.id)
    if access.sites_to_equip(g.actor, conference) is not None or not path.exists():
        raise DomainError("not_found")
    with transaction():
        record(by=g.actor, at=clock.now(), action="enrolment_link.export", subject=("conference", conference.id))
    return send_file(path, "application/pdf", as_attachment=True, download_name=f"ma-ghi-may-{conference.code}.pdf")
