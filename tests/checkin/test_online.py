"""Following online on both databases: from signs of life to a presence that everybody can explain."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from conference.checkin.headcounts import count_hall, latest_counts
from conference.checkin.models import Attendance, Case, Scan
from conference.checkin.online import counting
from conference.checkin.online.models import OnlineAnswer, OnlineFollowing, OnlineStay
from conference.checkin.queries import headcount_by_site
from conference.checkin.rules import ItemKind, Method
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, StudySession
from conference.registry.tickets import key_ring
from tests.checkin.conftest import Doors
from tests.checkin.following import FORM, ROOM, follow, open_room, phone_of, prompts, send
from tests.conftest import SECRET
from tests.factories import local


@pytest.fixture
def online(doors: Doors) -> Doors:
    return open_room(doors)


def kept(doors: Doors) -> list[tuple[int, int, Method, datetime]]:
    with doors.app.app_context():
        numbers = {id: number for number, id in doors.attendee_ids.items()}
        rows = db.session.query(Attendance)
        return sorted((numbers[row.attendee_id], row.site_id, row.method, row.first_at) for row in rows)


def differences(doors: Doors) -> list[str]:
    parts = json.loads(doors.app.test_cli_runner().invoke(args=["verify", "--json"]).output)
    return [one for part in parts for one in part["differences"]]


def test_who_enters_stays_and_answers_is_present_and_is_told_why(online, clock, people):
    phone = phone_of(online, 1)
    clock.stop_at(local("07:20"))
    assert "Phòng chờ mở lúc 07:30" in phone.get("/my/online").text
    refused = phone.post("/my/online/enter")
    assert refused.status_code == 409 and "chưa mở" in refused.text
    clock.stop_at(local("07:40"))
    assert send(phone, online, [0]).status_code == 409  # has not entered
    page = phone.get("/my/online")
    assert ROOM not in page.text and "form-action 'self' https:;" in page.headers["Content-Security-Policy"]
    answer = phone.post("/my/online/enter")
    assert (answer.status_code, answer.headers["Location"]) == (303, ROOM)
    told = follow(phone, online, clock, until=local("10:20"), answer=(0, 1))
    assert (told["minutes"], told["of"], told["answered"], told["is_enough"]) == (140, 210, 2, False)
    assert kept(online) == []
    told = follow(phone, online, clock, until=local("10:30"), answer=())
    assert told["is_enough"]
    assert kept(online) == [(1, online.here, Method.ONLINE, local("07:40"))]
    assert "Có mặt trực tuyến" in phone.get("/my/online").text
    clock.stop_at(local("11:40"))
    after = phone.get("/my/online").text
    assert "đã theo dõi 147 trên 210 phút, trả lời 2 trên 3 lần" in after  # a gap of three minutes is no stay
    page = people["organizer"].get("/conferences/NQ12/people/1").text
    assert "trên 210 phút, trả lời 2 trên 3 lần" in page and "vào phòng lúc 07:40" in page
    assert differences(online) == []


def test_minutes_without_answers_and_answers_without_minutes_are_not_enough(online, clock):
    clock.stop_at(local("07:50"))
    silent, brief = phone_of(online, 1), phone_of(online, 2)
    for phone in (silent, brief):
        phone.post("/my/online/enter")
    told = follow(silent, online, clock, until=local("11:30"), answer=())
    assert (told["minutes"], told["answered"], told["is_enough"]) == (210, 0, False)
    for prompt in prompts(online, 2):
        clock.stop_at(prompt.from_at + timedelta(seconds=20))
        assert send(brief, online, [0]).get_json()["prompt"]["number"] == prompt.number
        told = send(brief, online, [0], (prompt.number, 0)).get_json()
    assert (told["answered"], told["is_enough"]) == (3, False)
    assert kept(online) == []


def test_what_was_kept_without_a_line_counts_and_what_is_sent_twice_counts_once(online, clock):
    phone = phone_of(online, 1)
    clock.stop_at(local("08:00"))
    phone.post("/my/online/enter")
    clock.stop_at(local("08:10"))
    ages = [60.0 * minute for minute in range(10)]
    for _ in range(3):
        told = send(phone, online, random.Random(1).sample(ages, len(ages))).get_json()
        assert told["minutes"] == 10
    with online.app.app_context():
        assert db.session.query(OnlineStay).count() == 1
    clock.stop_at(local("09:00"))
    assert send(phone, online, [3000.0, 1200.0, 0]).get_json()["minutes"] == 10  # too old to say, and one alone
    (prompt, *_rest) = prompts(online, 1)
    clock.stop_at(prompt.until_at + timedelta(seconds=30))
    assert send(phone, online, [0], (0, 60)).get_json()["answered"] == 1  # given in time, late on the way
    assert send(phone, online, [0], (0, 60), (1, 0), (7, 0), (-1, 0)).get_json()["answered"] == 1


def signs_of(doors: Doors, number: int, minutes: range) -> list[counting.Signs]:
    attendee = doors.attendee_ids[number]
    moments = [local("08:00") + timedelta(minutes=minute) for minute in minutes]
    given = [(prompt.number, prompt.from_at) for prompt in prompts(doors, number)]
    signs = [counting.Signs(attendee, doors.morning, (moment,)) for moment in moments]
    return signs + [counting.Signs(attendee, doors.morning, (), (answer,)) for answer in given]


def bring(doors: Doors, *portions: list[counting.Signs]) -> None:
    for portion in portions:
        with doors.app.app_context(), transaction():
            counting.receive_signs(portion, keys=key_ring(SECRET), at=local("11:30"))


def evidence(doors: Doors) -> Any:
    with doors.app.app_context():
        return (
            sorted((row.attendee_id, row.from_at, row.until_at) for row in db.session.query(OnlineStay)),
            sorted((row.attendee_id, row.prompt) for row in db.session.query(OnlineAnswer)),
            sorted(
                (row.attendee_id, row.seconds, row.answered, row.is_enough, row.first_at, row.scan_at)
                for row in db.session.query(OnlineFollowing)
            ),
            kept(doors),
        )


def test_any_order_repeats_and_portions_of_evidence_end_alike(online, sized):
    everything = [one for number in (1, 2, 5) for one in signs_of(online, number, range(0, 200 - number * 12, 2))]
    bring(online, everything)
    first = evidence(online)
    assert [row[3] for row in first[2]] == [True, True, False]
    for turn in range(sized(2, 40)):
        chance = random.Random(turn)
        with online.app.app_context(), transaction():
            for table in (OnlineStay, OnlineAnswer, OnlineFollowing):
                db.session.query(table).delete()
            db.session.query(Attendance).delete()
        shuffled = chance.sample(everything, len(everything)) + chance.sample(everything, 20)
        size = chance.randint(5, 60)
        bring(online, *(shuffled[begin : begin + size] for begin in range(0, len(shuffled), size)))
        found = evidence(online)
        assert found[:2] == first[:2]
        assert [row[:5] for row in found[2]] == [row[:5] for row in first[2]]


def test_who_joins_late_by_the_rule_for_online_is_late_everywhere(online, clock, people):
    """The rule says 15 minutes; at the doors it would be 40."""
    with online.app.app_context(), transaction():
        db.session.get_one(Conference, online.conference).late_after_minutes = 40
    bring(online, signs_of(online, 1, range(16, 200, 2)), signs_of(online, 2, range(14, 200, 2)))
    clock.stop_at(local("12:00"))
    with online.app.app_context():
        count = headcount_by_site(online.morning)[online.here]
        assert (count.present, count.late, count.online, count.summoned) == (2, 1, 2, 4)
    organizer = people["organizer"]
    listed = organizer.get("/conferences/NQ12/people?status=online").text
    assert "Đến muộn 08:16, trực tuyến" in listed and "Có mặt 08:14, trực tuyến" in listed
    assert "Nguyễn Thị Ánh" not in organizer.get("/conferences/NQ12/people?status=late").text
    report = organizer.get("/conferences/NQ12/report").text
    assert "Tr. tuyến" in report
    state = json.loads(online.app.test_cli_runner().invoke(args=["export-attendance", "NQ12", "--json"]).output)
    assert [(one["attendee"], one["seconds"] // 60, one["is_enough"]) for one in state["online"]] == [
        (1, 182, True),
        (2, 184, True),
    ]


def test_who_follows_online_sits_in_no_hall(online):
    bring(online, signs_of(online, 1, range(0, 200, 2)))
    online.send(online.item(2), online.item(3))
    with online.app.app_context():
        with transaction():
            study_session = db.session.get_one(StudySession, online.morning)
            count_hall(
                id=uuid4(),
                study_session=study_session,
                site_id=online.here,
                people=2,
                counted_at=None,
                by=SYSTEM,
                at=local("12:00"),
            )
        (compared,) = latest_counts(online.conference)
        assert (compared.people, compared.scanned, compared.difference) == (2, 2, 0)
        assert headcount_by_site(online.morning)[online.here].present == 3


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE online_followings SET seconds = seconds + 600",
        "UPDATE online_stays SET until_at = from_at",
        "DELETE FROM online_answers",
    ],
)
def test_verify_names_what_was_tampered_with(online, tampering):
    bring(online, signs_of(online, 1, range(0, 200, 2)))
    assert differences(online) == []
    with online.app.app_context(), transaction():
        db.session.execute(db.text(tampering))
    assert any("online in session" in one for one in differences(online))


def test_a_new_rule_and_an_ended_permission_count_everybody_anew(online, clock, people):
    bring(online, signs_of(online, 1, range(0, 150, 2)), signs_of(online, 2, range(0, 100, 2)))
    assert [row[0] for row in kept(online)] == [1]
    clock.stop_at(local("12:00"))
    organizer = people["organizer"]
    answer = organizer.post("/conferences/NQ12/online/rule", data={**FORM, "least_minutes": "40", "version": "1"})
    assert answer.status_code == 303
    assert [row[0] for row in kept(online)] == [1, 2]
    again = organizer.post("/conferences/NQ12/online/rule", data={**FORM, "version": "1"})
    assert again.status_code == 409 and 'name="version" value="2"' in again.text
    organizer.post("/conferences/NQ12/online/rule", data={**FORM, "version": "2"})
    assert [row[0] for row in kept(online)] == [1]
    organizer.post("/conferences/NQ12/people/1/online", data={"allowed": "0"})
    assert kept(online) == []
    organizer.post("/conferences/NQ12/people/1/online", data={"allowed": "1"})
    assert [row[0] for row in kept(online)] == [1]
    with online.app.app_context():
        kinds = [row.kind for row in db.session.query(Scan).filter(Scan.method == Method.ONLINE)]
        assert (kinds.count(ItemKind.SCAN), kinds.count(ItemKind.UNDO)) == (3, 2)
        assert db.session.query(Case).count() == 0
    assert differences(online) == []


def test_many_people_in_one_portion_cost_as_many_statements_as_few(online, count_queries):
    def statements(*numbers: int) -> int:
        portion = [one for number in numbers for one in signs_of(online, number, range(0, 20, 2))]
        with count_queries() as asked:
            bring(online, portion)
        return len(asked)

    statements(1, 2, 5)  # each has a row from now on
    assert statements(1) == statements(1, 2, 5)
