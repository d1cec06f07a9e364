"""Who stands at the door without a ticket, or comes from elsewhere to stay: in a browser, with and without a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from conference.checkin.models import Attendance
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.registry import actions
from conference.registry.models import Attendee
from conference.registry.rules import WithdrawReason
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import accessible, fits, on, open_door, scan, verdict


def people_on_no_list(day: DoorDay) -> list[tuple[str, bool]]:
    """(birth year, is counted) of each, in the order in which they were added."""
    with day.app.app_context():
        rows = db.session.execute(
            select(Attendee.number, Attendance.attendee_id)
            .outerjoin(Attendance, Attendance.attendee_id == Attendee.id)
            .where(Attendee.is_walk_in)
            .order_by(Attendee.number)
        ).all()
        db.session.remove()
    return [(str(row.number), row.attendee_id is not None) for row in rows]


def take_off_the_list(number: int) -> None:
    attendee = db.session.scalars(select(Attendee).where(Attendee.number == number)).one()
    actions.withdraw(attendee=attendee, reason=WithdrawReason.MISTAKE, by=SYSTEM, at=datetime.now(UTC))


def test_a_host_writes_down_a_stranger_and_takes_somebody_in_for_good(
    day: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    context = device("desktop", viewport={"width": 360, "height": 616})
    page = open_door(day, context, faults)
    page.locator("[data-tab=search]").click()
    page.locator("#find").fill("phan nghia")
    page.locator("[data-part=stranger] summary").click()
    expect(page.locator("#stranger-name")).to_have_value("phan nghia")
    page.locator("#stranger-name").fill("Nghĩa")
    page.locator("#stranger-birth").fill("31/02/1971")
    page.locator("[data-part=stranger-form] button").click()
    expect(page.locator("[data-part=stranger-error]")).to_contain_text("Ghi đủ họ và tên")
    expect(page.locator("[data-part=stranger-error]")).to_contain_text("Ghi ngày sinh như 03/11/1964")
    accessible(page)
    page.locator("#stranger-name").fill("Phan Trọng Nghĩa")
    page.locator("#stranger-birth").fill("02/03/1971")
    page.locator("[data-part=stranger-form] button").click()
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Phan Trọng Nghĩa")
    expect(page.locator("[data-part=safe]")).to_have_text("Đã ghi · 1 trên 6")
    fits(page)
    on(page)
    assert people_on_no_list(day) == [("9", True)]

    scan(page, day.tickets[7])
    verdict(page, "Điểm cầu khác")
    fits(page)
    page.set_viewport_size({"width": 360, "height": 800})
    fits(page)
    page.set_viewport_size({"width": 360, "height": 616})
    page.locator("[data-part=move]").click()
    verdict(page, "Mời vào")
    on(page)
    with day.app.app_context():
        moved = db.session.scalars(select(Attendee.site_id).where(Attendee.number == 7)).one()
        db.session.remove()
    assert moved == day.here

    expect(page.locator(".door-top")).to_contain_text("có mặt trên 7")
    day.change(lambda: take_off_the_list(3))  # the door takes its next roster at once, and not after a minute
    expect(page.locator(".door-top")).to_contain_text("có mặt trên 6", timeout=10_000)
    context.set_offline(True)
    scan(page, day.tickets[3])
    verdict(page, "Không có trong danh sách")
    on(page)
    scan(page, day.spare(5))  # a spare badge goes to who is on no list, without a line
    verdict(page, "Thẻ dự phòng chưa gắn người")
    fits(page)
    page.locator("[data-part=hand-spare]").click()
    expect(page.locator("[data-part=handing]")).to_contain_text("số 5")
    accessible(page)
    page.locator("[data-part=stranger] summary").click()
    page.locator("#stranger-name").fill("Lê Văn Tám")
    page.locator("#stranger-birth").fill("1980")
    page.locator("[data-part=stranger-form] button").click()
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=line]")).to_have_text("Đã gắn thẻ dự phòng số 5")
    on(page)
    scan(page, day.spare(5))
    verdict(page, "Đã điểm danh")
    on(page)
    assert people_on_no_list(day) == [("9", True)]
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=30_000)
    assert people_on_no_list(day) == [("9", True), ("10", True)]
    scan(page, day.spare(5))
    verdict(page, "Đã điểm danh")
    expect(page.locator("[data-part=name]")).to_have_text("Lê Văn Tám", timeout=15_000)
    assert faults == []
