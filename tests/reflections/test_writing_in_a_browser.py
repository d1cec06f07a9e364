"""S3: what was typed is not lost, whatever happens to tab, line, visit, token, server or second device."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from conference import create_app
from conference.accounts.sessions import cookie_name
from conference.foundation.db import db, transaction
from conference.reflections import queries
from conference.reflections.content import count_words
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.settings import Settings
from tests.conftest import SECRET
from tests.reflections.conftest import World, build_world
from tests.services import browser as chromium
from tests.services import web
from tests.services.axe import violations
from tests.services.kept import new_folder

SAVED = re.compile("Đã lưu lúc")


class Desk:
    """A served product, and one writer in front of it."""

    def __init__(self, app: Flask, url: str, server: web.WebServer, world: World, attendee: Attendee) -> None:
        self.app, self.url, self.server, self.world = app, url, server, world
        self.attendee_id = attendee.id
        self.token = link_token(SECRET, attendee.id, attendee.link_issue)
        self.link = f"/p/{self.token}"

    def open(self, context: BrowserContext) -> Page:
        """The writing page, in a browser that the personal link has opened before."""
        context.add_cookies([{"name": cookie_name("attendee"), "value": self.token, "url": self.url}])
        return self.write_on(context.new_page())

    def write_on(self, page: Page) -> Page:
        page.goto(f"{self.url}/my/reflection?edit=1")
        page.wait_for_selector("[data-ready]")
        return page

    def kept(self) -> str:
        """The first part as the server has it."""
        return self.desk().content.parts.get(self.world.part_ids[0], "")

    def desk(self) -> queries.Desk:
        db.session.rollback()
        db.session.expire_all()
        return queries.desk_of(self.attendee_id)

    def wait_for(self, text: str, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.kept() == text:
                return
            time.sleep(0.1)
        assert self.kept() == text


@pytest.fixture(scope="module")
def served(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, web.WebServer, World]]:
    """One served product for all writers of this file: each of them is somebody else, and starting it takes long."""
    folder = tmp_path_factory.mktemp("writers")
    shutil.copyfile(sqlite_template, folder / "diemcau.sqlite3")
    values = {"data_dir": folder, "database_url": f"sqlite:///{folder / 'diemcau.sqlite3'}", "secret_key": SECRET}
    app = create_app(Settings(**values))
    with app.app_context():
        now = datetime.now(UTC)
        world = build_world(
            opens_at=now - timedelta(days=1), due_at=now + timedelta(days=3), late_until=now + timedelta(days=13)
        )
        server = web.WebServer(env={name.upper(): str(value) for name, value in values.items()})
        yield app, server, world
        server.end()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def make_desk(served: tuple[Flask, web.WebServer, World]) -> Callable[[], Desk]:
    """``make_desk()``: the next writer, before the same server."""
    app, server, world = served

    def make() -> Desk:
        with transaction():
            attendee = world.attendee()
        return Desk(app, server.url, server, world, attendee)

    return make


@pytest.fixture(scope="module")
def devices(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A phone and a laptop at which the writers of this file sit one after the other: what was fetched once is kept."""
    sizes = {"phone": chromium.PHONE, "desktop": chromium.DESKTOP}
    found = {kind: browser.new_context(**{**chromium.EVERYWHERE, **size}) for kind, size in sizes.items()}
    yield found
    for context in found.values():
        context.close()


@pytest.fixture
def at(devices: dict[str, BrowserContext]) -> Iterator[Callable[[str], BrowserContext]]:
    """``at("phone")``: one of those devices, with nobody's cookies and nobody's page."""
    yield devices.__getitem__
    for context in devices.values():
        context.set_offline(False)
        for page in context.pages:
            page.close()
        context.clear_cookies()


def first_part(page: Page) -> Any:
    return page.locator(".part__text").first


