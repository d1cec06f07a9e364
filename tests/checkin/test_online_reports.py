"""A platform's list as further evidence: seen before it counts, counted once, taken back whole."""

from __future__ import annotations

from io import BytesIO

import pytest

from conference.checkin.online.actions import lay_down_rule
from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.models import OnlineFollowing, OnlineParticipant, OnlineReport
from conference.checkin.online.rules import Rule
from conference.checkin.rules import Method
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.registry.tickets import key_ring
from tests.checkin.conftest import Doors
from tests.checkin.following import ROOM, open_room, phone_of, send
from tests.checkin.test_online import differences, kept
from tests.conftest import SECRET
from tests.factories import local

TEAMS = """3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Đặng Hữu Phước - Yên Thành\t12/6/18, 7:50:00 AM\t12/6/18, 9:30:00 AM\t1h\t\tAttendee
Đặng Hữu Phước - Yên Thành\t12/6/18, 9:20:00 AM\t12/6/18, 11:31:00 AM\t2h\t\tAttendee
nguyen thi anh\t12/6/18, 8:30:00 AM\t12/6/18, 9:00:00 AM\t30m\t\tAttendee
Hồ Sỹ Quyền\t12/6/18, 8:00:00 AM\t12/6/18, 11:30:00 AM\t3h\t\tAttendee
Trần Văn Ẩn (Cao su)\t12/6/18, 8:00:00 AM\t12/6/18, 11:30:00 AM\t3h\t\tAttendee
Máy của hội trường\t12/6/18, 7:30:00 AM\t12/6/18, 11:40:00 AM\t4h\t\tAttendee
"""


@pytest.fixture
def online(doors: Doors) -> Doors:
    """Numbers 1, 2 and 5 may follow online; minutes alone decide."""
    open_room(doors)
    with doors.app.app_context(), transaction():
        lay_down_rule(
            conference=db.session.get_one(Conference, doors.conference),
            version=1,
            facts=RuleFacts(ROOM, Rule(least_answers=0)),
            keys=key_ring(SECRET),
            by=SYSTEM,
            at=local("06:00"),
        )
    return doors


def upload(organizer, doors: Doors, content: bytes, name: str = "participants.csv", **more: str):
    return organizer.post(
        "/conferences/NQ12/online/reports",
        data={"session": str(doors.morning), "file": (BytesIO(content), name), **more},
        content_type="multipart/form-data",
    )


def participants(doors: Doors) -> dict[str, int]:
    with doors.app.app_context():
        return {row.name: row.id for row in db.session.query(OnlineParticipant)}


def minutes(doors: Doors) -> dict[int, int]:
    with doors.app.app_context():
        numbers = {id: number for number, id in doors.attendee_ids.items()}
        return {numbers[row.attendee_id]: row.seconds // 60 for row in db.session.query(OnlineFollowing)}


def test_a_list_is_previewed_loaded_once_decided_about_and_taken_back(online, clock, people):
    clock.stop_at(local("12:00"))
    organizer = people["organizer"]
    answer = upload(organizer, online, TEAMS.encode("utf-16"))
    assert answer.status_code == 303
    address = answer.headers["Location"]
    page = organizer.get(address).text
    assert "3 người khớp, 1 chờ chọn" in page and "1 người đã khớp chưa được phép" in page
    assert kept(online) == []  # looked at, not counted
    assert upload(organizer, online, TEAMS.encode("utf-16")).headers["Location"] == address
    for _ in range(2):
        organizer.post(f"{address}/load")
    assert minutes(online) == {1: 210, 2: 30, 3: 210}
    assert kept(online) == [(1, online.here, Method.ONLINE, local("07:50"))]
    organizer.post(f"{address}/permission")
    assert [row[0] for row in kept(online)] == [1, 3]
    known = participants(online)
    choice = f"{address}/participants/{known['Trần Văn Ẩn (Cao su)']}"
    assert organizer.post(choice, data={"number": "777"}).status_code == 422
    organizer.post(choice, data={"number": "5"})
    assert [row[0] for row in kept(online)] == [1, 3, 5]
    organizer.post(f"{address}/participants/{known['Hồ Sỹ Quyền']}", data={"number": ""})
    assert [row[0] for row in kept(online)] == [1, 5]
    assert "Máy của hội trường" in organizer.get(f"{address}?show=unmatched").text
    assert differences(online) == []
    organizer.post(f"{address}/taking-back")
    assert kept(online) == []
    assert differences(online) == []
    organizer.post(f"{address}/load")
    assert [row[0] for row in kept(online)] == [1, 5]


def test_minutes_of_page_and_platform_are_united_and_not_added(online, clock, people):
    phone = phone_of(online, 2)
    clock.stop_at(local("08:40"))
    phone.post("/my/online/enter")
    for _ in range(20):
        clock.move(minutes=2)
        send(phone, online, [0])
    assert minutes(online) == {2: 40}  # 08:40 to 09:20
    organizer = people["organizer"]
    address = upload(organizer, online, TEAMS.encode()).headers["Location"]
    organizer.post(f"{address}/load")
    assert minutes(online)[2] == 50  # and 08:30 to 09:00


NO_LISTS = [
    (b"", "x.csv", ""),
    ("STT,Họ và tên\n1,Lê Thị Hoa\n".encode(), "x.csv", "không có cột tên và giờ vào"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "x.csv", ""),
    (b"PK\x03\x04" + b"\0" * 99, "x.xlsx", ""),
    (TEAMS.replace("12/6/18", "12/8/18").encode(), "x.csv", "không có dòng nào thuộc ngày"),
    (TEAMS.encode(), "x.exe", ""),
]


def test_a_file_that_is_no_list_is_refused_in_a_sentence(online, people):
    for content, name, says in NO_LISTS:
        answer = upload(people["organizer"], online, content, name)
        assert answer.status_code == 422 and says in answer.text and "error-summary" in answer.text, name
    with online.app.app_context():
        assert db.session.query(OnlineReport).count() == 0


def test_the_hours_of_a_list_may_be_those_of_another_zone(online, clock, people):
    clock.stop_at(local("12:00"))
    organizer = people["organizer"]
    rows = "Name,Join Time,Leave Time\nNguyễn Thị Ánh,12/06/2018 00:45,12/06/2018 04:30\n".encode()
    own = upload(organizer, online, rows).location
    abroad = upload(organizer, online, rows, zone="UTC").location
    assert own != abroad, "the same file read in another way is another list"
    assert upload(organizer, online, rows, zone="UTC").location == abroad
    page = organizer.get(f"{abroad}?show=matched").text
    assert "Giờ trong tệp: Giờ quốc tế (UTC)." in page and "07:45" in page
    assert "Giờ trong tệp" not in organizer.get(own).text
    refused = upload(organizer, online, rows, zone="Mars/Olympus")
    assert refused.status_code == 422 and "Giờ trong tệp" in refused.text
