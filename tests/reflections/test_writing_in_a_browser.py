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
from playwright.sync_api import BrowserContext, Error, Page, expect

from conference import create_app
from conference.accounts.sessions import cookie_name
from conference.foundation.db import db, transaction
from conference.reflections import queries
from conference.reflections.content import count_words
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.settings import Settings
from tests.conftest import ROOT, SECRET
from tests.reflections.conftest import World, build_world
from tests.services import browser as chromium
from tests.services import web
from tests.services.kept import new_folder

AT_ONCE = 5
"""Writers who sit before one server at the same time: they wait together, and waiting is what takes long."""

AXE = ROOT / "tests" / "vendor" / "axe-core-4.14.1.min.js"
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


@pytest.fixture
def crowds(make_desk: Callable[[], Desk], device: Callable[..., BrowserContext]) -> Callable[..., Iterator[list[Any]]]:
    """``crowds(25, "phone")``: so many writers, a few at a time, each before a device of their own of each kind."""

    def come(count: int, *kinds: str) -> Iterator[list[Any]]:
        places = [[device(kind) for kind in kinds] for _ in range(min(AT_ONCE, count))]
        for begin in range(0, count, AT_ONCE):
            yield [(make_desk(), *contexts) for contexts in places[: count - begin]]
            for context in (one for contexts in places for one in contexts):
                for page in context.pages:
                    page.close()
                context.clear_cookies()

    return come


def first_part(page: Page) -> Any:
    return page.locator(".part__text").first


