"""G2 to G4: released is what was entered, no update is lost, what was released stays."""

from __future__ import annotations

import threading
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

from sqlalchemy import select, text

from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry, broken_links
from conference.grading import marking, releasing, sharing
from conference.grading.models import Paper, Reading, ReadingMark, ReleasedMark
from conference.grading.rules import PaperState, ReadingState
from tests.grading.grade_book import AT, make_grade_book, marks_adding_up_to

D = Decimal


# ---- G2


def fold_independently(hundredths: list[int], tolerance: int, step: int) -> int:
    """The rule once more, in whole hundredths and fractions, knowing nothing of the product's own."""
    a, b = hundredths[0], hundredths[1]
    if max(a, b) - min(a, b) <= tolerance:
        value = Fraction(a + b, 2)
    else:
        a, b, c = sorted(hundredths)
        if b - a == c - b:
            value = Fraction(a + b + c, 3)
        else:
            value = Fraction(a + b, 2) if b - a < c - b else Fraction(b + c, 2)
    steps, rest = divmod(value, step)
    return int(steps + (1 if rest * 2 >= step else 0)) * step


def test_g2_each_released_mark_is_the_fold_of_what_was_entered(db_session, sized):
    """Random grade books, entered through the product, released, and worked out again from the raw rows."""
    for place in range(sized(12, 1_000)):
        chance = Random(place)
        with transaction():
            book = make_grade_book(code=f"SO{place}", authors=3, graders=5)
            book.share_out()
            enter_at_random(book, chance)
            shared = sharing.share_out_thirds(conference_id=book.conference.id, seed=place, by=SYSTEM, at=AT)
            assert shared.left_over == 0
            enter_at_random(book, chance)
            made = releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
        released = db.session.execute(
            text("SELECT paper_id, mark FROM released_marks WHERE release_id = :id"), {"id": made.id}
        ).all()
        assert len(released) == 3
        for paper_id, mark in released:
            totals = [total for _id, _ordinal, total in db.session.execute(TOTALS, {"id": paper_id})]
            assert mark == fold_independently(totals, 100, 25)


TOTALS = text("""
    SELECT readings.id, ordinal, SUM(mark) FROM readings JOIN reading_marks ON reading_id = readings.id
    WHERE paper_id = :id GROUP BY readings.id, ordinal ORDER BY ordinal
""")


def enter_at_random(book, chance: Random) -> None:
    scheme = book.scheme
    open_readings = db.session.execute(
        select(Reading.id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == book.conference.id, Reading.state == ReadingState.ASSIGNED)
    ).all()
    entries = []
    for (reading_id,) in open_readings:
        marks = {part.id: scheme.step * chance.randint(0, int(part.max_mark / scheme.step)) for part in scheme.parts}
        entries.append((reading_id, marking.Entry(marks, comment="Đã đọc"), AT))
    marking.enter_finished(conference_id=book.conference.id, entries=entries, by=SYSTEM, at=AT)


# ---- G3


