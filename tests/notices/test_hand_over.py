"""Links for people whom no letter reaches: who may take them, whose they are, and that each look is written down."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from flask import Flask

from conference.directory.models import Person
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.notices import hand_over
from conference.registry.links import link_token
from tests.conftest import SECRET
from tests.factories import local
from tests.registry.hall import Hall, build

LINK = re.compile(r"/p/([0-9a-f.]+\.[\w-]{22})")
WITHOUT_MAIL = ("Nguyễn Thị Ánh", "Trần Thị Hoà")


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("08:00") - timedelta(days=5))
    return build()


def tokens(hall: Hall, *names: str) -> set[str]:
    return {link_token(SECRET, hall.attendees[name], 1) for name in names}


def looks() -> list[dict]:
    return [entry.after for entry in db.session.query(JournalEntry).filter_by(action="notices.hand_over")]


def test_a_message_holds_one_link_a_person_and_the_look_is_in_the_journal(people, hall) -> None:
    client = people["organizer"]
    asked = {"unit": hall.units["do_luong"], "contact": "no_mail"}
    before = client.get(hall.url("/call/hand-over"), query_string=asked).text
    assert "Trao đường dẫn cho 2 người" in " ".join(before.split())
    assert not LINK.search(before)
    page = client.post(hall.url("/call/hand-over/messages"), data=asked).text
    assert set(LINK.findall(page)) == tokens(hall, *WITHOUT_MAIL)
    assert "1. Nguyễn Thị Ánh: http" in page
    assert "Kính gửi các đồng chí Liên đoàn Lao động huyện Đô Lương" in page
    ids = sorted(hall.attendees[name] for name in WITHOUT_MAIL)
    assert looks() == [{"way": "message", "people": 2, "attendees": ids}]


def test_slips_are_printed_with_codes_that_open_each_their_own_page(people, hall) -> None:
    answer = people["organizer"].post(hall.url("/call/hand-over.pdf"), data={"contact": "no_mail"})
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(BytesIO(answer.data))
    words = [page.get_textpage().get_text_range() for page in document]
    assert "DANH SÁCH TRAO ĐƯỜNG DẪN CÁ NHÂN" in words[0]
    found = zxingcpp.read_barcodes(document[1].render(scale=4).to_pil())
    assert {LINK.search(code.text)[1] for code in found} == tokens(hall, *WITHOUT_MAIL)
    document.close()


def test_an_officer_hands_over_the_links_of_the_own_unit_alone(sign_in, people, hall) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])
    page = officer.post(hall.url("/call/hand-over/messages"), data={}).text
    assert set(LINK.findall(page)) == tokens(hall, "Dương Văn An", "Đặng Hữu Phước")
    elsewhere = {"unit": hall.units["do_luong"]}
    assert officer.post(hall.url("/call/hand-over/messages"), data=elsewhere).status_code == 409
    assert people["leader"].post(hall.url("/call/hand-over/messages"), data={}).status_code == 403
    assert people["leader"].get(hall.url("/call/hand-over")).status_code == 403
    assert [look["people"] for look in looks()] == [2]


def test_more_people_than_one_can_hand_over_are_asked_for_unit_by_unit(people, hall, monkeypatch) -> None:
    monkeypatch.setattr(hand_over, "MOST", 3)
    client = people["organizer"]
    assert "Nhiều người quá" in client.get(hall.url("/call/hand-over")).text
    assert client.post(hall.url("/call/hand-over.pdf"), data={}).status_code == 409
    assert looks() == []


def test_names_are_text_in_messages_and_on_paper(people, hall) -> None:
    with transaction():
        db.session.query(Person).filter_by(full_name="Nguyễn Thị Ánh").one().full_name = '{{ 7*7 }} #pagebreak() <b>"'
    asked = {"contact": "no_mail"}
    page = people["organizer"].post(hall.url("/call/hand-over/messages"), data=asked).text
    assert "{{ 7*7 }} #pagebreak() &lt;b&gt;&#34;:" in page
    pdf = pypdfium2.PdfDocument(BytesIO(people["organizer"].post(hall.url("/call/hand-over.pdf"), data=asked).data))
    assert len(pdf) == 2
    assert '{{ 7*7 }} #pagebreak() <b>"' in pdf[0].get_textpage().get_text_range()
    pdf.close()
