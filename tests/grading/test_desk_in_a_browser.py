"""The marking desk in real Chromium: keyboard, autosave, two windows, a lost line, and no barrier to anybody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.grading.models import Paper, Reading
from conference.grading.rules import PaperState
from tests.grading.grade_book import GradeBook, make_grade_book

AXE = Path(__file__).parent.parent / "vendor" / "axe-core-4.14.1.min.js"
SEVERE = ("serious", "critical")


@pytest.fixture
def desk(make_app, sqlite_url, serve, device):
    """``desk("phone")``: a signed-in browser of a grader with papers on the desk, and the codes of these."""
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        with transaction():
            book: GradeBook = make_grade_book(authors=4, graders=4, units=4)
            book.share_out()
            reading = book.readings(book.attendees[0])[0]
            account = book.accounts[[grader.id for grader in book.graders].index(reading.grader_id)]
            token = accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=8))
        name = cookie_name("staff")
        codes = sorted(
            code for (code,) in db.session.query(Reading.blind_code).filter(Reading.grader_id == reading.grader_id)
        )
        db.session.remove()
    server = serve(database_url=sqlite_url)

    def sit_down(kind: str = "desktop") -> tuple[BrowserContext, str, list[str]]:
        context = device(kind)
        context.add_cookies([{"name": name, "value": token, "url": server.url}])
        return context, server.url, codes

    sit_down.app = app  # type: ignore[attr-defined]
    return sit_down


def barriers(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(outcome => outcome.violations)")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in SEVERE]


def sits(page: Page) -> None:
    """The script has arrived: a part stands open."""
    expect(page.locator(".part[data-open]")).to_have_count(1, timeout=10_000)


def saved(page: Page) -> None:
    expect(page.locator("[data-part=saved]")).to_contain_text("Đã lưu", timeout=15_000)


def test_a_paper_is_marked_by_keyboard_alone_and_the_next_one_follows(desk):
    context, url, codes = desk()
    page = context.new_page()
    page.goto(f"{url}/marking/")
    page.get_by_role("link", name="Bắt đầu chấm").click()
    sits(page)
    first = page.url
    for part in "12345":
        page.keyboard.press(part)
        for _step in range(3):
            page.keyboard.press("+")
    page.keyboard.press("-")
    saved(page)
    expect(page.locator("[data-part=total]")).to_have_text("2,25")
    page.reload()
    sits(page)
    expect(page.locator("[data-part=total]")).to_have_text("2,25")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda address: address != first)
    assert page.url.rsplit("/", 1)[-1] in codes
    with desk.app.app_context():
        assert [str(total) for (total,) in db.session.query(Reading.total).filter(Reading.total.is_not(None))] == [
            "2.25"
        ]
        assert set(db.session.query(Paper.state)) == {(PaperState.GRADING,)}
        db.session.remove()


def test_a_stale_window_says_so_and_overwrites_nothing(desk):
    context, url, codes = desk()
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        page.goto(f"{url}/marking/{codes[0]}")
        sits(page)
    one.keyboard.press("1")
    one.keyboard.press("+")
    one.keyboard.press("+")
    saved(one)
    other.locator("#comment").fill("từ cửa sổ kia")
    expect(other.locator("[data-part=saved]")).to_contain_text("cửa sổ khác", timeout=15_000)
    other.reload()
    expect(other.locator("[data-part=total]")).to_have_text("0,25")
    expect(other.locator("#comment")).to_have_value("")


def test_without_a_line_marks_stay_on_the_device_and_are_sent_later(desk):
    context, url, codes = desk()
    page = context.new_page()
    page.goto(f"{url}/marking/{codes[0]}")
    sits(page)
    context.set_offline(True)
    page.locator("#comment").fill("Viết khi mất mạng")
    expect(page.locator("[data-part=saved]")).to_contain_text("Lưu trên máy", timeout=15_000)
    context.set_offline(False)
    saved(page)
    page.reload()
    expect(page.locator("#comment")).to_have_value("Viết khi mất mạng")


def test_the_desk_is_of_use_before_any_script_arrives(desk, device):
    context, url, codes = desk()
    plain = device("desktop", java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(f"{url}/marking/{codes[0]}")
    for group in page.locator("fieldset.part").all():
        group.locator("input[type=radio]").nth(1).check(force=True)
    page.get_by_role("button", name="Lưu và sang bài 2").click()
    assert page.url.rsplit("/", 1)[-1] in codes[1:]


@pytest.mark.parametrize("kind", ["desktop", "phone"])
def test_nobody_meets_a_barrier_at_the_desk(desk, kind):
    context, url, codes = desk(kind)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in ("/marking/", f"/marking/{codes[0]}"):
        page.goto(f"{url}{path}")
        page.wait_for_load_state("networkidle")
        assert barriers(page) == []
        width, seen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= seen
    assert faults == []
