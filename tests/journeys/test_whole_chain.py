"""One small conference from the units' lists to a published mark, with everybody in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conference.accounts import actions as accounts
from conference.accounts.models import Account
from conference.directory.models import Unit, UnitKind
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.sites.models import Site
from conference.web.filters import ZONE
from tests.factories import make_account, make_unit
from tests.journeys.small_conference import NAMES_HERE, address_of, film_of_badges, lists
from tests.journeys.witness import Witness
from tests.services.printed import pages
from tests.services.smtp import SmtpServer

CODE = "NQ12"
LONGEST = 30_000
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
PAPER = "Công đoàn cơ sở cần nắm chắc việc làm, thu nhập và bữa ăn ca của đoàn viên để đại diện cho họ."
Browsers = Callable[..., BrowserContext]


class Chain:
    """The product with its worker, the unit that leads, and one account for each of the staff."""

    def __init__(self, server: Any, app: Any, device: Browsers, witness: Witness) -> None:
        self.url, self.app, self.device, self.witness = server.url, app, device, witness
        self.at = datetime.now(ZONE)
        self.organizer = self.enter("desktop", self.account(Role.ORGANIZER, ScopeKind.ALL, None), **DESKTOP)

    def account(self, role: Role, kind: ScopeKind, id: int | None, **fields: Any) -> int:
        with self.app.app_context(), transaction():
            return int(make_account(role, kind, id, **fields).id)

    def enter(self, kind: str, account_id: int, **size: Any) -> Page:
        context = self.device(kind, **size)
        self.sign_in(context, account_id)
        return self.witness.page(context)

    def sign_in(self, context: BrowserContext, account_id: int) -> None:
        with self.app.app_context(), transaction():
            account = db.session.get_one(Account, account_id)
            token = accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=2))
        context.add_cookies([{"name": "staff", "value": token, "url": self.url}])

    def go(self, path: str, page: Page | None = None) -> Page:
        page = page or self.organizer
        page.goto(f"{self.url}/conferences/{CODE}{path}")
        return page

    def look(self, name: str, page: Page | None = None) -> None:
        self.witness.look(page or self.organizer, name)

    def id_of(self, model: Any, code: str) -> int:
        with self.app.app_context():
            return int(db.session.query(model).filter_by(code=code).one().id)

    def hour(self, **later: float) -> str:
        return (self.at + timedelta(**later)).strftime("%H:%M")

    def day(self, **later: float) -> str:
        return (self.at + timedelta(**later)).strftime("%d/%m/%Y")


@pytest.fixture
def chain(
    serve: Any, make_app: Any, sqlite_url: str, smtp_server: SmtpServer, device: Browsers, tmp_path: Path
) -> Iterator[Chain]:
    app = make_app(database_url=sqlite_url)
    with app.app_context(), transaction():
        make_unit("Cơ quan Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL, code="TLD")
    server = serve(database_url=sqlite_url, smtp_url=smtp_server.url, with_worker=True)
    folder = tmp_path / "pictures"
    folder.mkdir()
    witness = Witness(folder)
    yield Chain(server, app, device, witness)
    assert witness.faults == []


def test_a_conference_from_the_lists_of_its_units_to_a_published_mark(
    chain: Chain, smtp_server: SmtpServer, camera_device: Callable[[Path], BrowserContext], tmp_path: Path
) -> None:
    plan(chain)
    bring_lists(chain, tmp_path)
    publish(chain)
    links = summon(chain, smtp_server)
    badges = print_badges(chain)
    present = count_at_the_door(chain, camera_device(film_of_badges(badges, 3, tmp_path / "badges.y4m")), badges)
    ask_for_papers(chain)
    writers = [write(chain, links[name], name, mark) for name, mark in zip(present, PAPERS, strict=False)]
    grade(chain)
    for writer, (_mark, given) in zip(writers, PAPERS.items(), strict=True):
        writer.goto(f"{chain.url}/my/result")
        expect(writer.locator(".hero")).to_contain_text(f"{given} trên 10,00 · xếp loại Khá")
        expect(writer.locator("main")).to_contain_text("Bài viết có số liệu, có thước đo.")
        chain.look("result", writer)
    report(chain)


def plan(chain: Chain) -> None:
    page = chain.organizer
    page.goto(f"{chain.url}/conferences/new")
    page.get_by_label("Tên hội nghị").fill("Hội nghị học tập Nghị quyết Đại hội XII")
    page.get_by_label("Mã hội nghị").fill(CODE)
    page.get_by_label("Đơn vị tổ chức").fill("TLD")
    page.get_by_label("Ngày bắt đầu").fill(chain.day())
    page.get_by_role("button", name="Tạo bản nháp").click()
    page.get_by_role("link", name="Thêm buổi").first.click()
    starts = max(chain.at.replace(hour=0, minute=0), chain.at - timedelta(minutes=5)).strftime("%H:%M")
    ends = min(chain.at.replace(hour=23, minute=59), chain.at + timedelta(hours=3)).strftime("%H:%M")
    for label, hour in (("Giờ bắt đầu", starts), ("Giờ kết thúc", ends)):
        page.get_by_label(label).fill(hour)
    page.get_by_role("button", name="Thêm buổi").click()
    page.get_by_role("link", name="Thêm mục").first.click()
    page.get_by_label("Tên mục").fill("Tư duy mới và những vấn đề lớn của Nghị quyết")
    page.get_by_label("Báo cáo viên", exact=False).first.fill("Nguyễn Thị Ánh")
    for label, hour in (("Giờ bắt đầu", starts), ("Giờ kết thúc", ends)):
        page.get_by_label(label).fill(hour)
    page.get_by_role("button", name="Thêm mục").click()
    expect(page.get_by_text("Đã thêm mục vào chương trình.")).to_be_visible()
    chain.look("plan")


def bring_lists(chain: Chain, folder: Path) -> None:
    page = chain.go("/imports/")
    page.set_input_files("input[type=file]", lists(folder))
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Xem trước khi nhập 4 tệp", timeout=LONGEST)
    chain.look("preview")
    page.get_by_role("button", name=re.compile("Nhập 20 người")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã nhập 4 tệp", timeout=LONGEST)
    chain.go("/people")
    expect(page.locator("main")).to_contain_text(NAMES_HERE[0])
    chain.look("people")
    chain.go("/sites")
    expect(page.locator("main")).to_contain_text("Yên Thành")
    chain.look("sites")


def publish(chain: Chain) -> None:
    page = chain.go("/plan")
    page.get_by_role("button", name="Công bố…").click()
    page.get_by_role("dialog").get_by_role("button", name="Công bố", exact=True).click()
    expect(page.get_by_text("Đã công bố.")).to_be_visible()
    chain.look("published")


def summon(chain: Chain, mails: SmtpServer) -> dict[str, str]:
    """Send the letters; returns the personal link in the letter of each who is called to Yên Thành."""
    page = chain.go("/call")
    chain.look("call")
    page.get_by_role("button", name="Gửi triệu tập…").click()
    page.get_by_role("dialog").get_by_role("button", name="Gửi 20 thư").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã triệu tập qua thư 20 người", timeout=LONGEST)
    chain.look("called")
    assert sorted({to for letter in mails.envelopes for to in letter.rcpt_tos}) == [
        address_of(place) for place in range(1, 21)
    ]
    found = {}
    for place, name in enumerate(NAMES_HERE, start=1):
        (letter,) = mails.messages_to(address_of(place))
        words = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        found[name] = re.search(rf"{re.escape(chain.url)}/p/\S+", words)[0]  # type: ignore[index]
    return found


def print_badges(chain: Chain) -> bytes:
    page = chain.go("/badges")
    page.get_by_role("button", name="In 20 thẻ").click()
    expect(page.get_by_role("link", name="Tải tất cả")).to_be_visible(timeout=LONGEST)
    chain.look("badges")
    row = page.get_by_role("row").filter(has_text="Yên Thành")
    with page.expect_download() as waiting:
        row.get_by_role("link", name="Tải PDF").click()
    pdf = Path(waiting.value.path()).read_bytes()
    printed = list(pages(pdf))
    assert len(printed) == len(NAMES_HERE)
    assert all(page.codes and "Yên Thành" in page.text for page in printed)
    return pdf


def count_at_the_door(chain: Chain, camera: BrowserContext, badges: bytes) -> list[str]:
    """The host's camera sees three printed badges; the organizer's board fills up by itself. Returns whose they are."""
    board = chain.go("/board")
    expect(board.locator("[data-module='live/board']")).to_be_visible()
    board.evaluate("window.sameAsBefore = true")
    host = chain.account(Role.SITE_HOST, ScopeKind.SITE, chain.id_of(Site, "H28-01"), full_name="Hoàng Văn Minh")
    chain.sign_in(camera, host)
    door = chain.witness.page(camera)
    door.goto(f"{chain.url}/door/")
    door.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    expect(door.locator(".door-top [data-part=present]")).to_have_text("3", timeout=60_000)
    chain.look("door", door)
    door.close()
    expect(board.locator("[data-part=hero]").first).to_contain_text("3", timeout=LONGEST)
    expect(board.locator("[data-part=feed-word]")).to_have_text("Cập nhật tức thời")
    assert board.evaluate("window.sameAsBefore") is True
    chain.look("board")
    chain.look("home", chain.go("/"))
    printed = [" ".join(page.text.split()) for page in pages(badges)][:3]
    return [name for words in printed for name in NAMES_HERE if name in words or name.upper() in words]


def ask_for_papers(chain: Chain) -> None:
    page = chain.go("/reflections/task")
    opens = {"opens_day": chain.day(minutes=-5), "opens_hour": chain.hour(minutes=-5)}
    for name, value in ({"min_words": "5"} | opens).items():
        page.locator(f"[name={name}]").fill(value)
    chain.look("task")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Đã lưu câu hỏi thu hoạch.")).to_be_visible()
    chain.look("writing")


def write(chain: Chain, link: str, name: str, mark: str) -> Page:
    """An attendee opens the link of the letter on a phone, finds the ticket, writes, hands in, and has the receipt."""
    page = chain.witness.page(chain.device("phone", **PHONE))
    page.goto(link)
    expect(page).to_have_url(re.compile("/my/$"))
    expect(page.locator("main")).to_contain_text(name)
    chain.look("my-page", page)
    page.goto(f"{chain.url}/my/reflection")
    page.locator("textarea.part__text").first.fill(f"{PAPER} {mark}")
    expect(page.locator("[data-part=state]")).to_contain_text("Đã lưu lúc", timeout=LONGEST)
    chain.look("write", page)
    page.locator("button[name=then][value=review]:visible").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Xem lại trước khi nộp")
    chain.look("review", page)
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"BN-\d+-\d+-1-\w{6}"))
    expect(page.locator("main")).to_contain_text(re.compile("([0-9a-f]{4} ){15}[0-9a-f]{4}"))
    chain.look("receipt", page)
    return page


PAPERS = {"bài một": "7,75", "bài hai": "7,50"}
"""What marks a paper among the blind ones, and what it is given in the end."""

FAIR, STRICT, KIND = (3.0, 2.0, 1.5, 0.5, 0.5), (1.0, 1.0, 1.0, 0.25, 0.25), (3.0, 2.0, 2.0, 0.5, 0.5)


def grade(chain: Chain) -> None:
    """Two readings each; where they lie too far apart, a third; then the organizer publishes."""
    council = [chain.id_of(Unit, "CDN01"), chain.id_of(Unit, "CDN01"), chain.id_of(Unit, "CDN01")]
    graders = {}
    page = chain.go("/grading/graders")
    for place, unit in enumerate(council, start=1):
        login = f"giam.khao.{place}"
        graders[login] = chain.account(Role.GRADER, ScopeKind.ALL, None, login=login, unit_id=unit)
        page.get_by_label("Tài khoản").fill(login)
        page.get_by_role("button", name="Thêm người chấm").click()
        expect(page.locator("main")).to_contain_text(login)
    chain.look("graders")
    desks = {login: chain.enter("desktop", account, **DESKTOP) for login, account in graders.items()}
    share(chain, "Chia 2 bài…", "Chia 2 bài")
    strict: list[str] = []
    for desk in desks.values():
        read_all(chain, desk, lambda text: first_reading(text, strict))
    share(chain, "Giao lượt chấm thứ ba…", "Giao 1 bài")
    for desk in desks.values():
        read_all(chain, desk, lambda text: KIND)
    page = chain.go("/grading")
    chain.look("grading")
    page.get_by_role("button", name="Công bố…").click()
    page.get_by_role("dialog").get_by_role("button", name="Công bố 2 điểm").click()
    expect(page.locator("main")).to_contain_text("Đã công bố, lần 1", timeout=LONGEST)
    chain.look("released")


def first_reading(text: str, strict: list[str]) -> tuple[float, ...]:
    """The first reader of the first paper is strict, everybody else fair."""
    if "bài một" in text and not strict:
        strict.append(text)
        return STRICT
    return FAIR


def share(chain: Chain, opens: str, confirms: str) -> None:
    page = chain.go("/grading")
    chain.look("council")
    page.get_by_role("button", name=opens).first.click()
    page.get_by_role("dialog").get_by_role("button", name=confirms).click()
    expect(page.locator("[data-module='ui/progress']")).to_have_count(0, timeout=LONGEST)
    expect(page.get_by_role("button", name=opens)).to_have_count(0)


def read_all(chain: Chain, desk: Page, judge: Callable[[str], tuple[float, ...]]) -> None:
    desk.goto(f"{chain.url}/marking/")
    chain.look("desk", desk)
    while (go := desk.get_by_role("link", name=re.compile("Bắt đầu chấm|Chấm bài tiếp theo"))).count():
        go.first.click()
        text = desk.locator("[data-part=text]").inner_text()
        assert not any(name in desk.content() for name in NAMES_HERE)
        for part, given in zip(desk.locator("fieldset.part").all(), judge(text), strict=True):
            point = part.locator(f"label:has(input[value='{given:.2f}'])")
            if not point.is_visible():
                part.locator(".part__head").click()
            point.click()
        desk.get_by_label("Nhận xét gửi người viết").fill("Bài viết có số liệu, có thước đo.")
        chain.look("paper", desk)
        here = desk.url
        desk.locator("[data-part=finish]").click()
        expect(desk).not_to_have_url(here)
        desk.goto(f"{chain.url}/marking/")


def report(chain: Chain) -> None:
    """The page and the sheet say the same under the same heads: 20 called, 3 present, 2 papers, both ranked good."""
    page = chain.go("/report?by=site")
    heads = [head.get_attribute("title") for head in page.locator("thead th[title]").all()]
    total = dict(zip(heads, page.locator("tfoot td.num").all_inner_texts(), strict=True))
    wanted = {"Triệu tập": "20", "Có mặt ít nhất một buổi": "3", "Đã nộp bài": "2", "Xếp loại Khá": "2"}
    assert {head: total[head] for head in wanted} == wanted
    chain.look("report")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Excel").click()
    book = openpyxl.load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()), data_only=True)
    rows = list(book["Theo điểm cầu"].iter_rows(values_only=True))
    first = next(row for row in rows if heads[0] in row)
    sums = dict(zip(first, next(row for row in rows if row[0] == "Cộng"), strict=True))
    assert {head: round(Decimal(str(sums[head])), 2) for head in heads} == {
        head: Decimal(words.removesuffix("%").replace(".", "").replace(",", ".")) for head, words in total.items()
    }
