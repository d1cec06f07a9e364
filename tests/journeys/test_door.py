"""A host at the door, in a real browser with a camera that sees printed badges."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.checkin.judge_cases import RING, cases, verdict_here
from tests.conftest import AT_FULL_SIZE
from tests.journeys.door_day import DoorDay, film_of
from tests.journeys.door_hand import LONGEST, accessible, fits, on, open_door, scan, verdict

SIZES = ((360, 616), (360, 800), (1440, 900))
"""In the usual run the smallest and the largest."""


def test_badges_before_the_camera_are_counted_once_each(
    day: DoorDay, camera_device: Callable[[Path], BrowserContext], tmp_path: Path, faults: list[str]
) -> None:
    """Three badges pass the camera, again and again: three people, and each held badge is one reading."""
    film = film_of(
        [None, day.tickets[1], None, day.tickets[2], day.tickets[3]], tmp_path / "badges.y4m", frames_each=18
    )
    page = open_door(day, camera_device(film), faults)
    expect(page.locator(".door-top [data-part=present]")).to_have_text("3", timeout=60_000)
    assert day.present() == [1, 2, 3]
    expect(page.locator(".last li").first).to_be_attached()
    page.locator("[data-tab=state]").click(force=True)


@pytest.mark.parametrize("size", SIZES if AT_FULL_SIZE else SIZES[::2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_host_meets_everybody_who_comes(
    day: DoorDay, device: Callable[..., BrowserContext], size: tuple[int, int], faults: list[str]
) -> None:
    page = open_door(day, device("desktop", viewport={"width": size[0], "height": size[1]}), faults)

    def look(page: Page) -> None:
        if size == SIZES[0] or AT_FULL_SIZE:  # how large the screen is changes little of it
            accessible(page)

    look(page)

    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Đặng Hữu Phước")
    expect(page.locator("[data-part=safe]")).to_have_text("Đã ghi · 1 trên 6")
    fits(page)
    look(page)
    on(page)

    scan(page, day.tickets[1])
    verdict(page, "Đã điểm danh")
    expect(page.locator("[data-part=line]")).to_contain_text("tại Máy 2")
    fits(page)
    look(page)
    on(page)

    scan(page, day.tickets[6])
    verdict(page, "Mời vào")
    fits(page)
    page.locator("[data-part=second]").click()  # Hoàn tác
    expect(page.locator(".verdict")).to_be_hidden()
    expect(page.locator(".door-top [data-part=present]")).to_have_text("1")

    scan(page, day.tickets[7])
    verdict(page, "Điểm cầu khác")
    expect(page.locator("[data-part=name]")).to_have_text("Lê Thị Hoài Thương")
    expect(page.locator("[data-part=safe]")).to_have_text("Chưa ghi nhận")
    fits(page)
    look(page)
    page.wait_for_timeout(3_400)  # never closes itself
    verdict(page, "Điểm cầu khác")
    page.locator("[data-part=guest]").click()
    verdict(page, "Mời vào")
    on(page)

    scan(page, day.tickets[8])
    verdict(page, "Điểm cầu khác")
    page.locator("[data-part=send-back]").click()
    expect(page.locator(".verdict")).to_be_hidden()

    scan(page, day.tickets[2][:180] + "12345678")
    verdict(page, "Mã không hợp lệ")
    expect(page.locator("[data-part=safe]")).to_have_text("Không tính có mặt")
    fits(page)
    look(page)
    on(page)

    scan(page, "893456789012" * 3)
    verdict(page, "Mã không hợp lệ")
    on(page)

    scan(page, day.keys.issue(conference=day.conference + 1, attendee=1, site=day.here))
    verdict(page, "Không có trong danh sách")
    expect(page.locator("[data-part=line]")).to_have_text("Thẻ của một hội nghị khác")
    expect(page.locator("[data-part=card]")).to_be_hidden()  # number 1 is somebody else here
    on(page)

    page.locator("[data-tab=search]").click()
    page.locator("#find").fill("ngu")
    expect(page.locator(".found li")).to_have_count(0)
    page.locator("#find").fill("nguyen thi an")
    expect(page.locator(".found li")).to_have_count(3)
    look(page)
    page.get_by_role("button", name="Ghi nhận Nguyễn Thị Ân").click()
    verdict(page, "Mời vào")
    on(page)
    expect(page.locator(".found__state")).to_have_count(1)

    page.locator("[data-tab=type]").click()
    page.locator("#typed").fill("mười hai")
    page.get_by_role("button", name="Kiểm tra").click()
    expect(page.locator("[data-part=type-error]")).to_be_visible()
    page.locator("#typed").fill("2")
    page.get_by_role("button", name="Kiểm tra").click()
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Nguyễn Thị Ánh")
    on(page)
    look(page)
    page.locator("[data-tab=state]").click()
    look(page)
    assert day.present() == [1, 2, 5, 7]


def test_a_verdict_goes_by_itself_and_a_touch_holds_it(day: DoorDay, device: Callable[..., BrowserContext]) -> None:
    page = open_door(day, device("phone"))
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator(".verdict")).to_be_hidden(timeout=5_000)
    scan(page, day.tickets[2])
    verdict(page, "Mời vào")
    page.locator(".verdict [data-part=name]").click()
    page.wait_for_timeout(3_600)
    expect(page.locator(".verdict")).to_be_visible()
    on(page)


def test_without_a_line_the_phone_decides_and_keeps_and_the_server_gets_all_later(
    day: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    context = device("phone")
    page = open_door(day, context, faults)
    context.set_offline(True)
    for number, word in ((1, "Mời vào"), (1, "Đã điểm danh"), (2, "Mời vào"), (7, "Điểm cầu khác")):
        scan(page, day.tickets[number])
        verdict(page, word)
        if word == "Mời vào":
            expect(page.locator("[data-part=safe]")).to_have_text("Tạm ghi trên máy")
        if number == 7:
            expect(page.locator("[data-part=name]")).to_have_text("Đại biểu số 7")
            page.locator("[data-part=guest]").click()
            verdict(page, "Mời vào")
        on(page)
    expect(page.locator("[data-part=chip]")).to_have_text("Mất mạng · chờ gửi 5")
    expect(page.locator("[data-part=note]")).to_contain_text("Vẫn quét bình thường")
    assert day.present() == []
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert day.present() == [1, 2, 7]


def test_the_door_opens_from_a_cold_start_without_a_server(day: DoorDay, device: Callable[..., BrowserContext]) -> None:
    context = device("phone")
    page = open_door(day, context)
    page.wait_for_selector("[data-module='checkin/door'][data-offline=true]", state="attached", timeout=LONGEST)
    found = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in found] == ["in-incognito"]  # as every test's browser is
    page.close()
    day.server.end()
    page = context.new_page()
    page.goto(f"{day.url}/door/")  # where the icon on the home screen leads
    expect(page).to_have_url(re.compile(re.escape(day.door_url)))
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", state="attached", timeout=LONGEST)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Đặng Hữu Phước")
    expect(page.locator("[data-part=safe]")).to_have_text("Tạm ghi trên máy")
    on(page)
    page.reload()
    expect(page.locator("[data-part=chip]")).to_have_text("Mất mạng · chờ gửi 1", timeout=LONGEST)
    scan(page, day.tickets[1])
    verdict(page, "Đã điểm danh")


def test_scans_survive_a_reload_and_a_server_that_answers_nonsense(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    """A captive portal's page, an error, a lost answer: the scan stays until a true answer for it came."""
    page = open_door(day, device("phone"))
    answers: list[Any] = [
        {"status": 200, "content_type": "text/html", "body": "<h1>Wi-Fi miễn phí</h1>"},
        {"status": 500, "content_type": "application/json", "body": "{}"},
        {"status": 200, "content_type": "application/json", "body": json.dumps({"items": []})},
        {
            "status": 200,
            "content_type": "application/json",
            "body": json.dumps({"items": [{"id": "x", "status": 200}]}),
        },
        None,
    ]

    def answer(route: Any) -> None:
        given = answers.pop(0) if answers else None
        if given is None:
            route.abort()
        else:
            route.fulfill(**given)

    page.route("**/api/v1/scans", answer)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    for _ in range(40):
        if not answers:
            break
        page.wait_for_timeout(500)
    assert answers == []
    assert day.present() == []
    page.unroute("**/api/v1/scans")
    page.reload()
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    for _ in range(20):
        if day.present():
            break
        page.wait_for_timeout(250)
    assert day.present() == [1]


