from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from conference.adapters.spreadsheet import read_workbook
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.reflections import queries
from conference.reflections.content import Commitment
from conference.reflections.models import Exemption, Extension, Reflection, Submission
from conference.reflections.receipts import sha256_of
from tests.factories import make_unit
from tests.people import CSRF
from tests.reflections.conftest import DUE, LATE_UNTIL, WRITING
from tests.reflections.test_actions import save, submit

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _while_writing(clock):
    clock.stop_at(WRITING)


def put(client, attendee, world, text, **more):
    body = {
        "for": attendee.id,
        "base": 0,
        "page": "page-of-a-test",
        "seq": 1,
        "parts": {str(world.part_ids[0]): text},
        "commitments": [],
        **more,
    }
    return client.put("/my/reflection/draft", json=body, headers=JSON)


def form_of(world, **fields):
    return {**{f"part-{part}": "" for part in world.part_ids}, "revision": "0", **fields}


# ---- writing


def test_a_page_saves_and_learns_its_revision(world, writer, visit):
    client = visit(writer)
    answer = put(client, writer, world, "Qua một ngày học tập")
    assert (answer.status_code, answer.json["revision"]) == (200, 1)
    assert client.get("/my/reflection/draft").json["parts"][str(world.part_ids[0])] == "Qua một ngày học tập"
    assert "Qua một ngày học tập" in client.get("/my/reflection").text


def test_a_conflict_gives_back_the_other_text_and_changes_nothing(world, writer, visit):
    client = visit(writer)
    put(client, writer, world, "trên máy tính")
    answer = put(client, writer, world, "trên điện thoại", page="page-of-a-phone")
    assert answer.status_code == 409
    assert answer.json["error"] == "two_versions"
    assert answer.json["parts"][str(world.part_ids[0])] == "trên máy tính"
    assert queries.desk_of(writer.id).revision == 1


def test_a_text_of_somebody_else_is_never_taken_for_ones_own(world, writer, visit):
    with transaction():
        other = world.attendee(full_name="Nguyễn Thị Ánh")
    answer = put(visit(other), writer, world, "bài của người khác")
    assert (answer.status_code, answer.json["error"]) == (409, "another_writer")
    assert db.session.scalar(select(func.count()).select_from(Reflection)) == 0


def test_an_ended_visit_and_a_stale_token_are_told_apart(app, world, writer, visit):
    """F18: So that the page knows which to renew."""
    assert put(app.test_client(), writer, world, "x").json["error"] in ("sign_in_first", "csrf_expired")
    client = visit(writer)
    client.environ_base["HTTP_X_CSRF_TOKEN"] = "stale"
    assert put(client, writer, world, "x").json["error"] == "csrf_expired"
    fresh = client.get("/my/reflection/draft").json["csrf"]
    client.environ_base["HTTP_X_CSRF_TOKEN"] = fresh
    assert put(client, writer, world, "x").status_code == 200


@pytest.mark.parametrize("lost", ["visit", "token"])
def test_a_form_whose_visit_or_token_has_ended_keeps_what_was_typed(world, writer, visit, lost):
    """F18: Without a script, too."""
    client = visit(writer)
    if lost == "visit":
        client.delete_cookie("attendee")
    else:
        client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    typed = form_of(world, **{f"part-{world.part_ids[0]}": "Ở trường tôi có <46> giáo viên"})
    answer = client.post("/my/reflection", data={**typed, "csrf_token": "stale"})
    assert answer.status_code in (400, 401)
    assert "Ở trường tôi có &lt;46&gt; giáo viên" in answer.text
    assert 'name="revision"' in answer.text


