"""An organizer takes a site away and takes a proposal over, in a real browser, at both sizes and in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from conference.accounts import actions
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from tests.factories import make_account
from tests.journeys.test_plan import check
from tests.registry.hall import build
from tests.services.web import WebServer

LONGEST = 60_000


@pytest.fixture
def served(serve: Callable[..., WebServer], make_app: Callable[..., Flask], sqlite_url: str) -> tuple[WebServer, str]:
    """A conference of two sites with its worker, and an organizer's cookie."""
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        build()
        with transaction():
            account = make_account(Role.ORGANIZER)
            token = actions.open_session(account=account, at=clock.now(), lives=timedelta(hours=2))
        db.session.remove()
    return serve(database_url=sqlite_url, with_worker=True), token


@pytest.mark.parametrize("kind", ["desktop", "phone"])
def test_a_site_falls_away_and_its_people_are_seated_elsewhere(served, device, kind):
    server, token = served
    context = device(kind, bypass_csp=True)  # the accessibility checker is injected as a script
    context.add_cookies([{"name": "staff", "value": token, "url": server.url}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    page.goto(f"{server.url}/conferences/NQ12/seating")
    expect(page.get_by_text("Mọi người đều có chỗ.")).to_be_visible()
    check(page, "nothing is missing")
    page.get_by_label("Không tách đơn vị đến").fill("nhiều")
    page.get_by_role("button", name="Tìm chỗ ngồi").click()
    expect(page.get_by_role("alert")).to_contain_text("Không tách đơn vị đến")
    check(page, "a form that came back")

    page.locator("#unit_words").fill("huyện Đô Lương")
    page.get_by_label("Ngồi ở").select_option(label="LĐLĐ huyện Đô Lương, Nghệ An")
    page.get_by_role("button", name="Ghim", exact=True).click()
    expect(page.get_by_text("Đã ghim.")).to_be_visible()
    page.get_by_label("Điểm cầu không dùng nữa").select_option(label="LĐLĐ huyện Yên Thành, Nghệ An")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.get_by_role("link", name="LĐLĐ huyện Yên Thành, Nghệ An")).to_be_visible()
    page.get_by_role("button", name="Tìm chỗ ngồi").click()

    # once the search is over, the page goes on to what it found by itself
    expect(page.get_by_role("heading", level=1)).to_have_text("3 người sẽ đổi chỗ", timeout=LONGEST)
    expect(page.get_by_text("Được ghim về đây")).to_be_visible()
    check(page, "a proposal")
    page.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_text("Đặng Hữu Phước")).to_be_visible()
    page.goto(f"{server.url}/conferences/NQ12/seating/1")
    page.get_by_role("button", name="Áp dụng tất cả").click()
    expect(page.get_by_role("heading", name="Chuyển 3 người?")).to_be_visible()
    check(page, "the question before moving")
    page.get_by_role("button", name="Chuyển 3 người").click()
    expect(page.get_by_text("Đã chuyển 3 người.", exact=False)).to_be_visible()
    check(page, "a proposal that was applied")

    page.get_by_role("link", name="Xếp chỗ ngồi", exact=True).first.click()
    page.get_by_role("link", name="Ghế trong hội trường").click()
    check(page, "the halls")
    page.get_by_label("Lập sơ đồ dãy 20 ghế").check()
    page.get_by_role("button", name="Xếp ghế mọi hội trường").click()
    expect(page.get_by_text("5 người có ghế, 0 người đổi ghế, 0 người chưa có ghế.")).to_be_visible(timeout=LONGEST)
    check(page, "everybody has a seat")

    page.goto(f"{server.url}/language/en?next=/conferences/NQ12/seating")
    page.goto(f"{server.url}/conferences/NQ12/seating")
    expect(page.get_by_role("heading", name="Earlier proposals")).to_be_visible()
    check(page, "in English")
    assert faults == []
