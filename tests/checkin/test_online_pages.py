"""The pages of following online: who may open them, what they say, what they refuse."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.checkin.conftest import Doors
from tests.checkin.following import FORM, ROOM, open_room, phone_of, send
from tests.factories import local


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def online(doors: Doors) -> Doors:
    return open_room(doors)


def test_it_is_for_those_who_may_alone(online, clock):
    clock.stop_at(local("07:50"))
    stranger = phone_of(online, 3)
    assert "Dự trực tuyến" not in stranger.get("/my/").text
    answers = [
        stranger.get("/my/online"),
        stranger.post("/my/online/enter"),
        send(stranger, online, [0]),
        phone_of(online, 1).post("/my/online/signs", json={"study_session": 999, "ages": [0]}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert ROOM not in "".join(answer.text for answer in answers)


NO_SIGNS = [
    [],
    {"ages": [0]},
    {"study_session": "1", "ages": [0]},
    {"study_session": 1, "ages": ["0"]},
    {"study_session": 1, "ages": [None]},
    {"study_session": 1, "ages": [float("nan")]},
    {"study_session": 1, "ages": [1e300]},
    {"study_session": 1, "ages": [0] * 61},
    {"study_session": 1, "answers": [{"prompt": "0", "age": 0}]},
    {"study_session": 1, "answers": [{"prompt": 0}]},
    {"study_session": 1, "ages": [], "more": 1},
]


def test_signs_that_are_none_are_refused_in_a_sentence(online, clock):
    clock.stop_at(local("08:10"))
    phone = phone_of(online, 1)
    for sent in NO_SIGNS:
        answer = phone.post("/my/online/signs", json=sent)
        assert answer.status_code == 400 and "Mời đồng chí tải lại trang" in answer.text, sent


def test_the_organizer_allows_a_unit_and_people_and_sees_who_is_there(online, clock, people):
    organizer = people["organizer"]
    clock.stop_at(local("08:01"))
    phone_of(online, 1).post("/my/online/enter")
    page = organizer.get("/conferences/NQ12/online").text
    assert "1 người đang theo dõi" in page and "Đặng Hữu Phước" in page and "Chưa vào" in page
    only = organizer.get("/conferences/NQ12/online?state=now").text
    assert "Đặng Hữu Phước" in only and "Nguyễn Thị Ánh" not in only
    wrong = organizer.post("/conferences/NQ12/online/unit", data={"unit": "Không có đơn vị này"})
    assert wrong.status_code == 422 and "Không có đơn vị" in wrong.text
    organizer.post("/conferences/NQ12/online/unit", data={"unit": "Liên đoàn Lao động huyện Yên Thành"})
    page = organizer.get("/conferences/NQ12/online?size=100").text
    assert all(name in page for name in ("Hồ Sỹ Quyền", "Vũ Đức Ỷ"))
    ids = [str(online.attendee_ids[number]) for number in (3, 4)]
    listed = organizer.get("/conferences/NQ12/people").text
    assert 'formaction="/conferences/NQ12/online/people"' in listed
    organizer.post("/conferences/NQ12/online/people", data={"people": ids, "action": "online-end"})
    assert "Hồ Sỹ Quyền" not in organizer.get("/conferences/NQ12/online?size=100").text


WRONG = [
    ("room_url", "http://zoom.us/j/1", "https://"),
    ("least_minutes", "101", "từ 0 đến 100"),
    ("prompt_minutes", "2", "từ 3 đến 5"),
    ("prompts", "ba", "từ 0 đến 10"),
]


def test_a_wrong_rule_comes_back_with_a_sentence(online, people):
    for field, value, says in WRONG:
        sent = {**FORM, "version": "1", field: value}
        answer = people["organizer"].post("/conferences/NQ12/online/rule", data=sent)
        assert answer.status_code == 422 and says in answer.text and value in answer.text, field


def test_a_site_may_have_a_room_of_its_own(online, clock, people):
    organizer = people["organizer"]
    own = "https://teams.example.vn/l/meetup-join/19%3ameeting"
    answer = organizer.post("/conferences/NQ12/online/rooms", data={"site": str(online.there), "url": "zoom.us"})
    assert answer.status_code == 422 and "https://" in answer.text
    organizer.post("/conferences/NQ12/online/rooms", data={"site": str(online.there), "url": own})
    clock.stop_at(local("08:00"))
    led = [phone_of(online, number).post("/my/online/enter").headers["Location"] for number in (1, 5)]
    assert led == [ROOM, own]
    organizer.post("/conferences/NQ12/online/rooms", data={"site": str(online.there), "url": ""})
    assert phone_of(online, 5).post("/my/online/enter").headers["Location"] == ROOM
