"""The attendee's side: scan the screen with the phone's own camera or type its digits, then "Tôi đã có mặt"."""

from __future__ import annotations

import re

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.checkin.answers import ItemAnswer
from conference.checkin.api_views import deliver
from conference.checkin.door_views import PARTS
from conference.checkin.own_devices import delivery_of, own_device_at, own_scan_item
from conference.checkin.queries import own_device, sessions_at
from conference.checkin.rules import Method, SessionTimes, Verdict
from conference.checkin.self_check import access, queries, rules, words
from conference.checkin.self_check.screen_views import bp
from conference.foundation import clock
from conference.foundation.actor import ActorKind, Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.planning.models import StudySession
from conference.planning.modules import Module, part_of
from conference.registry.access import attendee_themself
from conference.registry.called import sessions_of
from conference.registry.models import Attendee
from conference.registry.rules import place_name
from conference.registry.views import fragment
from conference.sites.models import ConferenceSite
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.limits import guard_tries, note_failed_try
from conference.web.words import _

MOST_WRONG_CODES = 10
"""Of one person in a quarter of an hour. Six digits, two of them good: guessing all night finds nothing."""

NOT_DIGIT = re.compile(r"[^0-9]")


def join_pages(app: Flask) -> None:
    """Stand on the attendee's own page while there is something to check in to."""
    app.extensions.setdefault("my_page_parts", []).append((10, my_page_part))


@part_of(Module.CHECKIN)
def my_page_part(attendee_id: int) -> Markup | None:
    attendee = db.session.get_one(Attendee, attendee_id)
    try:
        study_session, times = _session_on(attendee)
    except DomainError:
        return None
    if rules.obstacle_of_times(times, clock.now()) is not None:
        return None
    return fragment(
        "checkin/self/_my_part.html", stay=queries.stay_of(attendee_id, study_session.id), place_name=place_name
    )


def _session_on(attendee: Attendee) -> tuple[StudySession, SessionTimes]:
    """The study session that is on or next, else the last. Raises ``self_check_in_off``, ``no_study_session``."""
    conference = access.open_conference_of(attendee)
    found = [one for one in sessions_at(conference, attendee.site_id) if sessions_of(attendee.wave_id, one[:1])]
    if not found:
        raise DomainError("no_study_session")
    now = clock.now()
    return next((one for one in found if one[0].ends_at >= now), found[-1])


# ---- pages


@bp.get("/here/<int:site_id>/<int:study_session_id>/<digits>")
@allow(Role.ANYONE, Role.ATTENDEE)
def scanned(site_id: int, study_session_id: int, digits: str) -> ResponseReturnValue:
    """Where the QR on the screen leads: whoever's personal page is open on this phone is asked to confirm."""
    if g.actor.kind is not ActorKind.ATTENDEE:
        return render_template("checkin/self/no_page.html")
    attendee = attendee_themself(g.actor)
    _joined, study_session, _times = access.place_of(attendee, site_id, study_session_id)
    form = Form()
    if not _is_good(attendee, digits, site_id, study_session_id):
        form.fault("digits", _stale_sentence(), _("Mã trên màn hình"))
        return _page(attendee, form, study_session), 422
    return _confirm(attendee, site_id, study_session_id)


@bp.get("/my/here")
@allow(Role.ATTENDEE)
def here() -> ResponseReturnValue:
    attendee = attendee_themself(g.actor)
    return _page(attendee, Form(), _session_on(attendee)[0])


@bp.post("/my/here")
@allow(Role.ATTENDEE)
def check_in() -> ResponseReturnValue:
    """Count this person at a site, by its digits or by a pass that stands for them."""
    attendee = attendee_themself(g.actor)
    if text := request.form.get("pass"):
        found = rules.read_pass(_secret(), text, attendee=attendee.id, at=clock.now())
        if found is None:
            form = Form()
            form.fault("digits", _stale_sentence(), _("Mã trên màn hình"))
            return _page(attendee, form, _session_on(attendee)[0]), 422
        return _count(attendee, found.site, found.study_session, is_guest=request.form.get("guest") == "1")
    study_session = _session_on(attendee)[0]
    form = Form(request.form)
    digits = NOT_DIGIT.sub("", form.text("digits", _("Mã trên màn hình"), required=True, most=20))
    site_id = row_number(form.values.get("site", "")) or attendee.site_id
    if form.is_valid and not _is_good(attendee, digits, site_id, study_session.id):
        form.fault("digits", _stale_sentence(), _("Mã trên màn hình"))
    if not form.is_valid:
        return _page(attendee, form, study_session), 422
    if site_id != attendee.site_id:
        return _confirm(attendee, site_id, study_session.id)
    return _count(attendee, site_id, study_session.id, is_guest=False)


def _stale_sentence() -> str:
    return _("Mã không đúng hoặc đã đổi. Mời đồng chí nhìn màn hình và dùng mã đang hiện.")