def type_in(page: Page, text: str) -> None:
    first_part(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def state(page: Page) -> Any:
    return page.locator('[data-part="state"]')


def test_every_letter_survives_a_closed_tab(crowds, sized):
    """S3: A closed tab."""
    for writers in crowds(sized(1, 25), "phone"):
        pages = [desk.open(context) for desk, context in writers]
        for page in pages:
            type_in(page, "Qua một ngày học tập")
            page.close()  # before any save
        for desk, context in writers:
            expect(first_part(desk.write_on(context.new_page()))).to_have_value("Qua một ngày học tập")
        for desk, _context in writers:
            desk.wait_for("Qua một ngày học tập")


def test_writing_goes_on_without_a_line(crowds, sized):
    """S3: A lost line."""
    for writers in crowds(sized(1, 25), "phone"):
        pages = [desk.open(context) for desk, context in writers]
        for (_desk, context), page in zip(writers, pages, strict=True):
            context.set_offline(True)
            type_in(page, "trên tàu hỏa")
        for page in pages:
            expect(state(page)).to_contain_text("Lưu trên máy", timeout=20_000)
            expect(page.locator('[data-part="offline"]')).to_be_visible()
            type_in(page, ", viết tiếp")
        for _desk, context in writers:
            context.set_offline(False)
        for (desk, _context), page in zip(writers, pages, strict=True):
            expect(state(page)).to_contain_text(SAVED, timeout=20_000)
            assert desk.kept() == "trên tàu hỏa, viết tiếp"
            expect(page.locator('[data-part="offline"]')).to_be_hidden()


def test_an_ended_visit_is_taken_up_again_on_the_spot(crowds, sized):
    """S3, F18: Signed in again in place, with the text still there."""
    for writers in crowds(sized(1, 25), "desktop"):
        pages = [desk.open(context) for desk, context in writers]
        for (_desk, context), page in zip(writers, pages, strict=True):
            context.clear_cookies()
            type_in(page, "phiên đã hết")
        for (desk, _context), page in zip(writers, pages, strict=True):
            expect(page.locator('[data-part="signed-out"]')).to_be_visible(timeout=20_000)
            expect(state(page)).to_contain_text("Lưu trên máy")
            page.locator("#personal-link").fill("https://ở-đâu-đó.example/khac")
            page.locator('[data-part="open-link"]').click()
            expect(page.locator('[data-part="link-error"]')).to_be_visible()
            page.locator("#personal-link").fill(f"https://hoinghi.example{desk.link}")
            page.locator('[data-part="open-link"]').click()
            expect(state(page)).to_contain_text(SAVED, timeout=20_000)
            assert desk.kept() == "phiên đã hết"


def test_a_text_is_never_sent_into_somebody_elses_visit(make_desk, device):
    mine, other = make_desk(), make_desk()
    context = device("desktop")
    page = mine.open(context)
    context.new_page().goto(other.url + other.link)  # another person opens their link in the same browser
    type_in(page, "bài của tôi")
    expect(page.locator('[data-part="signed-out"]')).to_be_visible(timeout=20_000)
    assert other.desk().reflection is None
    context.new_page().goto(mine.url + mine.link)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    mine.wait_for("bài của tôi")


def test_a_stale_token_is_renewed_without_a_word(crowds, sized):
    """S3: A failed check of the form's token."""
    for writers in crowds(sized(1, 25), "desktop"):
        pages = [desk.open(context) for desk, context in writers]
        for (_desk, context), page in zip(writers, pages, strict=True):
            context.clear_cookies(name="state")
            type_in(page, "trang mở từ hôm qua")
        for (desk, _context), page in zip(writers, pages, strict=True):
            expect(state(page)).to_contain_text(SAVED, timeout=20_000)
            assert desk.kept() == "trang mở từ hôm qua"


def test_a_killed_server_is_waited_for(crowds, sized):
    """S3, F1: The server dies while somebody types, each time anew."""
    for writers in crowds(sized(1, 25), "desktop"):
        pages = [desk.open(context) for desk, context in writers]
        for (desk, _context), page in zip(writers, pages, strict=True):
            _master, *workers = desk.server.processes()
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            type_in(page, "máy chủ khởi động lại")
            expect(state(page)).to_contain_text(SAVED, timeout=30_000)
            assert desk.kept() == "máy chủ khởi động lại"


def test_a_killed_browser_loses_at_most_five_seconds(make_desk, chromium_program, playwright, sized):
    """S3: The browser dies."""
    options = {"executable_path": chromium_program, "args": [*chromium.QUIET, "--no-sandbox"], **chromium.EVERYWHERE}
    count = sized(1, 25)
    for begin in range(0, count, AT_ONCE):
        writers = [(make_desk(), str(new_folder("profile"))) for _ in range(min(AT_ONCE, count - begin))]
        browsers = [playwright.chromium.launch_persistent_context(folder, **options) for _desk, folder in writers]
        pages = [desk.open(context) for (desk, _folder), context in zip(writers, browsers, strict=True)]
        for page in pages:
            page.route("**/my/reflection/draft", lambda route: route.abort())  # nothing reaches the server
            type_in(page, "trước khi hết pin")
        pages[0].wait_for_timeout(5_000)
        for (_desk, folder), page, context in zip(writers, pages, browsers, strict=True):
            type_in(page, " và vài chữ cuối")
            for pid in browser_processes(folder):
                os.kill(pid, signal.SIGKILL)
            with suppress(Error):  # it is gone: that was the point
                context.close()
        for desk, folder in writers:
            again = playwright.chromium.launch_persistent_context(folder, **options)
            expect(first_part(desk.open(again))).to_have_value(re.compile("^trước khi hết pin"))
            again.close()


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


def test_two_devices_show_both_texts_and_the_writer_puts_them_together(crowds, sized):
    """S3, S4: Two devices."""
    for writers in crowds(sized(1, 25), "desktop", "phone"):
        sat = [(desk, desk.open(laptop), desk.open(phone)) for desk, laptop, phone in writers]
        for _desk, laptop, _phone in sat:
            type_in(laptop, "viết trên máy tính")
        for _desk, laptop, phone in sat:
            expect(state(laptop)).to_contain_text(SAVED, timeout=20_000)
            type_in(phone, "viết trên điện thoại")
        for desk, _laptop, phone in sat:
            expect(state(phone)).to_contain_text("Có hai bản", timeout=20_000)
            expect(phone.locator(".other-version__text")).to_have_text("viết trên máy tính")
            expect(first_part(phone)).to_have_value("viết trên điện thoại")
            assert desk.kept() == "viết trên máy tính"
            phone.locator('[data-part="append"]').click()
            phone.locator('[data-part="merged"]').click()
            expect(state(phone)).to_contain_text(SAVED, timeout=20_000)
            assert desk.kept() == "viết trên điện thoại\n\nviết trên máy tính"


def test_pressed_twice_gone_back_and_pressed_again_hands_in_once(crowds, sized):
    """S3, S4, F19: A double click, the way back, and the button again."""
    for writers in crowds(sized(1, 25), "phone"):
        for desk, context in writers:
            page = desk.open(context)
            type_in(page, "một lần là đủ")
            page.get_by_role("button", name="Xem lại và nộp").last.click()
            page.wait_for_url("**/my/reflection/review")
            page.get_by_role("button", name="Nộp bài").dblclick()
            page.wait_for_url("**/my/reflection/receipt?version=1")
            page.go_back()
            page.get_by_role("button", name="Nộp bài").click()
            page.wait_for_url("**/my/reflection/receipt?version=1")
            reflection = desk.desk().reflection
            assert len(queries.submissions_of(reflection.id)) == 1
            kept = "Object.keys(localStorage).filter((key) => key.startsWith('reflection/')).length"
            assert page.evaluate(kept) == 0


def test_the_deadline_is_also_said_by_the_clock_of_the_writer(make_desk, device):
    """S5: In the writer's zone, where it is another one."""
    abroad = make_desk().open(device("phone", timezone_id="America/New_York"))
    expect(abroad.locator('[data-part="local-due"]')).to_contain_text("Theo giờ trên máy này")
    at_home = make_desk().open(device("phone"))
    expect(at_home.locator('[data-part="local-due"]')).to_be_hidden()


def test_commitments_are_cards_that_ask_for_a_measure(make_desk, device):
    desk = make_desk()
    page = desk.open(device("phone"))
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


def test_the_page_counts_words_as_the_server_does(make_desk, device):
    page = make_desk().open(device("desktop"))
    counted = page.evaluate(
        """async (cases) => {
          const main = document.querySelector('script[src*="main.js"]').src;
          const { countWords } = await import(new URL("reflections/count.js", main.split("?")[0]));
          return cases.map(countWords);
        }""",
        WORD_CASES,
    )
    assert counted == [count_words(case) for case in WORD_CASES]


def test_no_page_of_the_writer_has_a_serious_fault_of_access(make_desk, device):
    desk = make_desk()
    for kind in ("phone", "desktop"):
        page = desk.open(device(kind))
        type_in(page, "một hai ba")
        faults = [(kind, "write", fault) for fault in serious_faults(page)]
        for path in ("/my/reflection/review", "/my/reflection/paper", "/check/"):
            page.goto(desk.url + path)
            faults += [(kind, path, fault) for fault in serious_faults(page)]
        assert faults == []


def serious_faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]
