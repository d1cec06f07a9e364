"""People go out, are checked inside, and come to the second study session of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from conference.checkin.models import Attendance, Scan
from conference.foundation.db import db
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee
from tests.factories import make_wave
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST, accessible, fits, on, open_door, scan, verdict


@pytest.fixture
def long_day(tmp_path: Path, sqlite_template: Path) -> Iterator[DoorDay]:
    """A second study session opens its doors in three minutes."""
    found = DoorDay(tmp_path / "data", next_opens_in=timedelta(minutes=3), migrated=sqlite_template)
    yield found
    found.end()


@pytest.fixture
def waves(long_day: DoorDay) -> DoorDay:
    """The session that goes on is one of the first wave; number 4 is of the second, and number 7, called elsewhere."""

    def arrange() -> None:
        conference = db.session.get_one(Conference, long_day.conference)
        sessions = db.session.scalars(select(StudySession).order_by(StudySession.starts_at))
        first, second = (make_wave(conference, f"Đợt {number}") for number in (1, 2))
        for study_session, wave in zip(sessions, (first, second), strict=True):
            study_session.wave_id = wave.id
        for attendee in db.session.scalars(select(Attendee)):
            attendee.wave_id = (second if attendee.number in (4, 7) else first).id

    long_day.change(arrange)
    return long_day


def choose(page: Page, direction: str) -> None:
    page.locator("[data-tab=scan]").click()
    page.locator(f"[data-direction={direction}]").click()


def directions(day: DoorDay) -> list[tuple[str, bool]]:
    with day.app.app_context():
        rows = db.session.execute(select(Scan.direction, Scan.verdict_shown).order_by(Scan.scanned_at))
        return [(row.direction.value, row.verdict_shown is not None) for row in rows]


def test_going_out_and_surprise_checks_have_a_look_of_their_own_and_count_offline_too(
    day: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    context = device("desktop", viewport={"width": 360, "height": 616})
    page = open_door(day, context, faults)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)

    choose(page, "spot")
    expect(page.locator("[data-part=mode]")).to_contain_text("Kiểm tra bất ngờ")
    accessible(page)
    scan(page, day.tickets[1])
    verdict(page, "Đã kiểm tra")
    expect(page.locator("[data-part=line]")).to_contain_text("vào lúc")
    fits(page)
    accessible(page)
    on(page)
    expect(page.locator("[data-part=mode-count]")).to_have_text("1 người")
    scan(page, day.tickets[2])
    verdict(page, "Đã kiểm tra")
    expect(page.locator("[data-part=line]")).to_have_text("chưa có giờ vào, nay ghi là có mặt")
    on(page)
    assert day.present() == [1, 2]

    context.set_offline(True)
    choose(page, "out")
    page.locator("[data-tab=type]").click()
    expect(page.locator("[data-part=mode]")).to_contain_text("Đang ghi giờ ra")  # on every tab
    scan(page, day.tickets[1])
    verdict(page, "Đã ghi giờ ra")
    expect(page.locator("[data-part=safe]")).to_have_text("Tạm ghi trên máy")
    page.locator("[data-part=second]").click()  # Hoàn tác takes the going out back, not the presence
    expect(page.locator(".door-top [data-part=present]")).to_have_text("2")
    scan(page, day.tickets[1])
    verdict(page, "Đã ghi giờ ra")
    on(page)
    page.locator("[data-part=mode-back]").click()
    expect(page.locator("[data-part=mode]")).to_be_hidden()
    scan(page, day.tickets[2])
    verdict(page, "Đã điểm danh")
    on(page)
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert day.present() == [1, 2]
    assert directions(day) == [
        ("in", False), ("spot", False), ("spot", False), ("out", True), ("in", False), ("out", True), ("in", True)
    ]  # fmt: skip
    with day.app.app_context():
        outs = dict(db.session.execute(select(Attendance.attendee_id, Attendance.last_out)).all())
        assert [out is not None for out in outs.values()] == [True, False]


def test_the_second_study_session_of_the_day_begins_by_itself_without_a_line(
    long_day: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    with long_day.app.app_context():
        morning, afternoon = db.session.scalars(select(StudySession.id).order_by(StudySession.starts_at))
    context = device("phone")
    page = open_door(long_day, context, faults)
    page.wait_for_selector("[data-offline=true]", state="attached", timeout=LONGEST)  # the decoder has come
    context.set_offline(True)
    scan(page, long_day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    choose(page, "out")
    page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=400))  # a clock that jumps changes nothing
    page.wait_for_timeout(5_200)
    expect(page.locator("[data-part=part]")).to_have_text("Buổi sáng")
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=4))
    scan(page, long_day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator(".verdict__top")).to_contain_text("· chiều")
    on(page)
    expect(page.locator("[data-part=part]")).to_have_text("Buổi chiều")
    expect(page.locator("[data-part=mode]")).to_contain_text("Đã chuyển sang buổi chiều")
    expect(page.locator(".door-top [data-part=present]")).to_have_text("1")
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert (long_day.present(morning), long_day.present(afternoon)) == ([1], [1])

    page.locator("[data-tab=state]").click()
    page.get_by_role("link", name="Buổi sáng").click()  # the host may still count for the morning
    expect(page.locator("[data-part=part]")).to_have_text("Buổi sáng")
    scan(page, long_day.tickets[1])
    verdict(page, "Đã điểm danh")


def test_a_guest_of_another_wave_is_asked_about_and_let_in_with_and_without_a_line(
    waves: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    context = device("desktop", viewport={"width": 360, "height": 616})
    page = open_door(waves, context, faults)
    expect(page.locator(".door-top")).to_contain_text("có mặt trên 5")
    scan(page, waves.tickets[7])
    verdict(page, "Không phải buổi này")  # of another site, too: the server alone knows of the wave
    expect(page.locator("[data-part=facts]")).to_contain_text("LĐLĐ tỉnh Nghệ An")
    fits(page)
    page.locator("[data-part=send-back]").click()
    context.set_offline(True)
    scan(page, waves.tickets[4])
    verdict(page, "Không phải buổi này")
    expect(page.locator("[data-part=line]")).to_contain_text("được triệu tập lúc")
    expect(page.locator("[data-part=move]")).to_be_hidden()
    expect(page.locator("[data-part=send-back]")).to_contain_text("Mời dự đúng buổi được gọi")
    fits(page)
    accessible(page)
    page.locator("[data-part=guest]").click()
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=facts]")).to_contain_text("của buổi khác")
    fits(page)
    on(page)
    expect(page.locator(".door-top [data-part=present]")).to_have_text("1")
    expect(page.locator(".door-top [data-part=guest-count]")).to_have_text("1")
    scan(page, waves.tickets[4])
    verdict(page, "Đã điểm danh")  # asked about once
    on(page)
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert waves.present() == [4]
    assert faults == []
