"""Devices without an account: one-time links, what a device may open, sealed names, and who looks after it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.checkin import actions, device_queries, enrolling
from conference.checkin.device_rules import link_token, read_link_token
from conference.checkin.models import Device, EnrolmentLink
from conference.checkin.queries import token_hash
from conference.checkin.sealing import roster_key, seal_people
from conference.foundation import clock as clocks
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import run_all
from conference.foundation.journal import JournalEntry
from conference.foundation.paging import Ask
from conference.planning.models import Conference, ConferenceState, StudySession
from tests.checkin.conftest import NAMES, Doors
from tests.conftest import SECRET
from tests.factories import local
from tests.people import prove_origin
from tests.services.printed import PrintedPage, pages

TOKEN = "t" * 43


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """What the database settles is asked of both in test_device_rows."""
    return sqlite_app


@pytest.fixture
def phone(doors: Doors) -> FlaskClient:
    """A browser that nobody is signed in on; its scripts ask for JSON."""
    return a_phone(doors)


def a_phone(doors: Doors) -> FlaskClient:
    client = prove_origin(doors.app.test_client())
    client.environ_base["HTTP_ACCEPT"] = "application/json"
    return client


def new_link(doors: Doors, site: int | None = None) -> str:
    """The token of a new link, as its QR code carries it."""
    with doors.app.app_context(), transaction():
        conference = db.session.get_one(Conference, doors.conference)
        link = enrolling.make_link(conference=conference, site_id=site or doors.here, by=SYSTEM, at=clocks.now())
        return link_token(SECRET, link.id)


def link_row(doors: Doors) -> tuple[Any, ...]:
    with doors.app.app_context():
        link = db.session.scalars(select(EnrolmentLink)).one()
        return link.used_at, link.device_id


def enrol(phone: FlaskClient, link: str, token: str = TOKEN) -> Any:
    return phone.post("/door/enrol", data={"link": link, "token": token})


# ---- one-time links


def test_a_phone_without_an_account_becomes_a_device_of_one_door(doors: Doors, phone: FlaskClient) -> None:
    link = new_link(doors)
    shown = phone.post("/door/enrol/site", data={"link": f"http://127.0.0.1:8000/door/enrol#{link}"}).get_json()
    assert (shown["site"], shown["day"]) == ("Yên Thành", "06/12/2018")
    answer = enrol(phone, link).get_json()
    assert answer["door"] == f"/door/{doors.code}/{doors.here}"
    assert answer["key"] == f"{doors.conference}:{doors.here}"
    (counted,) = doors.send(doors.item(1), token=TOKEN)["items"]
    assert counted["verdict"] == "accepted"
    page = phone.get(answer["door"]).get_data(as_text=True)  # by its cookie: nobody is signed in here
    assert "Yên Thành" in page
    assert "Đăng xuất" not in page
    assert "Khóa điểm danh" not in page
    assert phone.get("/door/").location == answer["door"]
    assert phone.get(f"/door/{doors.code}/{doors.there}").status_code == 404
    assert phone.get(f"/door/{doors.code}/{doors.here}/{doors.morning}/closing").status_code == 401
    with doors.app.app_context():
        device = db.session.get_one(Device, answer["device"])
        assert (device.site_id, device.conference_id, device.enrolled_by) == (doors.here, doors.conference, None)


def test_a_phone_enrolled_at_a_second_door_keeps_the_first(doors: Doors, phone: FlaskClient) -> None:
    first = enrol(phone, new_link(doors)).get_json()["door"]
    second = enrol(phone, new_link(doors, doors.there), token="u" * 43).get_json()["door"]
    pages = {door: phone.get(door).get_data(as_text=True) for door in (first, second)}
    assert "Điểm danh · Yên Thành" in pages[first]
    assert "Điểm danh · Đô Lương" in pages[second]
    choice = phone.get("/door/").get_data(as_text=True)
    assert choice.index(f'href="{second}"') < choice.index(f'href="{first}"'), "the latest comes first"
    again = enrol(phone, new_link(doors), token="v" * 43).get_json()["door"]  # at the first door once more
    assert again == first
    assert phone.get("/door/").get_data(as_text=True).count(f'href="{first}"') == 1
    for token, number in ((TOKEN, 1), ("u" * 43, 5), ("v" * 43, 2)):
        (answer,) = doors.send(doors.item(number), token=token)["items"]
        assert (answer["verdict"], answer["counts"]) == ("accepted", True)


def test_the_cookie_of_an_earlier_release_still_opens_its_door(doors: Doors, phone: FlaskClient) -> None:
    door = enrol(phone, new_link(doors)).get_json()["door"]
    phone.delete_cookie(f"door-{doors.code}-{doors.here}")
    assert phone.get(door).status_code == 401
    phone.set_cookie("door", TOKEN)
    assert phone.get(door).status_code == 200
    assert phone.get("/door/").location == door


def test_looking_at_a_link_uses_nothing_up(doors: Doors, phone: FlaskClient) -> None:
    """T13: mail programs, previews and curious people fetch; only the button enrols."""
    link = new_link(doors)
    for _ in range(3):
        assert phone.get("/door/enrol").status_code == 200
        assert phone.get(f"/door/enrol?link={link}").status_code == 200
        assert phone.post("/door/enrol/site", data={"link": link}).status_code == 200
    assert link_row(doors) == (None, None)
    assert enrol(phone, link).status_code == 200


def test_a_device_that_was_ended_is_not_let_in_again_by_its_link(doors: Doors, phone: FlaskClient) -> None:
    link = new_link(doors)
    device_id = enrol(phone, link).get_json()["device"]
    end(doors, device_id)
    assert enrol(phone, link).get_json()["error"] == "enrol_link_used"


@pytest.mark.parametrize(
    ("spoil", "error"),
    [("revoke", "enrol_link_over"), ("wait", "enrol_link_over"), ("close", "enrol_link_over")],
)
def test_a_link_that_is_over_enrols_nobody(
    doors: Doors, phone: FlaskClient, clock: Any, spoil: str, error: str
) -> None:
    link = new_link(doors)
    if spoil == "wait":
        clock.move(days=3)
    with doors.app.app_context(), transaction():
        row = db.session.scalars(select(EnrolmentLink)).one()
        if spoil == "revoke":
            enrolling.revoke_link(link=row, by=SYSTEM, at=clocks.now())
        if spoil == "close":
            db.session.get_one(Conference, doors.conference).state = ConferenceState.CLOSED
    for answer in (enrol(phone, link), phone.post("/door/enrol/site", data={"link": link})):
        assert (answer.status_code, answer.get_json()["error"]) == (410, error)
    assert link_row(doors) == (None, None)


@pytest.mark.parametrize("link", ["", "x", "1.aaaaaaaaaaaaaaaaaaaaaa", "https://hoinghi.example/", "\x00", "f" * 300])
def test_what_is_no_link_of_ours_is_refused_in_words(doors: Doors, phone: FlaskClient, link: str) -> None:
    answer = enrol(phone, link)
    assert (answer.status_code, answer.get_json()["error"]) == (404, "enrol_link_unknown")
    assert "Mời đồng chí" in answer.get_json()["message"]


@pytest.mark.parametrize("token", ["", "short", "ư" * 43, "a" * 65])
def test_a_device_brings_a_token_that_nobody_guesses(doors: Doors, phone: FlaskClient, token: str) -> None:
    answer = enrol(phone, new_link(doors), token)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "enrol_token_weak")
    assert link_row(doors) == (None, None)


@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1), st.text(max_size=40))
def test_a_links_token_names_its_link_and_no_other(one: int, other: int, noise: str) -> None:
    token = link_token(SECRET, one)
    assert read_link_token(SECRET, token) == one
    assert read_link_token(SECRET, f" https://hoinghi.example/door/enrol#{token}\n") == one
    assert read_link_token("another secret", token) is None
    assert read_link_token(SECRET, noise) is None
    if one != other:
        assert read_link_token(SECRET, f"{other:x}.{token.partition('.')[2]}") is None


# ---- who makes links


@pytest.fixture
def host(doors: Doors, sign_in: Any) -> FlaskClient:
    return sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)


def test_a_host_makes_and_revokes_links_of_the_own_site(doors: Doors, host: FlaskClient) -> None:
    address = f"/conferences/{doors.code}/enrolment/{doors.here}"
    assert host.post(address).status_code == 303
    page = host.get(address).get_data(as_text=True)
    with doors.app.app_context():
        link = db.session.scalars(select(EnrolmentLink)).one()
        assert f"/door/enrol#{link_token(SECRET, link.id)}" in page
        assert link.expires_at == local("07:40") + timedelta(days=1)
    listed = host.get(f"/conferences/{doors.code}/enrolment").get_data(as_text=True)
    assert "Yên Thành" in listed
    assert "Đô Lương" not in listed
    assert host.post(f"/conferences/{doors.code}/enrolment/{doors.there}").status_code == 404
    assert host.post(f"/conferences/{doors.code}/enrolment").status_code == 403  # the sheet of all sites
    assert host.post(f"{address}/{link.id}/revocation").status_code == 303
    page = host.get(address).get_data(as_text=True)
    assert "/door/enrol#" not in page
    assert "Đã thu hồi" in page
    with doors.app.app_context():
        actions_noted = db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all()
        assert actions_noted[-2:] == ["enrolment_link.make", "enrolment_link.revoke"]


def test_no_link_is_made_before_the_conference_is_published(doors: Doors, people: Any) -> None:
    with doors.app.app_context(), transaction():
        db.session.get_one(Conference, doors.conference).state = ConferenceState.DRAFT
    client = people["organizer"]
    assert client.post(f"/conferences/{doors.code}/enrolment/{doors.here}").status_code == 409
    assert client.post(f"/conferences/{doors.code}/enrolment").status_code == 409
    assert "chưa công bố" in client.get(f"/conferences/{doors.code}/enrolment").get_data(as_text=True)


def test_the_sheet_has_half_a_page_for_each_site_and_printing_again_makes_no_further_links(
    doors: Doors, people: Any
) -> None:
    client, address = people["organizer"], f"/conferences/{doors.code}/enrolment"
    assert client.get(f"{address}.pdf").status_code == 404
    for _ in range(2):
        assert client.post(address).status_code == 303
        with doors.app.app_context():
            run_all()
    page = printed(client, f"{address}.pdf")
    assert "Yên Thành" in page.text
    assert "Đô Lương" in page.text
    with doors.app.app_context():
        links = db.session.scalars(select(EnrolmentLink).order_by(EnrolmentLink.id)).all()
        assert [link.site_id for link in links] == [doors.here, doors.there]
        addresses = [f"http://127.0.0.1:8000/door/enrol#{link_token(SECRET, link.id)}" for link in links]
        assert [code.text for code in page.codes] == addresses
        assert page.by_zbar == set(addresses)
        assert db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all()[-1] == (
            "enrolment_link.export"
        )
    assert client.post(address, data={"sites": [str(doors.there)]}).status_code == 303
    with doors.app.app_context():
        run_all()
    page = printed(client, f"{address}.pdf")
    assert "Yên Thành" not in page.text
    assert [code.text for code in page.codes] == addresses[1:]


def printed(client: FlaskClient, address: str) -> PrintedPage:
    """The only page of the PDF at this address."""
    with client.get(address) as answer:
        (page,) = pages(answer.get_data())
    return page


def test_the_list_of_sites_asks_as_often_for_one_as_for_many(doors: Doors, count_queries: Any) -> None:
    counts = []
    with doors.app.app_context():
        for own in (None, frozenset({doors.here}), None):  # the first also opens the connection
            with count_queries() as statements:
                device_queries.sites_page(doors.conference, own, Ask(), clocks.now())
                device_queries.devices_page(doors.conference, own, Ask(), clocks.now())
            counts.append(len(statements))
    assert counts[1] == counts[2]


# ---- role loss (A2, T5)


def end(doors: Doors, device_id: int) -> None:
    with doors.app.app_context(), transaction():
        actions.revoke_device(device=db.session.get_one(Device, device_id), by=SYSTEM, at=clocks.now())


def test_an_ended_device_learns_nothing_at_its_next_contact_and_its_scans_still_count_flagged(
    doors: Doors, phone: FlaskClient, clock: Any
) -> None:
    device_id = enrol(phone, new_link(doors)).get_json()["device"]
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert phone.get("/api/v1/door", headers=bearer).status_code == 200
    held = doors.item(1, verdict_shown="accepted")  # read before it was ended
    end(doors, device_id)
    for path in ("/api/v1/door", "/api/v1/door/changes"):
        answer = doors.app.test_client().get(path, headers=bearer)
        assert (answer.status_code, answer.get_json()["error"]) == (401, "device_ended")
        assert not any(name in answer.get_data(as_text=True) for name in NAMES)
    told = doors.send(held, token=TOKEN, cursor="0")
    assert told["items"][0]["counts"] is True
    assert (told["changes"], told["headcounts"], told["cursor"]) == ([], [], None)
    page = phone.get(f"/door/{doors.code}/{doors.here}")  # so that what it holds can be delivered
    assert page.status_code == 200
    clock.move(days=31)
    assert phone.get(f"/door/{doors.code}/{doors.here}").status_code == 404
    assert doors.ask(doors.item(2), token=TOKEN).status_code == 401


def test_a_cookie_opens_pages_and_changes_nothing(doors: Doors, phone: FlaskClient) -> None:
    enrol(phone, new_link(doors))
    assert phone.post("/api/v1/scans", json={"items": [doors.item(1)]}).status_code == 401
    assert phone.post("/api/v1/door/report", json={"queue": 1}).status_code == 401
    assert phone.post(f"/door/{doors.code}/{doors.here}/key", data={"device": "1"}).status_code == 401


def test_an_account_that_may_not_count_here_gets_no_key(doors: Doors, host: FlaskClient) -> None:
    address = f"/door/{doors.code}/{doors.here}/key"
    own = host.post(f"/door/{doors.code}/{doors.here}/device").get_json()
    assert host.post(address, data={"device": own["device"]}).get_json() == {"roster_key": own["roster_key"]}
    for device in ("3", "999", "", "x"):  # of the other site, of none, and no number at all
        assert host.post(address, data={"device": device}).status_code == 404
    assert host.post(f"/door/{doors.code}/{doors.there}/key", data={"device": "3"}).status_code == 404
    end(doors, own["device"])
    assert host.post(address, data={"device": own["device"]}).status_code == 404


# ---- names (T4)


def opened(sealed: str, key: bytes, bound_to: bytes) -> bytes:
    raw = base64.b64decode(sealed)
    return AESGCM(key).decrypt(raw[:12], raw[12:], bound_to)


def own_key(ticket: str, salt: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, base64.b64decode(salt), b"diem-cau record").derive(ticket.encode())


def test_a_roster_tells_no_name_and_each_opens_by_its_own_ticket_alone(doors: Doors) -> None:
    bearer = {"Authorization": f"Bearer {doors.token_here}"}
    first, second = (doors.app.test_client().get("/api/v1/door", headers=bearer) for _ in range(2))
    text = first.get_data(as_text=True)
    assert not [word for word in (*NAMES, "Chủ tịch", "Liên đoàn", '"C1"') if word in text]
    roster = first.get_json()
    assert sorted(roster_numbers(roster)) == doors.numbers_here
    for line in roster["people"]:
        number = line["number"]
        bound_to = str(number).encode()
        record = json.loads(opened(line["sealed"], own_key(doors.tickets[number], roster["salt"]), bound_to))
        assert record == {
            "name": NAMES[number - 1],
            "position": "Chủ tịch",
            "unit": "Liên đoàn Lao động huyện Yên Thành",
            "seat": f"C{number}",
        }
        for other in set(roster_numbers(roster)) - {number}:
            with pytest.raises(InvalidTag):
                opened(line["sealed"], own_key(doors.tickets[other], roster["salt"]), bound_to)
    assert roster["salt"] != second.get_json()["salt"]
    assert first.headers["ETag"] == second.headers["ETag"]  # nothing new, whatever the salt
    asked = doors.app.test_client().get("/api/v1/door", headers=bearer | {"If-None-Match": first.headers["ETag"]})
    assert (asked.status_code, asked.get_data()) == (304, b"")


def test_a_door_that_is_closed_for_good_takes_the_names_off_its_devices(doors: Doors, clock: Any) -> None:
    clock.stop_at(local("17:30"))
    bearer = {"Authorization": f"Bearer {doors.token_here}"}
    sealed = []
    for session in (doors.morning, doors.afternoon):
        with doors.app.app_context(), transaction():
            actions.close_site(
                study_session=db.session.get_one(StudySession, session), site_id=doors.here, by=SYSTEM, at=clocks.now()
            )
        roster = doors.app.test_client().get("/api/v1/door", headers=bearer).get_json()
        assert sorted(roster_numbers(roster)) == doors.numbers_here
        sealed.append([line["sealed"] is not None for line in roster["people"]])
        key = roster_key(SECRET, token_hash(doors.token_here))
        assert len(opened(roster["record_keys"], key, base64.b64decode(roster["salt"]))) == 32 * sum(sealed[-1])
    assert sealed == [[True] * 4, [False] * 4]  # the afternoon still needed them


def roster_numbers(roster: dict[str, Any]) -> list[int]:
    return [line["number"] for line in roster["people"]]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "number": st.integers(1, 2**31 - 1),
                "name": st.text(min_size=1),
                "position": st.text(),
                "unit": st.text(),
                "seat": st.none() | st.text(),
                "withdrawn": st.booleans(),
            }
        ),
        unique_by=lambda one: one["number"],
        max_size=6,
    ),
    st.data(),
)
def test_the_roster_key_of_a_device_opens_everybody_and_that_of_another_nobody(
    people: list[dict[str, Any]], data: st.DataObject
) -> None:
    tickets = {one["number"]: str(one["number"]) * 3 for one in people if data.draw(st.booleans())}
    key = roster_key(SECRET, "hash of a token")
    lines, opening = seal_people(people, tickets, key)
    salt = base64.b64decode(opening["salt"])
    keys = opened(opening["record_keys"], key, salt)
    for place, (person, line) in enumerate(zip(people, lines, strict=True)):
        record = opened(line["sealed"], keys[32 * place : 32 * place + 32], str(person["number"]).encode())
        assert json.loads(record) | {"number": line["number"], "withdrawn": line["withdrawn"]} == person
        assert set(line) == {"number", "withdrawn", "sealed"}
    with pytest.raises(InvalidTag):
        opened(opening["record_keys"], roster_key(SECRET, "of another"), salt)


# ---- who looks after them


def test_a_device_is_let_in_as_long_as_there_is_room(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolling, "MOST_DEVICES", 2)
    with doors.app.app_context(), pytest.raises(DomainError, match="door_too_many_devices"):
        enrolling.require_room(doors.conference, doors.here)


def test_a_sites_page_shows_its_devices_to_those_who_look_after_them(
    doors: Doors, host: FlaskClient, sign_in: Any
) -> None:
    address = f"/conferences/{doors.code}/sites/{doors.here}"
    page = host.get(address).get_data(as_text=True)
    assert page.count("Cửa chính") == 1
    assert f"/enrolment/{doors.here}" in page
    officer = sign_in(Role.UNIT_OFFICER).get(address).get_data(as_text=True)
    assert "Cửa chính" not in officer
