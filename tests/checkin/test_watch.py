"""Who invents presences leaves signs: twenty planted frauds among honest doors, and all of them are listed."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask

from conference.checkin import actions
from conference.checkin.watch import Sign, watched_devices
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from tests.checkin.conftest import Doors
from tests.factories import local

FRAUDS = 20


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


def enrol(doors: Doors, label: str) -> str:
    token = f"token of {label}"
    with doors.app.app_context(), transaction():
        actions.enrol_device(
            conference=db.session.get_one(Conference, doors.conference),
            site_id=doors.here,
            token=token,
            label=label,
            by=SYSTEM,
            at=local("06:40"),
        )
    return token


def readings(doors: Doors, minutes: list[float], method: str) -> list[dict[str, Any]]:
    """One reading at each of these minutes after 07:15; whose it is plays no part here."""
    found = []
    for at in minutes:
        seconds = int(at * 60)
        moment = local(f"{7 + (15 + seconds // 60) // 60:02}:{(15 + seconds // 60) % 60:02}").replace(
            second=seconds % 60
        )
        number = doors.numbers_here[len(found) % 4]
        by_hand = method in ("name", "typed", "paper")
        found.append(doors.item(None if by_hand else number, at=moment, method=method))
        if by_hand:
            found[-1]["ticket"] = str(number)
    return found


def test_all_planted_frauds_are_listed_before_every_honest_door(doors: Doors, people: Any) -> None:
    chance = random.Random(5)
    planted: dict[str, Sign] = {}
    for number in range(FRAUDS):
        label = f"Gian {number}"
        token = enrol(doors, label)
        honest = readings(doors, sorted(chance.uniform(0, 60) for _ in range(40)), "camera")
        kind = list(Sign)[number % len(Sign)]
        planted[label] = kind
        if kind is Sign.BY_HAND:  # names one after the other, all morning
            items = honest + readings(doors, [minute * 2.5 for minute in range(24)], "name")
        elif kind is Sign.BURST_BY_HAND:  # a dozen numbers within one minute
            items = honest * 1 + readings(doors, [30 + second / 60 for second in range(0, 48, 4)], "typed")
        elif kind is Sign.TOO_FAST:  # tickets from a list, faster than anybody walks past
            items = readings(doors, [20 + second / 60 for second in range(50)], "camera")
        elif kind is Sign.CLOCK:  # the clock turned back for some who came late, which the server's time gives away
            late = [{**one, "clock_offset_ms": 1_500_000} for one in honest[30:]]
            items = honest[:30] + late
        else:  # let in for the count, taken back later
            items = honest + [doors.undo(one["id"]) for one in honest[:8]]
        doors.send(*items, token=token)
    for number in range(30):
        rest = [minute * 1.3 + chance.uniform(0, 1) for minute in range(45)]
        honest = readings(doors, rest, "camera") + readings(doors, [5, 25, 50], "name")
        doors.send(*honest, doors.undo(honest[3]["id"]), token=enrol(doors, f"Thật {number}"))
    with doors.app.app_context():
        found = watched_devices(doors.conference)
    signed = {one.label: one.signs for one in found if one.signs}
    assert set(signed) == set(planted)
    assert all(planted[label] in signs for label, signs in signed.items())
    assert [bool(one.signs) for one in found] == sorted((bool(one.signs) for one in found), reverse=True)
    page = people["organizer"].get(f"/conferences/{doors.code}/devices/watch").get_data(as_text=True)
    assert "20 máy có dấu hiệu cần hỏi lại" in page
    assert all(f">{label}<" in page for label in planted)


def test_before_anybody_was_scanned_there_is_nothing_to_ask(doors: Doors, people: Any) -> None:
    page = people["organizer"].get(f"/conferences/{doors.code}/devices/watch").get_data(as_text=True)
    assert "Chưa có lượt quét nào" in page
