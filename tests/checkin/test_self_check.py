"""Self check-in by the code of a site: who is counted, when, by what, and how a host takes it back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from conference.accounts.sessions import cookie_name
from conference.checkin.actions import revoke_device
from conference.checkin.models import Attendance, Device, Scan
from conference.checkin.rules import Method
from conference.checkin.self_check import rules
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.planning.models import Conference
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.sites.models import Hall
from tests.checkin.conftest import Doors
from tests.conftest import SECRET
from tests.factories import local
from tests.people import prove_origin


@given(st.text(min_size=1, max_size=12), st.integers(1, 400), st.integers(1, 20), st.integers(0, 10**7))
def test_a_code_is_good_in_its_own_half_minute_and_the_next_and_at_its_own_site(secret, site, session, seconds):
    at = local("07:00") + timedelta(seconds=seconds)
    code = rules.code_of(secret, site=site, study_session=session, step=rules.step_of(at))
    assert len(code) == rules.CODE_DIGITS and code.isdigit()
    begun = at - timedelta(seconds=rules.STEP_SECONDS - rules.seconds_left(at))
    ages = (0, 29, 30, 59, 60, 90)
    good = [
        rules.is_current(secret, code, site=site, study_session=session, at=begun + timedelta(seconds=age))
        for age in ages
    ]
    assert good[:4] == [True] * 4
    drawn_again = code in [
        rules.code_of(secret, site=site, study_session=session, step=rules.step_of(begun) + step) for step in (1, 2, 3)
    ]
    assert drawn_again or good[4:] == [False, False]


@given(st.integers(1, 10**6), st.integers(1, 400), st.integers(1, 20), st.integers(-300, 600), st.text(max_size=20))
def test_a_pass_is_good_for_its_person_and_three_minutes(attendee, site, session, age, noise):
    made_at = local("07:30")
    one = rules.Pass(attendee, site, session)
    text = rules.pass_text(SECRET, one, at=made_at)
    at = made_at + timedelta(seconds=age)
    assert rules.read_pass(SECRET, text, attendee=attendee, at=at) == (one if 0 <= age <= 180 else None)
    assert rules.read_pass(SECRET, text, attendee=attendee + 1, at=made_at) is None
    assert rules.read_pass("another secret", text, attendee=attendee, at=made_at) is None
    assert rules.read_pass(SECRET, noise, attendee=attendee, at=made_at) is None


# ---- on real parts: how scans are kept is asked on both databases elsewhere


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def allowed(doors: Doors) -> Doors:
    """The two doors, at 07:40, with self check-in allowed."""
    allow(doors, True)
    return doors


def allow(doors: Doors, allowed: bool) -> None:
    with doors.app.app_context(), transaction():
        db.session.get_one(Conference, doors.conference).self_check_in = allowed


def phone_of(doors: Doors, number: int) -> FlaskClient:
    """The phone on which this person's personal link was opened."""
    client = prove_origin(doors.app.test_client())
    with doors.app.app_context():
        client.set_cookie(cookie_name("attendee"), link_token(SECRET, doors.attendee_ids[number], 1))
    return client


def digits(doors: Doors, at, site: int | None = None) -> str:
    return rules.code_of(SECRET, site=site or doors.here, study_session=doors.morning, step=rules.step_of(at))


def kept(doors: Doors) -> list[tuple[int, int, Method]]:
    with doors.app.app_context():
        rows = db.session.query(Attendance, Attendee.number).join(Attendee, Attendee.id == Attendance.attendee_id)
        return sorted((number, row.site_id, row.method) for row, number in rows)


def test_typed_digits_count_a_person_at_home_once(allowed, clock):
    phone = phone_of(allowed, 1)
    now = clock.stop_at(local("07:41"))
    code = digits(allowed, now)
    answer = phone.post("/my/here", data={"digits": f"{code[:3]} {code[3:]}"}, follow_redirects=True)
    assert "Có mặt lúc 07:41" in answer.text
    phone.post("/my/here", data={"digits": code})
    assert kept(allowed) == [(1, allowed.here, Method.SELF)]
    with allowed.app.app_context():
        assert db.session.query(Scan).count() == 1
    assert "Có mặt lúc 07:41 tại Yên Thành" in phone.get("/my/").text


def test_a_scanned_screen_asks_for_one_tap_and_waits_for_it_three_minutes(allowed, clock):
    phone = phone_of(allowed, 2)
    now = clock.stop_at(local("07:41"))
    address = f"/here/{allowed.here}/{allowed.morning}/{digits(allowed, now)}"
    assert "Mời mở đường dẫn cá nhân trước" in allowed.app.test_client().get(address).text
    page = phone.get(address).text
    assert kept(allowed) == []
    ticket = page.split('name="pass" value="')[1].split('"')[0]
    clock.move(minutes=4)
    assert phone.post("/my/here", data={"pass": ticket}).status_code == 422
    clock.stop_at(now + timedelta(minutes=2))
    assert phone_of(allowed, 3).post("/my/here", data={"pass": ticket}).status_code == 422
    phone.post("/my/here", data={"pass": ticket})
    assert kept(allowed) == [(2, allowed.here, Method.SELF)]


