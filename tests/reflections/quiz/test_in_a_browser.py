"""A test on a phone: the line goes, another device answers too, the visit ends, and no answer is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.reflections.quiz import preparing, queries, taking
from conference.reflections.quiz.preparing import SlotPlan
from conference.reflections.rules import TaskForm
from conference.registry.links import link_token
from conference.registry.models import Attendee
from tests.conftest import SECRET
from tests.reflections.conftest import World, build_world
from tests.reflections.quiz.conftest import PLANS
from tests.reflections.test_writing_in_a_browser import faults_of
from tests.services import web

SAVED = re.compile("Đã lưu lúc")


@pytest.fixture
def who(make_app: Callable[..., Flask], sqlite_url: str) -> Any:
    """Somebody of a conference that sits a test now."""
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        now = datetime.now(UTC)
        world: World = build_world(
            opens_at=now - timedelta(days=1), due_at=now + timedelta(days=3), late_until=now + timedelta(days=13)
        )
        with transaction():
            attendee = world.attendee()
            quiz = preparing.prepare(task=world.task, seed="s", by=SYSTEM, at=now)
            preparing.bring_questions(quiz=quiz, rows=PLANS, by=SYSTEM, at=now)
            slot = SlotPlan("Ca một", now - timedelta(minutes=1), now + timedelta(hours=2), [], [])
            preparing.save_slot(quiz=quiz, slot=None, plan=slot, by=SYSTEM, at=now)
            preparing.choose_form(task=world.task, form=TaskForm.QUIZ, by=SYSTEM, at=now)
        yield attendee
        db.session.remove()


def kept(who: Attendee) -> dict[int, int]:
    """The answers as the server has them."""
    db.session.rollback()
    db.session.expire_all()
    return {place: one.choice for place, one in taking.standing_of(queries.attempts_of(who.id)[0]).items()}


def wait_for(who: Attendee, answers: dict[int, int]) -> None:
    until = time.monotonic() + 20
    while kept(who) != answers and time.monotonic() < until:
        time.sleep(0.1)
    assert kept(who) == answers


def press(page: Page, place: int, choice: int) -> None:
    page.locator(f"#question-{place} .quiz-choice").nth(choice).click()


def open_test(context: BrowserContext, url: str, link: str) -> Page:
    page = context.new_page()
    page.goto(url + link)
    page.goto(f"{url}/my/quiz")
    return page


def test_a_phone_without_a_line_another_device_and_an_ended_visit_lose_no_answer(
    who: Attendee, device: Callable[[str], BrowserContext], serve: Callable[..., web.WebServer], sqlite_url: str
) -> None:
    url = serve(database_url=sqlite_url).url
    link = f"/p/{link_token(SECRET, who.id, who.link_issue)}"
    phone = device("phone")
    page = open_test(phone, url, link)
    assert faults_of(page) == []
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    page.wait_for_selector("[data-ready]")
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(page, 1, 0)
    expect(page.locator('[data-part="state"]')).to_have_text(SAVED)
    wait_for(who, {1: 0})

    phone.set_offline(True)
    press(page, 2, 1)
    press(page, 2, 0)
    expect(page.locator('[data-part="offline"]')).to_be_visible()
    page.close()  # the page dies with an answer that the server does not have
    phone.set_offline(False)

    laptop = open_test(device("desktop"), url, link)
    laptop.wait_for_selector("[data-ready]")
    press(laptop, 2, 1)
    wait_for(who, {1: 0, 2: 1})

    page = phone.new_page()
    page.goto(f"{url}/my/quiz")
    expect(page.locator("#question-2 [data-part=note]")).to_contain_text("Máy khác đã chọn B")
    press(page, 2, 0)
    wait_for(who, {1: 0, 2: 0})

    phone.clear_cookies()
    press(page, 3, 1)
    expect(page.locator('[data-part="signed-out"]')).to_be_visible()
    page.locator("#personal-link").fill(url + link)
    page.get_by_role("button", name="Mở lại").click()
    wait_for(who, {1: 0, 2: 0, 3: 1})

    page.get_by_role("button", name="Xem lại và nộp").click()
    expect(page.get_by_text("Còn 1 câu chưa trả lời")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("heading", name="Đã nhận bài trắc nghiệm")).to_be_visible()
    expect(page.get_by_text("3 trên 4 câu")).to_be_visible()
