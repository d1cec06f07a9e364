"""The test's pages: prepared by an organizer, sat by attendees, entered by an officer, released, and the key kept."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from conference.accounts.rules import Right
from conference.accounts.token_actions import make_service_token
from conference.adapters.spreadsheet import read_workbook
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.jobs import go_round
from conference.foundation.journal import JournalEntry
from conference.grading import releasing
from conference.grading.models import Paper, ReleasedMark
from conference.grading.quizzes import settle_quiz
from conference.privacy.collecting import called_as, data_of
from conference.privacy.erasing import erase_person
from conference.reflections import queries as reflections
from conference.reflections.letters_views import reminder_facts
from conference.reflections.models import Submission, SubmissionOnBehalf
from conference.reflections.quiz import queries
from conference.reflections.quiz.models import QuizAttempt, QuizTap
from conference.reflections.rules import TaskForm
from tests.conftest import SECRET
from tests.reflections.conftest import WRITING
from tests.reflections.quiz.conftest import LATER, PLANS, SLOT_OPENS

JSON = {"Accept": "application/json"}
END = SLOT_OPENS + timedelta(minutes=60)


@pytest.fixture
def organizer(people: Any) -> Any:
    return people["organizer"]


@pytest.fixture
def at_the_slot(clock: Any) -> Any:
    clock.stop_at(SLOT_OPENS)
    return clock


def faults(app: Any) -> dict[str, list[str]]:
    """What `flask verify` finds, part by part; attendance has no scans behind it in this world."""
    outcome = app.test_cli_runner().invoke(args=["verify", "--json"])
    parts = {part["part"]: part["differences"] for part in json.loads(outcome.output.splitlines()[-1])}
    assert parts.pop("attendance")
    assert {"tests", "grades", "releases", "receipts"} <= parts.keys()
    return {name: found for name, found in parts.items() if found}


def put(client: Any, attendee: Any, taps: list[tuple[int, int]], *, page: str = "page-of-a-phone", seq: int = 1) -> Any:
    body = {
        "for": attendee.id,
        "attempt": 1,
        "taps": [
            {"place": place, "choice": choice, "page": page, "seq": number, "base": 0}
            for number, (place, choice) in enumerate(taps, seq)
        ],
    }
    return client.put("/my/quiz/answers", json=body, headers=JSON)


def test_an_organizer_prepares_a_test_and_chooses_it_once_nothing_is_missing(
    world: Any, organizer: Any, clock: Any
) -> None:
    clock.stop_at(WRITING)
    base = f"/conferences/{world.conference.code}/quiz"
    assert "Soạn bài trắc nghiệm" in organizer.get(base).text
    assert organizer.post(base).status_code == 302
    assert "Chưa có ca thi nào" in organizer.get(base).text
    assert organizer.post(f"{base}/form", data={"form": "quiz"}).status_code == 409
    sheet = organizer.get(f"{base}/questions.xlsx").data
    rows = "1. Công đoàn có mấy cấp?\nA. Ba\n*B. Bốn\n\n2. Không khóa?\nA. Có\nB. Không"
    shown = organizer.post(f"{base}/questions/bring", data={"rows": rows}).text
    assert ("Thiếu đáp án đúng" in shown, "dòng 5" in shown) == (True, True)
    shown = organizer.post(
        f"{base}/questions/bring",
        data={"file": (BytesIO(sheet), "mau.xlsx")},
        content_type="multipart/form-data",
    ).text
    held = shown.partition('name="questions" hidden aria-hidden="true">')[2].partition("</textarea>")[0]
    held = held.replace("&#34;", '"').replace("&amp;", "&")
    assert organizer.post(f"{base}/questions/take", data={"questions": held}).status_code == 302
    assert organizer.post(f"{base}/questions/take", data={"questions": held}).status_code == 302
    assert len(queries.questions_of(queries.quiz_of(world.conference.id).id)) == 1
    slot = {
        "name": "Ca một",
        "opens_day": "09/12/2018",
        "opens_hour": "08:00",
        "closes_day": "09/12/2018",
        "closes_hour": "11:00",
        "sites": world.site.code,
    }
    assert organizer.post(f"{base}/slots/new", data=slot).status_code == 302
    assert "Đã soạn đủ" in organizer.get(base).text
    assert organizer.post(f"{base}/form", data={"form": "quiz"}).status_code == 302
    assert "Thời hạn, ai phải làm" in organizer.get(f"/conferences/{world.conference.code}/reflections").text
    assert reflections.task_of(world.conference.id).form is TaskForm.QUIZ


def test_an_attendee_sits_the_test_and_has_a_receipt_that_anybody_can_check(
    app: Any, sitting: Any, sitter: Any, visit: Any, at_the_slot: Any
) -> None:
    client = visit(sitter)
    assert "Vào làm bài" in client.get("/my/").text
    assert client.get("/my/reflection").headers["Location"].endswith("/my/quiz")
    assert "Bắt đầu làm bài" in client.get("/my/quiz").text
    assert client.post("/my/quiz/begin").status_code == 303
    assert all(plan.text in client.get("/my/quiz").text for plan in PLANS)
    answer = put(client, sitter, [(1, 0), (2, 1)])
    assert (answer.status_code, [one["kept"] for one in answer.json["heard"]]) == (200, [True, True])
    assert answer.json["left_ms"] == 60 * 60 * 1000
    assert put(client, sitter, [(1, 0), (2, 1)]).json == answer.json  # an answer that was lost
    assert client.post("/my/quiz", data={"answer-3": "0", "then": "review"}).status_code == 303
    assert "Đã trả lời 3 trên 4 câu" in client.get("/my/quiz/review").text
    assert client.post("/my/quiz/submit").status_code == 303
    assert client.post("/my/quiz/submit").status_code == 303
    receipt = client.get("/my/reflection/receipt").text
    assert ("3 trên 4 câu" in receipt, "Đạt" in receipt) == (True, False)
    number = db.session.query(Submission.receipt_number).scalar()
    assert "Biên nhận có thật, bài còn nguyên vẹn" in app.test_client().get(f"/check/{number}").text
    assert client.get("/my/quiz/state").json["attempt"] == 0
    assert put(client, sitter, [(4, 0)], seq=9).json["error"] == "quiz_finished"


def test_a_dead_phone_is_taken_in_by_the_server_with_what_it_had_saved(
    sitting: Any, sitter: Any, visit: Any, at_the_slot: Any
) -> None:
    client = visit(sitter)
    client.post("/my/quiz/begin")
    put(client, sitter, [(1, 0)])
    at_the_slot.stop_at(END + timedelta(seconds=60))
    go_round()
    assert db.session.query(Submission).count() == 0
    at_the_slot.stop_at(END + timedelta(seconds=61))
    assert put(client, sitter, [(2, 0)], seq=5).json["error"] == "quiz_over"
    assert "Đã hết giờ làm bài" in client.get("/my/quiz").text
    go_round()
    go_round()
    submission = db.session.query(Submission).one()
    assert json.loads(submission.content)["quiz"]["chosen"].count(None) == 3
    assert client.get("/my/quiz").headers["Location"].endswith("/my/reflection/receipt")
    db.session.rollback()
    assert db.session.query(Paper.mark).scalar() in (Decimal("0.00"), Decimal("2.50"))


def test_fields_that_no_page_sends_are_refused_and_nobody_answers_for_another(
    sitting: Any, sitter: Any, visit: Any, at_the_slot: Any
) -> None:
    with transaction():
        other = sitting.world.attendee(full_name="Nguyễn Thị Ánh")
    client = visit(sitter)
    client.post("/my/quiz/begin")
    tap = {"place": 1, "choice": 0, "page": "page-of-a-phone", "seq": 1, "base": 0}
    for body in (
        {"for": sitter.id, "attempt": 1, "taps": [tap], "more": 1},
        {"for": sitter.id, "attempt": 1, "taps": [tap | {"right": True}]},
        {"for": sitter.id, "attempt": 1, "taps": [tap | {"choice": "0"}]},
        {"for": sitter.id, "attempt": 1, "taps": [tap] * 251},
        {"for": sitter.id, "attempt": 1, "taps": [tap | {"page": "on paper"}]},
    ):
        assert client.put("/my/quiz/answers", json=body, headers=JSON).status_code == 400
    assert put(visit(other), sitter, [(1, 0)]).json["error"] == "another_writer"
    assert db.session.query(QuizTap).count() == 0


def test_the_key_reaches_nobody_who_sits_the_test_by_any_page_or_answer(
    app: Any, sitting: Any, sitter: Any, visit: Any, at_the_slot: Any, people: Any
) -> None:
    """The same test with another key: not one byte of what an attendee gets is different."""

    def everything() -> list[bytes]:
        client = visit(sitter)
        found = []
        for path in (
            "/my/", "/my/quiz", "/my/quiz/state", "/my/quiz/review", "/my/reflection/receipt", "/my/reflection/paper",
            "/my/reflection/draft", "/my/result", "/my/data",
        ):  # fmt: skip
            found.append(client.get(path, follow_redirects=True).data)
        return [page.replace(client.get("/my/quiz/state").json["csrf"].encode(), b"") for page in found]

    def with_keys() -> tuple[list[bytes], list[bytes]]:
        first = everything()
        with transaction():
            for one in queries.questions_of(sitting.quiz_id):
                one.accepted = [(one.accepted[0] + 1) % len(one.choices)]
        return first, everything()

    first, second = with_keys()
    assert _plain(first) == _plain(second)
    sitting.begin(sitter)
    sitting.answer(sitter, {1: 0, 2: 1, 3: 1})
    first, second = with_keys()
    assert _plain(first) == _plain(second)
    assert all(b"accepted" not in page and b"weight" not in page for page in second)
    sitting.finish(sitter)
    first, second = with_keys()
    assert _plain(first) == _plain(second)
    for who in ("unit_officer", "site_host", "leader", "admin", "grader", "nobody"):
        answer = people[who].get(f"/conferences/{sitting.world.conference.code}/quiz/questions")
        assert answer.status_code in (302, 401, 403, 404), who


def _plain(pages: list[bytes]) -> list[bytes]:
    """Without the tokens that each page has anew."""
    return [re.sub(rb'(csrf[-_]token" (?:content|value)="|"csrf":")[^"]*', rb"\1", page) for page in pages]


def test_marks_flow_into_a_release_and_a_corrected_key_changes_them_only_by_a_decision(
    app: Any, sitting: Any, visit: Any, organizer: Any, at_the_slot: Any
) -> None:
    with transaction():
        writers = [sitting.world.attendee(full_name=name) for name in ("Đặng Hữu Phước", "Lê Thị Mai", "Hồ Sỹ Quyền")]
    for right, who in zip((4, 3, 1), writers, strict=True):
        sitting.sit(who, right)
    code, conference = sitting.world.conference.code, sitting.world.conference
    assert "Tính điểm 3 bài" in organizer.get(f"/conferences/{code}/grading").text
    assert organizer.post(f"/conferences/{code}/grading/tests").status_code == 302
    assert organizer.post(f"/conferences/{code}/grading/share").status_code == 409
    _release(conference)
    marks = {row.attendee_id: row.mark for row in _released(conference)}
    assert [marks[who.id] for who in writers] == [Decimal("10.00"), Decimal("7.50"), Decimal("2.50")]
    assert "Khá" in visit(writers[1]).get("/my/result").text
    assert faults(app) == {}
    question = queries.questions_of(sitting.quiz_id)[0]
    page = f"/conferences/{code}/grading/keys/{question.id}"
    wrong = "ABC"[(question.accepted[0] + 1) % 3]
    asked = organizer.post(page, data={"key": wrong, "reason": "In sai"}).text
    told = asked.partition('name="told" value="')[2].partition('"')[0]
    assert int(told) >= 1
    refused = organizer.post(page, data={"key": wrong, "reason": "In sai", "told": str(int(told) + 1)})
    assert refused.status_code == 409
    assert organizer.post(page, data={"key": wrong, "reason": "In sai", "told": told}).status_code == 302
    entry = db.session.query(JournalEntry).filter_by(action="quiz.correct_key").one()
    assert (entry.after["marks"], entry.reason) == (int(told), "In sai")
    db.session.expire_all()
    assert {row.attendee_id: row.mark for row in _released(conference)} == marks  # what was published stays
    assert releasing.pending(conference.id, releasing.latest_release(conference.id)).changed == int(told)
    assert faults(app) == {}
    _release(conference)
    assert {row.attendee_id: row.mark for row in _released(conference)} != marks
    assert faults(app) == {}
    with transaction():
        db.session.query(QuizAttempt).first().points += 1
    assert sorted(faults(app)) == ["grades", "releases", "tests"]


def _release(conference: Any) -> None:
    with transaction():
        draft = releasing.prepare(conference.id)
        releasing.release(draft=draft, by=SYSTEM, at=LATER)


def _released(conference: Any) -> Any:
    last = releasing.latest_release(conference.id)
    return db.session.query(ReleasedMark).filter_by(release_id=last.id).all()


def test_an_officer_prints_a_paper_and_enters_what_was_ticked(
    app: Any, sitting: Any, sitter: Any, sign_in: Any, visit: Any, at_the_slot: Any
) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, sitting.world.unit.id)
    here = f"/conferences/{sitting.world.conference.code}/quiz/people/{sitter.number}"
    assert "Ra đề để in" in officer.get(f"{here}/paper").text
    assert officer.post(f"{here}/paper").status_code == 303
    pdf = officer.get(f"{here}/paper.pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert "trên giấy" in visit(sitter).get("/my/quiz").text
    assert put(visit(sitter), sitter, [(1, 0)]).json["error"] == "quiz_finished"
    at_the_slot.stop_at(END + timedelta(minutes=30))
    go_round()
    assert db.session.query(Submission).count() == 0  # the paper waits for who enters it
    right = sitting.right(sitter, 4)
    entered = officer.post(f"{here}/entry", data={f"answer-{place}": str(choice) for place, choice in right.items()})
    assert entered.status_code == 303
    assert "4 trên 4 câu" in officer.get(entered.headers["Location"]).text
    assert db.session.query(SubmissionOnBehalf).count() == 1
    assert db.session.query(QuizAttempt.points).scalar() == Decimal(4)
    assert officer.post(f"{here}/entry", data={"answer-1": "0"}).status_code == 409
    assert faults(app) == {}


def test_results_are_told_at_once_only_where_they_are_and_a_sheet_counts_every_answer(
    sitting: Any, sitter: Any, visit: Any, organizer: Any, at_the_slot: Any
) -> None:
    with transaction():
        sitting.quiz.shows = "at_once"
        other = sitting.world.attendee(full_name="Nguyễn Thị Ánh")
    sitting.sit(sitter, 3)
    sitting.sit(other, 4)
    assert "Đạt 3,00 trên 4,00 điểm các câu" in visit(sitter).get("/my/reflection/receipt").text
    sheet = organizer.get(f"/conferences/{sitting.world.conference.code}/quiz/results.xlsx")
    people, questions = read_workbook("kq.xlsx", sheet.data).sheets
    assert [row[10:12] for row in people.rows[1:]] == [[4, 4], [3, 4]]
    assert all(
        sum(row[1:8] and [cell for cell in row[1:8] if cell != ""]) == row[10] == 2 for row in questions.rows[1:]
    )
    assert db.session.query(JournalEntry).filter_by(action="quiz.export_results").count() == 1


def test_where_a_test_is_sat_lists_letters_and_programs_speak_of_a_test(
    app: Any, sitting: Any, sitter: Any, organizer: Any, visit: Any, at_the_slot: Any
) -> None:
    code = sitting.world.conference.code
    with transaction():
        absent = sitting.world.attendee(present=0, full_name="Nguyễn Thị Ánh")
    report = organizer.get(f"/conferences/{code}/report").text
    assert (">Bài trắc nghiệm</th>" in report, "Phải làm trắc nghiệm" in report) == (True, True)
    behind = organizer.get(f"/conferences/{code}/report/people?figure=must_write").text
    assert ("1 người: Phải làm trắc nghiệm" in behind, "chưa làm" in behind, "viết" in behind) == (True, True, False)
    listed = organizer.get(f"/conferences/{code}/people?writing=must").text
    assert ("Chưa làm" in listed, "Chưa viết" in listed, "Trắc nghiệm" in listed) == (True, False, True)
    assert "Bài trắc nghiệm chưa mở" in visit(absent).get("/my/quiz").text
    sitting.sit(sitter, 3)
    with transaction():
        settle_quiz(conference_id=sitter.conference_id, by=SYSTEM, at=SLOT_OPENS)
        _token, secret = make_service_token(
            label="Báo cáo", rights=[Right.REFLECTIONS, Right.MARKS], conference_id=None, by=SYSTEM, at=SLOT_OPENS
        )
    _release(sitting.world.conference)
    program, asked = app.test_client(), {"Authorization": f"Bearer {secret}"}
    (reflection,) = program.get(f"/api/v1/conferences/{code}/reflections", headers=asked).json["items"]
    assert (reflection["form"], reflection["state"]) == ("quiz", "submitted")
    (mark,) = program.get(f"/api/v1/conferences/{code}/marks", headers=asked).json["items"]
    assert (mark["form"], mark["mark"], mark["test"]) == ("quiz", "7.50", {"points": "3.00", "total": "4.00"})
    with app.test_request_context():
        assert reminder_facts(sitter, SLOT_OPENS)["paper"] == "bài trắc nghiệm"


def test_a_grant_is_taken_back_on_the_page_of_the_person(
    sitting: Any, sitter: Any, organizer: Any, visit: Any, at_the_slot: Any
) -> None:
    sitting.sit(sitter, 1)
    page = f"/conferences/{sitting.world.conference.code}/people/{sitter.number}"
    given = {"grant_day": "20/12/2018", "grant_hour": "17:00", "grant_reason": "Máy hỏng"}
    grant = f"/conferences/{sitting.world.conference.code}/quiz/people/{sitter.number}/grant"
    assert organizer.post(grant, data=given).status_code == 302
    assert organizer.post(grant, data=given | {"grant_hour": "18:00"}).status_code == 409
    shown = organizer.get(page).text
    assert ("chưa dùng" in shown, "Cho làm bài riêng…" in shown) == (True, False)
    assert visit(sitter).get("/my/quiz").status_code == 200
    revoke = re.search(r'action="([^"]+/grants/[0-9]+/revoke)"', shown)
    assert revoke is not None
    assert organizer.post(revoke[1]).status_code == 422  # without a reason
    assert organizer.post(revoke[1], data={"revoke_reason": "Cho nhầm người"}).status_code == 302
    shown = organizer.get(page).text
    assert ("đã thu lại" in shown, "Cho làm bài riêng…" in shown) == (True, True)
    assert visit(sitter).get("/my/quiz").headers["Location"].endswith("/my/reflection/receipt")


def test_erasing_takes_the_answers_and_leaves_every_figure(
    app: Any, sitting: Any, sitter: Any, visit: Any, at_the_slot: Any
) -> None:
    sitting.sit(sitter, 3)
    with transaction():
        settle_quiz(conference_id=sitter.conference_id, by=SYSTEM, at=SLOT_OPENS)
    told = data_of(called_as(sitter.person_id), with_papers=True).data["conferences"][0]["test"]
    assert (len(told["sittings"]), len(told["answers"])) == (1, 3)
    at_the_slot.stop_at(SLOT_OPENS + timedelta(days=60))
    with transaction():
        erase_person(person_id=sitter.person_id, secret=SECRET, by=SYSTEM, at=SLOT_OPENS + timedelta(days=60))
    db.session.expire_all()
    assert db.session.query(QuizTap).count() == 0
    assert [(one.points, one.total) for one in db.session.query(QuizAttempt)] == [(Decimal(3), Decimal(4))]
    assert db.session.query(Paper.mark).scalar() == Decimal("7.50")
    assert faults(app) == {}