@pytest.mark.parametrize(
    ("hour", "status", "says"),
    [
        ("07:14", 409, "Tự điểm danh mở lúc 07:15"),
        ("07:15", 303, None),
        ("08:20", 303, None),
        ("11:31", 409, None),
    ],
)
def test_it_keeps_to_the_hours_of_the_door(allowed, clock, hour, status, says):
    now = clock.stop_at(local(hour))
    code = digits(allowed, now)
    form = {"digits": code}
    if hour == "11:31":  # the morning is over, and the afternoon has a code of its own
        code = rules.code_of(SECRET, site=allowed.here, study_session=allowed.afternoon, step=rules.step_of(now))
        form = {"digits": code}
    answer = phone_of(allowed, 1).post("/my/here", data=form)
    assert answer.status_code == status
    assert says is None or says in answer.text
    assert kept(allowed) == ([(1, allowed.here, Method.SELF)] if status == 303 else [])


def test_a_guest_is_asked_and_needs_a_free_seat(allowed, clock):
    now = clock.stop_at(local("07:41"))
    form = {"digits": digits(allowed, now), "site": str(allowed.here)}
    with allowed.app.app_context(), transaction():
        db.session.query(Hall).filter_by(site_id=allowed.here).update({"capacity": 5})
    first, second = phone_of(allowed, 5), phone_of(allowed, 6)
    page = first.post("/my/here", data=form).text
    assert "còn 1 chỗ trống" in page and kept(allowed) == []
    passed = page.split('name="pass" value="')[1].split('"')[0]
    first.post("/my/here", data={"pass": passed})  # without saying "as a guest": asked again
    assert kept(allowed) == []
    first.post("/my/here", data={"pass": passed, "guest": "1"})
    assert kept(allowed) == [(5, allowed.here, Method.SELF)]
    refused = second.post("/my/here", data=form)
    assert refused.status_code == 409 and "không còn chỗ" in refused.text


def test_who_guesses_is_stopped_and_nobody_else(allowed, clock):
    now = clock.stop_at(local("07:41"))
    phone, good = phone_of(allowed, 1), digits(allowed, now)
    wrong = "000000" if good != "000000" else "000001"
    answers = [phone.post("/my/here", data={"digits": wrong}).status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert phone.post("/my/here", data={"digits": good}).status_code == 429
    assert phone_of(allowed, 2).post("/my/here", data={"digits": good}).status_code == 303


def test_nothing_is_there_where_the_conference_does_not_allow_it(doors, clock, people):
    now = clock.stop_at(local("07:41"))
    phone = phone_of(doors, 1)
    host = people["organizer"]
    asked = [
        phone.get("/my/here"),
        phone.post("/my/here", data={"digits": digits(doors, now)}),
        phone.get(f"/here/{doors.here}/{doors.morning}/{digits(doors, now)}"),
        host.get(f"/door/NQ12/{doors.here}/{doors.morning}/self"),
    ]
    assert [answer.status_code for answer in asked] == [404] * 4
    assert "/my/here" not in phone.get("/my/").text
    assert kept(doors) == []


def test_the_host_shows_the_code_sees_the_names_and_takes_one_back(allowed, clock, sign_in):
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, allowed.here)
    elsewhere = sign_in(Role.SITE_HOST, ScopeKind.SITE, allowed.there)
    now = clock.stop_at(local("07:41"))
    door = f"/door/NQ12/{allowed.here}/{allowed.morning}/self"
    shown = host.get(f"{door}.json").get_json()
    assert (shown["digits"], shown["present"], shown["called"]) == (digits(allowed, now), 0, 4)
    phone = phone_of(allowed, 1)
    phone.post("/my/here", data={"digits": shown["digits"]})
    assert host.get(f"{door}.json").get_json()["present"] == 1
    assert "Đặng Hữu Phước" not in host.get(door).text  # a hall reads it
    page = host.get(f"{door}/people").text
    assert "Đặng Hữu Phước" in page
    undo = re.search(r'action="([^"]+/undo)"', page)[1]
    assert elsewhere.post(undo).status_code == 404
    assert kept(allowed) == [(1, allowed.here, Method.SELF)]
    for _ in range(2):
        assert host.post(undo).status_code == 303
    assert kept(allowed) == []
    with allowed.app.app_context():
        assert db.session.query(Scan).count() == 2
    again = phone.post("/my/here", data={"digits": shown["digits"]})
    assert again.status_code == 409 and "đã hủy lượt tự điểm danh" in again.text
    assert allowed.send(allowed.item(1))["items"][0]["verdict"] == "accepted"  # the door may


