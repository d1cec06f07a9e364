"""A signed sheet, printed by the product, is entered by its row codes, by numbers and by ticks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from conference.checkin import packs
from conference.checkin.models import Attendance
from conference.checkin.pack_jobs import pack_pdf
from conference.checkin.rules import Method
from conference.foundation import clock
from conference.foundation.db import db
from conference.planning.models import StudySession
from conference.planning.queries import study_sessions_of
from conference.registry.models import Attendee
from conference.registry.row_codes import RowCode
from conference.web import filters
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST, accessible, scan
from tests.services.printed import MM_PER_POINT, pages

WIDTH, HEIGHT = 640, 480
PIXELS_PER_MM = 6.4


def open_paper(day: DoorDay, context: BrowserContext, faults: list[str]) -> Page:
    page = day.sign_in(context).new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{day.door_url}/{day.session}/paper")
    page.wait_for_selector("[data-module='checkin/paper'][data-ready]", timeout=LONGEST)
    return page


def row(day: DoorDay, number: int) -> str:
    return RowCode(day.conference, number).digits()


def entry(page: Page, words: str) -> None:
    expect(page.locator("[data-part=entered] li").first).to_contain_text(words, timeout=LONGEST)


def counted(day: DoorDay) -> dict[int, tuple[Method, str]]:
    """Number -> how and when those who are present were counted."""
    with day.app.app_context():
        rows = db.session.execute(
            select(Attendee.number, Attendance.method, Attendance.first_at).join(
                Attendance, Attendance.attendee_id == Attendee.id
            )
        )
        return {number: (method, filters.clock(at)) for number, method, at in rows}


def test_a_sheet_is_entered_row_by_row_and_each_row_can_be_taken_back(
    day: DoorDay, device: Callable[..., BrowserContext], faults: list[str]
) -> None:
    context = device("desktop")
    page = open_paper(day, context, faults)
    with day.app.app_context():
        starts = filters.clock(db.session.get_one(StudySession, day.session).starts_at)
    expect(page.get_by_label("Giờ ghi cho danh sách")).to_have_value(starts)

    scan(page, row(day, 2))
    entry(page, f"Nguyễn Thị Ánh Có mặt {starts}".replace("Ánh ", "Ánh"))
    scan(page, row(day, 2))
    expect(page.locator("[data-part=count]")).to_have_text("1")
    scan(page, RowCode(day.conference + 1, 2).digits())
    expect(page.locator("[data-part=count]")).to_have_text("1")

    page.get_by_label("Số thẻ, in dưới tên").fill("3")
    page.get_by_label("Số thẻ, in dưới tên").press("Enter")
    entry(page, "Hồ Sỹ Quyền")
    page.get_by_label("Tìm theo tên, không cần dấu").fill("nguyen thi an")
    box = page.get_by_role("checkbox", name="Nguyễn Thị An Số thẻ")
    box.check()
    entry(page, "Nguyễn Thị An")
    box.uncheck()
    entry(page, "Đã hoàn tác")

    scan(page, row(day, 7))
    entry(page, "Thuộc LĐLĐ tỉnh Nghệ An, chưa ghi nhận")
    expect(page.locator("[data-part=count]")).to_have_text("2")
    page.get_by_role("button", name="Ghi nhận dự tại đây").click()
    entry(page, f"Có mặt {starts}")

    page.get_by_label("Giờ ghi cho danh sách").fill("25:00")
    scan(page, row(day, 5))
    expect(page.get_by_text("Ghi giờ như 07:45.")).to_be_visible()
    expect(page.locator("[data-part=count]")).to_have_text("3")
    accessible(page)
    page.get_by_label("Giờ ghi cho danh sách").fill(starts.replace(":", "h"))

    context.set_offline(True)
    scan(page, row(day, 1))
    entry(page, "Tạm ghi trên máy")
    context.set_offline(False)
    entry(page, f"Có mặt {starts}")
    expect(page.locator("[data-module='checkin/paper'][data-waiting='0']")).to_be_attached(timeout=LONGEST)
    assert counted(day) == dict.fromkeys((1, 2, 3, 7), (Method.PAPER, starts))

    page.reload()
    expect(page.get_by_role("checkbox", name="Nguyễn Thị Ánh Số thẻ")).to_be_disabled()


def test_a_camera_reads_the_rows_of_the_printed_sheet_one_at_a_time(
    day: DoorDay, camera_device: Callable[[Path], BrowserContext], faults: list[str], tmp_path: Path
) -> None:
    page = open_paper(day, camera_device(film_of_sheet(day, tmp_path / "sheet.y4m")), faults)
    page.get_by_role("button", name="Bật camera").click()
    expect(page.locator("[data-part=count]")).to_have_text("6", timeout=4 * LONGEST)
    expect(page.locator("[data-module='checkin/paper'][data-waiting='0']")).to_be_attached(timeout=LONGEST)
    assert sorted(counted(day)) == [1, 2, 3, 4, 5, 6]


def film_of_sheet(day: DoorDay, path: Path) -> Path:
    """The camera goes down the sheet to sign, half a hand's breadth above the paper."""
    with day.app.app_context():
        conference = packs.conference_of(day.conference)
        pdf = pack_pdf(
            conference,
            packs.joined_site(day.conference, day.here),
            study_sessions_of([day.conference])[day.conference],
            packs.people_of(day.conference, day.here),
            packs.readings_of(day.conference),
            link=None,
            at=clock.now(),
        )
    number, codes = next(
        (number, page.codes) for number, page in enumerate(pages(pdf, scale=3)) if "Ký nhận buổi" in page.text
    )
    document = pypdfium2.PdfDocument(pdf)
    bitmap = document[number].render(scale=PIXELS_PER_MM * MM_PER_POINT, grayscale=True)
    paper, stride = bytes(bitmap.buffer), bitmap.stride
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for code in codes:
            left = min(round((code.left + 5.5) * PIXELS_PER_MM) - WIDTH // 2, bitmap.width - WIDTH)
            top = round((code.top + 5.5) * PIXELS_PER_MM) - HEIGHT // 2
            rows = (paper[y * stride + left : y * stride + left + WIDTH] for y in range(top, top + HEIGHT))
            picture = b"".join(rows)
            for _ in range(15):
                film.write(b"FRAME\n" + picture + grey)
    bitmap.close()
    document.close()
    return path
