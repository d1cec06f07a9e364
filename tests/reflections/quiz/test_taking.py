"""Sitting the test: once, by the server's clock, whatever the device does."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from conference.foundation.actor import Actor
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry
from conference.reflections import actions as writing
from conference.reflections import managing
from conference.reflections.actions import PageLine, Save
from conference.reflections.models import Reflection, Submission
from conference.reflections.quiz import preparing, queries, taking
from conference.reflections.quiz.models import QuizTap
from conference.reflections.quiz.preparing import SlotPlan
from conference.reflections.quiz.rules import EndedBy, Shows, Weighting
from conference.reflections.rules import Standing, TaskForm
from conference.reflections.standing import standings_of
from conference.registry.models import Attendee
from tests.reflections.conftest import DUE, actor_of
from tests.reflections.quiz.conftest import LATER, PLANS, SLOT_CLOSES, SLOT_OPENS, Sitting

MINUTES = timedelta(minutes=60)
GRACE = timedelta(seconds=60)


def refusal(code: str) -> pytest.RaisesContext[DomainError]:
    return pytest.raises(DomainError, match=code)


def test_who_begins_gets_one_paper_and_the_same_one_again(sitting: Sitting, sitter: Attendee) -> None:
    first = sitting.begin(sitter)
    again = sitting.begin(sitter, at=SLOT_OPENS + timedelta(minutes=5))
    assert (again.id, again.ends_at) == (first.id, SLOT_OPENS + MINUTES)
    assert len(first.drawn) == len(PLANS)
    assert standings_of(sitting.world.conference.id, [sitter.id]) == {sitter.id: Standing.DRAFT}


def test_what_is_said_to_be_kept_is_what_is_handed_in(sitting: Sitting, sitter: Attendee) -> None:
    sitting.begin(sitter)
    taken = sitting.answer(sitter, sitting.right(sitter, 3))
    assert [one.is_kept for one in taken.heard] == [True, True, True]
    submission = sitting.finish(sitter)
    chosen = taking.chosen_in(submission.content)
    assert [choice is None for choice in chosen] == [False, False, False, True]
    attempt = queries.attempts_of(sitter.id)[0]
    assert (attempt.points, attempt.total, attempt.ended_by) == (Decimal(3), Decimal(4), EndedBy.PERSON)
    assert sitting.world.signer.has_signed(
        writing.queries.receipt_of(submission, sitting.world.conference.code), submission.signature
    )
    assert standings_of(sitting.world.conference.id, [sitter.id]) == {sitter.id: Standing.SUBMITTED}


def test_handing_in_twice_gives_the_receipt_there_is_and_nothing_is_taken_after_it(
    sitting: Sitting, sitter: Attendee
) -> None:
    submission = sitting.sit(sitter, 4)
    assert sitting.finish(sitter, at=SLOT_OPENS + timedelta(minutes=1)).id == submission.id
    assert sitting.answer(sitter, {1: 0}, seq=50).code == "quiz_finished"
    with refusal("quiz_sat"):
        sitting.begin(sitter, at=SLOT_OPENS + timedelta(minutes=2))
    assert db.session.query(Submission).count() == 1


def test_another_device_is_shown_what_stands_and_decides(sitting: Sitting, sitter: Attendee) -> None:
    attempt = sitting.begin(sitter)
    sitting.answer(sitter, {1: 0}, page="phone-one")
    with transaction():
        stale = taking.Tap(1, 1, "phone-two", 1, 0)
        heard = taking.take_answers([taking.Answers(sitter.id, attempt.number, [stale])], at=SLOT_OPENS)[0].heard[0]
    assert (heard.is_kept, heard.choice, heard.revision) == (False, 0, 1)
    decided = sitting.answer(sitter, {1: 1}, page="phone-two", seq=2).heard[0]
    assert (decided.is_kept, decided.choice, decided.revision) == (True, 1, 2)
    assert db.session.query(QuizTap).count() == 3  # what was not taken is not lost either


def test_answers_count_up_to_the_end_with_the_grace_and_not_a_moment_longer(sitting: Sitting, sitter: Attendee) -> None:
    sitting.begin(sitter)
    end = SLOT_OPENS + MINUTES
    assert sitting.answer(sitter, {1: 0}, at=end + GRACE).heard[0].is_kept
    assert sitting.answer(sitter, {2: 0}, at=end + GRACE + timedelta(microseconds=1), seq=9).code == "quiz_over"
    assert queries.overdue(end + GRACE, most=10) == []
    assert queries.overdue(end + GRACE + timedelta(seconds=1), most=10) == [sitter.id]
    submission = sitting.finish(sitter, at=end + timedelta(hours=5), ended_by=EndedBy.TIME)
    assert json.loads(submission.content)["quiz"]["chosen"].count(None) == 3
    assert not submission.is_late


def test_who_begins_late_in_a_slot_ends_with_it(sitting: Sitting, sitter: Attendee) -> None:
    attempt = sitting.begin(sitter, at=SLOT_CLOSES - timedelta(minutes=10))
    assert attempt.ends_at == SLOT_CLOSES


def test_between_slots_nobody_begins_and_a_grant_lets_one_person_in_once(
    sitting: Sitting, sitter: Attendee, make_actor: Actor
) -> None:
    between = SLOT_CLOSES + timedelta(hours=1)
    with refusal("quiz_not_now"):
        sitting.begin(sitter, at=between)
    assert db.session.query(Reflection).count() == 0
    with transaction():
        grant = preparing.grant_attempt(
            attendee=sitter, until=between + timedelta(minutes=30), reason="Mất điện", by=make_actor, at=between
        )
    attempt = sitting.begin(sitter, at=between)
    assert (attempt.grant_id, attempt.slot_id, attempt.ends_at) == (grant.id, None, between + timedelta(minutes=30))
    sitting.finish(sitter, at=between)
    with refusal("quiz_sat"):
        sitting.begin(sitter, at=LATER)


def test_a_grant_is_taken_back_until_somebody_begins_by_it(
    sitting: Sitting, sitter: Attendee, make_actor: Actor
) -> None:
    between = SLOT_CLOSES + timedelta(hours=1)
    given = {"attendee": sitter, "until": between + timedelta(minutes=30), "by": make_actor, "at": between}
    with transaction():
        grant = preparing.grant_attempt(reason="Mất điện", **given)
        assert preparing.grant_attempt(reason="Mất điện", **given).id == grant.id
        with refusal("grant_stands"):
            preparing.grant_attempt(reason="Thêm giờ", **{**given, "until": DUE})
        preparing.revoke_grant(grant=grant, reason="Nhầm người", by=make_actor, at=between)
        preparing.revoke_grant(grant=grant, reason="Nhầm người", by=make_actor, at=between)
    with refusal("quiz_not_now"):
        sitting.begin(sitter, at=between)
    with transaction():
        again = preparing.grant_attempt(reason="Mất điện", **given)
    sitting.begin(sitter, at=between)
    with refusal("grant_is_used"), transaction():
        preparing.revoke_grant(grant=again, reason="Nhầm người", by=make_actor, at=between)
    assert [(one.id == again.id, used) for one, used in queries.grants_of(sitter.id)] == [(False, False), (True, True)]
    actions = [entry.action for entry in db.session.query(JournalEntry) if "grant" in entry.action]
    assert actions == ["quiz.grant", "quiz.revoke_grant", "quiz.grant"]


def test_a_second_attempt_counts_once_it_is_handed_in_and_the_first_until_then(
    sitting: Sitting, sitter: Attendee, make_actor: Actor
) -> None:
    first = sitting.sit(sitter, 1)
    with transaction():
        preparing.grant_attempt(attendee=sitter, until=DUE, reason="Máy hỏng", by=make_actor, at=SLOT_OPENS)
    second = sitting.begin(sitter, at=LATER)
    row = db.session.query(Reflection).one()
    assert (second.number, row.current_version) == (2, first.version)
    assert second.paper != queries.attempts_of(sitter.id)[1].paper
    sitting.answer(sitter, sitting.right(sitter, 4), at=LATER)
    again = sitting.finish(sitter, at=LATER)
    db.session.refresh(row)
    assert (again.version, row.current_version) == (2, 2)
    assert [one.points for one in db.session.execute(queries.that_count(sitter.conference_id))] == [Decimal(4)]


@pytest.mark.parametrize(("present", "code"), [(2, None), (0, "reflection_absent")])
def test_the_rule_of_entry_is_that_of_writing(
    sitting: Sitting, make_actor: Actor, present: int, code: str | None
) -> None:
    with transaction():
        who = sitting.world.attendee(present=present)
    if code is None:
        assert sitting.begin(who).number == 1
        return
    with refusal(code):
        sitting.begin(who)
    with transaction():
        managing.admit(attendee=who, reason="Học bù ngày 10", by=make_actor, at=SLOT_OPENS)
    assert sitting.begin(who).number == 1


def test_an_assigned_unit_sits_in_its_own_slot_only(sitting: Sitting, sitter: Attendee) -> None:
    with transaction():
        slot = next(one for one in queries.slot_rows(sitting.quiz_id) if one.name == "Ca hai")
        plan = SlotPlan("Ca hai", slot.opens_at, slot.closes_at, [sitting.world.unit.id], [])
        preparing.save_slot(quiz=sitting.quiz, slot=slot, plan=plan, by=actor_of(sitter), at=SLOT_OPENS)
    with refusal("quiz_not_now"):
        sitting.begin(sitter)
    assert sitting.begin(sitter, at=LATER).slot_id == slot.id


def test_from_the_first_who_begins_the_bank_and_the_form_stay(sitting: Sitting, sitter: Attendee) -> None:
    by = actor_of(sitter)
    sitting.begin(sitter)
    question = queries.questions_of(sitting.quiz_id)[0]
    plan = preparing.Settings(90, {}, False, False, Weighting.EQUAL, Shows.AT_ONCE)
    changes = (
        lambda: preparing.bring_questions(quiz=sitting.quiz, rows=PLANS[:1], by=by, at=SLOT_OPENS),
        lambda: preparing.remove_question(quiz=sitting.quiz, question=question, by=by, at=SLOT_OPENS),
        lambda: preparing.change_settings(quiz=sitting.quiz, settings=plan, version=99, by=by, at=SLOT_OPENS),
    )
    for change in changes:
        with refusal("quiz_frozen"), transaction():
            change()
    with refusal("form_in_use"), transaction():
        preparing.choose_form(task=sitting.world.task, form=TaskForm.ESSAY, by=by, at=SLOT_OPENS)


def test_where_a_test_is_sat_nobody_writes_or_is_given_back_a_paper(sitting: Sitting, sitter: Attendee) -> None:
    save = Save(sitter.id, sitting.world.content(), 0, PageLine("page-one-of-tests", 1))
    with refusal("reflection_quiz"), transaction():
        writing.save_draft(save=save, at=SLOT_OPENS)
    sitting.sit(sitter, 2)
    with refusal("reflection_quiz"), transaction():
        writing.save_draft(save=save, at=SLOT_OPENS)
    with refusal("not_for_quiz"), transaction():
        managing.return_for_rewrite(
            attendee_id=sitter.id, task=sitting.world.task, until=DUE, reason="Sai", by=actor_of(sitter), at=SLOT_OPENS
        )


def test_the_same_questions_twice_change_nothing(sitting: Sitting, sitter: Attendee) -> None:
    by = actor_of(sitter)
    with transaction():
        done = preparing.bring_questions(quiz=sitting.quiz, rows=PLANS, by=by, at=SLOT_OPENS)
    assert (done.added, done.changed, done.same) == ([], [], len(PLANS))
    other = preparing.QuestionPlan(PLANS[0].text.upper(), "Khác", PLANS[0].choices, (0,))
    with transaction():
        done = preparing.bring_questions(quiz=sitting.quiz, rows=[other], by=by, at=SLOT_OPENS)
    assert (len(done.added), len(done.changed)) == (0, 1)
    assert len(queries.questions_of(sitting.quiz_id)) == len(PLANS)


def test_only_the_answers_of_the_own_paper_are_taken(sitting: Sitting, sitter: Attendee) -> None:
    sitting.begin(sitter)
    assert sitting.answer(sitter, {9: 0}).code == "bad_request"
    assert sitting.answer(sitter, {1: 5}).code == "bad_request"
    assert db.session.query(QuizTap).count() == 0