def test_two_phones_at_one_door_learn_from_each_other(day: DoorDay, device: Callable[..., BrowserContext]) -> None:
    first, second = open_door(day, device("phone")), open_door(day, device("phone"))
    scan(first, day.tickets[1])
    verdict(first, "Mời vào")
    expect(second.locator(".door-top [data-part=present]")).to_have_text("1", timeout=8_000)
    scan(second, day.tickets[1])
    verdict(second, "Đã điểm danh")
    expect(second.locator("[data-part=line]")).to_contain_text("tại Máy 2")


def test_a_phone_whose_token_was_ended_delivers_and_forgets_the_names(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    page = open_door(day, context)
    context.clear_cookies()

    def end_devices() -> None:
        from sqlalchemy import update

        from conference.checkin.models import Device
        from conference.foundation.db import db

        db.session.execute(update(Device).values(revoked_at=Device.enrolled_at))

    context.set_offline(True)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    day.change(end_devices)
    context.set_offline(False)
    expect(page.locator("#lock-title")).to_have_text("Máy này đã hết quyền điểm danh", timeout=LONGEST)
    kept = page.evaluate(
        """async () => {
            const { openStore } = await import("/static/js/checkin/store.js");
            return (await (await openStore()).db.getAllKeys("rosters")).length;
        }"""
    )
    expect(page.locator("[data-part=lock-queue]")).to_be_hidden(timeout=LONGEST)
    assert day.present() == [1]  # an ended device may still deliver
    assert kept == 0  # the names have left the device, sealed as they were


def test_the_host_closes_the_session_and_confirms_who_is_absent(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    page = open_door(day, device("phone"))
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    page.locator("[data-tab=state]").click()
    page.get_by_role("link", name="Khóa điểm danh…").click()
    expect(page.locator("h2").first).to_have_text("Vắng không phép: 5")
    accessible(page)
    page.get_by_role("button", name="Xác nhận và khóa điểm danh").click()
    expect(page.locator(".notice--ok").first).to_contain_text("Đã khóa")
    page.get_by_role("link", name="Về trang điểm danh").click()
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    scan(page, day.tickets[2])
    verdict(page, "Đã khóa điểm danh")
    assert day.present() == [1]


def test_the_browser_answers_every_shared_case_as_the_server_does(
    day: DoorDay, page: Page, sized: Callable[[int, int], int]
) -> None:
    page.goto(f"{day.url}/keys/tickets.json")
    for by_hand, shared in ((False, cases(sized(1_000, 6_000))), (True, cases(sized(20, 400)))):
        verdicts = page.evaluate(
            """async ({ cases, keys, byHand }) => {
                const { judge, numberGiven } = await import("/static/js/lib/judge.js");
                const { ticketReader } = await import("/static/js/lib/ticket.js");
                const { verify, verifyByHand } = await import("/static/js/lib/ed25519.js");
                const raw = (key) => {
                    const text = atob(key.x.replaceAll("-", "+").replaceAll("_", "/"));
                    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
                };
                const check = byHand ? (key, sign, body) => verifyByHand(raw(key), sign, body) : verify;
                const read = ticketReader(keys, check);
                const found = [];
                for (const one of cases) {
                    const number = numberGiven(one.text, one.method);
                    const typed = { attendee: number, conference: null, site: null, issue: null };
                    const claim = number === null ? await read(one.text) : typed;
                    found.push(judge({ ...one, claim }));
                }
                return found;
            }""",
            {"cases": shared, "keys": RING.published(), "byHand": by_hand},
        )
        assert verdicts == [verdict_here(case) for case in shared]
