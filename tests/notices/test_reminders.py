"""Reminders by schedule: each in its time, to those whom it then concerns, and once whoever else looks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation import jobs
from conference.foundation.db import db, transaction
from conference.notices.models import MailKind, MailState, OutboxMail, ReminderRule, ReminderRun
from conference.notices.reminding import MOST_DAYS, ReminderKind, Rule, Turn, turn_of
from conference.planning.models import Conference, StudySession
from conference.registry.models import Attendee, Leave
from tests.factories import local
from tests.registry.hall import Hall, build

PAGE = "/call/reminders"
WITH_MAIL = ("Dương Văn An", "Đặng Hữu Phước", "Lê Thị Thuý")


@pytest.fixture
def app(make_app, database_url, smtp_server) -> Flask:
    return make_app(database_url=database_url, smtp_url=smtp_server.url, mail_per_minute=100_000)


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("08:00") - timedelta(days=7))
    return build()


def add(people, hall: Hall, kind: str, days: int, **fields: str) -> None:
    data = {"kind": kind, "days": str(days), "hour": "08:00", "sends": "1"} | fields
    assert people["organizer"].post(hall.url(PAGE), data=data).status_code == 302


def reminded(hall: Hall, kind: MailKind) -> list[str]:
    names = {id: name for name, id in hall.attendees.items()}
    mails = db.session.query(OutboxMail).filter_by(kind=kind).populate_existing()
    return sorted(names[mail.attendee_id] for mail in mails)


def test_who_has_not_answered_is_reminded_at_the_hour_and_once(sign_in, people, hall, clock, smtp_server) -> None:
    add(people, hall, "answer", 5)
    with transaction():
        db.session.add(Leave(attendee_id=hall.attendees["Dương Văn An"], reason="Ốm", requested_at=clock.move()))
    page = people["organizer"].get(hall.url(PAGE)).text
    assert "08:00" in page and "01/12/2018" in page
    clock.stop_at(local("07:59") - timedelta(days=5))
    jobs.go_round()
    assert reminded(hall, MailKind.ANSWER) == []
    clock.stop_at(local("08:00") - timedelta(days=5))
    for _look in range(3):
        jobs.go_round()
        jobs.run_all()
    assert reminded(hall, MailKind.ANSWER) == ["Lê Thị Thuý", "Đặng Hữu Phước"]
    (message,) = smtp_server.messages_to("phuoc@truong.example")
    assert message["Subject"].startswith("Mong đồng chí trả lời")
    clock.move(days=1)
    jobs.go_round()
    assert len(reminded(hall, MailKind.ANSWER)) == 2
    assert "Đã viết" in sign_in().get(hall.url(PAGE)).text


def test_a_reminder_of_the_day_goes_to_who_may_come_in_the_place_they_have_then(
    people, hall, clock, smtp_server
) -> None:
    add(people, hall, "day", 1)
    with transaction():
        db.session.get_one(Attendee, hall.attendees["Lê Thị Thuý"]).withdrawn_at = clock.move()
        db.session.get_one(Attendee, hall.attendees["Đặng Hữu Phước"]).site_id = hall.sites["do_luong"]
    clock.stop_at(local("08:05") - timedelta(days=1))
    jobs.go_round()
    jobs.run_all()
    assert reminded(hall, MailKind.DAY) == ["Dương Văn An", "Đặng Hữu Phước"]
    (message,) = smtp_server.messages_to("phuoc@truong.example")
    assert "Đô Lương" in message.get_body(("plain",)).get_content()


def test_held_paused_and_removed_lines_send_nothing(sign_in, people, hall, clock, smtp_server) -> None:
    add(people, hall, "answer", 5, sends="0")
    add(people, hall, "answer", 4)
    add(people, hall, "answer", 3)
    held, paused, gone = (rule.id for rule in db.session.query(ReminderRule).order_by(ReminderRule.id))
    client = people["organizer"]
    client.post(hall.url(f"{PAGE}/{paused}/pause"))
    client.post(hall.url(f"{PAGE}/{gone}/end"))
    assert client.post(hall.url(f"{PAGE}/{gone}/resume")).status_code == 404
    for days in (5, 4, 3):
        clock.stop_at(local("09:00") - timedelta(days=days))
        jobs.go_round()
        jobs.run_all()
    assert reminded(hall, MailKind.ANSWER) == sorted(WITH_MAIL)
    assert {mail.state for mail in db.session.query(OutboxMail)} == {MailState.HELD}
    assert smtp_server.envelopes == []
    assert [run.rule_id for run in db.session.query(ReminderRun)] == [held]
    sign_in().post(hall.url(f"{PAGE}/{paused}/resume"))  # what it missed is not caught up
    jobs.go_round()
    assert len(reminded(hall, MailKind.ANSWER)) == 3


def test_a_conference_that_moves_takes_its_reminders_with_it(people, hall, clock) -> None:
    add(people, hall, "day", 1)
    with transaction():
        for study_session in db.session.query(StudySession):
            study_session.held_on += timedelta(days=3)
    clock.stop_at(local("09:00") - timedelta(days=1))
    jobs.go_round()
    assert reminded(hall, MailKind.DAY) == []
    clock.move(days=3)
    jobs.go_round()
    assert reminded(hall, MailKind.DAY) == sorted(WITH_MAIL)


def test_a_draft_and_a_rule_that_stands_already_are_refused_in_words(people, hall, clock) -> None:
    add(people, hall, "day", 1)
    client = people["organizer"]
    again = client.post(hall.url(PAGE), data={"kind": "day", "days": "1", "hour": "10:00", "sends": "1"})
    assert again.status_code == 422
    assert "đã có trong lịch" in again.text
    nonsense = client.post(hall.url(PAGE), data={"kind": "x", "days": "-1", "hour": "25:00"})
    assert nonsense.status_code == 422
    assert db.session.query(ReminderRule).count() == 1
    with transaction():
        db.session.get_one(Conference, hall.conference_id).state = "draft"
    clock.stop_at(local("09:00") - timedelta(days=1))
    jobs.go_round()
    assert db.session.query(OutboxMail).count() == 0


def test_the_usual_set_is_one_press_and_a_second_adds_nothing(people, hall) -> None:
    client = people["organizer"]
    assert "Dùng bộ nhắc thường dùng" in client.get(hall.url(PAGE)).text
    for _press in range(2):
        client.post(hall.url(PAGE), data={"then": "usual"})
    assert db.session.query(ReminderRule).count() == 7
    assert "chờ có hạn nộp bài" in client.get(hall.url(PAGE)).text


KINDS = st.sampled_from(ReminderKind)
DAYS = st.integers(0, MOST_DAYS)
MINUTES = st.integers(0, 24 * 60 - 1)


@given(KINDS, DAYS, MINUTES, st.dates(date(2018, 1, 1), date(2030, 1, 1)), st.integers(-4_000, 4_000), st.booleans())
def test_looked_at_each_half_minute_a_firing_is_due_in_exactly_one_stretch(
    kind, days, minute, anchor, made_before, is_done
) -> None:
    """Waiting, then due for at most a day, then past: it never comes back, and a rule made later is never due."""
    fires_at = Rule(kind, days, minute).fires_at(anchor, "Asia/Ho_Chi_Minh")
    active_since = fires_at - timedelta(minutes=made_before)
    looks = [fires_at + timedelta(minutes=step) for step in range(-60, 60 * 26, 30)]
    turns = [turn_of(fires_at, active_since=active_since, is_done=is_done, at=at) for at in looks]
    if is_done:
        assert set(turns) == {Turn.DONE}
        return
    order = [Turn.WAITS, Turn.DUE, Turn.PAST]
    assert turns == sorted(turns, key=order.index)
    assert (Turn.DUE in turns) == (made_before >= 0)
