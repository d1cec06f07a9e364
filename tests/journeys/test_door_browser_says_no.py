"""F16, F17: what a real browser refuses or takes away: room, everything that it kept, the camera."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST, on, open_door, scan, verdict


def test_a_browser_that_is_full_says_so_before_anybody_is_scanned_and_never_says_stored(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    blank = day.sign_in(context).new_page()
    blank.goto(f"{day.url}/door/test-code.svg")
    browser = context.new_cdp_session(blank)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": day.url, "quotaSize": 1})
    page = open_door(day, context)
    expect(page.locator("[data-part=note]")).to_contain_text("không lưu được lượt quét", timeout=LONGEST)
    for number in (1, 2):
        scan(page, day.tickets[number])
        verdict(page, "Mời vào")
        expect(page.locator("[data-part=safe]")).to_have_text("Chưa ghi được, mời ghi giấy")
        on(page)
    assert day.present() == []
    page.locator("[data-tab=state]").click()
    page.locator("[data-part=to-check]").click()
    expect(page.locator("[data-rung=storage]")).to_have_attribute("data-state", "lacking", timeout=LONGEST)

    browser.send("Storage.overrideQuotaForOrigin", {"origin": day.url})  # the host has made room
    page.reload()
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    expect(page.locator("[data-part=note]")).to_be_hidden()
    page.locator("[data-tab=scan]").click()
    scan(page, day.tickets[2])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=safe]")).to_have_text("Đã ghi · 1 trên 6")


def test_what_the_browser_takes_away_is_said_at_once(day: DoorDay, device: Callable[..., BrowserContext]) -> None:
    context = device("phone")
    page = open_door(day, context)
    session = context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": day.url, "storageTypes": "indexeddb"})
    expect(page.locator("[data-part=note]")).to_contain_text("Trình duyệt vừa xóa", timeout=LONGEST)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=safe]")).to_have_text("Chưa ghi được, mời ghi giấy")
    on(page)
    page.reload()  # a browser with an account begins anew
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=safe]")).to_have_text("Đã ghi · 1 trên 6")
