"""Organizers word their letters: versions, real people in the preview, and letters that keep what they were given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from conference.directory.models import Person
from conference.foundation import jobs
from conference.foundation.db import db, transaction
from conference.notices.letters import products_own
from conference.notices.models import LetterWording, OutboxMail
from conference.notices.wording import LANGUAGES, Purpose, parse, places_for
from tests.factories import local
from tests.registry.hall import Hall, build

SUMMONS = "/call/wordings/summons/vi"
OWN = {"subject": "Mời dự {tên hội nghị}", "body": "Thân gửi {họ tên}\n{chỗ ngồi}\n\n{đường dẫn riêng}", "version": "0"}


@pytest.fixture
def app(make_app, database_url, smtp_server) -> Flask:
    return make_app(database_url=database_url, smtp_url=smtp_server.url, mail_per_minute=100_000)


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("08:00") - timedelta(days=5))
    return build()


def test_the_products_own_wordings_can_all_be_read_and_use_only_what_their_letters_know(sqlite_app) -> None:
    with sqlite_app.app_context():
        for purpose in Purpose:
            for language in LANGUAGES:
                wording = products_own(purpose, language)
                assert parse(wording.subject, places_for(purpose))
                assert parse(wording.body, places_for(purpose))


def test_letters_keep_the_words_they_were_written_with(people, hall, smtp_server) -> None:
    client = people["organizer"]
    client.post(hall.url(SUMMONS), data=OWN)
    client.post(hall.url("/call/summons"))
    second = OWN | {"subject": "Bản hai {tên hội nghị}", "version": "1"}
    assert client.post(hall.url(SUMMONS), data=second).status_code == 302
    jobs.run_all()
    (message,) = smtp_server.messages_to("phuoc@truong.example")
    assert message["Subject"] == "Mời dự Hội nghị học tập Nghị quyết Đại hội XII Công đoàn Việt Nam"
    text = message.get_body(("plain",)).get_content()
    assert text.split()[:6] == ["Thân", "gửi", "Đặng", "Hữu", "Phước", text.split()[-1]]
    html = message.get_body(("html",)).get_content()
    assert ">Mở trang riêng của đồng chí</a>" in html
    client.post(hall.person("Đặng Hữu Phước", "/letter"), data={"occasion": "again"})
    jobs.run_all()
    assert [one["Subject"][:6] for one in smtp_server.messages_to("phuoc@truong.example")] == ["Mời dự", "Bản ha"]


def test_back_to_the_products_own_words_is_a_version_too(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url(SUMMONS), data=OWN)
    client.post(hall.url(SUMMONS), data={"then": "reset", "version": "1"})
    client.post(hall.url("/call/summons"))
    assert {mail.wording_id for mail in db.session.query(OutboxMail)} == {None}
    assert [(row.version, row.is_own) for row in db.session.query(LetterWording).order_by("version")] == [
        (1, True),
        (2, False),
    ]
    assert "lời có sẵn" in client.get(hall.url("/call/wordings")).text


def test_two_who_word_the_same_letter_do_not_overwrite_each_other(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url(SUMMONS), data=OWN)
    answer = client.post(hall.url(SUMMONS), data=OWN | {"body": "Của người thứ hai {họ tên}"})
    assert answer.status_code == 409
    assert "Của người thứ hai {họ tên}" in answer.text
    assert "Có người vừa lưu bản khác" in answer.text
    assert [row.body for row in db.session.query(LetterWording)] == [OWN["body"]]


def test_a_preview_shows_a_real_person_and_keeps_nothing(people, hall) -> None:
    client = people["organizer"]
    asked = OWN | {"then": "preview", "number": str(hall.numbers["Đặng Hữu Phước"])}
    page = client.post(hall.url(SUMMONS), data=asked).text
    assert "Thân gửi Đặng Hữu Phước<br><br>http" in page
    assert "/p/••••" in page
    assert db.session.query(LetterWording).count() == 0


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{mật khẩu}", "không có chỗ điền nào tên là {mật khẩu}"),
        ("Hạn {hạn nộp}", "{hạn nộp} không dùng được trong loại thư này"),
        ("{{% import os %}", "dấu ngoặc nhọn thiếu một nửa"),
        ("", "Mời ghi nội dung"),
        ("x" * 10_001, "dài quá"),
    ],
)
def test_a_wording_that_cannot_be_filled_is_refused_by_name_and_stays_on_the_page(people, hall, body, sentence) -> None:
    answer = people["organizer"].post(hall.url(SUMMONS), data=OWN | {"body": body})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert body in answer.text
    assert db.session.query(LetterWording).count() == 0


def test_who_reads_english_gets_english_and_what_is_filled_in_is_never_run(people, hall, smtp_server) -> None:
    client = people["organizer"]
    with transaction():
        person = db.session.query(Person).filter_by(full_name="Đặng Hữu Phước").one()
        person.full_name = "{{ 7*7 }} {đơn vị} <b>Phước</b>"
    client.post(hall.person("Đặng Hữu Phước", "/language"), data={"language": "en"})
    client.post(
        hall.url("/call/wordings/summons/en"), data={"subject": "Come {name}", "body": "{name}, {time}", "version": "0"}
    )
    client.post(hall.url("/call/summons"))
    jobs.run_all()
    (english,) = smtp_server.messages_to("phuoc@truong.example")
    (vietnamese,) = smtp_server.messages_to("an@truong.example")
    assert english["Subject"] == "Come {{ 7*7 }} {đơn vị} <b>Phước</b>"
    text = english.get_body(("plain",)).get_content()
    assert text.strip() == "{{ 7*7 }} {đơn vị} <b>Phước</b>, 07:30 Thursday, 06/12/2018"
    assert "{{ 7*7 }} {đơn vị} &lt;b&gt;Phước&lt;/b&gt;" in english.get_body(("html",)).get_content()
    assert vietnamese["Subject"].startswith("Giấy triệu tập")
