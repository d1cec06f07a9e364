"""What a program may read with its token: what its rights name, of the conference it is for, page by page."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from conference.accounts.models import ServiceToken
from conference.accounts.rules import Right
from conference.accounts.token_actions import revoke_service_token
from conference.api import views
from conference.api.resources import RESOURCES
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.grading.rules import DEFAULT_PARTS
from conference.planning.models import Conference, Wave
from conference.planning.modules import Module
from tests.api.conftest import Programs
from tests.two_conferences import CANARY, NOW

LISTS = {resource.name: resource.right for resource in RESOURCES}


def test_each_list_opens_with_its_own_right_and_no_other(programs: Programs) -> None:
    for name, right in LISTS.items():
        path = f"/conferences/{programs.code}/{name}"
        assert programs.ask(path, right).status_code == 200
        refused = programs.ask(path, *(set(Right) - {right}))
        assert (refused.status_code, refused.json["error"]) == (403, "right_missing")
    for path, right in (("/conferences", Right.CONFERENCES), ("/units", Right.UNITS)):
        assert programs.ask(path, right).status_code == 200
        assert programs.ask(path, *(set(Right) - {right})).status_code == 403


def test_no_personal_data_beyond_the_right(programs: Programs) -> None:
    path = f"/conferences/{programs.code}/attendees"
    with_contacts = programs.ask(path, Right.ATTENDEES, Right.CONTACTS)
    without = programs.ask(path, Right.ATTENDEES)
    assert {item["name"] for item in without.json["items"]} == {
        f"Đặng Hữu {CANARY} A",
        f"Đặng Hữu {CANARY} B",
        f"Hồ Thị {CANARY} Hai Dòng",  # withdrawn, and said to be
    }
    assert all("contact" not in item for item in without.json["items"])
    assert "@mail.vn" not in without.text
    assert {email for item in with_contacts.json["items"] if (email := item["contact"]["email"])} == {
        f"{CANARY}41@mail.vn",
        f"{CANARY}42@mail.vn",
    }
    for name, right in LISTS.items():
        if right is not Right.ATTENDEES:
            said = programs.ask(f"/conferences/{programs.code}/{name}", right).text
            assert f"Đặng Hữu {CANARY}" not in said, name
            assert "Trần Thị" not in said, name
            assert "Bài viết" not in said, name


def test_a_token_for_one_conference_reaches_no_other(programs: Programs) -> None:
    client = programs.client(conference=programs.world.ours.id)
    assert [one["code"] for one in client.get("/api/v1/conferences").json["items"]] == [programs.world.ours.code]
    assert client.get(f"/api/v1/conferences/{programs.world.ours.code}").status_code == 200
    seen = {one["id"] for one in client.get("/api/v1/units").json["items"]}
    assert {programs.world.centre.id, programs.world.ours.b.unit} <= seen
    assert programs.world.theirs.b.unit not in seen
    for path in ("", "/attendees", "/marks", "/reports/site"):
        assert client.get(f"/api/v1/conferences/{programs.code}{path}").status_code == 404


def test_a_conference_names_the_modules_it_uses(programs: Programs) -> None:
    with programs.world.app.app_context(), transaction():
        db.session.query(Conference).filter_by(code=programs.code).one().modules_off = ["seats", "reflections"]
    one = programs.ask(f"/conferences/{programs.code}").json
    assert one["modules"] == ["naming", "checkin", "online"]  # no marks without papers
    listed = {item["code"]: len(item["modules"]) for item in programs.ask("/conferences").json["items"]}
    assert (listed[programs.code], listed[programs.world.ours.code]) == (3, len(Module))


def test_a_conference_names_its_waves_in_their_order(programs: Programs) -> None:
    with programs.world.app.app_context(), transaction():
        conference = db.session.query(Conference).filter_by(code=programs.code).one()
        there = db.session.query(Wave).filter_by(conference_id=conference.id).one()
        first = Wave(conference_id=conference.id, position=there.position - 1, title="Đợt một")
        db.session.add(first)
        db.session.flush()
        expected = [{"id": one.id, "title": one.title} for one in (first, there)]
    assert programs.ask(f"/conferences/{programs.code}").json["waves"] == expected
    listed = {item["code"]: item["waves"] for item in programs.ask("/conferences").json["items"]}
    assert listed[programs.code] == expected


def test_pages_follow_one_another_and_give_each_row_once(programs: Programs) -> None:
    client = programs.client()
    for path in ("/units", *(f"/conferences/{programs.code}/{name}" for name in LISTS)):
        whole = client.get(f"/api/v1{path}").json["items"]
        found, cursor = [], None
        while True:
            asked = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
            page = client.get(f"/api/v1{path}", query_string=asked).json
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == whole, path
        assert whole, path


def test_filters_narrow(programs: Programs) -> None:
    client, theirs = programs.client(), programs.world.theirs
    found = client.get(f"/api/v1/conferences/{programs.code}/attendees?site={theirs.b.site}").json["items"]
    assert [item["number"] for item in found if not item["withdrawn_at"]] == [theirs.b.number]
    assert [item["number"] for item in found if item["withdrawn_at"]] == [90]
    path = f"/api/v1/conferences/{programs.code}/attendance?study_session={theirs.session}&site={theirs.a.site}"
    assert [item["number"] for item in client.get(path).json["items"]] == [theirs.a.number]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "limit=-1", "cursor=a", "cursor=99999999999", "sort=name", "site=x", "cursor="],
)
def test_what_cannot_be_understood_gets_a_sentence(programs: Programs, query: str) -> None:
    answer = programs.ask(f"/conferences/{programs.code}/attendees?{query}")
    assert (answer.status_code, answer.json["error"]) == (400, "api_bad_parameter")
    assert query.partition("=")[0] in answer.json["message"]


def test_marks_are_those_of_the_last_release(programs: Programs) -> None:
    items = programs.ask(f"/conferences/{programs.code}/marks", Right.MARKS).json["items"]
    mark = DEFAULT_PARTS[4][1] / 4 * len(DEFAULT_PARTS)
    assert [(item["number"], Decimal(item["mark"]), item["rank"]) for item in items] == [
        (number, mark, "good") for number in (41, 42)
    ]


def test_the_report_adds_up(programs: Programs) -> None:
    for by in ("site", "unit", "province"):
        table = programs.ask(f"/conferences/{programs.code}/reports/{by}", Right.REPORTS).json
        top = [line for line in table["lines"] if line["level"] == 0]
        for column in table["columns"]:
            if column["kind"] == "count":
                assert sum(line["values"][column["key"]] for line in top) == table["total"]["values"][column["key"]]
        assert table["total"]["values"]["summoned"] == 2
    assert programs.ask(f"/conferences/{programs.code}/reports/own").status_code == 404


def test_an_ended_token_opens_nothing(programs: Programs) -> None:
    client = programs.client()
    assert client.get("/api/v1/units").status_code == 200
    with programs.world.app.app_context(), transaction():
        revoke_service_token(token=programs.last_token(), by=SYSTEM, at=NOW)
    answer = client.get("/api/v1/units")
    assert (answer.status_code, answer.json["error"]) == (401, "sign_in_first")
    late = programs.client()
    with clock.stopped_at(NOW + timedelta(days=366)):
        assert late.get("/api/v1/units").status_code == 401
    assert programs.world.app.test_client().get("/api/v1/units").status_code == 401


def test_a_token_keeps_to_its_own_door(programs: Programs) -> None:
    """A scanner's token reads no list, and a reader's counts nobody."""
    device = programs.world.visitors["device"]
    assert device.get("/api/v1/units").status_code == 401
    assert programs.client().post("/api/v1/scans", json={"items": [{}]}).status_code == 401


def test_who_read_about_people_and_when_a_token_was_used_is_noted(programs: Programs) -> None:
    client = programs.client()
    with programs.world.app.app_context():
        before = db.session.query(JournalEntry).count()
    first = client.get(f"/api/v1/conferences/{programs.code}/attendees?limit=1").json
    client.get(f"/api/v1/conferences/{programs.code}/attendees?limit=1&cursor={first['next']}")
    client.get(f"/api/v1/conferences/{programs.code}/headcounts")
    with programs.world.app.app_context():
        token = programs.last_token()
        noted = db.session.query(JournalEntry).order_by(JournalEntry.id).offset(before).all()
        assert [(one.action, one.actor_kind, one.actor_id, one.after) for one in noted] == [
            ("people.read_by_program", "service", token.id, {"list": "attendees"})
        ]
        assert token.last_used_on == NOW.date()


def test_a_program_that_asks_too_often_is_slowed_down_alone(programs: Programs, monkeypatch) -> None:
    monkeypatch.setattr(views, "MOST_REQUESTS", 3)
    busy, other = programs.client(), programs.client()
    answers = [busy.get("/api/v1/units") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json["error"] == "too_many_requests"
    assert answers[-1].headers["Retry-After"] == "60"
    assert other.get("/api/v1/units").status_code == 200


def test_lists_ask_the_database_no_more_for_more_rows(programs: Programs) -> None:
    client = programs.client()
    client.get("/api/v1/units")  # the first use of a day is noted
    for name in LISTS:
        one, more = (
            questions(programs, client, f"/api/v1/conferences/{programs.code}/{name}?limit={limit}") for limit in (1, 2)
        )
        assert one == more, name


def questions(programs: Programs, client: FlaskClient, path: str) -> int:
    """How often the database is asked for an answer."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with programs.world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(statements)


