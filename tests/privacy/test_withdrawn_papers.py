"""Erasing somebody whose paper lies on a grader's desk: it leaves the desk, what was published stands, totals stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from conference.accounts.models import Account
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.grading import blind, marking, queries, releasing, sharing
from conference.grading.models import Grader, Paper, Reading
from conference.grading.rules import PaperState
from conference.privacy import erasing
from conference.registry.models import Attendee
from tests.conftest import SECRET
from tests.grading.grade_book import AT, GradeBook, make_grade_book
from tests.privacy.planted import MOMENT

UNREAD, HALF, DISAGREED, REVISED, SETTLED = range(5)


@pytest.fixture
def book(app: Flask, db_session: Any) -> GradeBook:
    """Papers that nobody has begun, that one of two has read, that a third reads, that are revised, and settled."""
    with transaction():
        made = make_grade_book(authors=5, graders=6)
        made.share_out()
        _give(made, REVISED, "7.50", "8.00")
        releasing.release(draft=releasing.prepare(made.conference.id), by=SYSTEM, at=AT)
        marking.reopen(reading=made.readings(made.attendees[REVISED])[0], reason="Xem lại", by=SYSTEM, at=AT)
        _give(made, REVISED, "2.00")
        _give(made, HALF, "6.00")
        _give(made, DISAGREED, "3.00", "8.00")
        sharing.share_out_thirds(conference_id=made.conference.id, seed=1, by=SYSTEM, at=AT)
        _give(made, SETTLED, "7.00", "7.00")
    return made


def _give(book: GradeBook, author: int, *totals: str) -> None:
    for reading, total in zip(book.readings(book.attendees[author]), totals, strict=False):
        book.give(reading, total)


def erase(attendee: Attendee) -> None:
    with transaction():
        erasing.erase_person(person_id=attendee.person_id, secret=SECRET, by=SYSTEM, at=MOMENT)


def paper_of(attendee: Attendee) -> tuple[PaperState, str | None]:
    row = db.session.execute(select(Paper.state, Paper.mark).where(Paper.attendee_id == attendee.id)).one()
    return row.state, None if row.mark is None else str(row.mark)


def totals(readings: Sequence[Reading]) -> list[str | None]:
    return [None if one.total is None else str(one.total) for one in readings]


def test_a_paper_on_a_desk_keeps_nobody_from_being_erased(app, book, clock, people) -> None:
    clock.stop_at(MOMENT)
    before = queries.progress_of(book.conference.id)
    published = {one.id: releasing.result_of(one.id, book.conference.id) for one in book.attendees}
    assert before.states == {PaperState.GRADING: 4, PaperState.SETTLED: 1}
    for attendee in book.attendees:
        erase(attendee)
    assert [paper_of(one) for one in book.attendees] == [
        (PaperState.WITHDRAWN, None),
        (PaperState.WITHDRAWN, None),
        (PaperState.WITHDRAWN, None),
        (PaperState.SETTLED, "7.75"),
        (PaperState.SETTLED, "7.00"),
    ]
    assert [totals(book.readings(one)) for one in book.attendees] == [
        [],
        ["6.00"],
        ["3.00", "8.00"],
        ["7.50", "8.00"],
        ["7.00", "7.00"],
    ]
    after = queries.progress_of(book.conference.id)
    assert (after.papers, after.readings, after.finished, after.withdrawn) == (before.papers, 7, 7, 3)
    assert {id: found and found.mark for id, found in published.items()} == {
        id: found and found.mark for id in published for found in [releasing.result_of(id, book.conference.id)]
    }
    assert [slip for one in book.graders for slip in blind.slips_of(one.id) if slip.state != "finished"] == []
    outcome = app.test_cli_runner().invoke(args=["verify", "--json"])
    assert outcome.exit_code == 0, outcome.output
    page = people["organizer"].get("/conferences/NQ12/grading")
    assert "Đã chấm xong 2 bài" in page.text
    assert "đã rút vì người viết xóa dữ liệu" in page.text
    everything = people["organizer"].get("/conferences/NQ12/grading/papers?show=all")
    assert everything.text.count("Đã rút, người viết xóa dữ liệu") == 3


def test_who_has_the_page_open_is_told_and_nothing_is_given_out_again(app, book, clock, sign_in) -> None:
    clock.stop_at(MOMENT)
    attendee = book.attendees[HALF]
    finished, open_one = book.readings(attendee)
    reader = db.session.get_one(Grader, open_one.grader_id)
    grader = sign_in(account=db.session.get_one(Account, reader.account_id))
    address = f"/marking/{open_one.blind_code}"
    assert grader.get(address).status_code == 200
    planned = {"paper_id": finished.paper_id, "grader_id": reader.id, "ordinal": 2, "blind_code": "x"}
    erase(attendee)
    assert grader.get(address).status_code == 404
    with pytest.raises(DomainError, match="text_erased"), transaction():
        marking.reopen(reading=finished, reason="Xem lại", by=SYSTEM, at=MOMENT)
    with transaction():
        sharing.share_out(conference_id=book.conference.id, seed=2, by=SYSTEM, at=MOMENT)
        assert sharing.keep(book.conference.id, [planned]) == 0
    assert totals(book.readings(attendee)) == ["6.00"]
