"""Counting the hall by eye: the host's page, what programs send, and where the organizer sees what differs."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.checkin import access, headcounts
from conference.checkin.answers import described_hall, iso
from conference.checkin.api_views import as_json, sent_json
from conference.checkin.api_views import bp as api_bp
from conference.checkin.case_views import DECIDING
from conference.checkin.door_views import AT_THE_DOOR, PARTS
from conference.checkin.door_views import bp as bp  # one blueprint for the area's pages
from conference.checkin.forms import MOST_IN_A_HALL, read_hall_count, read_uuid
from conference.foundation import chance, clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.planning.entry import enter_conference
from conference.planning.models import Conference, StudySession
from conference.planning.modules import Module, part_of
from conference.planning.queries import study_sessions_of
from conference.registry.rules import place_name
from conference.registry.views import fragment, session_word
from conference.sites.models import ConferenceSite
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _


@bp.get("/door/<code>/<int:site_id>/<int:study_session_id>/headcount")
@allow(*AT_THE_DOOR)
def headcount(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    door = access.door_for(g.actor, code, site_id)
    study_session = access.study_session_of(door.conference, study_session_id)
    return _headcount_page(door, study_session, Form({"id": str(chance.uuid())}))


def _headcount_page(door: ConferenceSite, study_session: StudySession, form: Form) -> str:
    return render_template(
        "checkin/headcount.html",
        door=door,
        study_session=study_session,
        parts=PARTS,
        counts=headcounts.counts_at(study_session.id, door.site_id),
        tolerance=door.conference.headcount_tolerance,
        form=form,
    )


@bp.post("/door/<code>/<int:site_id>/<int:study_session_id>/headcount")
@allow(*AT_THE_DOOR)
def count_hall(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """Keep what the host has counted. The page's own id makes a second press harmless."""
    door = access.door_for(g.actor, code, site_id)
    study_session = access.study_session_of(door.conference, study_session_id)
    form = Form(request.form)
    id = read_uuid(form.values.get("id")) or chance.uuid()
    people = form.whole("people", _("Số người trong hội trường"), low=0, high=MOST_IN_A_HALL)
    if people is None:
        form.values["id"] = str(id)
        return _headcount_page(door, study_session, form), 422
    at = clock.now()
    with transaction():
        headcounts.count_hall(
            id=id, study_session=study_session, site_id=site_id, people=people, counted_at=None, by=g.actor, at=at
        )
    flash(_("Đã ghi số đếm."), "ok")
    return redirect(url_for(".headcount", code=code, site_id=site_id, study_session_id=study_session_id), 303)


@part_of(Module.CHECKIN)
def halls_of_site(conference: Conference, joined: ConferenceSite) -> Markup | None:
    """On a site's page, for who counts or decides there: the hall by eye beside the door, in each study session."""
    if not access.may_close(g.actor, joined):
        return None
    sessions = study_sessions_of([conference.id])[conference.id]
    found = headcounts.halls_of_door(conference.id, joined.site_id)
    counts = [(session_word(one), found[one.id]) for one in sessions if one.id in found]
    return fragment(
        "checkin/_site_halls.html", conference=conference, counts=counts, tolerance=conference.headcount_tolerance
    )


@bp.get("/conferences/<code>/headcounts")
@allow(*DECIDING)
def hall_counts(code: str) -> ResponseReturnValue:
    """The latest count of every hall, those that differ most first."""
    conference = enter_conference(code)
    sessions = study_sessions_of([conference.id])[conference.id]
    words = {one.id: session_word(one) for one in sessions}
    counts = sorted(
        headcounts.latest_counts(conference.id), key=lambda one: (-abs(one.difference), -one.counted_at.timestamp())
    )
    return render_template(
        "checkin/headcounts.html", conference=conference, counts=counts, sessions=words, place_name=place_name
    )


@api_bp.post("/api/v1/headcounts")
@allow(Role.DEVICE)
def receive_headcount() -> ResponseReturnValue:
    """Keep one count of the hall. The same id with the same body changes nothing."""
    sent = read_hall_count(sent_json())
    device = access.device_that_counted(g.actor, g.token_hash, sent.counted_at, at=clock.now())
    with transaction():
        conference = db.session.get_one(Conference, device.conference_id)
        study_session = access.study_session_of(conference, sent.study_session)
        headcounts.count_hall(
            id=sent.id,
            study_session=study_session,
            site_id=device.site_id,
            people=sent.people,
            counted_at=sent.counted_at,
            by=g.actor,
            at=clock.now(),
        )
    hall = headcounts.halls_of_door(device.conference_id, device.site_id)[sent.study_session]
    return as_json({"id": str(sent.id), "hall": described_hall(hall), "server_time": iso(clock.now())})
