"""F15: a newer release is served while a host scans. Two real releases of the door, one real server after the other."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from conference.checkin.models import Device
from conference.foundation.db import db
from tests.journeys.door_day import ROOT, DoorDay
from tests.journeys.door_hand import LONGEST, on, open_door, scan, verdict
from tests.services.web import WebServer

VERSION = Path("static/js/checkin/version.js")


def release_of(root: Path) -> str:
    return re.findall(r'APP = "([^"]+)"', (root / VERSION).read_text(encoding="utf-8"))[0]


def next_release(folder: Path) -> Path:
    """This product once more, with the number of its door raised by one."""
    for name in ("conference", "static", "templates", "migrations"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "wsgi.py", folder)
    name, number = release_of(ROOT).rsplit("-", 1)
    words = (folder / VERSION).read_text(encoding="utf-8")
    (folder / VERSION).write_text(words.replace(f"{name}-{number}", f"{name}-{int(number) + 1}"), encoding="utf-8")
    return folder


def queued(page: Page) -> int:
    count: int = page.evaluate(
        """async () => {
            const { openStore } = await import("/static/js/checkin/store.js");
            return (await openStore()).db.count("queue");
        }"""
    )
    return count


def told_release(day: DoorDay) -> str | None:
    """Which release the device that the host's browser is said it is."""
    with day.app.app_context():
        found = db.session.scalars(select(Device.app_version).order_by(Device.id.desc()).limit(1)).one()
        db.session.remove()
    return found


def test_a_newer_release_never_reloads_a_page_that_holds_scans_and_takes_them_from_the_old_one(
    day: DoorDay, device: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    context = device("phone")
    page = open_door(day, context)
    page.wait_for_selector("[data-offline=true]", state="attached", timeout=LONGEST)
    page.evaluate("window.hasStayed = true")
    day.server.end()
    for number in (1, 2, 3):
        scan(page, day.tickets[number])
        verdict(page, "Mời vào")
        on(page)
    assert queued(page) == 3

    def no_way(route: Route) -> None:
        route.abort()

    newer = next_release(tmp_path / "newer")
    was, now = release_of(ROOT), release_of(newer)
    context.route("**/api/v1/scans", no_way)  # before the server is back: its first answer would empty the queue
    day.server = WebServer(env=day.env, root=newer, port=day.server.port)

    other = context.new_page()  # the host opens the door once more: the browser finds the newer worker
    other.goto(day.door_url)
    expect(page.locator("[data-renewed=true]")).to_have_count(1, timeout=LONGEST)
    other.close()
    page.locator("[data-tab=state]").click()
    page.locator("[data-part=to-check]").click()
    expect(page.locator("[data-rung=app]")).to_contain_text(f"{was}, đã có bản mới. Còn lượt chưa gửi")
    page.locator("[data-rung=app] button").click()
    page.locator("[data-tab=scan]").click()
    scan(page, day.tickets[4])
    verdict(page, "Mời vào")
    on(page)
    assert (queued(page), page.evaluate("window.hasStayed")) == (4, True)
    assert day.present() == []

    context.set_offline(True)
    context.unroute("**/api/v1/scans", no_way)
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=40_000)
    assert (queued(page), page.evaluate("window.hasStayed")) == (0, True), "the old page talks to the new server"
    assert day.present() == [1, 2, 3, 4]
    assert told_release(day) == was

    page.locator("[data-tab=state]").click()
    page.locator("[data-part=to-check]").click()
    expect(page.locator("[data-rung=app] .rung__value")).to_have_text(f"{was}, đã có bản mới")
    page.locator("[data-rung=app] button").click()  # nothing is unsent: now the host may
    page.wait_for_function("window.hasStayed === undefined")
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", state="attached", timeout=LONGEST)
    scan(page, day.tickets[5])
    verdict(page, "Mời vào")
    on(page)
    for _ in range(40):
        if told_release(day) == now:
            break
        page.wait_for_timeout(250)
    assert (told_release(day), day.present()) == (now, [1, 2, 3, 4, 5])
