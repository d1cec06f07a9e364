"""A host counts the hall by eye without a line: the phone keeps the count, and the server has it once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from conference.checkin.models import HallCount
from conference.foundation.db import db
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import accessible, fits, on, open_door, scan, verdict


def counts(day: DoorDay) -> list[int]:
    with day.app.app_context():
        kept = list(db.session.scalars(select(HallCount.people).order_by(HallCount.counted_at)))
        db.session.remove()
    return kept


def count_hall(page: Page, people: str) -> None:
    page.locator("[data-part=hall-people]").fill(people)
    page.get_by_role("button", name="Ghi số đếm").click()


def test_a_count_of_the_hall_waits_for_the_line_and_is_kept_once(
    day: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    context = device("desktop", viewport={"width": 360, "height": 616})
    page = open_door(day, context, faults)
    page.wait_for_selector("[data-offline=true]", state="attached")
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    page.locator("[data-tab=state]").click()
    page.locator("[data-part=to-hall]").click()
    count_hall(page, "hai")
    expect(page.locator("[data-part=hall-error]")).to_have_text("Ghi số người bằng chữ số, như 68.")
    accessible(page)
    context.set_offline(True)
    count_hall(page, "3")
    count_hall(page, "4")
    expect(page.locator(".hall__one")).to_have_count(2)
    expect(page.locator(".hall__one").first).to_contain_text("giữ trên máy, gửi khi có mạng")
    fits(page)
    page.reload()  # a cold start without a line forgets nothing
    page.locator("[data-part=to-hall]").dispatch_event("click")
    expect(page.locator(".hall__one")).to_have_count(2)
    assert counts(day) == []

    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        route.fetch()
        lost.append(route.request.post_data or "")
        route.abort()

    page.route("**/api/v1/headcounts", lose_the_first_answer, times=1)
    context.set_offline(False)
    expect(page.locator(".hall__one")).to_have_count(0, timeout=20_000)
    expect(page.locator("[data-part=hall]")).to_contain_text("4 người, điểm danh lúc đó 1")
    assert len(lost) == 1
    assert counts(day) == [3, 4]
    assert faults == []
