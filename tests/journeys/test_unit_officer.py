"""A unit's officer sees what is asked of her unit, names people by paste and by form; the organizer approves them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from conference.accounts import actions as accounts
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.registry.naming.models import NamingRule, Quota
from conference.registry.naming.rules import Approver
from tests.factories import make_account
from tests.registry.hall import build
from tests.services.axe import violations

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}
PASTE = (
    "Họ và tên\tNgày sinh\tChức vụ\tSố điện thoại\n"
    "Lê Thị Hoài Thương\t03/11/1964\tPhó Chủ tịch\t0912 345 999\n"
    "Ngô Bình\t1971\tChuyên viên\t12345"
)


@pytest.fixture
def server(serve, make_app, sqlite_url):
    """The small hall, with a quota of four for a district whose officer may name, and one-time links for two people."""
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        hall = build()
        with transaction():
            rule = NamingRule(conference_id=hall.conference_id, is_open=True, approver=Approver.ORGANIZER)
            quota = Quota(conference_id=hall.conference_id, unit_id=hall.units["yen_thanh"], places=4)
            db.session.add_all([rule, quota])
            officer = make_account(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])
            organizer = make_account(Role.ORGANIZER, full_name="Trần Thị Ánh")
            links = [
                accounts.make_link(account=one, at=clock.now(), by=SYSTEM, next_path=path, replaces_second_factor=True)
                for one, path in ((officer, "/"), (organizer, hall.url("/nominations")))
            ]
    started = serve(database_url=sqlite_url)
    return started.url, links


def check(page: Page, name: str) -> None:
    faults = [(fault["id"], fault["nodes"][0]["html"][:160]) for fault in violations(page)]
    assert faults == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


def enter(page: Page, url: str, link: str) -> None:
    page.goto(f"{url}/enter/{link}")
    page.locator("main form button[type=submit]").click()


@pytest.mark.parametrize("size", SIZES)
def test_an_officer_names_her_people_and_the_organizer_approves(server, device, size):
    url, (officer_link, organizer_link) = server
    page = device(size, bypass_csp=True, viewport=SIZES[size]).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    enter(page, url, officer_link)
    expect(page.get_by_role("heading", name="Còn phải cử 2 người")).to_be_visible()
    check(page, "the unit's page")

    page.get_by_role("link", name="Dán danh sách").click()
    check(page, "an empty paste")
    page.locator("#rows").fill(PASTE)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name="1 người sẽ được cử")).to_be_visible()
    expect(page.get_by_text("Số điện thoại “12345” không đủ 10 chữ số.")).to_be_visible()
    check(page, "what was pasted, judged")
    page.get_by_role("button", name="Gửi đề nghị 1 người").click()
    expect(page.locator("#rows")).to_have_value(re.compile("Ngô Bình"))

    page.goto(f"{url}/unit")
    page.get_by_role("link", name="Cử đại biểu", exact=True).last.click()
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_role("alert")).to_contain_text("họ và tên")
    check(page, "a form that came back")
    page.get_by_label("Họ và tên").fill("Ngô Văn Bình")
    page.get_by_label("Số điện thoại").fill("0912 345 998")
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_role("heading", name="Đã cử đủ chỉ tiêu")).to_be_visible()
    check(page, "the unit's page with what waits")

    other = device("desktop", bypass_csp=True).new_page()
    enter(other, url, organizer_link)
    expect(other.get_by_role("heading", name="2 đề nghị chờ duyệt")).to_be_visible()
    check(other, "what units ask")
    other.locator("td input[name=nominations]").first.check()
    other.get_by_role("button", name="Duyệt", exact=True).click()
    expect(other.get_by_text("Đã duyệt 1 đề nghị.")).to_be_visible()
    other.locator("td input[name=nominations]").first.check()
    other.get_by_label("Lý do trả lại").fill("Chưa ghi chức vụ")
    other.get_by_role("button", name="Trả lại những đề nghị đã chọn").click()
    expect(other.get_by_text("Đã trả lại 1 đề nghị.")).to_be_visible()
    for path, name in (("quotas", "quotas"), ("naming-rule", "the rule"), ("list/changes", "no changes yet")):
        other.goto(f"{url}/conferences/NQ12/{path}")
        check(other, name)

    page.goto(f"{url}/unit")
    expect(page.get_by_text("Chưa ghi chức vụ")).to_be_visible()
    expect(page.get_by_role("heading", name="Còn phải cử 1 người")).to_be_visible()
    check(page, "the unit's page after the decision")
    assert faults == []
