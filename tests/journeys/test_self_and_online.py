"""Somebody in the hall counts themselves by the code on its screen; somebody at home follows and answers a prompt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import BrowserContext, Page, expect

from conference.checkin.online.actions import allow_online, lay_down_rule
from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.rules import Rule, hours_of, prompts_of
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.planning.models import Conference, StudySession
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.registry.tickets import key_ring
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import accessible

ROOM = "https://room.example.vn/j/1"
RULE = Rule(prompts=1, prompt_minutes=5)


def prepare(day: DoorDay) -> None:
    """Self check-in is on, and the prompt of number 2 stands open now and for two minutes at least."""
    conference = db.session.get_one(Conference, day.conference)
    conference.self_check_in = True
    followers = db.session.query(Attendee).filter_by(number=2).one()
    session = db.session.get_one(StudySession, day.session)
    length, now = timedelta(hours=2), datetime.now(UTC).replace(microsecond=0)
    hours = hours_of(now, now + length, RULE)
    (prompt,) = prompts_of(day.secret, attendee=followers.id, study_session=session.id, hours=hours, rule=RULE)
    session.starts_at = now - (prompt.from_at - now) - timedelta(minutes=1)
    session.ends_at = session.starts_at + length
    session.doors_open_at = session.starts_at - timedelta(minutes=30)
    keys = key_ring(day.secret)
    lay_down_rule(conference=conference, version=0, facts=RuleFacts(ROOM, RULE), keys=keys, by=SYSTEM, at=now)
    allow_online(conference=conference, attendee_ids=[followers.id], allowed=True, keys=keys, by=SYSTEM, at=now)


def phone_of(day: DoorDay, context: BrowserContext, number: int) -> Page:
    """A phone on which this person's link was opened."""
    with day.app.app_context():
        attendee = db.session.query(Attendee).filter_by(number=number).one()
        token = link_token(day.secret, attendee.id, attendee.link_issue)
    page = context.new_page()
    page.goto(f"{day.url}/p/{token}")
    return page


def test_the_hall_by_its_code_and_home_by_its_room(day: DoorDay, device: Callable[..., BrowserContext]) -> None:
    day.change(lambda: prepare(day))

    screen = day.sign_in(device("desktop")).new_page()
    screen.goto(f"{day.door_url}/{day.session}/self")
    expect(screen.locator("[data-part=left]")).to_contain_text("giây")
    accessible(screen)

    hall = phone_of(day, device("phone"), 1)
    hall.get_by_role("link", name="Tôi đã có mặt").click()
    accessible(hall)
    hall.get_by_label("Sáu số").fill(screen.locator("[data-part=digits]").inner_text())
    hall.get_by_role("button", name="Tôi đã có mặt").click()
    expect(hall.locator(".here-done__word")).to_contain_text("Có mặt lúc")
    assert day.present() == [1]
    expect(screen.locator("[data-part=present]")).to_have_text("1", timeout=15_000)

    context = device("phone")
    context.route("https://room.example.vn/**", lambda route: route.fulfill(body="the room"))
    home = phone_of(day, context, 2)
    home.get_by_role("link", name="Vào phòng chờ").click()
    with context.expect_page() as opened:
        home.get_by_role("button", name="Vào phòng họp").click()
    expect(opened.value.locator("body")).to_have_text("the room")
    assert opened.value.url == ROOM
    answer = home.get_by_role("button", name="Tôi đang theo dõi")
    expect(answer).to_be_visible(timeout=50_000)  # at once, or when the page asks again
    accessible(home)
    answer.click()
    expect(home.locator("[data-part=answers]")).to_have_text("1 trên 1 lần", timeout=15_000)
    expect(answer).to_be_hidden()
    expect(home.locator("[data-part=line]")).to_contain_text("Đang ghi nhận")
    assert day.present() == [1]  # one answer is no presence yet