def test_without_a_script_the_form_saves_reviews_and_hands_in(world, writer, visit):
    client = visit(writer)
    first = f"part-{world.part_ids[0]}"
    typed = form_of(world, **{first: "một hai ba", "commitment-0-what": "Họp tổ", "then": "review"})
    assert client.post("/my/reflection", data=typed).location == "/my/reflection/review"
    page = client.get("/my/reflection/review").text
    assert "một hai ba" in page
    assert "Họp tổ" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]
    answer = client.post("/my/reflection/submit", data={"revision": revision})
    assert (answer.status_code, answer.location) == (303, "/my/reflection/receipt?version=1")
    assert "Đã nhận bài" in client.get(answer.location).text
    again = client.post("/my/reflection/submit", data={"revision": revision})
    assert again.location == answer.location
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_handing_in_asks_the_database_a_dozen_questions(world, writer, visit, count_queries):
    """A last evening brings thousands of papers in an hour."""
    client = visit(writer)
    put(client, writer, world, "Qua một ngày học tập")
    with count_queries() as statements:
        assert client.post("/my/reflection/submit", data={"revision": "1"}).status_code == 303
    asked = [one for one in statements if not one.startswith(("BEGIN", "INSERT INTO jobs"))]
    assert len(asked) <= 12, asked


def test_without_a_script_two_versions_are_shown_side_by_side(world, writer, visit):
    client = visit(writer)
    put(client, writer, world, "bản trên điện thoại")
    first = f"part-{world.part_ids[0]}"
    answer = client.post("/my/reflection", data=form_of(world, **{first: "bản trên máy tính"}))
    assert answer.status_code == 409
    assert "bản trên điện thoại" in answer.text
    assert "bản trên máy tính" in answer.text
    revision = re.search(r'name="revision" value="(\d+)"', answer.text)[1]
    assert client.post("/my/reflection", data=form_of(world, **{first: "cả hai"}, revision=revision)).status_code == 302
    assert queries.desk_of(writer.id).content.parts[world.part_ids[0]] == "cả hai"


def test_a_paper_that_is_too_short_is_shown_again_with_the_reason(db_session, make_world, visit):
    world = make_world(min_words=800)
    with transaction():
        writer = world.attendee()
    client = visit(writer)
    put(client, writer, world, "quá ngắn")
    answer = client.post("/my/reflection/submit", data={"revision": "1"})
    assert answer.status_code == 409
    assert "Bài mới có 2 từ, cần từ 800 từ trở lên." in answer.text
    assert "quá ngắn" in answer.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"present": 0}, "cần học bù trước"), ({"must_write": False}, "không thuộc diện phải viết")],
)
def test_who_may_not_write_is_told_why(world, visit, fields, words):
    with transaction():
        attendee = world.attendee(**fields)
    page = visit(attendee).get("/my/reflection").text
    assert words in page
    assert "<textarea" not in page


def test_after_the_end_the_text_is_kept_and_not_taken(world, writer, visit, clock):
    client = visit(writer)
    put(client, writer, world, "bài muộn")
    clock.stop_at(LATE_UNTIL + timedelta(seconds=1))
    assert put(client, writer, world, "bài muộn thêm", base=1, seq=2).status_code == 200
    answer = client.post("/my/reflection/submit", data={"revision": "2"})
    assert answer.status_code == 409
    assert "vẫn được giữ làm bản nháp" in answer.text
    assert "Về trang của tôi" in client.get("/my/reflection/review").text
    assert "bài muộn thêm" in client.get("/my/reflection").text
    page = client.get("/my/").text
    assert ("xin gia hạn" in page, "Xem bản nháp" in page, "Viết tiếp" in page) == (True, True, False)
    assert "bài muộn thêm" in client.get("/my/reflection/paper").text


def test_the_due_time_is_said_in_words(world, writer, visit, clock):
    clock.stop_at(DUE - timedelta(days=3))
    page = visit(writer).get("/my/reflection").text
    assert "Còn 3 ngày" in page
    assert "hạn 17:00 thứ Năm 20/12/2018" in page


def test_the_attendees_own_page_leads_to_what_is_due(world, writer, visit):
    client = visit(writer)
    assert "Viết bài" in client.get("/my/").text
    save(writer, world.content())
    submit(world, writer, 1)
    assert "Xem biên nhận" in client.get("/my/").text


def test_an_older_version_stays_readable_to_its_writer(world, writer, visit):
    save(writer, world.content("bản thứ nhất"))
    submit(world, writer, 1)
    save(writer, world.content("bản thứ hai"), base=1, seq=2)
    submit(world, writer, 2, chance="other")
    client = visit(writer)
    assert "bản thứ nhất" in client.get("/my/reflection/paper?version=1").text
    assert "bản thứ hai" in client.get("/my/reflection/paper").text
    assert client.get("/my/reflection/receipt?version=9").status_code == 404


