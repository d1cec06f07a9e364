"""What the database settles about devices: one link, one device; and the same devices to a list and to its filter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from conference.checkin import device_queries
from conference.checkin.device_rules import looks
from conference.checkin.models import Device
from conference.foundation.db import db, transaction
from tests.checkin.conftest import Doors
from tests.checkin.test_devices import a_phone, enrol, new_link
from tests.factories import local


def test_a_link_enrols_once_and_a_lost_answer_can_be_asked_for_again(doors: Doors) -> None:
    phone, link = a_phone(doors), new_link(doors)
    first = enrol(phone, link).get_json()
    assert enrol(phone, link).get_json() == first
    stranger = a_phone(doors)
    refused = enrol(stranger, link, "s" * 43)
    assert (refused.status_code, refused.get_json()["error"]) == (410, "enrol_link_used")
    assert stranger.post("/door/enrol/site", data={"link": link}).get_json()["error"] == "enrol_link_used"
    with doors.app.app_context():
        assert len(db.session.scalars(select(Device).where(Device.id > 3)).all()) == 1


def test_a_link_that_many_phones_try_at_once_lets_in_one(doors: Doors) -> None:
    link = new_link(doors)
    phones = [(a_phone(doors), letter * 43) for letter in "abcdefgh"]
    with ThreadPoolExecutor(len(phones)) as at_once:
        asked = [at_once.submit(copy_context().run, enrol, phone, link, token) for phone, token in phones]
        answers = [one.result().status_code for one in asked]
    assert sorted(answers) == [200] + [410] * (len(phones) - 1)


def test_what_needs_a_look_is_the_same_to_the_list_and_to_its_filter(doors: Doors, clock: Any) -> None:
    at = clock.stop_at(local("09:00"))
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    with doors.app.app_context(), transaction():
        for queue in (None, 0, 3):
            for seen in (None, at - minute, at - hour):
                for offset in (None, 119_000, -121_000):
                    for roster in (None, at - hour, at - 13 * hour):
                        for revoked in (None, at - minute):
                            preflight = {None: None, 0: {"is_ready": True}, 3: {"is_ready": False}}[queue]
                            db.session.add(
                                Device(
                                    token_hash=f"{queue} {seen} {offset} {roster} {revoked}",
                                    conference_id=doors.conference,
                                    site_id=doors.here,
                                    label="Máy",
                                    enrolled_at=at - hour,
                                    expires_at=at + hour,
                                    revoked_at=revoked,
                                    queue_length=queue,
                                    last_seen_at=seen,
                                    clock_offset_ms=offset,
                                    roster_at=roster,
                                    preflight=preflight,
                                )
                            )
    with doors.app.app_context():
        devices = db.session.scalars(select(Device)).all()
        for look, condition in device_queries.look_conditions(at).items():
            listed = set(db.session.scalars(select(Device.id).where(condition)))
            assert listed == {device.id for device in devices if look in looks(device, at)}
            assert listed
