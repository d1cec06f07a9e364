"""The list of people and the attendee's own page in real Chromium: readable by everybody, with and without a script."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.registry.links import link_token
from tests.conftest import SECRET
from tests.factories import make_account
from tests.registry.hall import Hall, build

AXE = Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1.min.js"
SEVERE = ("serious", "critical")
LARGEST_FIRST_LOAD = 300 * 1024


class Visit:
    """A small conference tomorrow, served; browsers of an organizer and of an attendee."""

    def __init__(self, url: str, hall: Hall, staff: tuple[str, str], device) -> None:
        self.url, self.hall, self._staff, self._device = url, hall, staff, device

    def organizer(self, kind: str = "desktop") -> Page:
        context: BrowserContext = self._device(kind)
        context.add_cookies([{"name": self._staff[0], "value": self._staff[1], "url": self.url}])
        return context.new_page()

    def attendee(self, **options: object) -> Page:
        return self._device("phone", **options).new_page()

    @property
    def link(self) -> str:
        return f"{self.url}/p/{link_token(SECRET, self.hall.attendees['Đặng Hữu Phước'], 1)}"


@pytest.fixture
def visit(make_app, sqlite_url, serve, device) -> Visit:
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        tomorrow = clock.now().date() + timedelta(days=2)
        hall = build(starts_on=tomorrow)
        with transaction():
            account = make_account()
            token = accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=8))
        name = cookie_name("staff")
        db.session.remove()
    server = serve(database_url=sqlite_url)
    return Visit(server.url, hall, (name, token), device)


def barriers(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(outcome => outcome.violations)")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in SEVERE]


def sent_bytes(page: Page) -> int:
    return int(
        page.evaluate(
            "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
            ".reduce((sum, entry) => sum + entry.transferSize, 0)"
        )
    )


def test_the_attendee_s_page_shows_a_ticket_a_camera_can_read(visit) -> None:
    page = visit.attendee()
    page.goto(visit.link)
    assert page.url == f"{visit.url}/my/"
    assert sent_bytes(page) <= LARGEST_FIRST_LOAD
    box = page.locator(".ticket__qr").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 228
    assert page.locator(".ticket__qr").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(page) == []


def test_the_attendee_s_page_works_without_a_script(visit) -> None:
    page = visit.attendee(java_script_enabled=False, color_scheme="dark")
    page.goto(visit.link)
    expect(page.locator(".ticket__qr svg")).to_be_visible()
    page.get_by_text("Xin phép vắng").click()
    page.get_by_label("Lý do xin vắng").fill("Đi công tác nước ngoài")
    page.get_by_role("button", name="Gửi đơn xin vắng").click()
    expect(page.get_by_text("Chờ quyết định")).to_be_visible()


@pytest.mark.parametrize("kind", ["desktop", "phone"])
def test_people_and_calling_have_no_barrier_and_a_figure_opens_its_people(visit, kind) -> None:
    page = visit.organizer(kind)
    for path in ("/people", "/people/2", "/people/new", "/badges", "/outbox", "/calendars", "/call"):
        page.goto(visit.url + visit.hall.url(path))
        assert (path, barriers(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth <= innerWidth")) == (path, True)
    page.goto(visit.url + visit.hall.url("/people/2"))
    page.get_by_text("Cử người dự thay…").click()
    page.get_by_label("Họ và tên").fill("Lê Văn Tám")
    page.get_by_role("button", name="Cử người dự thay", exact=True).click()
    page.get_by_role("link", name="Số điện thoại").click()  # the fault leads into the dialog, with what was typed
    expect(page.locator("#substitute_phone")).to_be_focused()
    expect(page.get_by_label("Họ và tên")).to_have_value("Lê Văn Tám")
    page.goto(visit.url + visit.hall.url("/call"))
    page.locator(".facts a").first.click()
    drawer = page.locator("dialog.drawer")
    expect(drawer.get_by_text("Trần Thị Hoà")).to_be_visible()
    assert "contact=no_mail" in page.url
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()


@pytest.mark.parametrize("kind", ["desktop", "phone"])
def test_waves_are_made_and_a_unit_is_put_into_one_by_keyboard(visit, kind) -> None:
    page = visit.organizer(kind)
    page.goto(f"{visit.url}{visit.hall.url('/plan')}")
    page.get_by_role("link", name="Chia đợt").click()
    for number in (1, 2):
        title = page.get_by_label("Tên đợt", exact=True).first
        expect(title).to_have_value(f"Đợt {number}")
        title.press("Enter")
        expect(page.locator("td.cell-title", has_text=f"Đợt {number}")).to_be_visible()
    titles = page.locator("tr[draggable=true] td.cell-title")
    expect(titles).to_have_text(["Đợt 1", "Đợt 2"])
    page.get_by_role("button", name="Xuống sau").press("Alt+ArrowDown")
    expect(titles).to_have_text(["Đợt 2", "Đợt 1"])
    expect(page.get_by_role("button", name="Lên trước")).to_be_focused()
    if kind == "desktop":
        titles.last.drag_to(titles.first, target_position={"x": 9, "y": 2})
    else:
        page.get_by_role("button", name="Lên trước").tap()
    expect(titles).to_have_text(["Đợt 1", "Đợt 2"])
    page.get_by_label("Chọn Liên đoàn Lao động huyện Yên Thành").press("Space")
    page.get_by_role("button", name="Vào Đợt 2").press("Enter")
    expect(page.get_by_text("Đã xếp 2 người vào Đợt 2.")).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
