"""Accounts and their roles in an administrator's hands, and the journal."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from conference.accounts.models import Account, Grant
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.journal import JournalEntry, broken_links
from tests.factories import make_account, make_conference, make_site, make_unit
from tests.people import prove_origin

INVITED = {"full_name": "Lê Quang Dũng", "login": "le.quang.dung", "role": "leader", "scope": ""}


@pytest.fixture
def admin(people):
    return people["admin"]


def test_an_invited_person_enters_by_a_link_shown_once(admin, app, db_session):
    answer = admin.post("/accounts/new", data=INVITED)
    assert answer.status_code == 200
    link = re.search(r"/enter/[\w-]+", answer.text)[0]
    account = db_session.scalars(select(Account).where(Account.login == "le.quang.dung")).one()
    assert link.removeprefix("/enter/") not in admin.get(f"/accounts/{account.id}").text
    guest = prove_origin(app.test_client())
    assert guest.post(link).location == "/account/password"
    assert guest.get("/account/password").status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"full_name": ""}, 422, "Mời ghi họ và tên"),
        ({"login": "Lê Dũng"}, 422, "chữ không dấu"),
        ({"role": "attendee"}, 422, "Mời chọn vai trò"),
        ({"role": "site_host"}, 422, "cần phạm vi: một điểm cầu"),
        ({"role": "site_host", "scope": "không có"}, 422, "Không thấy"),
        ({"role": "admin", "scope": "NQ12"}, 422, "luôn là toàn hệ thống"),
        ({"unit": "không có"}, 422, "Không có đơn vị"),
        ({"login": "da.co"}, 409, "đã có người dùng"),
    ],
)
def test_a_wrong_invitation_gets_a_sentence_and_makes_nobody(admin, db_session, change, status, words):
    make_account(None, login="da.co")
    db_session.commit()
    before = len(db_session.scalars(select(Account.id)).all())
    answer = admin.post("/accounts/new", data={**INVITED, **change})
    assert answer.status_code == status
    assert words in answer.text
    assert len(db_session.scalars(select(Account.id)).all()) == before


def test_roles_are_given_for_a_conference_a_unit_or_a_site_and_taken_back(admin, sign_in, db_session):
    unit = make_unit("Liên đoàn Lao động tỉnh Nghệ An", code="NA")
    make_conference("NQ12", host_unit=unit)
    site = make_site("Huyện Yên Thành", host_unit=unit)
    account = make_account(None, login="le.dung")
    db_session.commit()
    url = f"/accounts/{account.id}"
    for role, scope in (("grader", "nq12"), ("unit_officer", "NA"), ("site_host", "huyen yen thanh")):
        assert admin.post(f"{url}/grants", data={"role": role, "scope": scope}).status_code == 302
    grants = db_session.scalars(select(Grant).where(Grant.account_id == account.id).order_by(Grant.id)).all()
    assert [(row.role, row.scope_kind, row.scope_id) for row in grants][1:] == [
        (Role.UNIT_OFFICER, ScopeKind.UNIT, unit.id),
        (Role.SITE_HOST, ScopeKind.SITE, site.id),
    ]
    shown = admin.get(url).text
    for word in ("NQ12", "Liên đoàn Lao động tỉnh Nghệ An", "Huyện Yên Thành"):
        assert word in shown
    client = sign_in(account=account)
    assert client.get("/units").status_code == 200
    officer = next(row for row in grants if row.role is Role.UNIT_OFFICER)
    assert admin.post(f"{url}/grants/{officer.id}/revoke").status_code == 302
    assert client.get("/units").status_code == 403


def test_the_last_administrator_stays(admin, db_session):
    grant = db_session.scalars(select(Grant).where(Grant.role == Role.ADMIN)).one()
    account_id = grant.account_id
    refused = admin.post(f"/accounts/{account_id}/grants/{grant.id}/revoke")
    assert (refused.status_code, "quản trị cuối cùng" in refused.text) == (409, True)
    assert admin.post(f"/accounts/{account_id}/disable").status_code == 409
    assert admin.post(f"/accounts/{account_id}/renew").status_code == 409


def test_disabling_ends_sessions_at_once_and_can_be_taken_back(admin, sign_in, db_session):
    account = make_account(Role.LEADER)
    db_session.commit()
    client = sign_in(account=account)
    assert client.get("/conferences/").status_code == 200
    assert admin.post(f"/accounts/{account.id}/disable").status_code == 302
    assert client.get("/conferences/").status_code == 302
    assert admin.post(f"/accounts/{account.id}/enable").status_code == 302
    assert client.get("/conferences/").status_code == 302
    assert sign_in(account=account).get("/conferences/").status_code == 200


def test_renewing_a_way_in_forgets_what_was_lost(admin, sign_in, app, db_session):
    account = make_account(Role.ORGANIZER, password_hash="x", totp_secret="JBSWY3DPEHPK3PXP")
    db_session.commit()
    client = sign_in(account=account)
    first = re.search(r"/enter/[\w-]+", admin.post(f"/accounts/{account.id}/renew").text)[0]
    assert client.get("/conferences/").status_code == 302
    second = re.search(r"/enter/[\w-]+", admin.post(f"/accounts/{account.id}/renew").text)[0]
    guest = prove_origin(app.test_client())
    assert guest.post(first).status_code == 410
    assert guest.post(second).location == "/sign-in/enrol"
    db_session.expire_all()
    row = db_session.get(Account, account.id)
    assert (row.password_hash, row.totp_secret) == (None, None)


def test_sessions_are_ended_by_an_administrator(admin, sign_in, db_session):
    account = make_account(Role.LEADER)
    db_session.commit()
    client = sign_in(account=account)
    assert admin.post(f"/accounts/{account.id}/end-sessions").status_code == 302
    assert client.get("/conferences/").status_code == 302


@pytest.mark.parametrize(
    ("role", "accounts", "journal"),
    [("admin", 200, 200), ("organizer", 403, 200), ("leader", 403, 403), ("site_host", 403, 403), ("nobody", 302, 302)],
)
def test_who_may_look(people, role, accounts, journal):
    assert people[role].get("/accounts/").status_code == accounts
    assert people[role].get("/journal/").status_code == journal


def test_an_organizer_of_one_conference_reads_no_journal(sign_in, db_session):
    conference = make_conference()
    db_session.commit()
    assert sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id).get("/journal/").status_code == 403


def test_accounts_are_found_without_marks(admin, db_session):
    make_account(Role.GRADER, login="d.phuoc", full_name="Đặng Hữu Phước")
    make_account(Role.LEADER, login="n.anh", full_name="Nguyễn Thị Ánh", is_active=False)
    db_session.commit()

    def found(query: str) -> tuple[bool, bool]:
        text = admin.get(f"/accounts/?{query}").text
        return "d.phuoc" in text, "n.anh" in text

    assert found("q=dang huu phuoc") == (True, False)
    assert found("role=leader") == (False, True)
    assert found("state=active") == (True, False)
    assert found("q=khong ai") == (False, False)


def test_the_journal_names_who_did_what_and_filters(admin, db_session):
    target = make_account(Role.LEADER, full_name="Nguyễn Thị Ánh")
    db_session.commit()
    admin.post(f"/accounts/{target.id}/disable")
    shown = admin.get("/journal/").text
    assert "Ngừng tài khoản" in shown
    assert "Trần Thị Ánh" in shown
    only = admin.get(f"/journal/?subject=account {target.id}&action=account.disable").text
    assert "1</strong> dòng khớp" in only
    assert "Không có dòng nào khớp" in admin.get("/journal/?actor=khong ai").text
    entry = db_session.scalars(select(JournalEntry).where(JournalEntry.action == "account.disable")).one()
    assert (entry.subject_kind, entry.subject_id) == ("account", target.id)
    assert list(broken_links()) == []


@pytest.mark.parametrize("url", ["/accounts/", "/journal/"])
def test_more_accounts_ask_no_more_queries(admin, db_session, count_queries, url):
    unit = make_unit()
    site = make_site(host_unit=unit)

    def asked() -> int:
        with count_queries() as statements:
            assert admin.get(url).status_code == 200
        return len(statements)

    def more() -> None:
        account = make_account(Role.SITE_HOST, ScopeKind.SITE, site.id)
        make_account(Role.UNIT_OFFICER, ScopeKind.UNIT, unit.id)
        db_session.commit()
        admin.post(f"/accounts/{account.id}/disable")

    more()
    asked()
    before = asked()
    more()
    more()
    assert asked() == before
