"""An organizer brings in lists (at full size those of all 82 senders) in a browser, from the files to the people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from conference.accounts import actions
from conference.accounts.sessions import cookie_name
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.planning.models import ConferenceState
from tests.conftest import AT_FULL_SIZE
from tests.factories import make_account, make_conference
from tests.registry.reading import REFERENCE
from tests.services.axe import violations
from tests.services.web import WebServer

LONGEST = 60_000
FEW = ("don-vi.xlsx", "diem-cau.xlsx", "chuong-trinh.xlsx", "dai-bieu/cong-doan-y-te-viet-nam.xlsx")
"""What is brought in on a phone in the usual run."""

WITH_FAULTS = (
    "cong-doan-cao-su-viet-nam", "cong-doan-cong-thuong-viet-nam", "cong-doan-dau-khi-viet-nam",
    "lien-doan-lao-dong-tinh-dak-nong", "lien-doan-lao-dong-tinh-ninh-thuan", "lien-doan-lao-dong-tinh-phu-yen",
    "lien-doan-lao-dong-tinh-thai-binh", "lien-doan-lao-dong-tinh-tuyen-quang",
)  # fmt: skip
"""The lists in which a row can't be read, on a desk too; at full size both take all."""


@pytest.fixture
def served(serve: Callable[..., WebServer], make_app: Callable[..., Flask], sqlite_url: str) -> tuple[WebServer, str]:
    """The product with a draft conference, and an organizer's cookie."""
    app = make_app(database_url=sqlite_url)
    with app.app_context(), transaction():
        make_conference("HN1", state=ConferenceState.DRAFT)
        account = make_account(Role.ORGANIZER)
        token = actions.open_session(account=account, at=clock.now(), lives=timedelta(hours=2))
    return serve(database_url=sqlite_url, with_worker=True), token


def check(page: Page, name: str) -> None:
    found = violations(page)
    faults = [
        (fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert faults == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{name} scrolls sideways"


@pytest.mark.parametrize("kind", ["desktop", "phone"])
def test_an_organizer_brings_in_the_lists_of_all_senders(served, device, kind):
    server, token = served
    context = device(kind)
    context.add_cookies([{"name": "staff", "value": token, "url": server.url}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)

    page.goto(f"{server.url}/conferences/HN1/imports/")
    check(page, "start")
    names = [path for path in sorted(REFERENCE.rglob("*")) if path.suffix in (".xlsx", ".csv")]
    people, figures = "24.814", ("25.031", "24.814", "217", "12", "21")
    if not AT_FULL_SIZE:
        names, people, figures = [REFERENCE / name for name in FEW], "55", ("55",)
        if kind == "desktop":
            names += [REFERENCE / "dai-bieu" / f"{name}.xlsx" for name in WITH_FAULTS]
            people, figures = "1.697", ("1.700", "1.697", "3", "21")
    page.set_input_files("input[type=file]", names)
    expect(page.locator("[data-part=chosen]")).to_contain_text(f"Đã chọn {len(names)} tệp")
    page.get_by_role("button", name="Xem trước").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Xem trước khi nhập {len(names)} tệp", timeout=LONGEST)
    for figure in figures:
        expect(page.locator(".facts")).to_contain_text(figure)
    check(page, "preview")
    for show in ("repeated", "rejected", "new", "sheets"):
        page.goto(f"{page.url.split('?')[0]}?show={show}")
        check(page, show)
    page.get_by_role("button", name=f"Nhập {people} người").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Đã nhập {len(names)} tệp", timeout=LONGEST)
    check(page, "applied")
    page.get_by_role("button", name="Rút lại lần nhập này…").click()
    expect(page.get_by_role("heading", name=f"Rút lại lần nhập này, rút ra {people} người?")).to_be_visible()
    page.get_by_role("button", name="Rút lại", exact=True).click()
    expect(page.locator(".notice").first).to_contain_text("Đã rút lại", timeout=LONGEST)
    assert faults == []


def test_an_organizer_explains_a_shape_that_nobody_knows(served, device):
    server, token = served
    context = device("desktop")
    context.add_cookies([{"name": "staff", "value": token, "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/conferences/HN1/imports/")
    odd = "X1;X2;X3\r\nCTY-1;Công đoàn A;Tỉnh\r\nCTY-2;Công đoàn B;Tỉnh\r\n".encode()
    page.set_input_files("input[type=file]", [{"name": "la.csv", "mimeType": "text/csv", "buffer": odd}])
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("link", name="Chỉ cột").click(timeout=LONGEST)
    check(page, "mapping")
    page.get_by_label("Loại danh sách").select_option("units")
    page.get_by_label("Số dòng tiêu đề trong mẫu").fill("1")
    for column, what in (("Cột 1", "code"), ("Cột 2", "name"), ("Cột 3", "level")):
        page.get_by_label(column).select_option(what)
    page.get_by_role("button", name="Nhớ và đọc lại").click()
    expect(page.locator(".import-also")).to_contain_text("2 đơn vị", timeout=LONGEST)


def test_the_cookie_is_the_products_own(make_app, sqlite_url):
    app = make_app(database_url=sqlite_url)
    with app.test_request_context():
        assert cookie_name("staff") == "staff"