def test_the_paper_carries_the_head_that_offices_expect(world, writer, visit):
    save(writer, world.content())
    submit(world, writer, 1)
    page = visit(writer).get("/my/reflection/paper").text
    for fact in ("Đặng Hữu Phước", "Chủ tịch", world.unit.name, world.site.name, "Ngày sinh"):
        assert fact in page


# ---- the public check


def test_a_stranger_can_check_a_receipt_and_learns_nothing_of_text_or_author(app, world, writer):
    save(writer, world.content("điều chỉ người chấm được đọc"))
    submission = submit(world, writer, 1)
    client = app.test_client()
    page = client.get(f"/check/{submission.receipt_number}").text
    assert "Biên nhận có thật" in page
    for secret in ("điều chỉ", "Phước", "Chủ tịch", world.unit.name, world.site.name):
        assert secret not in page
    right = client.get(
        f"/check/{submission.receipt_number}?sha256={submission.sha256.upper()[:32]} {submission.sha256[32:]}"
    )
    assert "Trùng khớp." in right.text
    assert "Không khớp." in client.get(f"/check/{submission.receipt_number}?sha256=00").text
    assert client.get("/check/BN-1-000001-1-AAAAAA").status_code == 404
    assert client.get("/check/?number=bn-1-1-1-x").location == "/check/BN-1-1-1-X"


def test_the_published_key_checks_a_receipt_without_us(app, world, writer):
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    save(writer, world.content())
    submission = submit(world, writer, 1)
    key = app.test_client().get("/keys/receipts.json").json["keys"][0]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    statement = queries.receipt_of(submission, "NQ12").statement()
    public.verify(base64.urlsafe_b64decode(submission.signature + "=="), statement)
    assert json.loads(statement)["sha256"] == sha256_of(submission.content)


# ---- organizers


def test_who_sees_how_far_the_writing_is(people, world):
    asked = ("organizer", "admin", "leader", "unit_officer", "grader", "site_host")
    found = {who: people[who].get("/conferences/NQ12/reflections").status_code for who in asked}
    assert found == dict.fromkeys(asked[:4], 200) | dict.fromkeys(asked[4:], 403)


def test_a_paper_is_read_by_the_managing_level_alone_and_that_is_noted(people, world, writer):
    save(writer, world.content("điều riêng tư"))
    path = f"/conferences/NQ12/reflections/papers/{submit(world, writer, 1).id}"
    for who in ("admin", "leader", "unit_officer", "grader"):
        answer = people[who].get(path)
        assert answer.status_code == 403, who
        assert "điều riêng tư" not in answer.text
    readings = select(func.count()).select_from(JournalEntry).where(JournalEntry.action == "reflection.read")
    assert db.session.scalar(readings) == 0
    assert "điều riêng tư" in people["organizer"].get(path).text
    assert db.session.scalar(readings) == 1


def test_a_unit_officer_sees_the_people_of_her_unit_alone(sign_in, world):
    with transaction():
        elsewhere = make_unit("Liên đoàn Lao động tỉnh Hà Tĩnh")
        world.attendee(full_name="Nguyễn Văn An")
        world.attendee(full_name="Trần Thị Bình", unit=elsewhere)
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, elsewhere.id)
    page = officer.get("/conferences/NQ12/reflections").text
    assert "1 người chưa nộp" in page
    missing = officer.get("/conferences/NQ12/people?writing=missing").text
    assert "Trần Thị Bình" in missing
    assert "Nguyễn Văn An" not in missing


