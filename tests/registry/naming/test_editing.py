"""Correcting a person on screen: by the organizer, by the own officer until the freeze, never over a newer edit."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.journal import JournalEntry
from conference.registry.models import Attendee
from tests.registry.hall import Hall, build
from tests.registry.naming.test_naming import open_naming


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def form_of(client, hall: Hall, name: str) -> dict[str, str]:
    page = client.get(hall.person(name, "/edit")).text
    fields = dict(re.findall(r'<input [^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    assert "selected>Nam" in page
    return {"sex": "male"} | {key: fields[key] for key in ("stamp", "full_name", "birth", "position", "phone", "email")}


def test_a_name_is_mended_and_only_the_fields_are_in_the_journal(people, hall):
    client = people["organizer"]
    sent = form_of(client, hall, "Dương Văn An") | {"full_name": "Dương Văn Ân", "phone": "0912 000 111"}
    assert client.post(hall.person("Dương Văn An", "/edit"), data=sent).status_code == 303
    page = client.get(hall.person("Dương Văn An")).text
    assert "Dương Văn Ân" in page
    assert "0912 000 111" in page
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "person.edit")).one()
    assert entry.after == {"fields": ["full_name", "phone"]}
    assert "Ân" in client.get(hall.url("/people"), query_string={"q": "duong van an"}).text


def test_an_older_page_overwrites_nothing(people, hall):
    client, url = people["organizer"], hall.person("Dương Văn An", "/edit")
    sent = form_of(client, hall, "Dương Văn An")
    assert client.post(url, data=sent | {"position": "Trưởng ban"}).status_code == 303
    assert client.post(url, data=sent | {"position": "Phó ban"}).status_code == 409
    assert db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).position == "Trưởng ban"


def test_nobody_is_made_somebody_who_is_called_already(people, hall):
    client = people["organizer"]
    sent = form_of(client, hall, "Dương Văn An") | {"full_name": "Đặng Hữu Phước", "birth": "02/04/1970"}
    assert client.post(hall.person("Dương Văn An", "/edit"), data=sent).status_code == 409
    assert client.post(hall.person("Dương Văn An", "/edit"), data=sent | {"full_name": "An"}).status_code == 422


def test_the_own_officer_edits_until_the_freeze(people, sign_in, hall):
    open_naming(hall)
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])
    url = hall.person("Dương Văn An", "/edit")
    sent = form_of(officer, hall, "Dương Văn An")
    assert officer.post(url, data=sent | {"position": "Trưởng ban"}).status_code == 303
    assert officer.get(hall.person("Lê Thị Thuý", "/edit")).status_code == 404
    people["organizer"].post(hall.url("/list/freeze"))
    assert officer.get(url).status_code == 409
    assert officer.post(url, data=sent | {"position": "Phó ban"}).status_code == 409
    assert people["leader"].get(url).status_code == 403
