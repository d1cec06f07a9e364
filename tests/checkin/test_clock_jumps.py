"""The server's clock jumps an hour on or back: nobody is signed out, no open form is refused, doors go on counting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from conference.foundation import clock as product_clock
from conference.registry.links import link_token
from tests.checkin.conftest import Doors
from tests.conftest import SECRET


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def set_clock(doors: Doors, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``set_clock(-1)``: an hour back, for the product and for the library that signs its cookies."""
    at, signs_at = product_clock.now(), TimestampSigner.get_timestamp

    def jump(hours: int) -> None:
        clock.stop_at(at + timedelta(hours=hours))
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: signs_at(self) + hours * 3_600)

    return jump


@pytest.mark.parametrize(("before", "after"), [(0, 1), (0, -1), (1, 0), (-1, 0)])
def test_who_came_before_the_jump_goes_on_after_it(
    doors: Doors, people: Any, set_clock: Callable[[int], None], before: int, after: int
) -> None:
    set_clock(before)
    organizer, attendee = people["organizer"], doors.app.test_client()
    attendee.get(f"/p/{link_token(SECRET, doors.attendee_ids[2], 1)}")
    devices = f"/conferences/{doors.code}/devices"
    assert organizer.get(devices).status_code == 200
    (first,) = doors.send(doors.item(1))["items"]
    set_clock(after)
    (second,) = doors.send(doors.item(3))["items"]
    assert [(one["status"], one["verdict"]) for one in (first, second)] == [(200, "accepted")] * 2
    assert attendee.get("/my/").status_code == 200
    assert organizer.post(f"{devices}/1/revocation").status_code == 303