def test_what_people_will_do_is_gathered_for_their_units_and_for_nobody_else(people, sign_in, world):
    line = Commitment("=Họp công đoàn", "Quý I", "4 biên bản")
    with transaction():
        elsewhere = make_unit("Liên đoàn Lao động tỉnh Hà Tĩnh")
        here, there = world.attendee(full_name="Nguyễn Văn An"), world.attendee(full_name="Lê Bình", unit=elsewhere)
        writing = world.attendee(full_name="Đang Viết")
    for who in (here, there, writing):
        save(who, world.content(commitments=(line, Commitment("Đối thoại", "", ""))))
    for who in (here, there):
        submit(world, who, 1, chance=str(who.id))
    pages = {
        "organizer": people["organizer"].get("/conferences/NQ12/reflections/commitments"),
        "officer": sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, elsewhere.id).get(
            "/conferences/NQ12/reflections/commitments"
        ),
        "leader": people["leader"].get("/conferences/NQ12/reflections/commitments"),
    }
    named = {
        who: [name for name in ("Nguyễn Văn An", "Lê Bình", "Đang Viết") if name in page.text]
        for who, page in pages.items()
    }
    assert named == {"organizer": ["Nguyễn Văn An", "Lê Bình"], "officer": ["Lê Bình"], "leader": []}
    assert pages["leader"].status_code == 403
    assert "chưa có thước đo" in pages["officer"].text
    of_unit = f"/conferences/NQ12/reflections/commitments.xlsx?unit={elsewhere.id}"
    (sheet, *_more) = read_workbook("viec.xlsx", people["organizer"].get(of_unit).data).sheets
    assert [row[1:7] for row in sheet.rows[1:]] == [
        ["Lê Bình", there.position, elsewhere.name, "=Họp công đoàn", "Quý I", "4 biên bản"],
        ["Lê Bình", there.position, elsewhere.name, "Đối thoại", "", ""],
    ]
    exports = select(func.count()).select_from(JournalEntry).where(JournalEntry.action == "people.export")
    assert db.session.scalar(exports) == 1


def test_every_figure_is_the_length_of_its_list(people, world):
    with transaction():
        everybody = [world.attendee(full_name=f"Người Thứ {n}", present=n % 3) for n in range(9)]
    writers = [one for n, one in enumerate(everybody) if n % 3]
    for attendee in writers[:4]:
        save(attendee, world.content())
    for attendee in writers[:3]:
        submit(world, attendee, 1, chance=str(attendee.id), at=DUE + timedelta(hours=1))
    counts = {"must": 6, "handed_in": 3, "late": 3, "missing": 3, "draft": 1, "not_started": 2, "absent": 3}
    page = people["organizer"].get("/conferences/NQ12/reflections").text
    for value, count in counts.items():
        listed = people["organizer"].get(f"/conferences/NQ12/people?writing={value}").text
        assert listed.count('class="cell-title"') == count or f">{count}<" in listed, value
    assert "3 người chưa nộp" in page


@pytest.mark.parametrize("by", ["unit", "site"])
def test_the_number_of_queries_does_not_grow_with_the_people(people, world, count_queries, by):
    client = people["organizer"]

    def asked():
        with count_queries() as statements:
            assert client.get(f"/conferences/NQ12/reflections?by={by}").status_code == 200
        return len(statements)

    with transaction():
        world.attendee()
    client.get("/conferences/NQ12/reflections")
    one = asked()
    with transaction():
        for place in range(3):
            world.attendee(full_name=f"Người Thứ {place}", unit=make_unit(f"Đơn vị {place}"))
    assert asked() == one


def test_an_organizer_exempts_admits_extends_and_returns(people, world, writer, visit):
    client = people["organizer"]
    base = f"/conferences/NQ12/reflections/people/{writer.number}"
    assert client.post(f"{base}/exempt", data={"exempt_reason": "Nghỉ ốm"}).status_code == 302
    assert db.session.scalar(select(Exemption.reason)) == "Nghỉ ốm"
    assert client.post(f"{base}/exempt/end").status_code == 422  # without a reason it stands
    assert db.session.scalar(select(func.count()).select_from(Exemption)) == 1
    assert client.post(f"{base}/exempt/end", data={"end_exempt_reason": "Nhầm người"}).status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Exemption)) == 0
    data = {"extend_day": "27/12/2018", "extend_hour": "17:00", "extend_reason": "Đi công tác"}
    assert client.post(f"{base}/extend", data=data).status_code == 302
    assert db.session.scalar(select(Extension.until)) == DUE + timedelta(days=7)
    earlier = client.post(f"{base}/extend", data={**data, "extend_day": "01/12/2018"})
    assert earlier.status_code == 409
    save(writer, world.content())
    submit(world, writer, 1)
    data = {"return_day": "27/12/2018", "return_hour": "17:00", "return_reason": "Nêu việc cụ thể"}
    assert client.post(f"{base}/return", data=data).status_code == 302
    assert client.post(f"{base}/return", data=data).status_code == 409
    page = client.get(f"/conferences/NQ12/people/{writer.number}").text
    assert "Thu lại việc trả bài" in page
    told = [visit(writer).get(path).text for path in ("/my/", "/my/reflection", "/my/reflection/receipt")]
    assert all("Lý do: Nêu việc cụ thể" in page for page in told)
    assert client.post(f"{base}/return/end", data={"end_return_reason": "Nhầm người"}).status_code == 302
    assert queries.desk_of(writer.id).is_handed_in
    assert client.post(f"{base}/return", data=data).status_code == 302  # that one was taken back, so once is still left
    reasons = select(JournalEntry.action, JournalEntry.reason).where(JournalEntry.reason == "Nhầm người")
    assert db.session.execute(reasons.order_by(JournalEntry.id)).all() == [
        ("reflection.end_exemption", "Nhầm người"),
        ("reflection.end_return", "Nhầm người"),
    ]