def test_an_ended_device_of_a_site_ends_self_check_in_there(allowed, clock, people):
    now = clock.stop_at(local("07:41"))
    phone_of(allowed, 1).post("/my/here", data={"digits": digits(allowed, now)})
    organizer = people["organizer"]
    with allowed.app.app_context():
        device = db.session.query(Scan.device_id).scalar()
    organizer.post(f"/conferences/NQ12/devices/{device}/revocation")
    answer = phone_of(allowed, 2).post("/my/here", data={"digits": digits(allowed, now)})
    assert answer.status_code == 409 and "đã dừng" in answer.text
    assert organizer.get(f"/door/NQ12/{allowed.here}/{allowed.morning}/self.json").get_json()["digits"] is None


def test_the_plan_says_whether_it_is_allowed(doors, people):
    organizer = people["organizer"]
    form = {
        "title": "Hội nghị học tập", "kind": "study", "mode": "online", "host_unit": "", "starts_on": "06/12/2018",
        "ends_on": "06/12/2018", "opens_before_minutes": "45", "late_after_minutes": "15", "target_rate": "95",
    }  # fmt: skip
    with doors.app.app_context():
        conference = db.session.get_one(Conference, doors.conference)
        form["host_unit"] = db.session.execute(db.text("SELECT code FROM units ORDER BY id")).scalars().all()[-1]
        assert conference.self_check_in is False
    for version, sent, stands in ((1, {"self_check_in": "1"}, True), (2, {}, False)):
        answer = organizer.post("/conferences/NQ12/edit", data={**form, **sent, "version": str(version)})
        assert answer.status_code == 302, answer.text
        with doors.app.app_context():
            assert db.session.get_one(Conference, doors.conference).self_check_in is stands


def test_a_phone_without_an_account_shows_the_code_while_it_is_in_use(allowed, clock):
    now = clock.stop_at(local("07:41"))
    phone = allowed.app.test_client()
    phone.set_cookie(f"door-{allowed.code}-{allowed.here}", allowed.token_here)
    address = f"/door/{allowed.code}/{allowed.here}/{allowed.morning}/self"
    page = phone.get(address)
    assert page.status_code == 200 and "Xem tên" not in page.text
    assert phone.get(f"{address}.json").get_json()["digits"] == digits(allowed, now)
    assert phone.get(address.replace(f"/{allowed.here}/", f"/{allowed.there}/")).status_code == 404
    assert phone.get(f"{address}/people").location.startswith("/sign-in"), "names need an account"
    with allowed.app.app_context(), transaction():
        device = db.session.query(Device).filter_by(label="Cửa chính", site_id=allowed.here).one()
        revoke_device(device=device, by=SYSTEM, at=now)
    assert phone.get(f"{address}.json").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("host", 303), ("organizer", 303), ("scanner", 403), ("elsewhere", 404)])
def test_its_host_or_the_organizer_stops_a_site_and_lets_it_go_on(allowed, clock, people, sign_in, who, status):
    now = clock.stop_at(local("07:41"))
    if who != "organizer":
        role = Role.SCANNER if who == "scanner" else Role.SITE_HOST
        people[who] = sign_in(role, ScopeKind.SITE, allowed.there if who == "elsewhere" else allowed.here)
    site = f"/door/{allowed.code}/{allowed.here}"
    phone, code = phone_of(allowed, 1), digits(allowed, now)
    assert people[who].post(f"{site}/self/stop", data={"next": f"{site}/x"}).status_code == status
    screen = people["organizer"].get(f"{site}/{allowed.morning}/self.json").get_json()
    answer = phone.post("/my/here", data={"digits": code})
    if status != 303:
        assert screen["digits"] == code and kept(allowed) == [(1, allowed.here, Method.SELF)]
        return
    assert "đã dừng" in screen["says"] and "đã dừng" in answer.text and kept(allowed) == []
    elsewhere = people["organizer"].get(f"/door/{allowed.code}/{allowed.there}/{allowed.morning}/self.json").get_json()
    assert elsewhere["digits"] == digits(allowed, now, allowed.there), "another site goes on"
    for _ in range(2):
        assert people[who].post(f"{site}/self/resume", data={"next": "https://else.example"}).location == "/"
    phone.post("/my/here", data={"digits": code})
    assert kept(allowed) == [(1, allowed.here, Method.SELF)]
    with allowed.app.app_context():
        noted = [entry.action for entry in db.session.query(JournalEntry).order_by(JournalEntry.id)]
        assert [action for action in noted if action in ("device.revoke", "self_check_in.resume")] == [
            "device.revoke",
            "self_check_in.resume",
        ]
