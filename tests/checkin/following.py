"""People who follow online: their phones, and what these send."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from conference.accounts.sessions import cookie_name
from conference.checkin.online.actions import allow_online, lay_down_rule
from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.rules import Prompt, Rule, hours_of, prompts_of
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.registry.links import link_token
from conference.registry.tickets import key_ring
from tests.checkin.conftest import Doors
from tests.conftest import SECRET
from tests.factories import local
from tests.people import prove_origin

ROOM = "https://zoom.example.vn/j/123?pwd=abc"
RULE = Rule()
HOURS = hours_of(local("08:00"), local("11:30"), RULE)
FORM = {
    "room_url": ROOM,
    "opens_before_minutes": "30",
    "least_minutes": "70",
    "least_answers": "50",
    "prompts": "3",
    "prompt_minutes": "4",
    "late_after_minutes": "15",
}


def open_room(doors: Doors) -> Doors:
    """Numbers 1, 2 and 5 may follow online by the usual rule."""
    with doors.app.app_context(), transaction():
        conference = db.session.get_one(Conference, doors.conference)
        facts, keys = RuleFacts(ROOM, RULE), key_ring(SECRET)
        lay_down_rule(conference=conference, version=0, facts=facts, keys=keys, by=SYSTEM, at=local("06:00"))
        allow(doors, 1, 2, 5)
    return doors


def allow(doors: Doors, *numbers: int, allowed: bool = True) -> None:
    allow_online(
        conference=db.session.get_one(Conference, doors.conference),
        attendee_ids=[doors.attendee_ids[number] for number in numbers],
        allowed=allowed,
        keys=key_ring(SECRET),
        by=SYSTEM,
        at=local("06:00"),
    )


def phone_of(doors: Doors, number: int) -> FlaskClient:
    client = prove_origin(doors.app.test_client())
    with doors.app.app_context():
        client.set_cookie(cookie_name("attendee"), link_token(SECRET, doors.attendee_ids[number], 1))
    return client


def prompts(doors: Doors, number: int) -> list[Prompt]:
    attendee = doors.attendee_ids[number]
    return prompts_of(SECRET, attendee=attendee, study_session=doors.morning, hours=HOURS, rule=RULE)


def send(phone: FlaskClient, doors: Doors, ages: list[float], *answers: tuple[int, float]) -> Any:
    sent = {
        "study_session": doors.morning,
        "ages": ages,
        "answers": [{"prompt": prompt, "age": age} for prompt, age in answers],
    }
    return phone.post("/my/online/signs", json=sent)


def follow(phone: FlaskClient, doors: Doors, clock: Any, *, until: datetime, answer: tuple[int, ...]) -> Any:
    """Signs every two minutes from now on, answering these prompts when the page shows them."""
    told: Any = None
    while clock.move(minutes=2) <= until:
        told = send(phone, doors, [0, 60]).get_json()
        if told["prompt"] and told["prompt"]["number"] in answer:
            told = send(phone, doors, [0], (told["prompt"]["number"], 0)).get_json()
    return told
