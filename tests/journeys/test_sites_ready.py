"""A host gets the site ready on a phone; the organizer sees it climb, seats people and edits sites in Excel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from conference.accounts import actions as accounts
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import transaction
from tests.factories import (
    join,
    make_account,
    make_attendee,
    make_conference,
    make_site,
    make_study_session,
    make_unit,
    seat_guests,
)
from tests.services.axe import violations

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}


@pytest.fixture
def server(serve, make_app, sqlite_url):
    """A conference of tomorrow with one site of two units, and one-time ways in for host and organizer."""
    app = make_app(database_url=sqlite_url)
    with app.app_context(), transaction():
        root = make_unit()
        unit, guest = make_unit("LĐLĐ huyện Yên Thành", parent=root), make_unit("Công đoàn Giáo dục", parent=root)
        tomorrow = (clock.now() + timedelta(days=1)).date()
        conference = make_conference("NQ12", host_unit=root, starts_on=tomorrow)
        make_study_session(conference)
        site = make_site("Điểm cầu huyện Yên Thành", host_unit=unit, seats=12)
        seat_guests(join(conference, site), guest, 2)
        for name, of in (("Đặng Hữu Phước", unit), ("Nguyễn Thị Ánh", unit), ("Hồ Sỹ Quyền", guest)):
            make_attendee(conference, site=site, unit=of, full_name=name)
        ways = {
            account.login: accounts.make_link(
                account=account, at=clock.now(), by=SYSTEM, next_path="/", replaces_second_factor=True
            )
            for account in (
                make_account(Role.SITE_HOST, ScopeKind.SITE, site.id, login="host"),
                make_account(Role.ORGANIZER, login="organizer"),
            )
        }
        site_id = site.id
    found = serve(database_url=sqlite_url)
    found.ways, found.site = ways, f"{found.url}/conferences/NQ12/sites/{site_id}"
    found.climb = f"{found.url}/conferences/NQ12/ready/{site_id}"
    return found


def enter(server, page: Page, who: str) -> None:
    page.goto(f"{server.url}/enter/{server.ways[who]}")
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_load_state()


def check(page: Page, name: str) -> None:
    """At both sizes: nothing for the accessibility checker, nothing that runs over the edge."""
    for kind, size in SIZES.items():
        page.set_viewport_size(size)
        faults = [(fault["id"], fault["nodes"][0]["html"][:160]) for fault in violations(page)]
        assert faults == [], (name, kind)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} runs over on a {kind}"


def test_a_site_gets_ready_and_is_seated(server, device, faults, tmp_path):
    phone = device("phone", bypass_csp=True, viewport=SIZES["phone"]).new_page()
    phone.on("pageerror", lambda error: faults.append(str(error)))
    enter(server, phone, "host")
    phone.goto(server.climb)
    expect(phone.get_by_role("heading", name="Việc bây giờ")).to_be_visible()
    expect(phone.locator("#now")).to_contain_text("Ghi máy điểm danh")
    phone.locator("#line").get_by_role("button", name="Thử đường truyền").click()
    expect(phone.get_by_text("Đường truyền đạt")).to_be_visible()
    expect(phone.locator("#rung-line")).to_have_attribute("data-standing", "done")
    checks = phone.locator(".checklist__item")
    checks.nth(0).get_by_label("Tốt").check()
    checks.nth(1).get_by_label("Có lỗi").check()
    phone.get_by_role("button", name="Lưu kết quả kiểm tra").click()
    expect(phone.get_by_role("alert")).to_contain_text("Mời ghi lỗi gì")
    expect(checks.nth(0).get_by_label("Tốt")).to_be_checked()
    check(phone, "a site with a fault in its form")
    checks.nth(1).get_by_placeholder("Ghi chú").fill("Loa trái rè")
    phone.get_by_role("button", name="Lưu kết quả kiểm tra").click()
    expect(phone.locator("#checks")).to_contain_text("1 trên 10 mục tốt")
    phone.locator("#rung-devices").get_by_text("Xác nhận bằng tay").click()
    phone.locator("#rung-devices").get_by_label("Vì sao biết là đã xong").fill("Dùng danh sách giấy")
    phone.locator("#rung-devices").get_by_role("button", name="Xác nhận", exact=True).click()
    expect(phone.locator("#rung-devices")).to_contain_text("Dùng danh sách giấy")

    desk = device("desktop", bypass_csp=True, accept_downloads=True).new_page()
    desk.on("pageerror", lambda error: faults.append(str(error)))
    enter(server, desk, "organizer")
    for path in ("ready", "ready/settings", "ready/times", "sites/map", "rehearsals/new"):
        desk.goto(f"{server.url}/conferences/NQ12/{path}")
        check(desk, path)
    desk.get_by_role("button", name="Lưu").click()
    expect(desk.get_by_role("heading", name="Tổng duyệt")).to_be_visible()
    check(desk, "rehearsal")
    phone.goto(server.climb)
    expect(phone.locator("#rehearsals")).to_contain_text("Quét thử trên từng máy điểm danh")
    desk.goto(server.site)
    check(desk, "site")
    desk.get_by_role("link", name="Sơ đồ, xếp chỗ").click()
    desk.get_by_role("button", name="Lưu sơ đồ").click()
    desk.get_by_role("button", name="Xếp chỗ", exact=True).click()
    expect(desk.get_by_role("heading", name="3 trên 3 người đã có chỗ")).to_be_visible()
    check(desk, "seats")
    desk.get_by_role("link", name="In sơ đồ và danh sách chỗ").click()
    expect(desk.get_by_role("row", name="Nguyễn Thị Ánh")).to_contain_text("A1-1")
    check(desk, "sheets")

    desk.goto(f"{server.url}/conferences/NQ12/workbook")
    check(desk, "workbook")
    with desk.expect_download() as waiting:
        desk.get_by_role("link", name="Tải sổ Ban Tổ chức").click()
    waiting.value.save_as(tmp_path / "so.xlsx")
    desk.locator("input[type=file]").set_input_files(tmp_path / "so.xlsx")
    desk.get_by_role("button", name="Xem chỗ khác").click()
    expect(desk.get_by_role("heading", name="Tệp không khác gì hội nghị")).to_be_visible()
    check(desk, "preview")
