"""The pages: who hands out what is kept of a person, who erases it, and what the person sees."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from conference.accounts.models import Account, Grant
from conference.accounts.rules import Right
from conference.accounts.sessions import cookie_name
from conference.accounts.token_actions import make_service_token
from conference.directory.models import Person
from conference.foundation import clock as clock_module
from conference.foundation.actor import SYSTEM, Actor, ActorKind, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.models import StudySession
from conference.privacy import queries, staff, traces
from conference.privacy.rules import Obstacle
from conference.registry.links import link_token
from tests.conftest import SECRET
from tests.factories import make_account, make_attendee, make_conference
from tests.people import prove_origin
from tests.privacy.planted import MOMENT, Planted, address, erase, erase_account, plant


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """What a page says does not depend on the database behind it."""
    return sqlite_app


@pytest.fixture
def planted(db_session: Any, clock: Any, tmp_path: Path) -> Planted:
    clock.stop_at(MOMENT)
    with transaction():
        return plant(tmp_path)


def unpacked(answer: Any) -> tuple[dict[str, Any], list[str]]:
    content = answer.data
    answer.close()  # the server closes the file it was made in
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return json.loads(archive.read("du-lieu.json")), sorted(archive.namelist())


def test_a_person_gets_everything_and_an_officer_hands_out_no_paper(app, planted, people, sign_in) -> None:
    attendee = planted.people[0]
    theirs = {word for word in planted.words if word in _own_words(planted)}
    browser = prove_origin(app.test_client())
    browser.set_cookie(cookie_name_in(app), link_token(SECRET, attendee.id, attendee.link_issue))
    data, files = unpacked(browser.post("/my/data.zip"))
    said = json.dumps(data, ensure_ascii=False)
    assert {word for word in theirs if word not in said} == set()
    assert len(files) == 3
    assert data["conferences"][0]["result"]["mark"] == "7.75"
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, attendee.unit_id)
    data, files = unpacked(officer.post(address(attendee, "data.zip")))
    assert files == ["du-lieu.json"]
    assert not {word for word in planted.words if word.startswith(("Bai", "Nhap", "Nhanxet"))} & {
        word for word in planted.words if word in json.dumps(data)
    }
    elsewhere = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, planted.people[1].unit_id)
    assert elsewhere.post(address(attendee, "data.zip")).status_code == 404
    assert people["leader"].post(address(attendee, "data.zip")).status_code == 403
    everything, files = unpacked(people["organizer"].post(address(attendee, "data.zip")))
    assert len(files) == 3
    taken = [one["actor_kind"] for one in everything["conferences"][0]["looked_at"] if one["action"] == "person.export"]
    assert taken == ["attendee", "account", "account"]


def _own_words(planted: Planted) -> set[str]:
    """Words of the first person that stand in rows of their own, and not in somebody else's about them."""
    kinds = ("Ten", "MA", "Chucvu", "Chucdanh", "Ghe", "thu", "Om", "gui", "Tep", "Bai", "Nhap", "Mien", "Bu", "Gia")
    return {next(word for word in planted.words if word.startswith(f"{kind}qz")) for kind in kinds}


def cookie_name_in(app: Flask) -> str:
    with app.app_context():
        return cookie_name("attendee")


def test_a_wish_is_asked_answered_taken_back_and_carried_out(app, planted, people) -> None:
    attendee = planted.people[0]
    browser = prove_origin(app.test_client())
    browser.set_cookie(cookie_name_in(app), link_token(SECRET, attendee.id, attendee.link_issue))
    assert "Tuchoiqz" in browser.get("/my/data").text
    for _ in range(2):
        assert browser.post("/my/data/erasure").status_code == 303
    assert "Đang chờ Ban Tổ chức" in browser.get("/my/data").text
    assert "1 người yêu cầu xóa dữ liệu cá nhân" in people["organizer"].get("/conferences/NQ12/").text
    waiting = people["organizer"].get("/privacy/").text
    assert attendee.person.full_name in waiting
    assert (
        "Người này yêu cầu xóa dữ liệu" in people["organizer"].get(f"/conferences/NQ12/people/{attendee.number}").text
    )
    refused = people["organizer"].post(address(attendee, "refuse-erasure"), data={"answer": ""})
    assert (refused.status_code, "Mời ghi lý do." in refused.text) == (422, True)
    answer = people["organizer"].post(address(attendee, "refuse-erasure"), data={"answer": "Bài đang được xem lại."})
    assert answer.status_code == 303
    assert "Bài đang được xem lại." in browser.get("/my/data").text
    again = people["organizer"].post(address(attendee, "refuse-erasure"), data={"answer": "Hai lần."})
    assert again.status_code == 409
    browser.post("/my/data/erasure")
    browser.post("/my/data/erasure/take-back")
    assert attendee.person.full_name not in people["organizer"].get("/privacy/").text
    browser.post("/my/data/erasure")
    assert erase(people["organizer"], attendee).status_code == 303
    assert "Không có yêu cầu nào" in people["organizer"].get("/privacy/").text
    assert browser.get("/my/data").status_code == 401
    officer = people["unit_officer"].get("/privacy/")
    assert (officer.status_code, "Yêu cầu xóa đang chờ" in officer.text) == (200, False)


