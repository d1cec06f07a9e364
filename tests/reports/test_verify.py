"""`flask verify` finds nothing in an honest record, and each tampering in a dishonest one."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.grading import marking, releasing
from tests.grading.grade_book import AT, make_grade_book

TAMPERINGS = {
    "a mark of a part": "UPDATE reading_marks SET mark = mark - 25 WHERE mark >= 25 AND reading_id = 1",
    "a total": "UPDATE readings SET total = total + 25 WHERE id = 1",
    "an agreed mark": "UPDATE papers SET mark = 1000 WHERE id = 1",
    "a released mark": "UPDATE released_marks SET mark = 1000, rank = 'excellent' WHERE paper_id = 1",
    "a released rank": "UPDATE released_marks SET rank = 'excellent' WHERE paper_id = 1",
    "a release": "UPDATE releases SET note = 'khác' WHERE number = 1",
    "a release's figures": "UPDATE releases SET previous_hash = 'x' WHERE number = 1",
    "the journal": "UPDATE journal_entries SET actor_id = 99 WHERE id = 2",
    "the journal's end": "DELETE FROM journal_entries WHERE id = (SELECT MAX(id) FROM journal_entries)",
}


@pytest.fixture
def record(db_session):
    with transaction():
        book = make_grade_book()
        book.share_out()
        book.give_all()
        releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
    return book


def verify(app) -> tuple[int, dict[str, list[str]]]:
    outcome = app.test_cli_runner().invoke(args=["verify", "--json"])
    assert outcome.output.startswith("["), outcome.output
    return outcome.exit_code, {part["part"]: part["differences"] for part in json.loads(outcome.output)}


def test_an_honest_record_is_found_to_be_one(app, record):
    code, differences = verify(app)
    assert (code, set(map(tuple, differences.values()))) == (0, {()})


def test_a_correction_after_a_release_is_no_difference(app, record):
    with transaction():
        marking.reopen(reading=record.readings(record.attendees[0])[0], reason="x", by=SYSTEM, at=AT)
        record.give(record.readings(record.attendees[0])[0], "8.50")
    assert verify(app)[0] == 0


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_was_tampered_with_is_named(app, record, what):
    with transaction():
        db.session.execute(text(TAMPERINGS[what]))
    code, differences = verify(app)
    assert code == 1
    assert any(differences.values())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("commitments = 3", "commitments is 3, 1 by what was handed in"),
        ("words = 7", "words is 7, "),
        ("is_late = NOT is_late", "is_late is True, False by what was handed in"),
        ("current_version = 2", "2 versions, 1 are kept"),
    ],
)
def test_what_the_row_of_a_paper_says_is_counted_again_from_what_was_handed_in(app, record, change, named):
    with transaction():
        db.session.execute(text(f"UPDATE reflections SET {change} WHERE id = 1"))
    code, differences = verify(app)
    assert code == 1
    assert differences["papers"][0].startswith(f"reflection 1: {named}")


def test_people_read_a_plain_list(app, record):
    with transaction():
        db.session.execute(text(TAMPERINGS["an agreed mark"]))
    outcome = app.test_cli_runner().invoke(args=["verify"])
    assert outcome.exit_code == 1
    assert "grades                  4 checked, 1 differ" in outcome.output
    assert "paper 1: settled 7.75 by its readings, settled 10.00 is kept" in outcome.output