def type_in(page: Page, text: str) -> None:
    first_part(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def state(page: Page) -> Any:
    return page.locator('[data-part="state"]')


def save_at_once(page: Page) -> None:
    page.keyboard.press("Control+s")


def test_every_letter_survives_a_closed_tab(make_desk, at, sized):
    """S3: A closed tab."""
    desk, context, typed = make_desk(), at("phone"), ""
    page = desk.open(context)
    for turn in range(sized(1, 25)):
        typed += f"Qua ngày thứ {turn} học tập. "
        type_in(page, f"Qua ngày thứ {turn} học tập. ")
        page.close()  # before any save
        page = desk.write_on(context.new_page())
        expect(first_part(page)).to_have_value(typed)
    desk.wait_for(typed)


def test_writing_goes_on_without_a_line(make_desk, at, sized):
    """S3: A lost line."""
    desk, context, typed = make_desk(), at("phone"), ""
    page = desk.open(context)
    for turn in range(sized(1, 25)):
        context.set_offline(True)
        type_in(page, f"tàu {turn} vào hầm")
        save_at_once(page)
        expect(state(page)).to_contain_text("Lưu trên máy", timeout=20_000)
        expect(page.locator('[data-part="offline"]')).to_be_visible()
        type_in(page, ", viết tiếp, ")
        context.set_offline(False)
        expect(state(page)).to_contain_text(SAVED, timeout=20_000)
        typed += f"tàu {turn} vào hầm, viết tiếp, "
        assert desk.kept() == typed
        expect(page.locator('[data-part="offline"]')).to_be_hidden()


def test_an_ended_visit_is_taken_up_again_on_the_spot(make_desk, at, sized):
    """S3, F18: Signed in again in place, with the text still there."""
    desk, context, typed = make_desk(), at("desktop"), ""
    page = desk.open(context)
    for turn in range(sized(1, 25)):
        context.clear_cookies()
        type_in(page, f"phiên {turn} đã hết, ")
        save_at_once(page)
        expect(page.locator('[data-part="signed-out"]')).to_be_visible(timeout=20_000)
        expect(state(page)).to_contain_text("Lưu trên máy")
        page.locator("#personal-link").fill("https://ở-đâu-đó.example/khac")
        page.locator('[data-part="open-link"]').click()
        expect(page.locator('[data-part="link-error"]')).to_be_visible()
        page.locator("#personal-link").fill(f"https://hoinghi.example{desk.link}")
        page.locator('[data-part="open-link"]').click()
        expect(state(page)).to_contain_text(SAVED, timeout=20_000)
        typed += f"phiên {turn} đã hết, "
        assert desk.kept() == typed


def test_a_text_is_never_sent_into_somebody_elses_visit(make_desk, at):
    mine, other = make_desk(), make_desk()
    context = at("desktop")
    page = mine.open(context)
    context.new_page().goto(other.url + other.link)  # another person opens their link in the same browser
    type_in(page, "bài của tôi")
    expect(page.locator('[data-part="signed-out"]')).to_be_visible(timeout=20_000)
    assert other.desk().reflection is None
    context.new_page().goto(mine.url + mine.link)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    mine.wait_for("bài của tôi")


def test_a_stale_token_is_renewed_without_a_word(make_desk, at, sized):
    """S3: A failed check of the form's token."""
    desk, context, typed = make_desk(), at("desktop"), ""
    page = desk.open(context)
    for turn in range(sized(1, 25)):
        context.clear_cookies(name="state")
        type_in(page, f"trang mở từ hôm qua {turn}, ")
        save_at_once(page)
        expect(state(page)).to_contain_text(SAVED, timeout=20_000)
        typed += f"trang mở từ hôm qua {turn}, "
        assert desk.kept() == typed


def test_a_killed_server_is_waited_for(make_desk, at, sized):
    """S3, F1: The server dies while somebody types, each time anew."""
    desk, typed = make_desk(), ""
    page = desk.open(at("desktop"))
    for turn in range(sized(1, 25)):
        _master, *workers = desk.server.processes()
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        type_in(page, f"máy chủ khởi động lại {turn}, ")
        save_at_once(page)
        expect(state(page)).to_contain_text(SAVED, timeout=30_000)
        typed += f"máy chủ khởi động lại {turn}, "
        assert desk.kept() == typed


def test_a_killed_browser_loses_at_most_five_seconds(make_desk, chromium_program, playwright, sized):
    """S3: The browser dies; five writers wait together, and come back to it time and again."""
    options = {"executable_path": chromium_program, "args": [*chromium.QUIET, "--no-sandbox"], **chromium.EVERYWHERE}

    def sit_down(desk: Desk, folder: str) -> tuple[BrowserContext, Page]:
        context = playwright.chromium.launch_persistent_context(folder, **options)
        return context, desk.open(context)

    writers = [(make_desk(), str(new_folder("profile"))) for _ in range(sized(1, 5))]
    seats = [sit_down(*writer) for writer in writers]
    for turn in range(sized(1, 5)):
        before = [first_part(page).input_value() for _context, page in seats]
        for _context, page in seats:
            page.route("**/my/reflection/draft", lambda route: route.abort())  # nothing reaches the server
            type_in(page, f"trước khi hết pin {turn}")
        seats[0][1].wait_for_timeout(5_000)
        for (_desk, folder), (context, page) in zip(writers, seats, strict=True):
            type_in(page, " và vài chữ cuối, ")
            for pid in browser_processes(folder):
                os.kill(pid, signal.SIGKILL)
            with suppress(Error):  # it is gone: that was the point
                context.close()
        seats = [sit_down(*writer) for writer in writers]
        for typed, (_context, page) in zip(before, seats, strict=True):
            expect(first_part(page)).to_have_value(re.compile(f"^{typed}trước khi hết pin {turn}"))
    for context, _page in seats:
        context.close()


def browser_processes(folder: str) -> list[int]:
    """Every process of the browser that keeps its profile there."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if f"--user-data-dir={folder}".encode() in command:
            found.append(int(entry.name))
    return found


def test_two_devices_show_both_texts_and_the_writer_puts_them_together(make_desk, at, sized):
    """S3, S4: Two devices: each in turn writes without having seen what the other one saved."""
    desk = make_desk()
    ahead, behind = desk.open(at("desktop")), desk.open(at("phone"))
    type_in(ahead, "viết trên máy tính")
    expect(state(ahead)).to_contain_text(SAVED, timeout=20_000)
    for turn in range(sized(1, 25)):
        saved = desk.kept()
        first_part(behind).fill(f"viết trên máy khác {turn}")
        save_at_once(behind)
        expect(state(behind)).to_contain_text("Có hai bản", timeout=20_000)
        expect(behind.locator(".other-version__text")).to_have_text(saved)
        expect(first_part(behind)).to_have_value(f"viết trên máy khác {turn}")
        assert desk.kept() == saved
        behind.locator('[data-part="append"]').click()
        behind.locator('[data-part="merged"]').click()
        expect(state(behind)).to_contain_text(SAVED, timeout=20_000)
        assert desk.kept() == f"viết trên máy khác {turn}\n\n{saved}"
        ahead, behind = behind, ahead


def test_pressed_twice_gone_back_and_pressed_again_hands_in_once(make_desk, at, sized):
    """S3, S4, F19: A double click, the way back, and the button again."""
    desk = make_desk()
    page = desk.open(at("phone"))
    for turn in range(1, sized(1, 25) + 1):
        receipt = f"**/my/reflection/receipt?version={turn}"
        first_part(page).fill(f"lần {turn} là đủ")
        page.get_by_role("button", name="Xem lại và nộp").last.click()
        page.wait_for_url("**/my/reflection/review")
        page.get_by_role("button", name="Nộp bài").dblclick()
        page.wait_for_url(receipt)
        page.go_back()
        page.get_by_role("button", name="Nộp bài").click()
        page.wait_for_url(receipt)
        assert len(queries.submissions_of(desk.desk().reflection.id)) == turn
        kept = "Object.keys(localStorage).filter((key) => key.startsWith('reflection/')).length"
        assert page.evaluate(kept) == 0
        desk.write_on(page)


def test_the_deadline_is_also_said_by_the_clock_of_the_writer(make_desk, at, device):
    """S5: In the writer's zone, where it is another one."""
    abroad = make_desk().open(device("phone", timezone_id="America/New_York"))
    expect(abroad.locator('[data-part="local-due"]')).to_contain_text("Theo giờ trên máy này")
    at_home = make_desk().open(at("phone"))
    expect(at_home.locator('[data-part="local-due"]')).to_be_hidden()


def test_commitments_are_cards_that_ask_for_a_measure(make_desk, at):
    desk = make_desk()
    page = desk.open(at("phone"))
    card = page.locator("[data-commitment]").first
    card.locator("[data-field=what]").fill("Rà soát chế độ của 9 giáo viên hợp đồng")
    expect(card.locator('[data-part="ask"]')).to_be_visible()
    card.locator("[data-field=measure]").fill("9 trên 9 người")
    expect(card.locator('[data-part="ask"]')).to_be_hidden()
    page.get_by_role("button", name="Thêm một việc").click()
    page.keyboard.insert_text("Họp công đoàn theo tổ")
    expect(state(page)).to_contain_text(SAVED, timeout=20_000)
    assert [one.what for one in desk.desk().content.commitments] == [
        "Rà soát chế độ của 9 giáo viên hợp đồng",
        "Họp công đoàn theo tổ",
    ]


def test_what_comes_from_word_is_pasted_as_plain_text(make_desk, device):
    desk = make_desk()
    context = device("desktop", permissions=["clipboard-read", "clipboard-write"])
    page = desk.open(context)
    first_part(page).click()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/html", "<p style='font-family:VNI-Times'><b>Đậm</b></p>");
          data.setData("text/plain", "\\uf0b7\\tĐậm\\u00a0và\\u00ad nghiêng\\r\\n\\r\\n\\r\\n\\r\\nhết");
          const paste = { clipboardData: data, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste));
        }"""
    )
    expect(first_part(page)).to_have_value("- Đậm và nghiêng\n\nhết")


WORD_CASES = [
    "",
    " ",
    "một",
    "một  hai\nba",
    "a\u00a0b\u2003c",
    "x\u200by",
    "- gạch\tđầu",
    "a\u2028b\u3000c\x85d",
    "👩‍🏫 🇻🇳",
]


def test_the_page_counts_words_as_the_server_does(make_desk, at):
    page = make_desk().open(at("desktop"))
    counted = page.evaluate(
        """async (cases) => {
          const main = document.querySelector('script[src*="main.js"]').src;
          const { countWords } = await import(new URL("reflections/count.js", main.split("?")[0]));
          return cases.map(countWords);
        }""",
        WORD_CASES,
    )
    assert counted == [count_words(case) for case in WORD_CASES]


def test_no_page_of_the_writer_has_a_fault_of_access(make_desk, at):
    desk = make_desk()
    for kind in ("phone", "desktop"):
        page = desk.open(at(kind))
        type_in(page, "một hai ba")
        faults = [("write", fault) for fault in faults_of(page)]
        for path in ("/my/reflection/review", "/my/reflection/paper", "/check/"):
            page.goto(desk.url + path)
            faults += [(path, fault) for fault in faults_of(page)]
        assert (kind, faults) == (kind, [])


def faults_of(page: Page) -> list[str]:
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations(page)]
