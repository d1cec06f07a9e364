"""Letters that came back: matched by their identifier, shown with what to do, and sent again as another occasion."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage, MIMEPart
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from conference.adapters.bounces import Returned, read_reports
from conference.directory.models import Person
from conference.foundation import jobs
from conference.foundation.db import db, transaction
from conference.notices.models import MailState, OutboxMail
from tests.factories import local
from tests.registry.hall import Hall, build

PAGE = "/outbox/returned"


@pytest.fixture
def app(make_app, sqlite_url, smtp_server) -> Flask:
    return make_app(database_url=sqlite_url, smtp_url=smtp_server.url, mail_per_minute=100_000)


@pytest.fixture
def hall(db_session, clock, people, smtp_server) -> Hall:
    """Its summonses have left."""
    clock.stop_at(local("08:00") - timedelta(days=5))
    hall = build()
    people["organizer"].post(hall.url("/call/summons"))
    jobs.run_all()
    return hall


def report(message_id: str, *, action: str = "failed", status: str = "5.1.1", by_headers: bool = False) -> bytes:
    """What a mail server sends back (RFC 3464)."""
    whole = EmailMessage()
    whole["From"] = "MAILER-DAEMON@mx.truong.example"
    whole["Subject"] = "Undelivered Mail Returned to Sender"
    whole.set_content("This is the mail system at host mx.truong.example.")
    whole.make_mixed()
    whole.set_type("multipart/report")
    whole.set_param("report-type", "delivery-status")
    status_part = MIMEPart()
    status_part["Content-Type"] = "message/delivery-status"
    about_server, about_recipient = EmailMessage(), EmailMessage()
    about_server["Reporting-MTA"] = "dns; mx.truong.example"
    about_recipient["Final-Recipient"] = "rfc822; phuoc@truong.example"
    about_recipient["Action"] = action
    about_recipient["Status"] = status
    about_recipient["Diagnostic-Code"] = f"smtp; 550 {status} no such user here"
    status_part.set_payload([about_server, about_recipient])
    whole.attach(status_part)
    original = EmailMessage()
    original["Message-ID"] = message_id
    original["Subject"] = "Giay trieu tap"
    if by_headers:
        quoted = MIMEPart()
        quoted.set_content(original.as_string(), subtype="rfc822-headers")
        whole.attach(quoted)
    else:
        original.set_content("…")
        whole.add_attachment(original)
    return whole.as_bytes()


def mail_to(address: str) -> OutboxMail:
    db.session.rollback()
    return db.session.query(OutboxMail).filter_by(address=address).order_by(OutboxMail.id.desc()).first()


def upload(client, hall: Hall, *contents: bytes):
    files = [(BytesIO(content), f"thu-{place}.eml") for place, content in enumerate(contents)]
    return client.post(hall.url(PAGE), data={"files": files}, content_type="multipart/form-data")


@pytest.mark.parametrize("by_headers", [False, True])
def test_a_letter_that_came_back_is_shown_with_what_to_do_and_goes_again_to_the_right_address(
    people, hall, smtp_server, by_headers
) -> None:
    client = people["organizer"]
    failed = mail_to("phuoc@truong.example")
    failed_id, message_id = failed.id, failed.message_id
    for _time in range(2):
        assert upload(client, hall, report(message_id, by_headers=by_headers)).status_code == 302
    assert mail_to("phuoc@truong.example").state is MailState.BOUNCED
    page = client.get(hall.url(PAGE)).text
    for words in ("1 thư không đến", "Đặng Hữu Phước", "Không có hộp thư này", "550 5.1.1 no such user here"):
        assert words in " ".join(page.split())
    for _press in range(2):
        client.post(hall.url(f"/outbox/{failed_id}/again"), data={"address": "phuoc.dh@truong.example"})
    jobs.run_all()
    (message,) = smtp_server.messages_to("phuoc.dh@truong.example")
    assert message["Subject"].startswith("Giấy triệu tập")
    assert message["Message-ID"] != message_id
    again = mail_to("phuoc.dh@truong.example")
    assert (again.occasion, again.state) == (f"again-{failed_id}", MailState.SENT)
    assert mail_to("phuoc@truong.example").state is MailState.BOUNCED  # what happened stays on record
    assert db.session.query(Person).filter_by(full_name="Đặng Hữu Phước").one().email == "phuoc.dh@truong.example"
    assert "Không có thư nào không đến" in " ".join(client.get(hall.url(PAGE)).text.split())


def test_what_is_only_late_or_of_somebody_else_changes_nothing(people, hall) -> None:
    client = people["organizer"]
    ours = mail_to("phuoc@truong.example").message_id
    answer = upload(client, hall, report(ours, action="delayed", status="4.4.1"), report("<other@elsewhere.example>"))
    assert answer.status_code == 302
    assert {mail.state for mail in db.session.query(OutboxMail)} == {MailState.SENT}
    nothing = upload(client, hall, b"Subject: Re: hello\r\n\r\nthanks")
    assert nothing.status_code == 422
    assert "Không tệp nào là thư báo trả lại" in nothing.text
    assert client.post(hall.url(PAGE), data={}).status_code == 422


def test_a_folder_is_read_by_command_as_files_or_as_one_mailbox(app, hall, tmp_path: Path) -> None:
    one, two = mail_to("phuoc@truong.example").message_id, mail_to("an@truong.example").message_id
    folder = tmp_path / "returned" / "new"
    folder.mkdir(parents=True)
    (folder / "1.eml").write_bytes(report(one))
    box = b"".join(b"From MAILER-DAEMON Thu Dec  6 2018\n" + report(id) + b"\n" for id in (one, two))
    (folder / "all.mbox").write_bytes(box)
    said = app.test_cli_runner().invoke(args=["read-bounces", str(folder.parent)]).output
    assert said.strip() == "returned 2, known 1, delayed 0, strange 0, unreadable 0"
    db.session.rollback()
    assert sorted(mail.address for mail in db.session.query(OutboxMail).filter_by(state=MailState.BOUNCED)) == [
        "an@truong.example",
        "phuoc@truong.example",
    ]


def test_an_address_that_is_none_is_refused_and_kept_on_the_page(people, hall) -> None:
    client = people["organizer"]
    failed = mail_to("phuoc@truong.example")
    failed_id = failed.id
    upload(client, hall, report(failed.message_id))
    for address in ("phuoc", "a@b.vn, c@d.vn", "", "a@b.vn\r\nBcc: c@d.vn"):
        answer = client.post(hall.url(f"/outbox/{failed_id}/again"), data={"address": address})
        assert answer.status_code == 422
        assert address.split("\r")[0] in answer.text
    arrived = mail_to("an@truong.example")
    assert client.post(hall.url(f"/outbox/{arrived.id}/again"), data={"address": "a@b.vn"}).status_code == 409
    assert db.session.query(OutboxMail).count() == 3


def test_a_letter_that_came_back_says_so_where_letters_are_counted(people, hall) -> None:
    with transaction():
        db.session.query(OutboxMail).filter_by(address="an@truong.example").update({"state": MailState.BOUNCED})
    page = " ".join(people["organizer"].get(hall.url("/call")).text.split())
    assert "Xử lý 1 thư không đến" in page
    assert "Đã triệu tập qua thư 2 người" in page


WHOLE = report("<a@b.example>")


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda junk: WHOLE[: len(junk) * 9] + junk)))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    for found in read_reports(content):
        assert found is None or isinstance(found, Returned)