def test_g3_racing_saves_lose_nothing_and_all_are_in_the_journal(app, db_session, sized):
    clients, rounds = 8, sized(6, 63)
    with transaction():
        book = make_grade_book(authors=1)
        book.share_out()
        reading_id = book.readings(book.attendees[0])[0].id
        part = book.scheme.parts[0].id
    kept: list[tuple[int, str]] = []
    refused = []
    faults: list[BaseException] = []

    def grade(place: int) -> None:
        chance = Random(place)
        with app.app_context():
            try:
                for _round in range(rounds):
                    reading = db.session.get_one(Reading, reading_id, populate_existing=True)
                    version, mark = reading.version, D("0.25") * chance.randint(0, 16)
                    db.session.rollback()
                    try:
                        with transaction():
                            saved = marking.save(
                                reading=reading, version=version, entry=marking.Entry({part: mark}),
                                by=Actor(ActorKind.ACCOUNT, place), at=clock.now(),
                            )  # fmt: skip
                        kept.append((saved.version, str(mark)))
                    except DomainError as error:
                        refused.append(error.code)
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=grade, args=(place,)) for place in range(1, clients + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(refused) <= {"changed_meanwhile", "busy"}
    assert len(kept) + len(refused) == clients * rounds
    kept.sort()
    assert [version for version, _mark in kept] == list(range(2, len(kept) + 2))
    db.session.rollback()
    assert db.session.get_one(Reading, reading_id, populate_existing=True).version == len(kept) + 1
    assert str(db.session.scalars(select(ReadingMark.mark)).one()) == kept[-1][1]
    entries = db.session.scalars(
        select(JournalEntry).where(JournalEntry.action == "grading.save").order_by(JournalEntry.id)
    ).all()
    assert [entry.after["marks"][str(part)] for entry in entries] == [mark for _version, mark in kept]
    for before, after in pairwise(entries):
        assert after.before["marks"] == before.after["marks"]
    assert list(broken_links()) == []


def test_g3_two_readers_who_finish_at_the_same_moment_settle_the_paper(app, db_session, sized):
    with transaction():
        book = make_grade_book(authors=sized(4, 60))
        book.share_out()
        marks = marks_adding_up_to("7.00", book.scheme)
        pairs = [[reading.id for reading in book.readings(attendee)] for attendee in book.attendees]
    faults: list[BaseException] = []

    def finish(reading_id: int, gate: threading.Barrier) -> None:
        with app.app_context():
            try:
                reading = db.session.get_one(Reading, reading_id)
                db.session.rollback()
                gate.wait()
                with transaction():
                    marking.finish(reading=reading, version=1, entry=marking.Entry(marks), by=SYSTEM, at=AT)
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    for pair in pairs:
        gate = threading.Barrier(2)
        threads = [threading.Thread(target=finish, args=(reading_id, gate)) for reading_id in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []
    db.session.rollback()
    assert set(db.session.scalars(select(Paper.state))) == {PaperState.SETTLED}


# ---- G4


def test_g4_what_was_released_stays_whatever_is_done_afterwards(db_session, sized):
    """A random walk of corrections and releases beside a model that only knows what each release said."""
    with transaction():
        book = make_grade_book(authors=3)
        book.share_out()
        book.give_all()
    chance, said, numbers = Random(4), {}, 0
    for _step in range(sized(40, 600)):
        attendee = chance.choice(book.attendees)
        move = chance.choice(("reopen", "give", "give", "release"))
        with transaction():
            try:
                if move == "reopen":
                    marking.reopen(reading=chance.choice(book.readings(attendee)), reason="x", by=SYSTEM, at=AT)
                elif move == "give":
                    reading = next(one for one in book.readings(attendee) if one.state is not ReadingState.FINISHED)
                    book.give(reading, str(D("7.00") + D("0.25") * chance.randint(0, 4)))
                else:
                    made = releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
                    numbers += 1
                    assert made.number == numbers
                    said[made.id] = marks_of(made.id)
            except (DomainError, StopIteration):
                continue
        for release_id, marks in said.items():
            assert marks_of(release_id) == marks
    assert numbers >= 3
    chain = releasing.releases_of(book.conference.id)
    for later, earlier in pairwise(chain):
        assert later.previous_hash == earlier.hash
        assert releasing.hash_of(earlier) == earlier.hash
        counts = releasing.difference_counts(later, earlier)
        now, before = said[later.id], said[earlier.id]
        assert counts.added == len(now.keys() - before.keys())
        assert counts.removed == len(before.keys() - now.keys())
        assert counts.changed == sum(now[who] != before[who] for who in now.keys() & before.keys())


def marks_of(release_id: int) -> dict[int, Decimal]:
    return dict(
        db.session.execute(
            select(ReleasedMark.attendee_id, ReleasedMark.mark).where(ReleasedMark.release_id == release_id)
        ).all()
    )
