"""An organizer signs in for the first time, plans a conference and publishes it, in a real browser, at both sizes."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from conference.accounts import rules
from conference.directory.models import UnitKind
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from tests.factories import make_account, make_attendee, make_conference, make_site, make_unit
from tests.services.axe import violations

PASSWORD = "mưa rơi trên mái hiên"


@pytest.fixture
def server(serve, make_app, sqlite_url):
    """The product with a tree of units, one site of two seats in the catalogue, and an organizer without a code yet."""
    app = make_app(database_url=sqlite_url)
    with app.app_context(), transaction():
        root = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL, code="TLD")
        unit = make_unit("Liên đoàn Lao động huyện Yên Thành", parent=root, kind=UnitKind.DISTRICT, code="NA01")
        site = make_site("Điểm cầu huyện Yên Thành", host_unit=unit, seats=2)
        elsewhere = make_conference("CU", host_unit=root)
        make_attendee(elsewhere, site=site, unit=unit)
        make_account(Role.ORGANIZER, login="ban.to.chuc", password_hash=rules.hash_password(PASSWORD))
    return serve(database_url=sqlite_url)


def check(page: Page, name: str) -> None:
    faults = [(fault["id"], fault["nodes"][0]["html"][:160]) for fault in violations(page)]
    assert faults == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


def enrol(page: Page) -> None:
    """The application on the phone takes the key that stands under the QR code."""
    secret = page.locator(".enrol-secret code").inner_text().replace(" ", "")
    page.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Xong, vào làm việc").click()


def add_topic(page: Page, title: str, starts: str, ends: str, presenter: str = "") -> None:
    page.get_by_role("link", name="Thêm mục").first.click()
    page.get_by_label("Tên mục").fill(title)
    page.get_by_label("Giờ bắt đầu").fill(starts)
    page.get_by_label("Giờ kết thúc").fill(ends)
    if presenter:
        page.get_by_label("Báo cáo viên", exact=False).first.fill(presenter)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã thêm mục vào chương trình.")).to_be_visible()


@pytest.mark.parametrize("kind", ["desktop", "phone"])
def test_an_organizer_plans_a_conference_and_publishes_it(server, device, kind):
    page = device(kind, bypass_csp=True).new_page()  # the accessibility checker is injected as a script
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    page.goto(f"{server.url}/conferences/new")
    check(page, "sign-in")
    page.get_by_label("Tên đăng nhập").fill("ban.to.chuc")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cài mã xác thực")).to_be_visible()
    check(page, "enrolment")
    enrol(page)

    expect(page.get_by_role("heading", name="Tạo hội nghị")).to_be_visible()
    page.get_by_label("Loại hội nghị").select_option("workshop")
    expect(page.get_by_label("Chấm điểm")).not_to_be_checked()
    page.get_by_label("Loại hội nghị").select_option("study")
    expect(page.get_by_label("Chấm điểm")).to_be_checked()
    page.get_by_label("Tên hội nghị").fill("Hội nghị học tập Nghị quyết Đại hội XII")
    page.get_by_label("Mã hội nghị").fill("nq12")
    page.get_by_label("Ngày bắt đầu").fill("6/12/2018")
    page.get_by_role("button", name="Tạo bản nháp").click()
    expect(page.get_by_role("alert")).to_contain_text("đơn vị tổ chức")
    check(page, "a form that came back")
    page.get_by_label("Đơn vị tổ chức").fill("TLD")
    page.get_by_role("button", name="Tạo bản nháp").click()
    expect(page.get_by_role("heading", name=re.compile("còn 2 chỗ phải sửa"))).to_be_visible()

    page.get_by_role("link", name="Thêm buổi").first.click()
    page.get_by_role("button", name="Thêm buổi").click()
    add_topic(page, "Tư duy mới và những vấn đề lớn của Nghị quyết", "8:00", "9:30", "Nguyễn Thị Ánh")
    add_topic(page, "Đổi mới chức năng đại diện, chăm lo, bảo vệ", "9:00", "10:30", "Trần Văn Bình")
    expect(page.locator(".agenda__item").nth(1)).to_contain_text("Trùng giờ với mục trước, đến 09:30")
    check(page, "a plan with faults")

    page.get_by_role("link", name="Chọn các điểm cầu").click()
    page.get_by_role("checkbox", name="Chọn Điểm cầu huyện Yên Thành").check()
    page.get_by_role("button", name="Thêm vào hội nghị").click()
    expect(page.get_by_text("Đã thêm 1 điểm cầu")).to_be_visible()
    check(page, "sites")

    page.goto(f"{server.url}/conferences/NQ12/plan")
    expect(page.get_by_role("heading", name=re.compile("còn 1 chỗ phải sửa"))).to_be_visible()
    page.get_by_role("link", name="Dời mục này").click()
    page.get_by_label("Giờ bắt đầu").fill("9:30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Bản nháp, công bố được")).to_be_visible()

    page.get_by_role("button", name="Công bố…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Chưa ai được gửi giấy triệu tập")
    check(page, "the question before publishing")
    dialog.get_by_role("button", name="Công bố", exact=True).click()
    expect(page.get_by_role("heading", name="Chương trình ngày 06/12/2018")).to_be_visible()
    check(page, "a published plan")

    page.get_by_role("link", name="Tư duy mới và những vấn đề lớn của Nghị quyết").press("Alt+ArrowDown")
    expect(page.get_by_text("2 mục đổi giờ.")).to_be_visible()
    expect(page.locator(".agenda__item").first).to_contain_text("Đổi mới chức năng đại diện")
    page.get_by_role("button", name=re.compile("^Dời “Tư duy mới")).click()
    check(page, "the steps of an item")
    page.get_by_role("button", name="Muộn 5 phút").click()
    expect(page.get_by_text("1 mục đổi giờ.")).to_be_visible()
    page.get_by_role("link", name="Phát hành bản mới").click()
    expect(page.get_by_role("heading", name="Kế hoạch khác bản 1 ở 2 chỗ")).to_be_visible()
    check(page, "what a release would change")
    page.get_by_role("button", name="Phát hành bản 2…").click()
    page.get_by_role("dialog").get_by_role("button", name="Phát hành bản 2", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Bản 2, phát hành"))).to_be_visible()
    check(page, "a release")
    page.goto(f"{server.url}/conferences/NQ12/warnings")
    check(page, "everything worth a look")
    page.goto(f"{server.url}/conferences/NQ12/copy")
    check(page, "copying")

    page.goto(f"{server.url}/conferences/?view=month&month=2018-12")
    expect(page.get_by_role("link", name=re.compile("Hội nghị học tập Nghị quyết Đại hội XII")).first).to_be_visible()
    check(page, "the month")
    assert faults == []


def test_a_programme_is_drawn_to_scale(server, device):
    page = device("desktop").new_page()
    page.goto(f"{server.url}/sign-in?next=/conferences/new")
    page.get_by_label("Tên đăng nhập").fill("ban.to.chuc")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cài mã xác thực")).to_be_visible()
    enrol(page)
    for label, value in (
        ("Tên hội nghị", "Hội thảo"),
        ("Mã hội nghị", "HT1"),
        ("Đơn vị tổ chức", "TLD"),
        ("Ngày bắt đầu", "6/12/2018"),
    ):
        page.get_by_label(label).fill(value)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Thêm buổi").first.click()
    page.get_by_role("button", name="Thêm buổi").click()
    add_topic(page, "Một giờ", "8:00", "9:00")
    add_topic(page, "Hai giờ", "9:00", "11:00")
    add_topic(page, "Cùng lúc", "10:00", "11:00")
    page.wait_for_selector("[data-drawn]")
    boxes = [page.locator(".agenda__item").nth(number).bounding_box() for number in range(3)]
    hour = boxes[0]["height"] + 3
    assert boxes[1]["height"] + 3 == pytest.approx(2 * hour, abs=1)
    assert boxes[1]["y"] - boxes[0]["y"] == pytest.approx(hour, abs=1)
    assert boxes[2]["x"] >= boxes[1]["x"] + boxes[1]["width"]
