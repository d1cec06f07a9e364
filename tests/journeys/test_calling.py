"""Organizers call people and a unit's officer does her part, in a real browser, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from conference.accounts import actions
from conference.accounts.models import Account
from conference.adapters.spreadsheet import write_workbook
from conference.directory.models import Person, Unit
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.sheets import Table
from conference.planning.models import Conference, Presenter, Topic
from conference.registry.links import link_token
from conference.registry.models import Category
from conference.registry.naming.models import NamingRule, Quota
from conference.registry.naming.rules import Approver
from conference.sites.models import Hall as SiteHall
from conference.sites.models import Site
from tests.conftest import SECRET
from tests.factories import make_account
from tests.journeys.witness import Witness
from tests.registry.hall import Hall, build
from tests.services.web import WebServer

NAMED = ("Ngô Văn Bình", "Lê Thị Hoài Thương", "Vũ Đức Ỷ", "Ủy viên")
"""Whom the officer names, and in which position."""

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LONGEST = 60_000
TONED = re.compile(r"[^\W\d_]*[ăâđêôơưàằầèềìòồờùừỳáắấéếíóốớúứýảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ]\w*", re.IGNORECASE)
TEXT_OF_THE_PRODUCT = """selector => {
  for (const one of document.querySelectorAll(selector)) one.remove();
  return document.body.innerText;
}"""
OF_DATA = "main .letter, main textarea, main code, main [lang=vi], footer, .masthead, .chain"


@dataclass
class Stage:
    """A conference in three weeks, whose letters one address refuses; an organizer and an officer of Yên Thành."""

    hall: Hall
    server: WebServer
    tokens: dict[str, str]
    known: list[str]

    def enter(self, context: BrowserContext, who: str) -> None:
        context.add_cookies([{"name": "staff", "value": self.tokens[who], "url": self.server.url}])

    def url(self, path: str = "") -> str:
        return f"{self.server.url}{self.hall.url(path)}"


@pytest.fixture
def stage(serve: Callable[..., WebServer], make_app: Callable[..., Flask], sqlite_url: str, smtp_server: Any) -> Stage:
    smtp_server.refuse("thuy@hatinh.example")
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        day = clock.now().date() + timedelta(days=21)
        hall = build(starts_on=day)
        with transaction():
            db.session.add(NamingRule(conference_id=hall.conference_id, is_open=True, approver=Approver.NOBODY))
            db.session.add(Quota(conference_id=hall.conference_id, unit_id=hall.units["yen_thanh"], places=5))
            accounts = {
                "organizer": make_account(Role.ORGANIZER),
                "officer": make_account(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"]),
            }
            lives = timedelta(hours=2)
            tokens = {
                name: actions.open_session(account=one, at=clock.now(), lives=lives) for name, one in accounts.items()
            }
        columns = (Person.full_name, Unit.name, Site.name, Conference.title, Topic.title, SiteHall.name, Category.name)
        columns += (Presenter.name, Account.full_name)
        known = [*NAMED, *(name for column in columns for name in db.session.scalars(select(column)))]
        db.session.remove()
    smtp_url, pace = smtp_server.url, 100_000
    server = serve(database_url=sqlite_url, smtp_url=smtp_url, mail_per_minute=pace, with_worker=True)
    return Stage(hall, server, tokens, known)


def sheet(tmp_path: Path) -> Path:
    rows = [["Vũ Đức Ỷ", "05/06/1972", "Ủy viên", "0912 345 777"]]
    target = BytesIO()
    heads = ("Họ và tên", "Ngày sinh", "Chức vụ", "Số điện thoại")
    write_workbook(target, [Table("Cử đại biểu", heads, rows, (28, 14, 20, 16))])
    path = tmp_path / "cu-dai-bieu.xlsx"
    path.write_bytes(target.getvalue())
    return path


@pytest.mark.parametrize("kind", SIZES)
def test_people_are_called_and_units_do_their_part(stage, device, kind, tmp_path, smtp_server):
    witness = Witness(tmp_path)
    desk = device(kind, bypass_csp=True, viewport=SIZES[kind], accept_downloads=True)
    stage.enter(desk, "organizer")
    page = witness.page(desk)
    word_the_letter(page, stage, witness)
    call_everybody(page, stage, witness)
    mend_what_came_back(page, stage, witness, smtp_server)
    add_reminders(page, stage, witness)
    hand_over(page, stage, witness)

    own = witness.page(device(kind, bypass_csp=True, viewport=SIZES[kind]))
    token = link_token(SECRET, stage.hall.attendees["Đặng Hữu Phước"], 1)
    own.goto(f"{stage.server.url}/p/{token}")
    own.get_by_role("button", name="Tôi sẽ dự").click()
    expect(own.get_by_text("Sẽ dự, báo lúc")).to_be_visible()
    witness.look(own, "answered")

    office = device(kind, bypass_csp=True, viewport=SIZES[kind])
    stage.enter(office, "officer")
    do_the_units_part(witness.page(office), stage, witness, sheet(tmp_path))
    read_in_english(page, stage, witness)
    assert witness.faults == []


def word_the_letter(page: Page, stage: Stage, witness: Witness) -> None:
    page.goto(stage.url("/call/wordings"))
    witness.look(page, "wordings")
    page.goto(stage.url("/call/wordings/summons/vi"))
    page.get_by_label("Nội dung").fill("Kính mời đồng chí {họ tên}, {thời gian}, {địa điểm}.\n\n{đường dẫn riêng}")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator(".letter").first).to_contain_text("Kính mời đồng chí Dương Văn An, 07:30")
    witness.look(page, "wording-with-real-data")
    page.get_by_role("button", name="Lưu lời thư").click()
    expect(page.get_by_text("Thư viết từ nay dùng lời mới.")).to_be_visible()


def call_everybody(page: Page, stage: Stage, witness: Witness) -> None:
    page.goto(stage.url("/call"))
    witness.look(page, "call")
    page.get_by_role("button", name="Gửi triệu tập…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 người nhận thư điện tử; 1 người chỉ có điện thoại và 1 người không có cả hai")
    witness.look(page, "send-dialog")
    dialog.get_by_role("button", name="Gửi 3 thư").click()
    expect(page.get_by_text("3 thư đang được gửi đi.")).to_be_visible()
    page.goto(stage.url("/outbox"))
    witness.look(page, "outbox")


def mend_what_came_back(page: Page, stage: Stage, witness: Witness, smtp_server: Any) -> None:
    failed = page.get_by_role("heading", name="1 thư không đến")
    for _look in range(240):
        page.goto(stage.url("/outbox/returned"))
        if failed.count():
            break
        page.wait_for_timeout(250)
    expect(page.get_by_text("Không có hộp thư này.")).to_be_visible()
    witness.look(page, "returned")
    page.get_by_label("Địa chỉ đúng của Lê Thị Thuý").fill("thuy.le@hatinh.example")
    page.get_by_role("button", name="Sửa và gửi lại").click()
    expect(page.get_by_role("heading", name="Không có thư nào không đến")).to_be_visible()
    for _look in range(240):
        if smtp_server.messages_to("thuy.le@hatinh.example"):
            break
        page.wait_for_timeout(250)
    (message,) = smtp_server.messages_to("thuy.le@hatinh.example")
    assert "Kính mời đồng chí Lê Thị Thuý" in message.get_body(("plain",)).get_content()


def add_reminders(page: Page, stage: Stage, witness: Witness) -> None:
    page.goto(stage.url("/call/reminders"))
    witness.look(page, "reminders-none")
    page.get_by_role("button", name="Dùng bộ nhắc thường dùng").click()
    expect(page.get_by_text("Đơn vị còn thiếu gì, trước hội nghị").first).to_be_visible()
    witness.look(page, "reminders")


def hand_over(page: Page, stage: Stage, witness: Witness) -> None:
    page.goto(stage.url("/call/ways"))
    witness.look(page, "ways")
    page.goto(stage.url(f"/call/hand-over?unit={stage.hall.units['do_luong']}&contact=no_mail"))
    witness.look(page, "hand-over")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải phiếu PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name="Hiện tin nhắn").click()
    expect(page.locator("textarea").first).to_have_value(re.compile(r"1\. Nguyễn Thị Ánh: http://\S+/p/"))
    witness.look(page, "zalo")


def do_the_units_part(page: Page, stage: Stage, witness: Witness, file: Path) -> None:
    page.goto(stage.url("/unit"))
    expect(page.get_by_role("heading", name="Còn phải cử 3 người")).to_be_visible()
    silent = page.locator("li", has_text="người chưa trả lời").get_by_role("link")
    expect(silent).to_have_text("1")
    witness.look(page, "unit")
    page.get_by_role("link", name="Cử đại biểu", exact=True).last.click()
    page.get_by_label("Họ và tên").fill("Ngô Văn Bình")
    page.get_by_label("Số điện thoại").fill("0912 345 998")
    page.get_by_role("button", name="Cử đại biểu").click()
    expect(page.get_by_role("heading", name="Còn phải cử 2 người")).to_be_visible()
    for fill in (
        lambda: page.locator("#rows").fill("Họ và tên\tNgày sinh\nLê Thị Hoài Thương\t03/11/1964"),
        lambda: page.locator("#file").set_input_files(file),
    ):
        page.goto(stage.url("/unit/paste"))
        fill()
        page.get_by_role("button", name="Xem trước").click()
        expect(page.get_by_role("heading", name="1 người sẽ được cử")).to_be_visible()
        page.get_by_role("button", name="Cử 1 người").click()
    witness.look(page, "pasted")
    page.goto(stage.url("/unit"))
    expect(page.get_by_role("heading", name="Đã cử đủ chỉ tiêu")).to_be_visible()
    silent.click()
    expect(page.get_by_role("link", name="Dương Văn An")).to_be_visible()
    witness.look(page, "silent")
    page.get_by_role("link", name="Dương Văn An").click()
    page.get_by_role("button", name="Ghi đơn nhận qua giấy hoặc điện thoại…").click()
    page.get_by_role("dialog").get_by_label("Lý do xin vắng").fill("Đi công tác nước ngoài")
    page.get_by_role("dialog").get_by_role("button", name="Ghi đơn").click()
    expect(page.get_by_text("Đi công tác nước ngoài")).to_be_visible()
    page.get_by_role("button", name="Cử người dự thay…").click()
    page.get_by_role("dialog").get_by_label("Họ và tên").fill("Phan Văn Ích")
    page.get_by_role("dialog").get_by_label("Số điện thoại").fill("0912 345 997")
    witness.look(page, "substitute")
    page.get_by_role("dialog").get_by_role("button", name="Cử người dự thay").click()
    expect(page.get_by_text("Phan Văn Ích").first).to_be_visible()
    witness.look(page, "person")


def read_in_english(page: Page, stage: Stage, witness: Witness) -> None:
    page.goto(f"{stage.server.url}/language/en?next=/")
    unit = stage.hall.units["do_luong"]
    for path in (
        "/call",
        "/call/wordings",
        "/call/wordings/digest/vi",
        "/call/reminders",
        "/call/ways",
        f"/call/hand-over?unit={unit}&contact=no_mail",
        "/outbox",
        "/outbox/returned",
        "/nominations?state=all",
        "/quotas",
        "/naming-rule",
        "/list/changes",
    ):
        page.goto(stage.url(path))
        left = page.evaluate(TEXT_OF_THE_PRODUCT, OF_DATA)
        for name in sorted(stage.known, key=len, reverse=True):
            left = left.replace(name, "")
        if found := sorted(set(TONED.findall(left))):
            witness.faults.append((path, "Vietnamese in English", found[:12]))
