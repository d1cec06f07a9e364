"""Reminders and receipts, through the outbox to a real mail server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.foundation import jobs
from conference.foundation.actor import Actor, ActorKind, Role
from conference.foundation.db import db, transaction
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.reflections import managing
from conference.reflections.rules import ScopeOfExtension
from conference.registry.links import link_token
from tests.conftest import SECRET
from tests.factories import make_account, make_person
from tests.people import prove_origin
from tests.reflections.conftest import LATE_UNTIL, WRITING, build_world
from tests.reflections.test_actions import save, submit

ADDRESS = "phuoc@congdoan.example"


@pytest.fixture
def posted(make_app, sqlite_url, smtp_server, clock):
    """A world whose letters really leave."""
    clock.stop_at(WRITING)
    app = make_app(database_url=sqlite_url, smtp_url=smtp_server.url)
    with app.app_context():
        world = build_world()
        with transaction():
            with_mail = make_person("Đặng Hữu Phước", unit=world.unit, email=ADDRESS)
            writer = world.attendee(person=with_mail)
            world.attendee(full_name="Nguyễn Thị Ánh")  # has no address
        yield app, world, writer, enter_as_organizer(app, WRITING)
        db.session.remove()


def enter_as_organizer(app, at):
    with transaction():
        token = accounts.open_session(account=make_account(), at=at, lives=timedelta(hours=8))
    client = prove_origin(app.test_client())
    client.set_cookie(cookie_name("staff"), token)
    return client


def letters(kind):
    db.session.rollback()
    return db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)).all()


def test_those_who_have_not_written_are_reminded_once_a_day(posted, smtp_server, clock):
    app, _world, writer, organizer = posted
    page = organizer.get("/conferences/NQ12/reflections").text
    assert "Gửi thư nhắc cho 1 người chưa nộp?" in page
    for _press in range(2):
        organizer.post("/conferences/NQ12/reflections/reminders")
    assert [one.attendee_id for one in letters(MailKind.REMINDER)] == [writer.id]
    jobs.run_all()
    (message,) = smtp_server.messages_to(ADDRESS)
    body = message.get_body(("plain",)).get_content()
    assert message["Subject"].startswith("Còn 12 ngày để nộp bài thu hoạch")
    assert "hạn 17:00 thứ Năm 20/12/2018" in body
    assert f"/p/{link_token(SECRET, writer.id, writer.link_issue)}" in body
    assert [part.get_content_type() for part in message.walk() if "calendar" in part.get_content_type()] == []
    enter_as_organizer(app, clock.move(days=1)).post("/conferences/NQ12/reflections/reminders")
    assert len(letters(MailKind.REMINDER)) == 2


def test_who_has_handed_in_is_not_reminded(posted):
    _app, world, writer, organizer = posted
    save(writer, world.content())
    submit(world, writer, 1)
    organizer.post("/conferences/NQ12/reflections/reminders")
    assert letters(MailKind.REMINDER) == []


def test_nobody_is_reminded_while_no_paper_is_taken(posted, clock):
    app, world, writer, _organizer = posted
    over = LATE_UNTIL + timedelta(minutes=1)
    clock.stop_at(over)
    organizer = enter_as_organizer(app, over)
    assert "Gửi thư nhắc" not in organizer.get("/conferences/NQ12/reflections").text
    said = organizer.post("/conferences/NQ12/reflections/reminders", follow_redirects=True).text
    assert "đã hết hạn nhận, nên không nhắc ai" in said
    assert letters(MailKind.REMINDER) == []
    with transaction():
        managing.extend(
            task=world.task,
            scope=ScopeOfExtension.PERSON,
            id=writer.id,
            until=LATE_UNTIL + timedelta(days=2),
            reason="Nghỉ ốm",
            by=Actor(ActorKind.ACCOUNT, make_account(Role.ORGANIZER).id),
            at=WRITING,
        )
    assert "Gửi thư nhắc cho 1 người chưa nộp?" in organizer.get("/conferences/NQ12/reflections").text
    organizer.post("/conferences/NQ12/reflections/reminders")
    assert [one.attendee_id for one in letters(MailKind.REMINDER)] == [writer.id]


def test_a_receipt_comes_by_mail_once(posted, smtp_server):
    app, world, writer, _organizer = posted
    save(writer, world.content("điều riêng tư"))
    client = prove_origin(app.test_client())
    client.set_cookie(cookie_name("attendee"), link_token(SECRET, writer.id, writer.link_issue))
    for _press in range(2):
        assert client.post("/my/reflection/submit", data={"revision": "1"}).status_code == 303
    jobs.run_all()
    (mail,) = letters(MailKind.RECEIPT)
    assert mail.state is MailState.SENT
    (message,) = smtp_server.messages_to(ADDRESS)
    body = message.get_body(("plain",)).get_content()
    assert mail.occasion in message["Subject"]
    assert f"/check/{mail.occasion}" in body
    assert "điều riêng tư" not in body
