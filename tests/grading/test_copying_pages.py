"""What the council sees of papers that are like others, and what it does about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import rfc8785
from sqlalchemy import select

from conference.demo.essays import copied, essay
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.foundation.text import fold
from conference.grading.models import CopyRuling, Paper
from conference.grading.rules import RulingKind
from conference.reflections import managing
from conference.reflections.models import Reflection, Submission
from conference.reflections.similarity.indexing import index_conference
from conference.reflections.similarity.models import OfficialText, PaperPrint, SimilarityIndex
from tests.factories import make_account, make_attendee, make_conference
from tests.grading.grade_book import AT, GradeBook, hand_in, make_grade_book
from tests.grading.test_views import attendee_browser
from tests.papers import docx

AUTHORS = 6


@pytest.fixture
def app(sqlite_app):
    """What a page says does not depend on the database behind it."""
    return sqlite_app


def paper(texts: list[str]) -> bytes:
    parts = [{"part": place, "title": f"Phần {place}", "text": text} for place, text in enumerate(texts, 1)]
    return rfc8785.dumps({"parts": parts, "commitments": [], "files": []})


@pytest.fixture
def book(db_session) -> GradeBook:
    """Six authors: the first three handed in one paper, the others wrote their own; all read and marked alike."""
    with transaction():
        made = make_grade_book(authors=AUTHORS)
        source = essay("source", 480)
        for place, attendee in enumerate(made.attendees):
            mine = (
                [source, copied(source, "b"), copied(source, "c")][place] if place < 3 else essay(f"own {place}", 480)
            )
            hand_in(attendee, content=paper(mine))
        made.share_out()
        made.give_all(("7.50", "7.50"))
    index_conference(made.conference, at=AT)
    return made


@pytest.fixture
def papers(book) -> list[int]:
    """The papers of the authors, in their order."""
    ids = dict(
        db.session.execute(
            select(Reflection.attendee_id, Submission.id)
            .join(Submission, Submission.reflection_id == Reflection.id)
            .where(Submission.version == Reflection.current_version)
        ).all()
    )
    db.session.rollback()
    return [ids[one.id] for one in book.attendees]


def said(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def test_copies_are_listed_by_paper_and_by_group(book, papers, people):
    council = people["organizer"]
    page = said(council.get("/conferences/NQ12/grading/copies"))
    assert "3 bài trùng lặp chờ quyết định" in page
    for place, attendee in enumerate(book.attendees):
        assert (f"Nguyễn Văn Tác {place}" in page) == (place < 3), attendee.id
    page = said(council.get("/conferences/NQ12/grading/copies?by=group"))
    assert "1 nhóm" in page.replace("\u00a0", " ") or page.count("copy-group") == 1
    assert [page.count(f"Nguyễn Văn Tác {place}") for place in range(4)] == [1, 1, 1, 0]
    narrowed = said(council.get(f"/conferences/NQ12/grading/copies?q={fold('tác 1')}&ruled=no&level=suspect"))
    assert [f"Nguyễn Văn Tác {place}</a>" in narrowed for place in range(3)] == [False, True, False]
    assert "Không có bài nào ở mục này" in said(council.get("/conferences/NQ12/grading/copies?ruled=yes"))
    assert "Tác 2" in said(council.get(f"/conferences/NQ12/grading/copies?group={papers[0]}"))


def test_before_anything_is_compared_the_page_says_what_will_be(db_session, people):
    with transaction():
        make_grade_book(authors=2)
    page = said(people["organizer"].get("/conferences/NQ12/grading/copies"))
    assert "2 bài mới nộp chưa được so" in page
    assert people["organizer"].post("/conferences/NQ12/grading/copies/compare").status_code == 302
    assert "Đang so các bài với nhau" in said(people["organizer"].get("/conferences/NQ12/grading/copies"))
    jobs.run_all()
    assert db.session.scalars(select(PaperPrint.own)).all() == [4, 4]


def test_two_papers_stand_side_by_side_with_what_both_say(book, papers, people):
    page = said(people["organizer"].get(f"/conferences/NQ12/grading/copies/{papers[0]}"))
    assert page.count('<mark class="common">') > 6
    assert 'aria-labelledby="other-paper"' in page
    noted = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "similarity.read")).one()
    assert noted.subject_id == papers[0]
    assert noted.after["other"] in papers[1:3]
    other = said(people["organizer"].get(f"/conferences/NQ12/grading/copies/{papers[0]}?with={papers[2]}"))
    assert "Nguyễn Văn Tác 2</h2>" in other
    alone = said(people["organizer"].get(f"/conferences/NQ12/grading/copies/{papers[4]}?with={papers[2]}"))
    assert "không giống bài nào" in alone or "Dưới mức" in alone
    assert people["organizer"].get("/conferences/NQ12/grading/copies/999999").status_code == 404


def test_a_decision_and_taking_it_back(book, papers, people):
    council, address = people["organizer"], f"/conferences/NQ12/grading/copies/{papers[0]}"
    refused = council.post(f"{address}/rule", data={"kind": "deducted", "points": "0,3", "reason": ""})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert 'id="reason-error"' in page and 'id="points-error"' in page
    assert 'value="0,3"' in page
    assert db.session.scalars(select(CopyRuling)).all() == []
    sent = {"kind": "deducted", "points": "1,5", "reason": "Chép bài của người khác."}
    assert "3 bài nghi sao chép chưa có quyết định" in said(council.get("/conferences/NQ12/"))
    assert council.post(f"{address}/rule?with={papers[1]}", data=sent).status_code == 302
    assert "2 bài nghi sao chép chưa có quyết định" in said(council.get("/conferences/NQ12/"))
    ruling = db.session.scalars(select(CopyRuling)).one()
    assert (ruling.kind, ruling.points, ruling.other_id) == (RulingKind.DEDUCTED, Decimal("1.50"), papers[1])
    assert ruling.share >= 7_000
    mark = select(Paper.mark).where(Paper.submission_id == papers[0])
    assert db.session.scalar(mark) == Decimal("6.00")
    again = council.post(f"{address}/rule", data=sent)
    assert again.status_code == 409
    assert "đã có quyết định" in again.get_data(as_text=True)
    assert "Chép bài của người khác." in said(council.get(address))
    assert council.post(f"{address}/undo", data={"undo_reason": ""}).status_code == 422
    assert council.post(f"{address}/undo", data={"undo_reason": "Nhầm bài."}).status_code == 302
    assert db.session.scalar(mark) == Decimal("7.50")
    assert "Quyết định đã rút" in said(council.get(address))
    assert council.post(f"{address}/undo", data={"undo_reason": "Nhầm bài."}).status_code == 409


@pytest.mark.parametrize("until", ["", "01/01/2001", "31/31/2019"])
def test_giving_back_needs_a_day_ahead(book, papers, people, until):
    sent = {"kind": "returned", "until_day": until, "until_hour": "17:00", "reason": "Chép."}
    answer = people["organizer"].post(f"/conferences/NQ12/grading/copies/{papers[0]}/rule", data=sent)
    assert answer.status_code == 422
    assert db.session.scalars(select(CopyRuling)).all() == []


def test_a_paper_given_back_by_a_decision_is_taken_back_with_the_decision(book, papers, people):
    with transaction():
        parts = [managing.PartPlan(None, "Nhận thức", "", 0, False)]
        managing.make_task(conference=book.conference, plan=managing.plan_for(book.conference, parts), by=SYSTEM, at=AT)
    council, number = people["organizer"], book.attendees[0].number
    decision, person = f"/conferences/NQ12/grading/copies/{papers[0]}", f"/conferences/NQ12/people/{number}"
    sent = {"kind": "returned", "until_day": "31/12/2099", "until_hour": "17:00", "reason": "Chép."}
    assert council.post(f"{decision}/rule", data=sent).status_code == 302
    page = said(council.get(person))
    assert decision in page
    assert "Thu lại việc trả bài" not in page
    address = f"/conferences/NQ12/reflections/people/{number}/return/end"
    refused = council.post(address, data={"end_return_reason": "Nhầm."})
    assert refused.status_code == 409
    assert "rút quyết định ấy" in refused.get_data(as_text=True)
    assert council.post(f"{decision}/undo", data={"undo_reason": "Nhầm bài."}).status_code == 302
    assert decision not in said(council.get(person))


def test_the_author_reads_the_decision_with_the_result(app, book, papers, people):
    council = people["organizer"]
    sent = {"kind": "failed", "reason": "Chép nguyên văn bài trên mạng."}
    council.post(f"/conferences/NQ12/grading/copies/{papers[0]}/rule", data=sent)
    author = attendee_browser(app, book.attendees[0])
    assert "Chép nguyên văn" not in said(author.get("/my/result"))
    council.post("/conferences/NQ12/grading/releases", data={"papers": str(AUTHORS), "note": ""})
    jobs.run_all()
    page = said(author.get("/my/result"))
    assert "Quyết định của hội đồng: không đạt" in page
    assert "thống nhất 7,50 điểm; sau quyết định còn 0,00" in page
    assert "Chép nguyên văn bài trên mạng." in page


def test_limits_and_texts_that_may_be_quoted(book, people):
    council, address = people["organizer"], "/conferences/NQ12/grading/copies"
    wrong = council.post(f"{address}/limits", data={"watch": "80", "suspect": "70"})
    assert wrong.status_code == 422
    assert "từ mức cần xem trở lên" in wrong.get_data(as_text=True)
    assert council.post(f"{address}/limits", data={"watch": "95", "suspect": "99"}).status_code == 302
    assert db.session.scalars(select(PaperPrint.group_id).distinct()).all() == [None]
    index = db.session.scalars(select(SimilarityIndex)).one()
    assert (index.watch, index.suspect) == (95, 99)
    council.post(f"{address}/limits", data={"watch": "40", "suspect": "70"})
    assert "3 bài trùng lặp" in said(council.get(address))
    assert council.post(f"{address}/texts", data={"title": "", "text": "x"}).status_code == 422
    document = {
        "title": "Tài liệu học tập",
        "text": "",
        "file": (BytesIO(docx(*essay("source", 480))), "tai-lieu.docx"),
    }
    assert council.post(f"{address}/texts", data=document).status_code == 302
    jobs.run_all()
    assert "Không có bài trùng lặp nào chờ quyết định" in said(council.get(address))
    for name, content in (("x.docx", b""), ("x.docx", b"PK\x03\x04 no archive"), ("x.txt", b"text")):
        sent = {"title": "Tài liệu", "text": "", "file": (BytesIO(content), name)}
        answer = council.post(f"{address}/texts", data=sent)
        assert answer.status_code == 422
        assert 'id="file-error"' in answer.get_data(as_text=True)
    kept = db.session.scalars(select(OfficialText.id)).one()
    assert council.post(f"{address}/texts/{kept}/remove").status_code == 302
    assert council.post(f"{address}/texts/{kept}/remove").status_code == 404
    jobs.run_all()
    assert "3 bài trùng lặp" in said(council.get(address))


def test_a_list_of_one_asks_the_database_as_often_as_a_list_of_three(book, papers, people, count_queries):
    council = people["organizer"]
    for address in ("copies?q=tac+1", "copies", "copies?by=group"):
        council.get(f"/conferences/NQ12/grading/{address}")
    counts = []
    for address in ("copies?q=tac+1", "copies"):
        with count_queries() as statements:
            said(council.get(f"/conferences/NQ12/grading/{address}"))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_graders_and_others_do_not_get_in(book, papers, sign_in, people):
    for client in (sign_in(account=book.accounts[0]), people["unit_officer"], people["site_host"]):
        for address in ("copies", "copies?by=group", f"copies/{papers[0]}", "copies/settings"):
            answer = client.get(f"/conferences/NQ12/grading/{address}")
            assert answer.status_code in (403, 404)
            assert "Tác" not in answer.get_data(as_text=True)


def test_authors_of_a_conference_that_one_does_not_organise_stay_unnamed(book, papers, sign_in):
    """Found in an earlier conference: who organises only this one learns that, and nothing of the author."""
    with transaction():
        later = make_conference("NQ13", host_unit=book.units[0], starts_on=date(2019, 12, 6))
        author = make_attendee(later, site=book.sites[0], unit=book.units[0], full_name="Lê Thị Sau")
        hand_in(author, content=paper(copied(essay("source", 480), "later")))
        account = make_account(Role.ORGANIZER, ScopeKind.CONFERENCE, later.id)
    index_conference(later, at=AT)
    mine = db.session.scalars(select(PaperPrint).where(PaperPrint.conference_id == later.id)).one()
    id = mine.submission_id
    assert mine.share >= 7_000
    council = sign_in(account=account)
    for address in ("copies", f"copies/{id}"):
        page = said(council.get(f"/conferences/NQ13/grading/{address}"))
        assert "Lê Thị Sau" in page
        assert "Một bài ở hội nghị trước" in page
        assert "Tác" not in page
