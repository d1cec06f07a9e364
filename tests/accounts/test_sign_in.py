"""Signing in: passwords, second factor, one-time links, limits, and ending sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from conference.accounts import actions, rules
from conference.accounts.models import Account, AccountSession
from conference.foundation.actor import SYSTEM, Role
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from tests.factories import make_account
from tests.people import prove_origin

GOOD = "mưa rơi trên mái hiên"
EASY = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(GOOD)
"""How long a password takes to compare stands in its hash; a journey signs in with a hash of the product's own."""
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def at_nine(clock):
    clock.stop_at(NOW)
    return clock


@pytest.fixture
def browser(app):
    return lambda: prove_origin(app.test_client())


@pytest.fixture
def leader(db_session):
    account = make_account(Role.LEADER, login="lanh.dao", password_hash=EASY)
    db_session.commit()
    return account


@pytest.fixture
def organizer(db_session):
    account = make_account(Role.ORGANIZER, login="ban.to.chuc", password_hash=EASY)
    db_session.commit()
    return account


def sign_in(client, login, password=GOOD, **more):
    return client.post("/sign-in", data={"login": login, "password": password, **more})


def is_in(client) -> bool:
    return client.get("/account").status_code == 200


def token_of(client) -> str:
    """The token that the client's pages carry; it changes with each sign-in."""
    with client.session_transaction() as session:
        client.environ_base["HTTP_X_CSRF_TOKEN"] = session.setdefault("csrf_token", "again")
    return client.environ_base["HTTP_X_CSRF_TOKEN"]


def test_a_password_lets_in_and_goes_where_it_was_asked(browser, leader, at_nine):
    client = browser()
    answer = sign_in(client, " LANH.DAO ", next="/conferences/?view=month")
    assert (answer.status_code, answer.location) == (302, "/conferences/?view=month")
    assert is_in(client)
    assert sign_in(browser(), "lanh.dao", next="//evil.example/").location == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(browser, leader, at_nine):
    wrong, unknown = sign_in(browser(), "lanh.dao", "sai"), sign_in(browser(), "khong.co", "sai")
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "chưa đúng" in wrong.text
    assert wrong.text.replace("lanh.dao", "") == unknown.text.replace("khong.co", "")
    assert "sai" not in wrong.text.replace("lần sai", "")


def test_five_failures_rest_the_account_for_a_quarter_of_an_hour(browser, leader, db_session, at_nine):
    for _ in range(5):
        assert sign_in(browser(), "lanh.dao", "sai").status_code == 422
    assert sign_in(browser(), "lanh.dao").status_code == 422
    assert db_session.scalars(select(JournalEntry.action)).all().count("account.lock") == 1
    at_nine.move(minutes=14)
    assert sign_in(browser(), "lanh.dao").status_code == 422
    at_nine.move(minutes=2)
    assert sign_in(browser(), "lanh.dao").status_code == 302


def test_an_address_that_fails_very_often_must_wait(browser, leader, at_nine, monkeypatch):
    monkeypatch.setattr(rules, "MOST_FROM_ADDRESS", 3)
    for number in range(3):
        sign_in(browser(), f"ai.do.{number}", "sai")
    assert sign_in(browser(), "lanh.dao").status_code == 429
    at_nine.move(minutes=16)
    assert sign_in(browser(), "lanh.dao").status_code == 302


def test_a_disabled_account_stays_outside(browser, leader, db_session, at_nine):
    db_session.get(Account, leader.id).is_active = False
    db_session.commit()
    assert sign_in(browser(), "lanh.dao").status_code == 422


def test_an_organizer_enrols_a_second_factor_at_the_first_sign_in(browser, organizer, db_session, at_nine):
    client = browser()
    answer = sign_in(client, "ban.to.chuc", next="/conferences/")
    assert (answer.status_code, answer.location) == (302, "/sign-in/enrol")
    assert not is_in(client)
    shown = client.get("/sign-in/enrol")
    assert "<svg" in shown.text
    with client.session_transaction() as session:
        secret = session["half_way"]["secret"]
    token_of(client)
    wrong = client.post("/sign-in/enrol", data={"code": "000000"})
    assert (wrong.status_code, "Mã chưa khớp" in wrong.text) == (422, True)
    done = client.post("/sign-in/enrol", data={"code": pyotp.TOTP(secret).at(NOW)})
    assert (done.status_code, done.location) == (302, "/conferences/")
    assert is_in(client)
    db_session.expire_all()
    assert db_session.get(Account, organizer.id).totp_secret == secret
    entries = db_session.scalars(select(JournalEntry).where(JournalEntry.action == "account.enrol_second_factor")).all()
    assert [(entry.subject_id, entry.after) for entry in entries] == [(organizer.id, {})]


@pytest.fixture
def enrolled(organizer, db_session):
    secret = rules.new_secret()
    db_session.get(Account, organizer.id).totp_secret = secret
    db_session.commit()
    return pyotp.TOTP(secret)


def test_later_the_code_is_asked_and_each_is_taken_once(browser, enrolled, at_nine):
    code = enrolled.at(NOW)
    first, second = browser(), browser()
    for client in (first, second):
        assert sign_in(client, "ban.to.chuc").location == "/sign-in/code"
        assert not is_in(client)
        token_of(client)
    assert first.post("/sign-in/code", data={"code": code}).status_code == 302
    assert is_in(first)
    again = second.post("/sign-in/code", data={"code": code})
    assert (again.status_code, "đã dùng" in again.text) == (422, True)
    assert not is_in(second)


