"""Each page of grading on both databases, with a fixed number of queries."""

from __future__ import annotations

import pytest

from conference.foundation.db import transaction
from tests.grading.grade_book import GradeBook, make_grade_book

PAGES = ("", "/scheme", "/graders", "/papers", "/papers?show=all", "/papers?show=questioned", "/releases")


@pytest.fixture
def book(db_session) -> GradeBook:
    with transaction():
        made = make_grade_book()
        made.share_out()
    return made


def test_every_page_opens_for_who_organises_at_every_stage(book, people):
    for page in PAGES:
        assert people["organizer"].get(f"/conferences/NQ12/grading{page}").status_code == 200
    with transaction():
        book.give_all(("5.00", "8.00"))
    for page in PAGES:
        assert people["organizer"].get(f"/conferences/NQ12/grading{page}").status_code == 200


def test_lists_ask_the_database_as_often_for_one_row_as_for_many(db_session, people, sign_in, count_queries):
    counts = []
    for code, authors in (("NHO", 1), ("LON", 8)):
        with transaction():
            book = make_grade_book(code=code, authors=authors, graders=6)
            book.share_out()
            reading = book.readings(book.attendees[0])[0]
            account = book.accounts[[g.id for g in book.graders].index(reading.grader_id)]
        organizer, grader = people["organizer"], sign_in(account=account)
        of_stage = []
        for browser, path in (
            (organizer, f"/conferences/{code}/grading"),
            (organizer, f"/conferences/{code}/grading/graders"),
            (organizer, f"/conferences/{code}/grading/papers?show=all"),
            (organizer, f"/conferences/{code}/grading/releases"),
            (grader, "/marking/"),
            (grader, f"/marking/{reading.blind_code}"),
        ):
            with count_queries() as statements:
                assert browser.get(path).status_code == 200
            of_stage.append(len(statements))
        counts.append(of_stage)
    assert counts[0] == counts[1]
