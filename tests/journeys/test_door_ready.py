"""Before the doors open: what a device finds out about itself, and tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import func, select

from conference.checkin.models import Device, Scan
from conference.foundation.db import db
from conference.planning.models import StudySession
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST, accessible, open_door, scan, verdict


@pytest.fixture
def early(tmp_path: Path, sqlite_template: Path) -> Iterator[DoorDay]:
    """The doors open in two minutes."""
    found = DoorDay(tmp_path / "data", migrated=sqlite_template)
    found.change(lambda: open_later(found))
    yield found
    found.end()


def open_later(day: DoorDay) -> None:
    study_session = db.session.get_one(StudySession, day.session)
    study_session.doors_open_at = study_session.starts_at - timedelta(minutes=43)


def told(day: DoorDay) -> dict[str, Any]:
    """The pre-flight of the device that was enrolled last."""
    with day.app.app_context():
        device = db.session.scalars(select(Device).order_by(Device.id.desc())).first()
        assert device is not None
        return device.preflight or {}


def test_a_device_looks_at_itself_before_the_doors_open_and_a_test_scan_counts_for_nobody(
    early: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    page = open_door(early, device("phone"), faults)
    expect(page.locator("[data-panel=check]")).to_be_visible()
    expect(page.locator("[data-part=check-word]")).to_have_text("Còn 1 việc trước khi mở cửa", timeout=LONGEST)
    expect(page.locator("[data-rung=roster] .rung__value")).to_contain_text("6 người")
    accessible(page)
    page.locator("[data-rung=test_scan] button").click()
    expect(page.locator("[data-part=mode]")).to_contain_text("Quét thử, không tính cho ai")
    scan(page, early.tickets[1])
    expect(page.locator("[data-part=check-word]")).to_have_text("Máy sẵn sàng", timeout=LONGEST)
    expect(page.locator("[data-rung=test_scan] .rung__value")).to_contain_text("thẻ đại biểu, không tính")
    for _ in range(40):
        if told(early).get("is_ready"):
            break
        page.wait_for_timeout(100)
    rungs = told(early)["rungs"]
    assert told(early)["is_ready"] is True
    assert (rungs["roster"], rungs["test_scan"], rungs["app"]) == (["good", 6], ["good", "wedge"], ["good", "door-4"])
    assert set(rungs) == {
        "roster", "offline", "storage", "room", "clock", "network", "camera", "test_scan", "battery", "app"
    }  # fmt: skip
    with early.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Scan)) == 0
    page.locator("[data-part=check-done]").click()
    scan(page, early.tickets[1])
    verdict(page, "Chưa đến giờ")  # from here on it counts again