def test_what_is_written_wrong_in_a_dialog_is_said_on_the_page(people, world, writer):
    client = people["organizer"]
    answer = client.post(f"/conferences/NQ12/reflections/people/{writer.number}/exempt", data={}, follow_redirects=True)
    assert "Mời ghi lý do." in answer.text


def test_more_time_for_a_site_and_a_unit(people, world):
    client = people["organizer"]
    data = {"until_day": "27/12/2018", "until_hour": "17:00", "reason": "Bão lũ"}
    assert (
        client.post("/conferences/NQ12/reflections/extensions", data={**data, "scope": "site", "site": world.site.id})
    ).status_code == 302
    unit = client.post(
        "/conferences/NQ12/reflections/extensions", data={**data, "scope": "unit", "unit_words": world.unit.name}
    )
    assert unit.status_code == 302
    page = client.get("/conferences/NQ12/reflections/extensions").text
    assert world.unit.name in page
    assert page.count("Bão lũ") == 2
    wrong = client.post("/conferences/NQ12/reflections/extensions", data={"scope": "unit", "unit_words": "không có"})
    assert wrong.status_code == 422
    assert "Không có đơn vị nào tên như vậy." in wrong.text


def task_fields(page: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page))
    fields |= dict(re.findall(r'<textarea[^>]*?name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL))
    return {name: value for name, value in fields.items() if not name.endswith("takes_commitments")}


def test_the_task_is_edited_and_refuses_what_can_not_be(people, world):
    client = people["organizer"]
    fields = task_fields(client.get("/conferences/NQ12/reflections/task").text)
    saved = client.post(
        "/conferences/NQ12/reflections/task", data={**fields, "min_words": "500", "part-0-title": "Nhận thức mới"}
    )
    assert saved.status_code == 302
    db.session.expire_all()
    task = queries.task_of(world.conference.id)
    assert (task.min_words, task.parts[0].title, task.version) == (500, "Nhận thức mới", 2)
    stale = client.post("/conferences/NQ12/reflections/task", data={**fields, "min_words": "600"})
    assert stale.status_code == 409
    wrong = client.post(
        "/conferences/NQ12/reflections/task", data={**fields, "min_words": "900", "max_words": "100", "due_day": "x"}
    )
    assert wrong.status_code == 422
    assert "Ghi hạn nộp như 03/11/1964." in wrong.text


def test_the_deadline_is_reckoned_in_working_days_without_the_days_off_that_are_named(people, world):
    """The conference was on Thursday 6/12/2018; nothing is saved until it is saved."""
    client = people["organizer"]
    fields = task_fields(client.get("/conferences/NQ12/reflections/task").text)

    def reckoned(days, holidays):
        sent = {**fields, "then": "due", "due_days": days, "holidays": holidays, "due_day": "x"}
        return client.post("/conferences/NQ12/reflections/task", data=sent).text

    assert [task_fields(reckoned("10", ""))[name] for name in ("due_day", "late_day")] == ["20/12/2018", "30/12/2018"]
    assert task_fields(reckoned("10", "07/12/2018, 8/12/2018"))["due_day"] == "21/12/2018"
    assert "Ghi số ngày làm việc bằng số từ 1 đến 120." in reckoned("0", "")
    db.session.expire_all()
    assert queries.task_of(world.conference.id).version == 1


def test_a_part_in_which_somebody_may_have_written_can_not_go(people, world, writer):
    save(writer, world.content())
    client = people["organizer"]
    fields = task_fields(client.get("/conferences/NQ12/reflections/task").text)
    answer = client.post("/conferences/NQ12/reflections/task", data={**fields, "part-3-title": ""})
    assert answer.status_code == 409
    assert "không bỏ bớt phần được nữa" in answer.text


# ---- F26 and foreign fields


NO_DRAFTS = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"for": 1}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xff\xfe\x00",
    "{}".encode("utf-16"),
    b'{"for": 1, "base": 1e400, "page": "page-of-a-test", "seq": 1, "parts": {}, "commitments": []}',
]