def test_a_code_sent_many_times_at_once_lets_in_once(browser, enrolled):
    clients = [browser() for _ in range(6)]
    for client in clients:
        sign_in(client, "ban.to.chuc")
        token_of(client)
    code = enrolled.now()
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(lambda client: client.post("/sign-in/code", data={"code": code}).status_code, clients))
    assert sorted(answers) == [302, *[422] * 5]


def test_codes_are_not_guessed(browser, enrolled, at_nine):
    client = browser()
    sign_in(client, "ban.to.chuc")
    token_of(client)
    for number in range(5):
        assert client.post("/sign-in/code", data={"code": f"{number:06}"}).status_code == 422
    assert client.post("/sign-in/code", data={"code": enrolled.at(NOW)}).status_code == 422


def test_the_second_step_needs_the_first_and_does_not_wait_for_ever(browser, enrolled, at_nine):
    assert browser().get("/sign-in/code").status_code == 401
    client = browser()
    sign_in(client, "ban.to.chuc")
    token_of(client)
    at_nine.move(minutes=11)
    late = client.post("/sign-in/code", data={"code": enrolled.at(NOW + timedelta(minutes=11))})
    assert late.status_code == 401
    assert not is_in(client)


def test_the_second_factor_is_not_replaced_on_the_way_in(browser, enrolled, at_nine):
    client = browser()
    sign_in(client, "ban.to.chuc")
    assert client.get("/sign-in/enrol").location == "/sign-in/code"


def link_for(account, **options) -> str:
    with transaction():
        token = actions.make_link(account=db.session.get(Account, account.id), at=NOW, by=SYSTEM, **options)
    return f"/enter/{token}"


def test_a_link_works_once_and_dies(browser, leader, db_session, at_nine):
    url = link_for(leader, next_path="/conferences/")
    client = browser()
    assert client.get(url).status_code == 200
    assert client.get(url).status_code == 200
    assert client.post(url).location == "/conferences/"
    assert is_in(client)
    assert browser().post(url).status_code == 410
    old = link_for(leader)
    at_nine.move(hours=2)
    assert browser().post(old).status_code == 410


def test_only_a_link_that_says_so_stands_in_for_the_second_factor(browser, organizer, db_session, at_nine):
    plain, demo = link_for(organizer), link_for(organizer, replaces_second_factor=True)
    assert browser().post(plain).location == "/sign-in/enrol"
    assert browser().post(demo).location == "/"


def test_a_password_is_set_with_the_present_one_and_ends_other_browsers(browser, leader, db_session, at_nine):
    here, there = browser(), browser()
    for client in (here, there):
        sign_in(client, "lanh.dao")
        token_of(client)
    new = "con đường rợp bóng me"
    url = "/account/password"
    wrong = here.post(url, data={"present": "sai", "new": new, "again": new})
    assert (wrong.status_code, "đang dùng chưa đúng" in wrong.text) == (422, True)
    short = here.post(url, data={"present": GOOD, "new": "ngắn", "again": "ngắn"})
    assert (short.status_code, "từ 12 ký tự" in short.text) == (422, True)
    unlike = here.post(url, data={"present": GOOD, "new": new, "again": "khác"})
    assert (unlike.status_code, "chưa giống nhau" in unlike.text, new in unlike.text) == (422, True, False)
    assert here.post(url, data={"present": GOOD, "new": new, "again": new}).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert sign_in(browser(), "lanh.dao").status_code == 422
    assert sign_in(browser(), "lanh.dao", new).status_code == 302


def test_guessing_the_present_password_rests_the_account(browser, leader, at_nine):
    client = browser()
    sign_in(client, "lanh.dao")
    token_of(client)
    new = "con đường rợp bóng me"
    for _ in range(5):
        client.post("/account/password", data={"present": "sai", "new": new, "again": new})
    assert client.post("/account/password", data={"present": GOOD, "new": new, "again": new}).status_code == 422


def test_signing_out_everywhere_ends_every_browser(browser, leader, db_session, at_nine):
    here, there = browser(), browser()
    for client in (here, there):
        sign_in(client, "lanh.dao")
        token_of(client)
    assert here.get("/account").text.count("máy này") >= 1
    assert here.post("/account/sign-out-everywhere").status_code == 302
    assert (is_in(here), is_in(there)) == (False, False)
    assert all(row.ended_at for row in db_session.scalars(select(AccountSession)))


def test_the_command_makes_an_administrator_who_must_enrol(app, browser, db_session, at_nine):
    ran = app.test_cli_runner().invoke(args=["make-admin", "Trần Thị Ánh"])
    assert ran.exit_code == 0, ran.output
    link = ran.output.strip().splitlines()[-1]
    assert browser().post(link[link.index("/enter/") :]).location == "/sign-in/enrol"
    db_session.rollback()
    account = db_session.scalars(select(Account)).one()
    assert (account.login, account.full_name, account.password_hash) == ("tran.thi.anh", "Trần Thị Ánh", None)
    assert app.test_cli_runner().invoke(args=["make-admin", "!"]).exit_code == 2
