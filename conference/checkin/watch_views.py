"""The organizer's table of what is unusual about each device."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from conference.checkin.case_views import DECIDING
from conference.checkin.device_views import bp as bp  # one blueprint for what is said of devices
from conference.checkin.watch import watched_devices
from conference.checkin.words import SIGNS
from conference.planning.entry import enter_conference
from conference.registry.rules import place_name
from conference.web.guard import allow

MOST_SHOWN = 500


@bp.get("/conferences/<code>/devices/watch")
@allow(*DECIDING)
def watch(code: str) -> ResponseReturnValue:
    """Who marks people present by hand, how fast, and takes back how much: those to ask about stand first."""
    conference = enter_conference(code)
    found = watched_devices(conference.id)
    return render_template(
        "checkin/watch.html",
        conference=conference,
        devices=found[:MOST_SHOWN],
        signed=sum(bool(one.signs) for one in found),
        words=SIGNS,
        place_name=place_name,
    )