def test_what_is_no_draft_is_refused_quickly(world, writer, visit):
    """F26: Deep and broken JSON in the place of a draft."""
    client = visit(writer)
    for body in NO_DRAFTS:
        answer = client.put("/my/reflection/draft", data=body, headers={**JSON, "Content-Type": "application/json"})
        assert (answer.status_code, answer.json["error"]) == (400, "bad_request"), body[:40]


FOREIGN = [
    {"base": -1},
    {"base": "0"},
    {"seq": True},
    {"page": "<script>"},
    {"parts": {"0": "x"}},
    {"parts": {"999999": "x"}},
    {"parts": {"x": "x"}},
    {"parts": []},
    {"commitments": [{"what": "x"}]},
    {"commitments": [{"what": 1, "due": "", "measure": ""}]},
    {"commitments": [{"what": "", "due": "", "measure": ""}] * 31},
    {"state": "submitted"},
    {"is_late": False},
    {"attendee_id": 1},
]


def test_a_save_takes_its_own_fields_and_nothing_else(world, writer, visit):
    client = visit(writer)
    for change in FOREIGN:
        assert put(client, writer, world, "x", **change).status_code == 400, change
    assert queries.desk_of(writer.id).revision == 0


def test_what_can_not_be_kept_is_refused_with_a_sentence_and_nothing_is_lost(world, writer, visit):
    client = visit(writer)
    put(client, writer, world, "tốt")
    for typed in ("a\0b", "\ud83d"):
        answer = put(client, writer, world, typed, base=1, seq=2)
        assert answer.status_code == 422
        assert "ký tự không lưu được" in answer.json["message"]
    assert queries.desk_of(writer.id).content.parts[world.part_ids[0]] == "tốt"


def test_a_huge_save_and_a_huge_form_are_refused(world, writer, visit):
    """F26: At the writer's own routes."""
    client = visit(writer)
    assert put(client, writer, world, "x" * 3_000_000).status_code == 413
    assert put(client, writer, world, "x" * 500_000).status_code == 413
    assert client.post("/my/reflection", data={f"x{n}": "y" for n in range(100_000)}).status_code in (400, 413)
    whole = form_of(world, **{f"part-{world.part_ids[0]}": "x" * 500_000})
    assert client.post("/my/reflection", data=whole).status_code == 413
    assert queries.desk_of(writer.id).revision == 0


# ---- T8

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "'-alert(1)-'",
]


def test_what_is_written_is_shown_and_never_carried_out(people, world, writer, visit):
    save(writer, world.content(" ".join(PAYLOADS) + " cuối"))
    submission = submit(world, writer, 1)
    client = visit(writer)
    pages = [
        client.get("/my/reflection?edit=1").text,
        client.get("/my/reflection/review").text,
        client.get("/my/reflection/paper").text,
        people["organizer"].get(f"/conferences/NQ12/reflections/papers/{submission.id}").text,
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page
        assert "{{ 7*7 }}" in page
        assert "cuối" in page


def test_no_unsafe_request_passes_without_its_token(app, world, writer, visit):
    client = visit(writer)
    client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    for path in ("/my/reflection", "/my/reflection/submit"):
        assert client.post(path, data={"csrf_token": "x", "revision": "0"}).status_code == 400
    assert client.post("/my/reflection", data={**form_of(world), "csrf_token": CSRF}).status_code == 302