OBSTACLES = {
    Obstacle.UNDER_WAY: ("study_sessions", "ends_at", "2019-03-01 00:00:00"),
    Obstacle.IMPORT_WAITS: ("import_batches", "state", "ready"),
}


def test_who_may_erase_and_what_keeps_a_person(planted, people, sign_in) -> None:
    attendee = planted.people[0]
    for obstacle, (table, column, value) in OBSTACLES.items():
        kept = db.session.execute(text(f"SELECT id, {column} FROM {table}")).all()
        with transaction():
            db.session.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": value})
        assert traces.obstacles_of(attendee.person_id, clock_module.now()) == [obstacle]
        assert erase(people["organizer"], attendee).status_code == 409
        with transaction():
            for id, before in kept:
                db.session.execute(text(f"UPDATE {table} SET {column} = :v WHERE id = :id"), {"v": before, "id": id})
    slip = people["organizer"].post(address(attendee, "erase"), data={"number": "1"})
    assert (slip.status_code, f"Ghi {attendee.number} để xác nhận" in slip.text) == (422, True)
    with transaction():
        elsewhere = make_conference("NQ11", host_unit=planted.book.units[0])
        make_attendee(elsewhere, site=planted.book.sites[0], person=db.session.get_one(Person, attendee.person_id))
        db.session.execute(text("UPDATE conferences SET ends_on = '2018-12-06'"))
    of_one = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, attendee.conference_id)
    assert erase(of_one, attendee).status_code == 403
    assert [erase(people[role], attendee).status_code for role in ("leader", "unit_officer", "nobody")] == [
        403,
        403,
        401,
    ]
    assert erase(people["admin"], attendee).status_code == 303
    assert erase(people["admin"], attendee).status_code == 409
    assert (
        db.session.scalars(select(Person.full_name).where(Person.id == attendee.person_id)).one().startswith("Đã xóa")
    )


def test_the_pages_of_the_database_are_rewritten_once_no_door_is_open(planted) -> None:
    until = db.session.scalars(select(StudySession.ends_at)).one()
    for at, expected in (
        (until - timedelta(hours=1), until),
        (until + timedelta(minutes=1), until + timedelta(minutes=1)),
        (until - timedelta(days=1), until - timedelta(days=1)),
    ):
        assert queries.doors_are_closed_from(at) == expected


def test_an_account_of_the_staff_is_erased_at_its_owners_wish(planted, people, sign_in) -> None:
    account = db.session.get_one(Account, planted.account_id)
    theirs, page = sign_in(account=account), f"/accounts/{account.id}/erase"
    assert theirs.get("/account").status_code == 200
    assert [people[role].get(page).status_code for role in ("organizer", "site_host", "nobody")] == [403, 403, 302]
    slip = people["admin"].post(page, data={"login": "x"})
    assert (slip.status_code, f"Ghi {planted.login} để xác nhận" in slip.text) == (422, True)
    with transaction():
        maker = Actor(ActorKind.ACCOUNT, account.id)
        _token, secret = make_service_token(
            label="Báo cáo", rights=[Right.UNITS], conference_id=None, by=maker, at=MOMENT
        )
    program, asked = people["nobody"], {"Authorization": f"Bearer {secret}"}
    assert program.get("/api/v1/units", headers=asked).status_code == 200
    assert erase_account(people["admin"], planted).status_code == 303
    assert theirs.get("/account").status_code == 302
    assert program.get("/api/v1/units", headers=asked).status_code == 401
    shown = people["admin"].get(f"/accounts/{account.id}").text
    assert f"Tài khoản đã xóa {account.id}" in shown
    assert "Mở lại tài khoản" not in shown
    for way in ("enable", "renew", "erase"):
        assert (
            people["admin"].post(f"/accounts/{account.id}/{way}", data={"login": f"xoa-{account.id}"}).status_code
            == 409
        )
    assert f"Tài khoản đã xóa {account.id}" in people["admin"].get("/journal/?action=account.sign_in").text


def test_the_last_administrator_is_not_erased(people, db_session) -> None:
    browser = people["admin"]
    admin = db_session.scalars(select(Account).join(Grant).where(Grant.role == Role.ADMIN)).one()
    assert browser.post(f"/accounts/{admin.id}/erase", data={"login": admin.login}).status_code == 409
    with transaction():
        other = make_account(Role.ADMIN, login="quan.tri.hai")
    assert browser.post(f"/accounts/{other.id}/erase", data={"login": other.login}).status_code == 303
    with pytest.raises(DomainError, match="last_admin"), transaction():
        staff.erase_account(account=db_session.get_one(Account, admin.id), secret=SECRET, by=SYSTEM, at=MOMENT)
