"""Stepping into a conference at the start of a staff view: found, permitted, and known to the page around it."""

from __future__ import annotations

from flask import g

from conference.foundation.errors import DomainError
from conference.planning.access import conference_for, conference_to_change
from conference.planning.models import Conference, ConferenceState


def enter_conference(code: str) -> Conference:
    """The conference of this address, for ``g.actor``; raises ``not_found``. The page's masthead shows it."""
    conference = conference_for(g.actor, code)
    g.conference = conference
    return conference


def enter_to_change(code: str) -> Conference:
    """The same, for someone who is about to change it; also raises ``forbidden`` and ``conference_closed``."""
    conference = conference_to_change(g.actor, code)
    g.conference = conference
    return conference


def enter_to_name(code: str) -> Conference:
    """The same, for someone who brings people into it and may not change it otherwise; raises ``conference_closed``."""
    conference = enter_conference(code)
    if conference.state is ConferenceState.CLOSED:
        raise DomainError("conference_closed")
    return conference
