"""The pages of make-up study: for the absent, for organizers, for the host who notes who came."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.reflections.models import MakeUp
from conference.reflections.rules import MakeUpKind, Standing
from tests.factories import join, make_site
from tests.reflections.conftest import WRITING
from tests.reflections.test_make_up import absent, confirm, offer, standing


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """What a page says does not depend on the database behind it."""
    return sqlite_app


def test_from_the_absent_persons_page_to_the_open_form(world, make_actor, visit, clock):
    clock.stop_at(WRITING)
    person, make_up = absent(world), offer(world, make_actor, MakeUpKind.RECORDING)
    offer(world, make_actor)
    browser = visit(person)
    assert "/my/make-up" in browser.get("/my/").text
    assert "/my/make-up" in browser.get("/my/reflection").text
    page = browser.get("/my/make-up").text
    assert all(word in page for word in ("Bắt đầu xem", world.site.name, "Ban Tổ chức chưa mở học bù"))
    assert "ghi-hinh.example" not in page  # told once it is begun, so that minutes count from there
    assert browser.post(f"/my/make-up/{make_up.id}/begin").status_code == 303
    page = browser.get("/my/make-up").text
    assert all(word in page for word in ("ghi-hinh.example", "Chuyên đề 2 nói về việc gì?", "Đối thoại"))
    browser.post(f"/my/make-up/{make_up.id}/finish", data={"choice": "1"})
    assert "Chưa đủ 90 phút" in browser.get("/my/make-up").text
    clock.move(minutes=90)
    browser.post(f"/my/make-up/{make_up.id}/finish", data={"choice": "1"})
    assert "Đã học bù lúc" in browser.get("/my/make-up").text
    assert browser.get("/my/reflection").status_code == 200
    assert "part__text" in browser.get("/my/reflection").text


SESSION = {"opens_day": "08/12/2018", "opens_hour": "08:00", "closes_day": "08/12/2018", "closes_hour": "11:30"}


def test_an_organizer_opens_a_session_and_its_host_notes_who_came(world, sign_in: Callable[..., FlaskClient], clock):
    clock.stop_at(WRITING)
    organizer = sign_in(Role.ORGANIZER)
    base = f"/conferences/{world.conference.code}/make-up"
    sent = {"study_session": str(world.morning.id), "kind": "at_site", "site": str(world.site.id), **SESSION}
    answer = organizer.post(base, data=sent)
    assert answer.status_code == 303
    with transaction():
        elsewhere = make_site("Huyện Diễn Châu", host_unit=world.unit)
        join(world.conference, elsewhere)
    here, away = absent(world), absent(world, site=elsewhere, full_name="Trần Văn Ước")
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, world.site.id)
    url = answer.headers["Location"]
    page = host.get(url).text
    assert "Đặng Hữu Phước" in page
    assert "Trần Văn Ước" not in page  # called elsewhere
    assert "Trần Văn Ước" in organizer.get(url).text
    assert "Huyện Yên Thành" in host.get(base).text
    stranger = sign_in(Role.SITE_HOST, ScopeKind.SITE, elsewhere.id)
    assert stranger.get(url).status_code == 404
    assert "Huyện Yên Thành" not in stranger.get(base).text
    assert host.post(f"{url}/confirm", data={"people": [str(here.id), str(away.id), "x", "-1"]}).status_code == 303
    assert [standing(world, one) for one in (here, away)] == [Standing.NOT_STARTED, Standing.ABSENT]
    done = organizer.get(f"{url}?show=done").text
    assert "xác nhận đã đến" in done
    person = organizer.get(f"/conferences/{world.conference.code}/people/{here.number}").text
    assert "Đã học bù buổi sáng 06/12/2018" in person
    why = {f"why-{here.number}": "Ghi nhầm người"}
    for visitor, sent, status, stands in (
        (stranger, why, 404, Standing.NOT_STARTED),
        (host, {}, 422, Standing.NOT_STARTED),
        (host, why, 303, Standing.ABSENT),
    ):
        assert visitor.post(f"{url}/people/{here.number}/take-back", data=sent).status_code == status
        assert standing(world, here) is stands
    assert host.post(f"{url}/people/{away.number}/take-back", data=why).status_code == 404  # of another site
    assert organizer.post(f"{url}/end").status_code == 303
    assert "Đã kết thúc" in organizer.get(base).text


RECORDING = {
    "kind": "recording",
    "address": "https://ghi-hinh.example/sang",
    "least_minutes": "90",
    "question": "Câu hỏi?",
    "choice-0": "Một",
    "choice-1": "Hai",
    "right": "1",
    **SESSION,
}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"address": "javascript:alert(1)"}, "Ghi địa chỉ như https"),
        ({"address": ""}, "địa chỉ bản ghi hình"),
        ({"choice-1": ""}, "cần từ 2 câu trả lời"),
        ({"right": "3"}, "câu đúng"),
        ({"question": ""}, "Mời ghi câu hỏi"),
        ({"closes_hour": "07:00"}, "Lúc kết thúc phải sau"),
        ({"kind": "at_site", "site": "999"}, "điểm cầu"),
        ({"least_minutes": "0"}, "số phút xem ít nhất"),
    ],
)
def test_a_way_to_make_up_that_can_not_be_is_told_and_kept(world, sign_in, clock, changed, sentence):
    clock.stop_at(WRITING)
    organizer = sign_in(Role.ORGANIZER)
    base = f"/conferences/{world.conference.code}/make-up"
    good = {"study_session": str(world.morning.id), **RECORDING}
    answer = organizer.post(base, data={**good, **changed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert list(db.session.scalars(select(MakeUp))) == []
    assert organizer.post(base, data=good).status_code == 303
    made = db.session.scalars(select(MakeUp)).one()
    assert (made.choices, made.right_choice) == (["Một", "Hai"], 1)


def test_lists_ask_a_fixed_number_of_questions(world, make_actor, sign_in, clock, count_queries):
    clock.stop_at(WRITING)
    make_up, organizer = offer(world, make_actor), sign_in(Role.ORGANIZER)
    url, counts = f"/conferences/{world.conference.code}/make-up/{make_up.id}", []
    for _ in range(2):
        people = [absent(world) for _ in range(2)]
        confirm(make_up, make_actor, people[0])
        for path in (url, f"{url}?show=done"):
            with count_queries() as statements:
                assert organizer.get(path).status_code == 200
            counts.append(len(statements))
    assert counts[:2] == counts[2:]
