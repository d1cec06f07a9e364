"""Calling people without a mail server: whom letters reach, what is written, and what stays inside."""

from __future__ import annotations

import pytest

from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job
from conference.foundation.journal import JournalEntry
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.planning.models import Conference
from conference.registry.links import link_token
from tests.conftest import SECRET
from tests.registry.hall import Hall, build

WITH_MAIL = ("Dương Văn An", "Đặng Hữu Phước", "Lê Thị Thuý")


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def outbox() -> list[OutboxMail]:
    return db.session.query(OutboxMail).order_by(OutboxMail.id).populate_existing().all()


def test_the_page_says_whom_each_way_reaches(people, hall) -> None:
    page = " ".join(people["organizer"].get(hall.url("/call")).text.split())
    for text in ("5 người được triệu tập", "thư điện tử tới được 3 người", "Gửi triệu tập cho 5 người?", "Viết 3 thư"):
        assert text in page
    for address in ("contact=no_mail", "contact=phone_only", "contact=none"):
        assert address in page
    assert "Kính gửi đồng chí Dương Văn An" in page  # a real person's letter, before anything is sent


def test_without_a_server_letters_are_written_and_held(people, hall) -> None:
    client = people["organizer"]
    assert client.post(hall.url("/call/summons")).status_code == 302
    mails = outbox()
    assert sorted(mail.attendee_id for mail in mails) == sorted(hall.attendees[name] for name in WITH_MAIL)
    assert {mail.state for mail in mails} == {MailState.HELD}
    assert {(mail.kind, mail.release, mail.occasion) for mail in mails} == {(MailKind.SUMMONS, 1, "")}
    assert db.session.query(Job).count() == 0
    assert client.post(hall.url("/outbox/all/send")).status_code == 409
    (entry,) = db.session.query(JournalEntry).filter_by(action="notices.write")
    assert entry.after == {"kind": "summons", "release": 1, "letters": 3}


def test_pressing_twice_writes_each_letter_once_and_new_people_get_theirs(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    client.post(hall.url("/call/summons"))
    assert len(outbox()) == 3
    added = {
        "full_name": "Phạm Thị Ẩn",
        "unit_words": "Yên Thành",
        "site": hall.sites["yen_thanh"],
        "role": "official",
        "email": "an.pham@truong.example",
    }
    client.post(hall.url("/people/new"), data=added)
    assert "Gửi cho người mới" in client.get(hall.url("/call")).text
    client.post(hall.url("/call/summons"))
    assert [mail.address for mail in outbox()][3:] == ["an.pham@truong.example"]


def test_a_draft_summons_nobody(people, hall) -> None:
    with transaction():
        db.session.get_one(Conference, hall.conference_id).state = "draft"
    assert people["organizer"].post(hall.url("/call/summons")).status_code == 409
    assert "bản nháp" in people["organizer"].get(hall.url("/call")).text
    assert outbox() == []


def test_a_letter_is_shown_with_its_link_hidden(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    mail = next(mail for mail in outbox() if mail.attendee_id == hall.attendees["Đặng Hữu Phước"])
    page = client.get(hall.url(f"/outbox/{mail.id}")).text
    for text in ("Kính gửi đồng chí Đặng Hữu Phước", "Điểm cầu LĐLĐ huyện Yên Thành", "/p/••••"):
        assert text in page
    assert link_token(SECRET, hall.attendees["Đặng Hữu Phước"], 1) not in page
    assert "phuoc@truong.example" in client.get(hall.url("/outbox"), query_string={"q": "phuoc"}).text
    assert "an@truong.example" not in client.get(hall.url("/outbox"), query_string={"q": "phuoc"}).text


def test_who_may_see_and_who_may_send(people, hall) -> None:
    seen = {who: people[who].get(hall.url("/call")).status_code for who in ("organizer", "leader", "grader", "nobody")}
    assert seen == {"organizer": 200, "leader": 200, "grader": 403, "nobody": 302}
    for path in ("/call/summons", "/outbox/all/send", "/outbox/all/retry", "/outbox/all/hold"):
        assert people["leader"].post(hall.url(path)).status_code == 403
    assert people["leader"].get(hall.url("/outbox")).status_code == 403
    assert "phuoc@truong.example" not in people["leader"].get(hall.url("/call")).text
    assert people["organizer"].post(hall.url("/call/nonsense")).status_code == 404
    assert outbox() == []


def test_a_single_letter_counts_once_however_often_its_button_is_pressed(people, hall) -> None:
    client = people["organizer"]
    for occasion in ("press-1", "press-1", "press-2"):
        client.post(hall.person("Đặng Hữu Phước", "/letter"), data={"occasion": occasion})
    assert [(mail.occasion, mail.state) for mail in outbox()] == [
        ("press-1", MailState.HELD),
        ("press-2", MailState.HELD),
    ]
    assert client.post(hall.person("Nguyễn Thị Ánh", "/letter"), data={"occasion": "a"}).status_code == 409
    assert "Giấy triệu tập" in client.get(hall.person("Đặng Hữu Phước")).text


def test_after_a_move_only_those_it_concerns_get_the_next_version(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/summons"))
    client.post(hall.person("Đặng Hữu Phước", "/move"), data={"site": hall.sites["do_luong"]})
    assert "Gửi bản thay cho 1 người" in client.get(hall.url("/call")).text
    client.post(hall.url("/call/update"))
    client.post(hall.url("/call/update"))
    newer = [mail for mail in outbox() if mail.release == 2]
    assert [mail.attendee_id for mail in newer] == [hall.attendees["Đặng Hữu Phước"]]
    page = client.get(hall.url(f"/outbox/{newer[0].id}")).text
    assert "Thư này thay thư trước" in page
    assert "Đô Lương" in page


def test_the_number_of_queries_does_not_grow_with_the_outbox(people, hall, count_queries) -> None:
    client = people["organizer"]
    client.post(hall.person("Đặng Hữu Phước", "/letter"), data={"occasion": "one"})
    client.get(hall.url("/outbox"))
    with count_queries() as one:
        client.get(hall.url("/outbox"))
    client.post(hall.url("/call/summons"))
    with count_queries() as four:
        client.get(hall.url("/outbox"))
    assert len(four) == len(one)
