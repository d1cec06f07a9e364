"""On a phone: a series of photos, and a Word file, from the attendee's page to the receipt."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from conference.foundation.db import db, transaction
from conference.reflections import attachments, queries
from conference.registry.links import link_token
from conference.registry.models import Attendee
from tests import papers
from tests.conftest import SECRET
from tests.reflections.conftest import World, build_world
from tests.services.axe import violations


@pytest.fixture
def world(make_app: Callable[..., Flask], sqlite_url: str) -> Any:
    with make_app(database_url=sqlite_url).app_context():
        now = datetime.now(UTC)
        yield build_world(
            opens_at=now - timedelta(days=1),
            due_at=now + timedelta(days=3),
            late_until=now + timedelta(days=13),
            min_words=30,
        )
        db.session.remove()


@pytest.fixture
def enter(world: World, serve: Callable[..., Any], sqlite_url: str) -> Callable[[Page], Attendee]:
    """``enter(page)``: somebody new opens the personal link and goes on to the page for files."""
    server = serve(database_url=sqlite_url)

    def open_page(page: Page) -> Attendee:
        with transaction():
            writer = world.attendee()
        page.goto(f"{server.url}/p/{link_token(SECRET, writer.id, writer.link_issue)}")
        page.get_by_role("link", name="Gửi tệp hoặc ảnh chụp").click()
        return writer

    return open_page


def is_accessible(page: Page) -> list[str]:
    found = violations(page)
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def test_photos_and_then_a_word_file_come_to_their_receipts_on_a_phone(enter, device, tmp_path: Path) -> None:
    for place, shade in enumerate(("white", "ivory", "linen"), 1):
        (tmp_path / f"IMG_{place}.jpg").write_bytes(papers.photo(shade, size=(3000, 4000), author="Canhdauqz"))
    (tmp_path / "bài.docx").write_bytes(papers.docx(*[papers.WORDS] * 4, author="Canhdauqz"))
    (tmp_path / "macro.docx").write_bytes(papers.hostile("macro")[1])

    page = device("phone").new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    writer = enter(page)
    assert is_accessible(page) == []
    choose = page.get_by_role("button", name="Ảnh bài viết tay Chọn ảnh…")
    page.get_by_role("button", name="Gửi ảnh lên").click()
    expect(choose).to_be_focused()
    expect(choose).to_have_accessible_description(re.compile("Mời đồng chí chọn tệp trước"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([tmp_path / f"IMG_{place}.jpg" for place in (1, 2, 3)])
    expect(choose).to_have_accessible_description(re.compile("Đã chọn 3 tệp"))
    assert is_accessible(page) == []
    page.get_by_role("button", name="Gửi ảnh lên").click()
    expect(page.locator(".paper-photo")).to_have_count(3)
    page.locator(".paper-photo").nth(2).get_by_role("button", name="Lên trước").click()
    expect(page.locator(".paper-photo")).to_have_count(3)
    assert is_accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Xem lại và nộp").click()
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_text("Đã nhận bài thu hoạch")).to_be_visible()
    expect(page.get_by_text("3 trang ảnh")).to_be_visible()
    assert is_accessible(page) == []
    db.session.rollback()
    submission = queries.desk_of(writer.id).submission
    files = attachments.files_of_submission(submission.id)
    assert [file.name for file in files] == ["IMG_1.jpg", "IMG_3.jpg", "IMG_2.jpg"]

    page = device("phone").new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    enter(page)
    field = page.locator("#document")
    field.set_input_files(tmp_path / "macro.docx")
    page.get_by_role("button", name="Gửi tệp lên").click()
    expect(page.get_by_role("status").filter(has_text="macro.docx có macro")).to_be_visible()
    field.set_input_files(tmp_path / "bài.docx")
    page.get_by_role("button", name="Gửi tệp lên").click()
    expect(page.get_by_text("60 từ đọc được")).to_be_visible()
    page.get_by_role("link", name="Xem lại và nộp").click()
    expect(page.get_by_text(papers.WORDS).first).to_be_visible()
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_text("60 từ, 0 việc sẽ làm")).to_be_visible()
    assert errors == []


def test_without_a_script_the_same_form_sends_the_photos(enter, browser, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(papers.photo())
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page)
    page.get_by_label("Ảnh bài viết tay").set_input_files(tmp_path / "1.jpg")
    page.get_by_role("button", name="Gửi ảnh lên").click()
    expect(page.locator(".paper-photo")).to_have_count(1)
    context.close()
