"""What a letter about a change of the plan says to one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask

from conference.foundation.db import db
from conference.notices.letters import tell_more
from conference.notices.models import MailKind
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.registry.told import release_of
from conference.releases import queries, words
from conference.releases.rules import Seat, differences
from conference.releases.writing import told_before


def change_facts(attendee: Attendee, at: datetime) -> dict[str, Any]:
    """Between the release that this person was told before and the one that stands now."""
    number = db.session.get_one(Conference, attendee.conference_id).release_number
    release = release_of(attendee.conference_id, number)
    base = release_of(attendee.conference_id, told_before(attendee.id, number))
    if release is None or base is None:
        return {"changes": []}
    former, plan = queries.plan_released(base), queries.plan_released(release)
    after = queries.seat_in(release.id, attendee.id) or Seat(attendee.site_id, attendee.seat, attendee.wave_id)
    before = queries.seat_in(base.id, attendee.id)
    return {"changes": words.sentences_for(before, after, differences(former, plan, []), plan, former)}


def join_letters(app: Flask) -> None:
    tell_more(app, MailKind.CHANGE, change_facts)
