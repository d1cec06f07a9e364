"""Sending to a real mail server that takes, refuses, asks to come again, or hangs up."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest
import vobject
from flask import Flask

from conference.directory.models import Person, Unit
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.clock import now
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, JobState
from conference.notices.actions import start_sending, write_summonses
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.notices.rules import MOST_ATTEMPTS
from conference.planning.models import Conference
from conference.registry.links import link_token
from conference.sites.models import Site
from tests.conftest import SECRET
from tests.factories import local, make_attendee, make_person
from tests.registry.hall import NAMES, Hall, build

ADDRESSES = sorted(email for *_rest, email in NAMES if email)


@pytest.fixture
def app(make_app, database_url, smtp_server) -> Flask:
    return make_app(database_url=database_url, smtp_url=smtp_server.url, mail_per_minute=100_000)


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("08:00") - timedelta(days=5))
    return build()


def states() -> dict[str, MailState]:
    return {mail.address: mail.state for mail in db.session.query(OutboxMail).populate_existing()}


def delivered(smtp_server) -> list[str]:
    return sorted(address for envelope in smtp_server.envelopes for address in envelope.rcpt_tos)


def test_everybody_with_an_address_gets_one_letter_with_link_and_calendar(people, hall, smtp_server) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    assert delivered(smtp_server) == ADDRESSES
    assert set(states().values()) == {MailState.SENT}
    (message,) = smtp_server.messages_to("phuoc@truong.example")
    assert message["Subject"] == "Giấy triệu tập: Hội nghị học tập Nghị quyết Đại hội XII Công đoàn Việt Nam"
    text = message.get_body(("plain",)).get_content()
    link = f"/p/{link_token(SECRET, hall.attendees['Đặng Hữu Phước'], 1)}"
    for words in ("Kính gửi đồng chí Đặng Hữu Phước", "Chủ tịch", "Điểm cầu LĐLĐ huyện Yên Thành", "07:30", link):
        assert words in text
    assert link in message.get_body(("html",)).get_content()
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    event = vobject.readOne(part.get_content()).vevent
    assert event.dtstart.value == local("07:30")
    assert event.attendee.value == "mailto:phuoc@truong.example"
    assert "Đã triệu tập qua thư 3 người" in client.get(hall.url("/call")).text


def test_a_refused_address_is_listed_and_tried_again_when_asked(people, hall, smtp_server) -> None:
    """F31: One address is refused."""
    smtp_server.refuse("phuoc@truong.example", "550 5.1.1 no such mailbox")
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    assert states() == {
        "an@truong.example": MailState.SENT,
        "phuoc@truong.example": MailState.FAILED,
        "thuy@hatinh.example": MailState.SENT,
    }
    assert "550 5.1.1 no such mailbox" in client.get(hall.url("/outbox"), query_string={"state": "failed"}).text
    smtp_server.forget()
    client.post(hall.url("/outbox/all/retry"))
    jobs.run_all()
    assert delivered(smtp_server) == ["phuoc@truong.example"]
    assert set(states().values()) == {MailState.SENT}


def test_come_again_later_is_obeyed_a_bounded_number_of_times(people, hall, smtp_server, clock) -> None:
    """F31: The server is busy."""
    smtp_server.refuse("phuoc@truong.example", "451 4.3.0 mailbox busy")
    people["organizer"].post(hall.url("/call/summons"))
    tries = 0
    jobs.run_all()
    while states()["phuoc@truong.example"] is MailState.QUEUED and tries < 2 * MOST_ATTEMPTS:
        tries += 1
        assert jobs.run_all() == 0  # nothing is due before its time
        clock.move(hours=3)
        jobs.run_all()
    mail = db.session.query(OutboxMail).filter_by(address="phuoc@truong.example").populate_existing().one()
    assert (mail.state, mail.attempts, tries) == (MailState.FAILED, MOST_ATTEMPTS, MOST_ATTEMPTS - 1)
    assert delivered(smtp_server) == ["an@truong.example", "thuy@hatinh.example"]


def test_a_letter_that_was_put_off_leaves_when_the_mailbox_is_free(people, hall, smtp_server, clock) -> None:
    smtp_server.refuse("phuoc@truong.example", "451 4.3.0 mailbox busy")
    people["organizer"].post(hall.url("/call/summons"))
    jobs.run_all()
    smtp_server.refused.clear()
    clock.move(minutes=5)
    jobs.run_all()
    assert delivered(smtp_server) == ADDRESSES


def test_what_was_cut_off_is_unknown_and_only_a_person_sends_it_again(people, hall, smtp_server, clock) -> None:
    """F31, P1: The line breaks where nobody knows whether the letter arrived."""
    smtp_server.cut_off_after_data = True
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    assert set(states().values()) == {MailState.UNKNOWN}
    smtp_server.cut_off_after_data = False
    for _wait in range(6):
        clock.move(minutes=15)
        jobs.run_all()
    assert delivered(smtp_server) == ADDRESSES  # taken once each, though nobody heard of it
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    assert delivered(smtp_server) == ADDRESSES
    (first_id, first), (second_id, second), _third = (
        (mail.id, mail.address) for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)
    )
    assert "Chưa rõ thư này đã đến chưa" in client.get(hall.url(f"/outbox/{first_id}")).text
    client.post(hall.url(f"/outbox/{first_id}"), data={"decision": "sent"})
    client.post(hall.url(f"/outbox/{second_id}"), data={"decision": "again"})
    assert client.post(hall.url(f"/outbox/{second_id}"), data={"decision": "again"}).status_code == 409
    jobs.run_all()
    assert len(smtp_server.messages_to(first)) == 1
    assert len(smtp_server.messages_to(second)) == 2
    assert list(states().values()).count(MailState.UNKNOWN) == 1


def test_a_server_that_cuts_every_letter_does_not_make_all_of_them_unknown(people, hall, smtp_server) -> None:
    with transaction():
        for number in range(10):
            add_person(hall, number)
    smtp_server.cut_off_after_data = True
    people["organizer"].post(hall.url("/call/summons"))
    jobs.run_all()
    assert list(states().values()).count(MailState.UNKNOWN) == 3
    assert list(states().values()).count(MailState.QUEUED) == 10


def add_person(hall: Hall, number: int) -> None:

    unit = db.session.get_one(Unit, hall.units["yen_thanh"])
    person = make_person(f"Nguyễn Văn Số {number}", unit=unit, email=f"so{number}@truong.example")
    conference = db.session.get_one(Conference, hall.conference_id)
    make_attendee(
        conference, person=person, site=db.session.get_one(Site, hall.sites["yen_thanh"]), number=100 + number
    )


def test_a_demo_sends_nothing_outside(people, hall, smtp_server) -> None:
    with transaction():
        db.session.get_one(Conference, hall.conference_id).is_demo = True
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    assert client.post(hall.url("/outbox/all/send")).status_code == 409
    with transaction():
        for mail in db.session.query(OutboxMail):
            mail.state = MailState.QUEUED  # even if something had queued them

        start_sending(conference_id=hall.conference_id, by=SYSTEM, at=now())
    jobs.run_all()
    assert smtp_server.envelopes == []
    assert set(states().values()) == {MailState.HELD}


def test_held_letters_leave_when_they_are_let_go_and_stay_when_they_are_stopped(people, hall, smtp_server) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    client.post(hall.url("/outbox/all/hold"))
    jobs.run_all()
    assert smtp_server.envelopes == []
    assert set(states().values()) == {MailState.HELD}
    with transaction():
        db.session.query(OutboxMail).filter_by(address=ADDRESSES[0]).one().kind = MailKind.ANSWER
    page = " ".join(client.get(hall.url("/call")).text.split())
    assert "Gửi 3 thư đang giữ?" in page
    assert "<dt>Giấy triệu tập</dt><dd>2</dd>" in page
    assert "<dt>Nhắc trả lời</dt><dd>1</dd>" in page
    client.post(hall.url("/outbox/all/send"))
    progress = client.get(hall.url("/call.json")).json
    assert (progress["state"], progress["done"], progress["total"]) == ("running", 0, 3)
    jobs.run_all()
    progress = client.get(hall.url("/call.json")).json
    assert (progress["state"], progress["done"], progress["total"]) == ("done", 3, 3)
    assert delivered(smtp_server) == ADDRESSES


def test_who_was_summoned_and_is_withdrawn_is_told_once(people, hall, smtp_server) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    client.post(hall.person("Đặng Hữu Phước", "/withdraw"), data={"reason": "left_office"})
    client.post(hall.person("Trần Thị Hoà", "/withdraw"), data={"reason": "mistake"})
    for _time in range(2):
        client.post(hall.url("/call/cancellation"))
        jobs.run_all()
    told = db.session.query(OutboxMail).filter_by(kind=MailKind.CANCELLATION).all()
    assert [mail.address for mail in told] == ["phuoc@truong.example"]
    summons, cancellation = smtp_server.messages_to("phuoc@truong.example")
    before, after = (
        vobject.readOne(
            next(part for part in message.walk() if part.get_content_type() == "text/calendar").get_content()
        )
        for message in (summons, cancellation)
    )
    assert after.method.value == "CANCEL"
    assert after.vevent.status.value == "CANCELLED"
    assert after.vevent.uid.value == before.vevent.uid.value
    assert int(after.vevent.sequence.value) > int(before.vevent.sequence.value)


def test_a_name_from_a_list_writes_no_header_and_no_second_address(people, hall, smtp_server) -> None:

    nasty = "Phước\r\nBcc: thief@evil.example"
    with transaction():
        person = db.session.query(Person).filter_by(full_name="Đặng Hữu Phước").one()
        person.full_name = nasty
        other = db.session.query(Person).filter_by(full_name="Dương Văn An").one()
        other.email = "an@truong.example, thief@evil.example"
    people["organizer"].post(hall.url("/call/summons"))
    jobs.run_all()
    assert delivered(smtp_server) == ["phuoc@truong.example", "thuy@hatinh.example"]
    (message,) = smtp_server.messages_to("phuoc@truong.example")
    assert message["Bcc"] is None
    assert states()["an@truong.example, thief@evil.example"] is MailState.FAILED


def test_text_from_a_list_is_never_read_as_a_template(people, hall, smtp_server) -> None:

    with transaction():
        person = db.session.query(Person).filter_by(full_name="Đặng Hữu Phước").one()
        person.full_name = "{{ 7 * 7 }} {% raw %} <b>Phước</b>"
    people["organizer"].post(hall.url("/call/summons"))
    jobs.run_all()
    (message,) = smtp_server.messages_to("phuoc@truong.example")
    assert "{{ 7 * 7 }} {% raw %} <b>Phước</b>" in message.get_body(("plain",)).get_content()
    assert "{{ 7 * 7 }} {% raw %} &lt;b&gt;Phước&lt;/b&gt;" in message.get_body(("html",)).get_content()


def test_letters_leave_no_faster_than_the_setting(make_app, sqlite_url, smtp_server) -> None:
    app = make_app(database_url=sqlite_url, smtp_url=smtp_server.url, mail_per_minute=240)
    with app.app_context():
        hall = build()
        write_and_queue(hall)
        began = time.monotonic()
        jobs.run_all()
        assert time.monotonic() - began >= 2 * 60 / 240
        assert delivered(smtp_server) == ADDRESSES


def write_and_queue(hall: Hall) -> None:

    with transaction():
        write_summonses(
            conference=db.session.get_one(Conference, hall.conference_id),
            domain="congdoan.example",
            may_send=True,
            by=SYSTEM,
            at=now(),
        )


def test_while_the_server_is_away_letters_wait_and_the_page_says_so(make_app, sqlite_url, clock) -> None:
    """F31: The server is down."""
    clock.stop_at(local("08:00") - timedelta(days=5))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        app = make_app(database_url=sqlite_url, smtp_url=f"smtp://127.0.0.1:{taken.getsockname()[1]}")
        with app.app_context():
            hall = build()
            write_and_queue(hall)
            jobs.run_all()
            assert set(states().values()) == {MailState.QUEUED}
            first, second = db.session.query(Job).order_by(Job.id)
            assert first.state is JobState.DONE
            assert first.result["down"]
            assert (second.state, second.payload["times_down"]) == (JobState.WAITING, 1)
            assert second.run_after > first.run_after
