"""The pages of grading: what each role may open and do, and what a page says."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from conference.foundation import jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.grading import queries, releasing
from conference.grading.models import Grader, Paper, Reading, ReadingMark
from conference.grading.rules import PaperState, ReadingState
from conference.registry.links import link_token
from tests.factories import make_account, make_conference
from tests.grading.grade_book import AT, SECRET, GradeBook, make_grade_book, marks_adding_up_to
from tests.people import prove_origin


@pytest.fixture
def app(sqlite_app):
    """What a page says does not depend on the database behind it."""
    return sqlite_app


@pytest.fixture
def book(db_session) -> GradeBook:
    with transaction():
        made = make_grade_book()
        made.share_out()
    return made


@pytest.fixture
def grader_of(book, sign_in):
    """``grader_of(reading)``: the signed-in browser of the one whose desk it lies on."""

    def enter(reading: Reading):
        return sign_in(account=book.accounts[[g.id for g in book.graders].index(reading.grader_id)])

    return enter


def attendee_browser(app, attendee):
    client = prove_origin(app.test_client())
    client.get(f"/p/{link_token(SECRET, attendee.id, attendee.link_issue)}")
    return client


def form_of(book, reading, total="7.00", **more):
    marks = marks_adding_up_to(total, book.scheme)
    return {"version": reading.version, **{f"mark-{part}": str(mark) for part, mark in marks.items()}} | more


JSON = {"Accept": "application/json"}
PAGES = ("", "/scheme", "/graders", "/papers", "/papers?show=all", "/papers?show=questioned", "/releases")


@pytest.mark.parametrize("role", ["grader", "site_host", "unit_officer", "scanner"])
def test_others_are_kept_out(book, people, role):
    for page in (*PAGES, "/readings/1", "/releases/1"):
        assert people[role].get(f"/conferences/NQ12/grading{page}").status_code == 403


def test_a_leader_looks_and_changes_nothing(book, people):
    leader = people["leader"]
    assert leader.get("/conferences/NQ12/grading").status_code == 200
    assert leader.get("/conferences/NQ12/grading/papers").status_code == 403
    for path in ("share", "scheme", "graders", "releases", "readings/1/reopen", "graders/1/remove"):
        assert leader.post(f"/conferences/NQ12/grading/{path}").status_code == 403


def test_sharing_out_is_long_work_that_the_page_shows(db_session, people):
    with transaction():
        book = make_grade_book()
    organizer = people["organizer"]
    assert organizer.post("/conferences/NQ12/grading/share").status_code == 302
    assert 'data-module="ui/progress"' in organizer.get("/conferences/NQ12/grading").text
    assert organizer.post("/conferences/NQ12/grading/share").status_code == 409  # one at a time
    jobs.run_all()
    assert queries.progress_of(book.conference.id).readings == 8


def test_an_account_is_called_to_grade_with_unit_and_site(book, people):
    with transaction():
        account = make_account(None, login="cham.moi", unit_id=book.units[0].id)
        site = book.sites[0].id
    organizer = people["organizer"]
    wrong = organizer.post("/conferences/NQ12/grading/graders", data={"login": "khong.co"})
    assert wrong.status_code == 422
    assert "Không có tài khoản này" in wrong.text
    assert 'value="khong.co"' in wrong.text
    assert (
        organizer.post("/conferences/NQ12/grading/graders", data={"login": "cham.moi", "site": site}).status_code == 302
    )
    grader = db.session.query(Grader).filter_by(account_id=account.id).one()
    assert (grader.unit_id, grader.site_id) == (book.units[0].id, site)


def test_a_scheme_is_changed_with_commas_and_refused_in_words(book, people):
    organizer = people["organizer"]
    scheme = book.scheme
    sent = {"version": scheme.version, "step": "0,25", "tolerance": "0,5", "rounding": "0,5"}
    for place, part in enumerate(scheme.parts, 1):
        sent |= {
            f"part-{place}-id": part.id,
            f"part-{place}-title": part.title,
            f"part-{place}-max": str(part.max_mark),
        }
    sent |= {"cut-excellent": "9", "cut-good": "7", "cut-average": "5"}
    bad = organizer.post("/conferences/NQ12/grading/scheme", data={**sent, "part-1-max": "4,1"})
    assert bad.status_code == 422
    assert "chia hết cho bước điểm" in bad.text
    assert 'value="4,1"' in bad.text
    assert organizer.post("/conferences/NQ12/grading/scheme", data=sent).status_code == 302
    assert (book.scheme.tolerance, book.scheme.rounding) == (Decimal("0.50"), Decimal("0.50"))
    assert organizer.post("/conferences/NQ12/grading/scheme", data=sent).status_code == 409  # from an older version


def test_looking_at_the_scheme_lays_none_down_and_saving_does(db_session, people):
    with transaction():
        conference = make_conference()
    address = "/conferences/NQ12/grading/scheme"
    page = people["organizer"].get(address).text
    assert "Chưa có thang điểm nào được lưu" in page
    assert queries.scheme_of(conference.id) is None
    sent = dict(re.findall(r'name="((?:version|step|tolerance|rounding|part-|cut-)[\w-]*)"[^>]*?value="([^"]*)"', page))
    assert sent["part-1-id"] == ""
    assert people["organizer"].post(address, data=sent | {"cut-excellent": "9"}).status_code == 302
    laid_down = queries.scheme_of(conference.id)
    assert laid_down is not None
    assert (len(laid_down.parts), laid_down.as_scheme().max_total) == (5, 10)
    assert laid_down.as_scheme().cuts[0][1] == 9


def test_a_grader_sees_the_own_queue_and_nobody_elses(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    browser = grader_of(reading)
    queue = browser.get("/marking/").text
    mine = {one.blind_code for one in db.session.query(Reading).filter_by(grader_id=reading.grader_id)}
    others = {one.blind_code for one in db.session.query(Reading)} - mine
    assert all(code in queue for code in mine)
    assert not any(code in queue for code in others)
    assert browser.get(f"/marking/{reading.blind_code}").status_code == 200
    for code in others:
        assert browser.get(f"/marking/{code}").status_code == 404
        assert browser.post(f"/marking/{code}", data={"version": 1}).status_code == 404
        assert browser.post(f"/marking/{code}/save.json", json={"version": 1}).status_code == 404


def test_marks_are_saved_as_they_are_given_and_a_stale_window_gets_409(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    browser = grader_of(reading)
    part = str(book.scheme.parts[0].id)
    url = f"/marking/{reading.blind_code}/save.json"
    first = browser.post(
        url, json={"version": 1, "marks": {part: "3.25"}, "notes": {part: "rõ"}, "comment": "x"}, headers=JSON
    )
    assert (first.status_code, first.json["version"], first.json["total"]) == (200, 2, None)
    stale = browser.post(url, json={"version": 1, "marks": {part: "0.25"}}, headers=JSON)
    assert (stale.status_code, stale.json["error"]) == (409, "changed_meanwhile")
    assert db.session.query(ReadingMark).one().mark == Decimal("3.25")


FOREIGN = (
    [], "x", {"version": "a"}, {"version": 1, "grader_id": 3}, {"version": 1, "marks": {"999": "1.00"}},
    {"version": 1, "marks": []}, {"version": 1, "comment": 5}, {"version": True},
    {"version": 1, "comment": "a\u0000"},
)  # fmt: skip


def test_what_no_page_of_ours_sends_is_refused(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    browser = grader_of(reading)
    part = str(book.scheme.parts[0].id)
    for sent in FOREIGN:
        answer = browser.post(f"/marking/{reading.blind_code}/save.json", json=sent, headers=JSON)
        assert (answer.status_code, answer.json["error"]) == (400, "bad_request"), sent
    for mark in ("0.1", "9.00", "NaN", "1e9", "-1", 3, "0.001"):
        sent = {"version": 1, "marks": {part: mark}}
        answer = browser.post(f"/marking/{reading.blind_code}/save.json", json=sent, headers=JSON)
        assert (answer.status_code, answer.json["error"]) == (422, "mark_off_scale"), mark
    assert db.session.query(ReadingMark).count() == 0


def test_finishing_goes_on_to_the_next_paper_and_the_last_one_back_to_the_queue(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    browser = grader_of(reading)
    mine = db.session.query(Reading).filter_by(grader_id=reading.grader_id).count()
    code = reading.blind_code
    for _ in range(mine):
        found = db.session.query(Reading).filter_by(blind_code=code).populate_existing().one()
        answer = browser.post(f"/marking/{code}", data=form_of(book, found, action="finish"))
        assert answer.status_code == 302
        code = answer.location.removeprefix("/marking/")
    assert code == ""
    states = {one.state for one in db.session.query(Reading).filter_by(grader_id=reading.grader_id)}
    assert states == {ReadingState.FINISHED}


def test_a_paper_without_all_marks_comes_back_with_what_was_typed(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    part = book.scheme.parts[0].id
    answer = grader_of(reading).post(
        f"/marking/{reading.blind_code}",
        data={"version": 1, f"mark-{part}": "3.25", "comment": "Viết chắc tay", "action": "finish"},
    )
    assert answer.status_code == 422
    assert "Viết chắc tay" in answer.text
    assert re.search(r'value="3.25"[^>]* checked', answer.text)
    assert answer.text.count("Mời cho điểm phần này") >= 4


def test_a_form_from_a_stale_window_comes_back_with_what_was_typed(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    browser = grader_of(reading)
    browser.post(f"/marking/{reading.blind_code}/save.json", json={"version": 1, "comment": "bản kia"})
    answer = browser.post(f"/marking/{reading.blind_code}", data=form_of(book, reading, comment="bản này", version=1))
    assert answer.status_code == 409
    assert "bản này" in answer.text
    assert "cửa sổ khác" in answer.text


def test_setting_aside_and_questioning_keep_what_was_given(book, grader_of):
    reading = book.readings(book.attendees[0])[0]
    browser = grader_of(reading)
    browser.post(f"/marking/{reading.blind_code}", data=form_of(book, reading, action="question"))
    found = db.session.query(Reading).filter_by(id=reading.id).populate_existing().one()
    assert (found.is_questioned, found.total) == (True, Decimal("7.00"))
    answer = browser.post(f"/marking/{reading.blind_code}", data=form_of(book, found, "6.00", action="later"))
    assert answer.location != f"/marking/{reading.blind_code}"
    found = db.session.query(Reading).filter_by(id=reading.id).populate_existing().one()
    assert found.set_aside_at is not None
    assert found.total == Decimal("6.00")


def test_publishing_asks_with_the_number_and_reaches_the_authors(app, book, people):
    organizer = people["organizer"]
    with transaction():
        book.give_all(("7.50", "8.00"))
    page = organizer.get("/conferences/NQ12/grading").text
    assert "Công bố điểm cho 4 người?" in page
    assert organizer.post("/conferences/NQ12/grading/releases", data={"papers": "3"}).status_code == 409
    author = attendee_browser(app, book.attendees[0])
    before = author.get("/my/result").text
    assert "Chưa có kết quả" in before
    assert "7,75" not in before + author.get("/my/").text
    assert organizer.post("/conferences/NQ12/grading/releases", data={"papers": "4"}).status_code == 302
    jobs.run_all()
    after = author.get("/my/result").text
    assert "7,75" in after
    assert "Khá" in after
    assert "Nhận xét" in after
    assert "7,75" in author.get("/my/").text
    assert organizer.get("/conferences/NQ12/grading/releases/1").status_code == 200
    assert organizer.get("/conferences/NQ12/grading/releases/2").status_code == 404
    assert organizer.post("/conferences/NQ12/grading/releases", data={"papers": "4"}).status_code == 409


def test_a_reading_is_given_back_with_a_reason_and_the_release_stands(app, book, people):
    organizer = people["organizer"]
    with transaction():
        book.give_all()
        releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
    reading = book.readings(book.attendees[0])[0]
    url = f"/conferences/NQ12/grading/readings/{reading.id}"
    assert "Nhận xét" in organizer.get(url).text
    organizer.post(f"{url}/reopen", data={"reason": ""})
    assert db.session.query(Reading).filter_by(id=reading.id).populate_existing().one().state is ReadingState.FINISHED
    organizer.post(f"{url}/reopen", data={"reason": "Cộng nhầm"})
    paper = db.session.query(Paper).filter_by(attendee_id=book.attendees[0].id).populate_existing().one()
    assert paper.state is PaperState.GRADING
    assert "7,75" in attendee_browser(app, book.attendees[0]).get("/my/result").text


def test_one_attendee_never_sees_the_mark_of_another(app, book):
    with transaction():
        for attendee, total in zip(book.attendees, ("3.25", "5.75", "7.00", "9.50"), strict=True):
            for reading in book.readings(attendee):
                book.give(reading, total)
        releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
    page = attendee_browser(app, book.attendees[1]).get("/my/result").text
    assert "5,75" in page
    assert not any(mark in page for mark in ("3,25", "9,50"))
