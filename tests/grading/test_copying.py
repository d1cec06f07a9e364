"""A decision about copying is a person's, has its effect on the mark by one rule, and can be taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry
from conference.grading import copying, releasing
from conference.grading.models import CopyRuling, Paper, ReleasedMark
from conference.grading.rules import PaperState, Rank, Ruling, RulingKind, after_ruling
from conference.reflections import managing
from conference.reflections.models import Extension, Reflection, Submission
from conference.reflections.receipts import Signer
from conference.reflections.rules import ReflectionState
from conference.registry.tickets import key_ring
from conference.reports.verifying import verify
from tests.factories import local
from tests.grading.grade_book import AT, SECRET, hand_in, make_grade_book

D = Decimal
marks = st.integers(0, 40).map(lambda steps: D("0.25") * steps)


@given(marks, marks)
def test_points_are_taken_off_and_never_below_nothing(mark, points):
    assert after_ruling(mark, Ruling(RulingKind.DEDUCTED, points)) == max(D(0), mark - points)
    assert after_ruling(mark, Ruling(RulingKind.FAILED)) == 0
    for kind in (RulingKind.CLEARED, RulingKind.REMINDED):
        assert after_ruling(mark, Ruling(kind)) == after_ruling(mark, None) == mark


class Council:
    """A graded conference of three papers, all at 7,50, the first of them like the second."""

    def __init__(self) -> None:
        with transaction():
            self.book = make_grade_book(authors=3)
            self.book.share_out()
            self.book.give_all(("7.50", "7.50"))
        self.papers = [
            db.session.query(Submission).join(Reflection).filter(Reflection.attendee_id == one.id).one()
            for one in self.book.attendees
        ]

    def rule(self, kind: RulingKind, points: str = "0.00", place: int = 0) -> CopyRuling:
        verdict = copying.Verdict(
            kind, "Chép gần hết bài của người khác.", D(points), local("17:00").replace(year=2099)
        )
        with transaction():
            return copying.rule(
                conference=self.book.conference,
                submission=self.papers[place],
                verdict=verdict,
                share=8_200,
                other_id=self.papers[1].id,
                by=self.book.actor(self.book.graders[0].id),
                at=AT,
            )

    def undo(self) -> None:
        with transaction():
            copying.undo(
                conference=self.book.conference,
                submission=self.papers[0],
                reason="Hai người viết chung đề tài.",
                by=self.book.actor(self.book.graders[0].id),
                at=AT,
            )

    def release(self):
        with transaction():
            return releasing.release(
                draft=releasing.prepare(self.book.conference.id), by=self.book.actor(self.book.graders[0].id), at=AT
            )

    def marks(self) -> list[tuple[PaperState, Decimal | None]]:
        db.session.rollback()
        rows = db.session.execute(select(Paper.attendee_id, Paper.state, Paper.mark))
        found = {attendee: (state, mark) for attendee, state, mark in rows}
        return [found[one.id] for one in self.book.attendees]

    def released(self, made) -> list[tuple[Decimal, Rank, str | None]]:
        rows = db.session.scalars(select(ReleasedMark).where(ReleasedMark.release_id == made.id))
        found = {row.attendee_id: (row.mark, row.rank, (row.ruling or {}).get("kind")) for row in rows}
        return [found[one.id] for one in self.book.attendees if one.id in found]

    def differences(self) -> list[str]:
        db.session.rollback()
        found = verify(signer=Signer(SECRET), ring=key_ring(SECRET), read=lambda _name: None)
        return [f"{part.name}: {one}" for part in found for one in part.differences]


@pytest.fixture
def council(db_session):
    return Council()


UNTOUCHED = (D("7.50"), Rank.GOOD, None)


@pytest.mark.parametrize(
    ("kind", "points", "mark", "rank"),
    [
        (RulingKind.DEDUCTED, "2.75", D("4.75"), Rank.FAILED),
        (RulingKind.DEDUCTED, "9.00", D("0.00"), Rank.FAILED),
        (RulingKind.FAILED, "0.00", D("0.00"), Rank.FAILED),
        (RulingKind.REMINDED, "0.00", D("7.50"), Rank.GOOD),
    ],
)
def test_a_decision_is_in_the_released_mark_and_recounts(council, kind, points, mark, rank):
    council.rule(kind, points)
    assert council.marks()[0] == (PaperState.SETTLED, mark)
    made = council.release()
    assert council.released(made) == [(mark, rank, kind.value), UNTOUCHED, UNTOUCHED]
    assert council.differences() == []
    result = releasing.result_of_attendee(council.book.attendees[0].id)
    assert (result.mark, result.agreed, result.ruling.kind) == (mark, D("7.50"), kind)


def test_who_is_cleared_keeps_the_mark_and_hears_nothing(council):
    council.rule(RulingKind.CLEARED)
    assert council.released(council.release()) == [UNTOUCHED] * 3
    assert council.differences() == []


def test_a_decision_taken_back_leaves_no_trace_in_the_mark_and_stays_in_the_record(council):
    council.rule(RulingKind.FAILED)
    with pytest.raises(DomainError, match="ruled_already"):
        council.rule(RulingKind.REMINDED)
    council.undo()
    assert council.marks()[0] == (PaperState.SETTLED, D("7.50"))
    with pytest.raises(DomainError, match="changed_meanwhile"):
        council.undo()
    council.rule(RulingKind.DEDUCTED, "0.50")
    assert [one.kind for one in copying.rulings_about(council.papers[0].id)] == [
        RulingKind.DEDUCTED, RulingKind.FAILED,
    ]  # fmt: skip
    said = db.session.scalars(
        select(JournalEntry).where(JournalEntry.action.like("copying.%")).order_by(JournalEntry.id)
    ).all()
    assert [(one.action, (one.after or one.before)["kind"], bool(one.reason)) for one in said] == [
        ("copying.rule", "failed", True),
        ("copying.undo", "failed", True),
        ("copying.rule", "deducted", True),
    ]
    assert council.released(council.release())[0] == (D("7.00"), Rank.GOOD, "deducted")
    assert council.differences() == []


def test_a_decision_after_a_release_is_news_for_the_next(council):
    first = council.release()
    council.rule(RulingKind.DEDUCTED, "1.00")
    assert council.released(first)[0] == UNTOUCHED
    assert releasing.pending(council.book.conference.id, first).changed == 1
    second = council.release()
    assert council.released(second)[0] == (D("6.50"), Rank.AVERAGE, "deducted")
    council.undo()
    assert council.released(council.release())[0] == UNTOUCHED
    assert council.differences() == []


def test_a_draft_made_before_a_decision_is_not_released(council):
    draft = releasing.prepare(council.book.conference.id)
    council.rule(RulingKind.FAILED)
    with pytest.raises(DomainError, match="changed_meanwhile"), transaction():
        releasing.release(draft=draft, by=council.book.actor(council.book.graders[0].id), at=AT)


def test_a_paper_given_back_has_no_mark_until_it_is_written_anew(council):
    with transaction():
        managing.make_task(
            conference=council.book.conference,
            plan=managing.plan_for(council.book.conference, [managing.PartPlan(None, "Nhận thức", "", 0, False)]),
            by=SYSTEM,
            at=AT,
        )
    council.rule(RulingKind.RETURNED)
    assert council.marks()[0] == (PaperState.GRADING, None)
    assert states_of(council) == (ReflectionState.RETURNED, [True])
    assert council.released(council.release()) == [UNTOUCHED] * 2
    assert council.differences() == []
    council.undo()
    assert council.marks()[0] == (PaperState.SETTLED, D("7.50"))
    assert states_of(council) == (ReflectionState.SUBMITTED, [False])
    council.rule(RulingKind.RETURNED)
    with transaction():
        hand_in(council.book.attendees[0])
    with pytest.raises(DomainError, match="rewritten_meanwhile"):
        council.undo()
    assert council.differences() == []


def states_of(council) -> tuple[ReflectionState, list[bool]]:
    """The reflection's state, and whether each extension still stands."""
    db.session.rollback()
    attendee = council.book.attendees[0].id
    state = db.session.scalars(select(Reflection.state).where(Reflection.attendee_id == attendee)).one()
    revoked = db.session.scalars(select(Extension.revoked_at).where(Extension.attendee_id == attendee))
    return state, [one is None for one in revoked]


def test_a_ruling_changed_behind_a_release_is_found(council):
    ruling = council.rule(RulingKind.DEDUCTED, "1.00")
    council.release()
    with transaction():
        db.session.execute(update(CopyRuling).where(CopyRuling.id == ruling.id).values(points=D("2.00")))
    found = council.differences()
    assert any("ruling was changed" in one for one in found)
    assert any(one.startswith("grades: paper") for one in found)
    with transaction():
        db.session.execute(update(CopyRuling).where(CopyRuling.id == ruling.id).values(points=D("1.00")))
        db.session.execute(update(ReleasedMark).values(ruling=None))
    assert any("not those that were released" in one for one in council.differences())