def test_an_administrator_makes_a_token_sees_it_once_and_ends_it(programs: Programs) -> None:
    admin = programs.world.visitors["admin"]
    sent = {"label": "Báo cáo nhanh", "rights": ["headcounts", "sites"], "scope": programs.code}
    page = admin.post("/accounts/tokens/new", data=sent)
    secret = page.text.split('one-time-link">')[1].split("<")[0]
    client = programs.world.app.test_client()
    shown = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"/api/v1/conferences/{programs.code}/headcounts", headers=shown).status_code == 200
    assert client.get(f"/api/v1/conferences/{programs.code}/attendees", headers=shown).status_code == 403
    listed = admin.get("/accounts/tokens").text
    assert "Báo cáo nhanh" in listed
    assert secret not in listed
    with programs.world.app.app_context():
        token = programs.last_token()
        assert (token.rights, token.conference_id) == (["headcounts", "sites"], programs.world.theirs.id)
        assert secret not in repr([row.__dict__ for row in db.session.query(ServiceToken)])
        token_id = token.id
    admin.post(f"/accounts/tokens/{token_id}/revocation")
    assert client.get(f"/api/v1/conferences/{programs.code}/headcounts", headers=shown).status_code == 401
    assert "Đã thu hồi" in admin.get("/accounts/tokens").text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"rights": "sites"}, "Mời ghi tên phần mềm."),
        ({"label": "Báo cáo"}, "Mời chọn ít nhất một quyền."),
        ({"label": "Báo cáo", "rights": "sites", "scope": "không có"}, "Không thấy “không có”"),
    ],
)
def test_a_token_form_says_what_is_missing_and_keeps_the_rest(programs: Programs, sent, sentence) -> None:
    page = programs.world.visitors["admin"].post("/accounts/tokens/new", data=sent)
    assert page.status_code == 422
    assert sentence in page.text
    assert ('value="sites" checked' in page.text) is ("rights" in sent)


def test_a_command_makes_a_token_and_names_the_rights_it_knows(programs: Programs) -> None:
    run = programs.world.app.test_cli_runner().invoke
    made = run(args=["make-token", "--service", "sites,headcounts", "--conference", programs.code])
    shown = {"Authorization": f"Bearer {made.output.strip()}"}
    client = programs.world.app.test_client()
    assert client.get(f"/api/v1/conferences/{programs.code}/sites", headers=shown).status_code == 200
    wrong = run(args=["make-token", "--service", "everything"])
    assert wrong.exit_code == 2
    assert "headcounts" in wrong.output
    neither = run(args=["make-token"])
    assert neither.exit_code == 2
    nowhere = run(args=["make-token", "--service", "sites", "--conference", "KHONG"])
    assert "There is no conference" in nowhere.output
