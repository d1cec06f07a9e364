"""From papers handed in to numbered releases, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry, broken_links
from conference.foundation.paging import Ask
from conference.grading import actions, marking, queries, releasing, sharing
from conference.grading.actions import PartChange
from conference.grading.models import Grader, Paper, Reading, ReadingMark, ReleasedMark
from conference.grading.rules import PaperState, Rank, ReadingState
from tests.factories import make_attendee
from tests.grading.grade_book import AT, GradeBook, hand_in, make_grade_book, marks_adding_up_to

D = Decimal


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as error:
        yield
    assert error.value.code == code


@pytest.fixture
def book(db_session) -> GradeBook:
    with transaction():
        made = make_grade_book()
        made.share_out()
    return made


def paper(book: GradeBook, place: int = 0) -> Paper:
    return db.session.query(Paper).filter_by(attendee_id=book.attendees[place].id).populate_existing().one()


def release(book: GradeBook, note: str = "") -> releasing.Release:
    draft = releasing.prepare(book.conference.id)
    return releasing.release(draft=draft, by=SYSTEM, at=AT, note=note)


def test_each_paper_gets_two_strangers_with_codes_of_their_own(book):
    graders = {grader.id: grader for grader in book.graders}
    codes = set()
    for attendee in book.attendees:
        readings = book.readings(attendee)
        assert [reading.ordinal for reading in readings] == [1, 2]
        assert len({reading.grader_id for reading in readings}) == 2
        for reading in readings:
            assert graders[reading.grader_id].unit_id != attendee.unit_id
            assert graders[reading.grader_id].site_id != attendee.site_id
            codes.add(reading.blind_code)
    assert len(codes) == 8


def test_sharing_out_again_changes_nothing_and_takes_in_only_what_is_new(book):
    before = db.session.execute(select(Reading.id, Reading.paper_id, Reading.grader_id).order_by(Reading.id)).all()
    with transaction():
        again = sharing.share_out(conference_id=book.conference.id, seed=9, by=SYSTEM, at=AT)
    assert (again.papers, again.readings) == (0, 0)
    with transaction():
        late = make_attendee(book.conference, site=book.sites[0], unit=book.units[0], full_name="Người Nộp Sau")
        hand_in(late)
        more = sharing.share_out(conference_id=book.conference.id, seed=9, by=SYSTEM, at=AT)
    assert (more.papers, more.readings) == (1, 2)
    after = db.session.execute(select(Reading.id, Reading.paper_id, Reading.grader_id).order_by(Reading.id)).all()
    assert after[: len(before)] == before


def test_a_share_out_that_was_interrupted_goes_on_where_it_stopped(db_session):
    with transaction():
        made = make_grade_book(authors=6)
        sharing.take_in(conference_id=made.conference.id, seed=1, by=SYSTEM, at=AT)
        planned = sharing.plan(made.conference.id, seed=1)
        sharing.keep(made.conference.id, planned.readings[:5])
    kept = set(db.session.scalars(select(Reading.id)))
    with transaction():
        rest = sharing.share_out(conference_id=made.conference.id, seed=2, by=SYSTEM, at=AT)
    assert (len(kept), rest.readings, rest.left_over) == (5, 7, 0)
    assert kept < set(db.session.scalars(select(Reading.id)))
    for attendee in made.attendees:
        assert [reading.ordinal for reading in made.readings(attendee)] == [1, 2]
        assert len({reading.grader_id for reading in made.readings(attendee)}) == 2


def test_who_leaves_while_papers_are_shared_out_gets_none(db_session):
    with transaction():
        made = make_grade_book(authors=6)
        sharing.take_in(conference_id=made.conference.id, seed=1, by=SYSTEM, at=AT)
        planned = sharing.plan(made.conference.id, seed=1)
        leaving = made.graders[0]
        actions.remove_grader(grader=leaving, by=SYSTEM, at=AT)
        sharing.keep(made.conference.id, planned.readings)
    assert leaving.id not in set(db.session.scalars(select(Reading.grader_id)))


def test_a_text_handed_in_again_is_read_anew(book):
    with transaction():
        reading = book.readings(book.attendees[0])[0]
        book.give(reading, "7.00")
        newer = hand_in(book.attendees[0], words=1_500)
        book.share_out()
    assert (paper(book).submission_id, paper(book).words, paper(book).state) == (newer.id, 1_500, PaperState.GRADING)
    assert [one.state for one in book.readings(book.attendees[0])] == [ReadingState.ASSIGNED] * 2
    assert db.session.scalar(select(func.count()).select_from(ReadingMark)) == 0


def test_nothing_is_shared_out_to_fewer_than_two_graders(db_session):
    with transaction():
        made = make_grade_book(graders=1)
    with refused("too_few_graders"), transaction():
        made.share_out()
    assert db.session.scalar(select(func.count()).select_from(Paper)) == 0


def test_two_readings_within_the_tolerance_settle_a_paper(book):
    with transaction():
        first, second = book.readings(book.attendees[0])
        book.give(first, "7.25")
        assert (paper(book).state, paper(book).mark) == (PaperState.GRADING, None)
        book.give(second, "8.00")
    assert (paper(book).state, paper(book).mark) == (PaperState.SETTLED, D("7.75"))  # 7,625 goes up


def test_readings_too_far_apart_wait_for_a_third_who_is_somebody_new(book):
    with transaction():
        first, second = book.readings(book.attendees[0])
        book.give(first, "5.00")
        book.give(second, "8.00")
        assert paper(book).state is PaperState.DISAGREED
        shared = sharing.share_out_thirds(conference_id=book.conference.id, seed=3, by=SYSTEM, at=AT)
        assert (shared.readings, shared.left_over) == (1, 0)
        third = book.readings(book.attendees[0])[2]
        assert third.grader_id not in (first.grader_id, second.grader_id)
        assert db.session.get_one(Grader, third.grader_id).unit_id != book.attendees[0].unit_id
        book.give(third, "7.50")
    assert (paper(book).state, paper(book).mark) == (PaperState.SETTLED, D("7.75"))


def test_a_reading_is_finished_only_with_a_mark_for_each_part(book):
    reading = book.readings(book.attendees[0])[0]
    marks = dict(list(marks_adding_up_to("7.00", book.scheme).items())[:3])
    with refused("marks_missing"), transaction():
        marking.finish(reading=reading, version=1, entry=marking.Entry(marks), by=SYSTEM, at=AT)
    assert book.readings(book.attendees[0])[0].state is ReadingState.ASSIGNED


@pytest.mark.parametrize("mark", ["0.10", "4.25", "-0.25"])
def test_a_mark_off_its_scale_is_refused(book, mark):
    reading = book.readings(book.attendees[0])[0]
    part = book.scheme.parts[0].id
    with refused("mark_off_scale"), transaction():
        marking.save(reading=reading, version=1, entry=marking.Entry({part: D(mark)}), by=SYSTEM, at=AT)


def test_a_save_from_an_older_version_is_refused_and_overwrites_nothing(book):
    reading = book.readings(book.attendees[0])[0]
    part = book.scheme.parts[0].id
    with transaction():
        saved = marking.save(reading=reading, version=1, entry=marking.Entry({part: D("3.00")}), by=SYSTEM, at=AT)
    with refused("changed_meanwhile"), transaction():
        marking.save(reading=reading, version=1, entry=marking.Entry({part: D("1.00")}), by=SYSTEM, at=AT)
    assert saved.version == 2
    assert db.session.scalars(select(ReadingMark.mark)).one() == D("3.00")


def test_a_grader_may_correct_until_the_other_reading_is_there(book):
    first, second = book.readings(book.attendees[0])
    with transaction():
        book.give(first, "7.00")
        marking.take_back(reading=first, by=book.actor(first.grader_id), at=AT)
        first = book.readings(book.attendees[0])[0]
        book.give(first, "7.50")
        book.give(second, "7.50")
    with refused("reading_closed"), transaction():
        marking.take_back(reading=first, by=book.actor(first.grader_id), at=AT)
    first = book.readings(book.attendees[0])[0]
    with refused("reading_closed"), transaction():
        marking.save(reading=first, version=first.version, entry=marking.Entry({}), by=SYSTEM, at=AT)
    assert paper(book).mark == D("7.50")


def test_who_leaves_keeps_what_is_finished_and_the_rest_goes_to_others(book):
    leaving = db.session.get_one(Grader, book.readings(book.attendees[0])[0].grader_id)
    mine = db.session.query(Reading).filter_by(grader_id=leaving.id).all()
    with transaction():
        book.give(mine[0], "7.00")
        waiting = actions.remove_grader(grader=leaving, by=SYSTEM, at=AT)
        assert waiting == len(mine) - 1
        book.share_out()
    left = db.session.query(Reading).filter_by(grader_id=leaving.id).all()
    assert [reading.state for reading in left] == [ReadingState.FINISHED]
    for attendee in book.attendees:
        assert [reading.ordinal for reading in book.readings(attendee)] == [1, 2]


def test_a_release_is_numbered_frozen_and_says_what_the_readings_say(book):
    with transaction():
        book.give_all()
        made = release(book)
    assert (made.number, made.figures["marks"], made.figures["ranks"]["good"]) == (1, 4, 4)
    marks = db.session.query(ReleasedMark).all()
    assert [(row.mark, row.rank) for row in marks] == [(D("7.75"), Rank.GOOD)] * 4
    assert book.scheme.frozen_at is not None
    with refused("scheme_frozen"), transaction():
        change_scheme(book)
    with refused("nothing_new"), transaction():
        release(book)


def test_a_correction_after_a_release_makes_the_next_one_with_its_differences(book):
    with transaction():
        book.give_all()
        first_release = release(book)
    reading = book.readings(book.attendees[1])[0]
    with transaction():
        marking.reopen(reading=reading, reason="Cộng nhầm phần 2", by=SYSTEM, at=AT)
    assert paper(book, 1).state is PaperState.GRADING
    result = releasing.result_of(book.attendees[1].id, book.conference.id)
    assert result is not None
    assert (result.number, result.mark) == (1, D("7.75"))  # what was published stands until the next release
    with transaction():
        book.give(book.readings(book.attendees[1])[0], "8.50")
    pending = releasing.pending(book.conference.id, first_release)
    assert (pending.papers, pending.added, pending.changed, pending.removed) == (4, 0, 1, 0)
    with transaction():
        second = release(book, "Chấm lại một bài")
    counts = releasing.difference_counts(second, first_release)
    assert (counts.added, counts.changed, counts.removed) == (0, 1, 0)
    assert second.previous_hash == first_release.hash
    frozen = db.session.query(ReleasedMark).filter_by(release_id=first_release.id).all()
    assert {row.mark for row in frozen} == {D("7.75")}
    changed = releasing.result_of(book.attendees[1].id, book.conference.id)
    assert changed is not None
    assert (changed.number, changed.mark) == (2, D("8.25"))


def test_a_release_prepared_before_a_change_is_refused(book):
    with transaction():
        book.give_all()
    draft = releasing.prepare(book.conference.id)
    with transaction():
        marking.reopen(reading=book.readings(book.attendees[0])[0], reason="xem lại", by=SYSTEM, at=AT)
    with refused("changed_meanwhile"), transaction():
        releasing.release(draft=draft, by=SYSTEM, at=AT)


def test_nothing_is_released_before_a_paper_is_settled(book):
    with refused("nothing_to_release"):
        releasing.prepare(book.conference.id)


def change_scheme(book: GradeBook, *, first_max: str = "4.00", tolerance: str = "1.00", drop_last: bool = False) -> int:
    scheme = book.scheme
    parts = [PartChange(part.id, part.title, part.hint, part.max_mark) for part in scheme.parts]
    parts[0] = PartChange(parts[0].id, parts[0].title, "", D(first_max))
    if drop_last:
        parts.pop()
    return actions.change_scheme(
        scheme=scheme,
        version=scheme.version,
        step=scheme.step,
        tolerance=D(tolerance),
        rounding=scheme.rounding,
        parts=parts,
        minimums={cut.rank: cut.minimum for cut in scheme.cuts},
        by=SYSTEM,
        at=AT,
    )


def test_a_changed_tolerance_settles_anew_and_a_smaller_part_opens_what_no_longer_fits(book):
    with transaction():
        first, second = book.readings(book.attendees[0])
        book.give(first, "7.00")
        book.give(second, "8.00")
    assert paper(book).state is PaperState.SETTLED
    with transaction():
        assert change_scheme(book, tolerance="0.50") == 0
    assert (paper(book).state, paper(book).mark) == (PaperState.DISAGREED, None)
    with transaction():
        assert change_scheme(book, first_max="3.00") == 2
    assert paper(book).state is PaperState.GRADING
    assert [one.state for one in book.readings(book.attendees[0])] == [ReadingState.STARTED] * 2


def test_a_part_that_is_gone_leaves_totals_of_the_rest(book):
    with transaction():
        first, second = book.readings(book.attendees[0])
        book.give(first, "10.00")
        book.give(second, "9.75")
        change_scheme(book, drop_last=True)
    assert [one.total for one in book.readings(book.attendees[0])] == [D("9.00"), D("9.00")]
    assert paper(book).mark == D("9.00")


def test_two_editors_of_a_scheme_never_overwrite_each_other(book):
    stale = book.scheme.version
    with transaction():
        change_scheme(book, tolerance="0.50")
    scheme = book.scheme
    with refused("changed_meanwhile"), transaction():
        actions.change_scheme(
            scheme=scheme, version=stale, step=scheme.step, tolerance=D("2.00"), rounding=scheme.rounding,
            parts=[PartChange(part.id, part.title, "", part.max_mark) for part in scheme.parts],
            minimums={cut.rank: cut.minimum for cut in scheme.cuts}, by=SYSTEM, at=AT,
        )  # fmt: skip
    assert book.scheme.tolerance == D("0.50")


def test_marks_from_paper_forms_come_in_at_once_and_only_where_nobody_began(book):
    readings = [reading for attendee in book.attendees for reading in book.readings(attendee)]
    with transaction():
        book.give(readings[0], "7.00")
        scheme = book.scheme
        entries = [
            (reading.id, marking.Entry(marks_adding_up_to("7.50", scheme), comment="Được"), AT + timedelta(minutes=1))
            for reading in readings
        ]
        assert marking.enter_finished(conference_id=book.conference.id, entries=entries, by=SYSTEM, at=AT) == 7
    progress = queries.progress_of(book.conference.id)
    assert (progress.settled, progress.finished, progress.readings) == (4, 8, 8)


def test_progress_and_severity_say_who_marks_how(book):
    with transaction():
        book.give_all(("7.00", "8.00"))
    page = queries.graders_page(book.conference.id, Ask())
    by_id = {row.id: row for row in page.items}
    assert page.total == 6
    difference = 0
    for row in by_id.values():
        difference += row.difference
    assert difference == 0  # what one gives more, the other gives less
    firsts = {book.readings(attendee)[0].grader_id for attendee in book.attendees}
    seconds = {book.readings(attendee)[1].grader_id for attendee in book.attendees}
    for grader in firsts - seconds:
        assert by_id[grader].severity == -1


def test_every_change_is_in_the_journal_which_holds_no_text(book):
    with transaction():
        book.give_all()
        release(book)
    entries = db.session.query(JournalEntry).all()
    assert list(broken_links()) == []
    actions_seen = {entry.action for entry in entries}
    assert {"grading.share_out", "grading.save", "grading.finish", "grading.release"} <= actions_seen
    assert not any("Nhận xét" in str(entry.after) for entry in entries)
