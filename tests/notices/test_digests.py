"""Officers of units hear once a day what is missing of their own unit, and of no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from conference.accounts.models import Account
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.notices.models import Acceptance, MailKind, MailState, OutboxMail
from conference.planning.models import Conference
from conference.reflections import managing
from conference.reflections.models import ReflectionTask
from conference.registry.models import Leave
from conference.registry.naming.models import NamingRule, Quota
from conference.registry.naming.rules import Approver
from tests.factories import local, make_account
from tests.reflections.conftest import PARTS
from tests.registry.hall import NAMES, Hall, build

PAGE = "/call/reminders"


@pytest.fixture
def app(make_app, database_url, smtp_server) -> Flask:
    return make_app(database_url=database_url, smtp_url=smtp_server.url, mail_per_minute=100_000)


@pytest.fixture
def hall(db_session, clock) -> Hall:
    """Officers of a province, of one of its districts and of another province; one more has no address."""
    clock.stop_at(local("08:00") - timedelta(days=9))
    hall = build()
    with transaction():
        for unit, address in (("nghe_an", "nghean"), ("do_luong", "doluong"), ("ha_tinh", "hatinh"), ("ha_tinh", "")):
            officer = {"email": f"{address}@congdoan.example" if address else None, "login": f"can-bo-{address}"}
            make_account(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units[unit], full_name=f"Cán bộ {unit}", **officer)
    return hall


def schedule(people, hall: Hall, kind: str, days: int, **fields: str) -> None:
    data = {"kind": kind, "days": str(days), "hour": "08:00", "sends": "1"} | fields
    assert people["organizer"].post(hall.url(PAGE), data=data).status_code == 302


def make_task(hall: Hall, at: datetime) -> None:
    """Everybody writes, whether they came or not."""
    conference = db.session.get_one(Conference, hall.conference_id)
    plan = replace(managing.plan_for(conference, PARTS), least_sessions=0)
    managing.make_task(conference=conference, plan=plan, by=SYSTEM, at=at)


def send() -> None:
    for _look in range(2):
        jobs.go_round()
        jobs.run_all()


def told(smtp_server, who: str) -> list[str]:
    messages = smtp_server.messages_to(f"{who}@congdoan.example")
    return [message.get_body(("plain",)).get_content() for message in messages]


def test_each_officer_is_told_of_the_own_branch_once_a_day(people, hall, clock, smtp_server) -> None:
    with transaction():
        db.session.add(NamingRule(conference_id=hall.conference_id, is_open=True, approver=Approver.NOBODY))
        db.session.add(Quota(conference_id=hall.conference_id, unit_id=hall.units["yen_thanh"], places=5))
        for name in ("Lê Thị Thuý", "Đặng Hữu Phước"):
            db.session.add(Acceptance(attendee_id=hall.attendees[name], answered_at=clock.move()))
        asked = Leave(attendee_id=hall.attendees["Trần Thị Hoà"], reason="Ốm", requested_at=clock.move())
        db.session.add(asked)
    schedule(people, hall, "units", 7)
    schedule(people, hall, "units", 6)
    page = people["organizer"].get(hall.url(PAGE)).text
    assert "Đơn vị còn thiếu gì, trước hội nghị" in page
    clock.stop_at(local("08:00") - timedelta(days=7))
    send()
    (province,), (district,) = told(smtp_server, "nghean"), told(smtp_server, "doluong")
    assert "- Còn phải cử 3 người" in province
    assert "- 2 người chưa trả lời có dự không: Nguyễn Thị Ánh, Dương Văn An" in province.replace(
        "Dương Văn An, Nguyễn Thị Ánh", "Nguyễn Thị Ánh, Dương Văn An"
    )
    assert f"/conferences/{hall.code}/unit" in province
    assert "- 1 người chưa trả lời có dự không: Nguyễn Thị Ánh" in district and "Còn phải cử" not in district
    elsewhere = {name for name, unit, *_rest in NAMES if unit != "do_luong"}
    assert not [name for name in elsewhere if name in district]
    assert told(smtp_server, "hatinh") == []  # its one person has answered: nothing is missing
    clock.stop_at(local("08:00") - timedelta(days=6))
    send()
    assert len(told(smtp_server, "nghean")) == 2
    keys = db.session.execute(select(OutboxMail.account_id, OutboxMail.occasion).order_by(OutboxMail.id)).all()
    assert len(set(keys)) == len(keys) == 4


def test_two_lines_of_one_day_write_one_letter_and_held_ones_can_be_read(
    sign_in, people, hall, clock, smtp_server
) -> None:
    with transaction():
        make_task(hall, clock.move())
    due = local("17:00").date() - db.session.scalars(select(ReflectionTask)).one().due_at.date()
    schedule(people, hall, "units", 5, sends="0")
    schedule(people, hall, "units_due", 5 - due.days, sends="0")
    clock.stop_at(local("08:30") - timedelta(days=5))
    send()
    letters = list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.DIGEST)))
    assert {letter.state for letter in letters} == {MailState.HELD}
    assert len({letter.account_id for letter in letters}) == len(letters) == 3
    assert smtp_server.envelopes == []
    organizer = sign_in()  # who was there days ago is signed out
    listed = organizer.get(hall.url("/outbox?kind=digest")).text
    assert "Cán bộ ha_tinh" in listed and "hatinh@congdoan.example" in listed
    shown = organizer.get(hall.url(f"/outbox/{letters[-1].id}")).text
    assert "1 người chưa trả lời có dự không: Lê Thị Thuý" in shown


def test_after_the_day_it_names_who_stayed_away_without_a_reason_and_who_owes_a_paper(
    people, hall, clock, smtp_server
) -> None:
    with transaction():
        make_task(hall, clock.move())
        db.session.add(NamingRule(conference_id=hall.conference_id, is_open=True, approver=Approver.NOBODY))
        db.session.add(Quota(conference_id=hall.conference_id, unit_id=hall.units["yen_thanh"], places=5))
        asked = Leave(attendee_id=hall.attendees["Trần Thị Hoà"], reason="Ốm", requested_at=clock.move())
        db.session.add(asked)
    due_on = db.session.scalars(select(ReflectionTask)).one().due_at
    schedule(people, hall, "units_due", 2)
    clock.stop_at(local("08:00", (due_on - timedelta(days=2)).date()))
    send()
    (text,) = told(smtp_server, "nghean")
    assert "3 người vắng chưa rõ lý do: " in text and "Trần Thị Hoà" not in text.split("vắng")[1].split("\n")[0]
    assert "4 người chưa nộp bài thu hoạch, hạn 17:00" in text
    assert "chưa trả lời" not in text and "Còn phải cử" not in text


def test_organizers_word_it_and_correct_an_officers_address(sign_in, people, hall, clock, smtp_server) -> None:
    organizer = people["organizer"]
    page = hall.url("/call/wordings/digest/vi")
    assert "Cán bộ nghe_an" in organizer.get(page).text
    words = {"version": "0", "then": "save", "subject": "Việc của {đơn vị}", "body": "{những việc còn thiếu}"}
    assert organizer.post(page, data=words | {"body": "{chỗ ngồi}"}).status_code == 422
    assert organizer.post(page, data=words).status_code == 302
    assert "Ban Tổ chức" not in organizer.get(hall.url("/call/wordings/digest/en")).text.split("<textarea")[1]
    schedule(people, hall, "units", 3)
    smtp_server.refuse("hatinh@congdoan.example")
    clock.stop_at(local("08:00") - timedelta(days=3))
    send()
    (message,) = smtp_server.messages_to("doluong@congdoan.example")
    assert message["Subject"] == "Việc của Liên đoàn Lao động huyện Đô Lương"
    failed = db.session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.FAILED)).one()
    organizer = sign_in()
    assert "Cán bộ ha_tinh" in organizer.get(hall.url("/outbox/returned")).text
    organizer.post(hall.url(f"/outbox/{failed.id}/again"), data={"address": "moi@congdoan.example"})
    jobs.run_all()
    assert len(smtp_server.messages_to("moi@congdoan.example")) == 1
    account = db.session.scalars(select(Account).where(Account.login == "can-bo-hatinh")).one()
    assert account.email == "moi@congdoan.example"


def test_an_officer_chooses_the_language_of_these_letters(sign_in, people, hall, clock, smtp_server) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["do_luong"])
    assert officer.post("/account/language", data={"language": "de"}).status_code == 400
    assert officer.post("/account/language", data={"language": "en"}).location == "/account"
    with transaction():
        account = db.session.scalars(select(Account).where(Account.letter_language == "en")).one()
        account.email = "english@congdoan.example"
    schedule(people, hall, "units", 7)
    clock.stop_at(local("08:00") - timedelta(days=7))
    send()
    (message,) = smtp_server.messages_to("english@congdoan.example")
    text = message.get_body(("plain",)).get_content()
    assert message["Subject"].startswith("Your unit still has to do: ")
    assert "- 2 people have not answered whether they come: Nguyễn Thị Ánh, Trần Thị Hoà" in text
    assert "Open the unit" in message.get_body(("html",)).get_content()
    assert "- 2 người chưa trả lời có dự không: Nguyễn Thị Ánh, Trần Thị Hoà" in told(smtp_server, "doluong")[0]
