"""The last resort: a phone without a line hands its scans to another, from screen to screen or as a file."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from conference.checkin.models import Scan
from conference.foundation.db import db
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST, accessible, on, open_door, scan, verdict


def counted_by(day: DoorDay) -> list[tuple[str, int]]:
    with day.app.app_context():
        rows = db.session.execute(select(Scan.ticket, Scan.device_id).order_by(Scan.corrected_at))
        return [(row.ticket, row.device_id) for row in rows]


def open_hand_over(page: Page) -> None:
    page.locator("[data-tab=state]").click()
    page.locator("[data-part=to-hand]").click()


def codes_on(page: Page, folder: Path) -> list[Path]:
    """Pictures of the codes that go round on this screen."""
    found: dict[int, Path] = {}
    while True:
        said = re.search(r"Mã (\d+) trên (\d+)", page.locator("[data-part=hand-word]").inner_text())
        if said is not None and int(said[1]) not in found:
            picture = page.evaluate("document.querySelector('[data-part=hand-code]').toDataURL('image/png')")
            path = folder / f"code-{said[1]}.png"
            path.write_bytes(base64.b64decode(picture.split(",")[1]))
            found[int(said[1])] = path
            if len(found) == int(said[2]):
                return [found[place] for place in sorted(found)]
        page.wait_for_timeout(100)


def test_a_phone_without_a_line_hands_its_scans_over_and_they_count_once_as_its_own(
    day: DoorDay, device: Callable[..., BrowserContext], tmp_path: Path, faults: list[str]
) -> None:
    context = device("phone")
    cut_off, helping = open_door(day, context, faults), open_door(day, device("phone"), faults)
    own = cut_off.evaluate(
        """async () => {
            const { openStore } = await import("/static/js/checkin/store.js");
            const { conference, site } = document.querySelector("[data-module='checkin/door']").dataset;
            return (await (await openStore()).identity(`${conference}:${site}`)).device;
        }"""
    )
    cut_off.wait_for_selector("[data-offline=true]", state="attached", timeout=LONGEST)
    context.set_offline(True)
    for number in (1, 2, 3, 4, 5):
        scan(cut_off, day.tickets[number])
        verdict(cut_off, "Mời vào")
        on(cut_off)
    open_hand_over(cut_off)
    expect(cut_off.locator("[data-part=hand-word]")).to_have_text("Máy này còn 5 lượt chưa gửi.")
    accessible(cut_off)
    cut_off.locator("[data-part=hand-codes]").click()
    codes = codes_on(cut_off, tmp_path)
    cut_off.locator("[data-part=hand-stop]").click()
    assert len(codes) > 1
    for code in reversed(codes):
        helping.locator("[data-part=picture]").set_input_files(code)
        expect(helping.locator(".camera")).to_contain_text("Đã nhận", timeout=LONGEST)
        helping.wait_for_timeout(200)
    expect(helping.locator("[data-part=announce]")).to_contain_text("Đã nhận 5 lượt", timeout=LONGEST)
    expect(helping.locator(".door-top [data-part=present]")).to_have_text("5")
    expect(helping.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert counted_by(day) == [(day.tickets[number], own) for number in (1, 2, 3, 4, 5)]

    scan(cut_off, day.tickets[6])
    verdict(cut_off, "Mời vào")
    on(cut_off)
    with cut_off.expect_download() as saved:
        cut_off.locator("[data-part=hand-file]").click()
    file = tmp_path / "queue.json"
    saved.value.save_as(file)
    open_hand_over(helping)
    helping.locator("[data-part=hand-taken]").set_input_files(file)
    expect(helping.locator("[data-part=hand-word]")).to_contain_text("Đã nhận 6 lượt")
    broken = tmp_path / "broken.json"
    broken.write_bytes(file.read_bytes().replace(b"accepted", b"refused!"))
    helping.locator("[data-part=hand-taken]").set_input_files(broken)
    expect(helping.locator("[data-part=hand-word]")).to_contain_text("Không nhận được")
    expect(helping.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    context.set_offline(False)
    expect(cut_off.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert counted_by(day) == [(day.tickets[number], own) for number in (1, 2, 3, 4, 5, 6)]
    assert day.present() == [1, 2, 3, 4, 5, 6]