def _is_good(attendee: Attendee, digits: str, site_id: int, study_session_id: int) -> bool:
    """Whether these are the digits of the screen. Raises ``too_many_tries`` for who keeps guessing."""
    key = f"self-check-in:{attendee.id}"
    guard_tries(key, most=MOST_WRONG_CODES)
    if rules.is_current(_secret(), digits, site=site_id, study_session=study_session_id, at=clock.now()):
        return True
    note_failed_try(key)
    return False


def _page(attendee: Attendee, form: Form, study_session: StudySession) -> str:
    """The state of this person in this study session, and the form while there is something to do."""
    joined, _row, times = access.place_of(attendee, attendee.site_id, study_session.id)
    stay = queries.stay_of(attendee.id, study_session.id)
    obstacle = None if stay else _obstacle(attendee, joined, study_session, times)
    return render_template(
        "checkin/self/here.html",
        attendee=attendee,
        study_session=study_session,
        parts=PARTS,
        stay=stay,
        says=words.person_sentence(obstacle, study_session) if obstacle else None,
        may_go_elsewhere=obstacle not in (rules.Obstacle.TAKEN_BACK, rules.Obstacle.NO_TICKET),
        form=form,
        sites=queries.sites_of(attendee.conference_id),
        place_name=place_name,
    )


def _confirm(attendee: Attendee, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """The right code was shown: where, which study session, as a guest or at home; one button."""
    joined, study_session, times = access.place_of(attendee, site_id, study_session_id)
    stay = queries.stay_of(attendee.id, study_session_id)
    if stay is not None:
        return redirect(url_for(".here"))
    obstacle = _obstacle(attendee, joined, study_session, times)
    made = rules.Pass(attendee.id, site_id, study_session_id)
    return render_template(
        "checkin/self/confirm.html",
        attendee=attendee,
        joined=joined,
        study_session=study_session,
        parts=PARTS,
        says=words.person_sentence(obstacle, study_session) if obstacle else None,
        seats=queries.seats_for_guests(study_session, site_id),
        pass_text=rules.pass_text(_secret(), made, at=clock.now()),
        place_name=place_name,
    ), 409 if obstacle else 200


def _obstacle(
    attendee: Attendee, joined: ConferenceSite, study_session: StudySession, times: SessionTimes
) -> rules.Obstacle | None:
    if obstacle := rules.obstacle_of_times(times, clock.now()):
        return obstacle
    if queries.was_taken_back(attendee.id, study_session.id):
        return rules.Obstacle.TAKEN_BACK
    device = own_device(joined.conference_id, joined.site_id, Method.SELF)
    if device is not None and device.revoked_at is not None:
        return rules.Obstacle.STOPPED
    if not attendee.ticket:
        return rules.Obstacle.NO_TICKET
    if joined.site_id != attendee.site_id:
        seats = queries.seats_for_guests(study_session, joined.site_id)
        if seats == 0:
            return rules.Obstacle.NO_SEATS
    return None


# ---- counting


def _count(attendee: Attendee, site_id: int, study_session_id: int, *, is_guest: bool) -> ResponseReturnValue:
    joined, study_session, times = access.place_of(attendee, site_id, study_session_id)
    if queries.stay_of(attendee.id, study_session_id) is not None:
        return redirect(url_for(".here"), 303)
    obstacle = _obstacle(attendee, joined, study_session, times)
    if obstacle is None and site_id != attendee.site_id and not is_guest:
        return _confirm(attendee, site_id, study_session_id)
    if obstacle is None:
        answer = _keep(attendee, joined, study_session, is_guest=is_guest and site_id != attendee.site_id)
        if answer.counts:
            late = answer.verdict is Verdict.LATE
            flash(_("Đã ghi đồng chí có mặt, đến muộn.") if late else _("Đã ghi đồng chí có mặt."), "ok")
            return redirect(url_for(".here"), 303)
        obstacle = rules.Obstacle.REFUSED
    form = Form()
    form.fault("", words.person_sentence(obstacle, study_session), "")
    return _page(attendee, form, study_session), 409


def _keep(attendee: Attendee, joined: ConferenceSite, study_session: StudySession, *, is_guest: bool) -> ItemAnswer:
    """One more fact, kept together with those of the doors that wait in the same moment."""
    at, ticket = clock.now(), attendee.ticket or ""
    conference, site_id, study_session_id = attendee.conference, joined.site_id, study_session.id
    device = own_device(conference.id, site_id, Method.SELF)
    if device is None:
        with transaction():
            device = own_device_at(conference=conference, site_id=site_id, method=Method.SELF, at=at)
    delivery = delivery_of(
        device,
        own_scan_item(ticket=ticket, study_session_id=study_session_id, method=Method.SELF, at=at, is_guest=is_guest),
    )
    db.session.rollback()  # who waits for a group to be written must not hold a connection meanwhile
    return deliver(delivery).items[0]


def _secret() -> str:
    secret: str = current_app.extensions["settings"].secret_key
    return secret
