"""The ways in which a door reads, and what it makes of what is no ticket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import segno
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from conference.checkin.models import Scan
from conference.foundation.db import db
from tests.journeys.door_day import DoorDay, film_with
from tests.journeys.door_hand import LONGEST, on, open_door, verdict

NO_TICKETS = (
    "https://example.test/steal?ticket=1",
    "<img src=https://example.test/x onerror=alert(1)>",
    "'; DROP TABLE scans; --",
    "Đại biểu số 1 \U0001f3ab",
    "0\x001\x7f",
    "1" * 187,
    "A" * 2_000,
)


def scans_of(day: DoorDay) -> list[tuple[str, str, str]]:
    """(ticket, method, verdict) in the order of the door."""
    with day.app.app_context():
        rows = db.session.execute(select(Scan.ticket, Scan.method, Scan.verdict).order_by(Scan.corrected_at))
        return [(row.ticket, row.method.value, row.verdict.value) for row in rows]


def test_a_held_code_is_one_event_and_two_in_view_are_nobody(
    day: DoorDay, camera_device: Callable[[Path], BrowserContext], tmp_path: Path, faults: list[str]
) -> None:
    """Two badges side by side for two seconds, then one of another person held for six, then a third."""
    film = film_with(
        [((day.tickets[3], day.tickets[4]), 20), (None, 4), (day.tickets[1], 60), (None, 4), (day.tickets[2], 15)],
        tmp_path / "badges.y4m",
    )
    page = open_door(day, camera_device(film), faults)
    expect(page.locator(".door-top [data-part=present]")).to_have_text("2", timeout=60_000)
    assert day.present() == [1, 2]
    assert [ticket for ticket, _method, _verdict in scans_of(day)][:2] == [day.tickets[1], day.tickets[2]]


def show_picture(page: Page, folder: Path, text: str) -> None:
    path = folder / "picture.png"
    segno.make(text, micro=False, error="l").save(str(path), scale=4)
    page.locator("[data-part=picture]").set_input_files(path)


def test_a_picture_of_a_code_is_read_and_what_is_no_ticket_is_invalid_and_opens_nothing(
    day: DoorDay, device: Callable[..., BrowserContext], tmp_path: Path, faults: list[str]
) -> None:
    page = open_door(day, device("phone"), faults)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    show_picture(page, tmp_path, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    for text in NO_TICKETS:
        show_picture(page, tmp_path, text)
        verdict(page, "Mã không hợp lệ")
        expect(page.locator("[data-part=safe]")).to_have_text("Không tính có mặt")
        on(page)
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"no picture at all")
    page.locator("[data-part=picture]").set_input_files(empty)
    expect(page.get_by_text("Không thấy mã trong ảnh")).to_be_visible()
    assert [url for url in asked if not url.startswith((day.url, f"blob:{day.url}"))] == []
    read = scans_of(day)
    assert [(method, verdict) for _ticket, method, verdict in read] == [("image", "accepted")] + [
        ("image", "invalid")
    ] * len(NO_TICKETS)


def test_a_scanner_that_types_is_read_while_a_vietnamese_input_method_composes(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    """An input method hides what was typed behind key "Process"; which key it was still shows."""
    page = open_door(day, device("desktop"))
    page.locator("[data-tab=search]").click()
    page.evaluate(
        """(digits) => {
            const field = document.querySelector("#find");
            const say = (code) => {
                const about = { key: "Process", code, bubbles: true, cancelable: true, isComposing: true };
                field.dispatchEvent(new KeyboardEvent("keydown", about));
            };
            for (const digit of digits) say(`Digit${digit}`);
            say("Enter");
        }""",
        day.tickets[1],
    )
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert scans_of(day) == [(day.tickets[1], "wedge", "accepted")]


def test_a_refused_camera_is_said_with_the_ways_that_are_left_and_can_be_tried_again(
    day: DoorDay, camera_device: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    film = film_with([(day.tickets[1], 10), (None, 5)], tmp_path / "badge.y4m")
    context = camera_device(film, is_allowed=False)
    page = open_door(day, context)
    expect(page.locator("[data-part=camera-off-words]")).to_contain_text("chưa cho dùng camera")
    page.locator("[data-tab=type]").click()
    page.locator("#typed").fill("2")
    page.get_by_role("button", name="Kiểm tra", exact=True).last.click()
    verdict(page, "Mời vào")  # the ways that are left
    on(page)
    page.locator("[data-tab=scan]").click()
    context.grant_permissions(["camera"], origin=day.url)
    page.get_by_role("button", name="Bật camera").click()
    expect(page.locator(".door-top [data-part=present]")).to_have_text("1", timeout=LONGEST)
