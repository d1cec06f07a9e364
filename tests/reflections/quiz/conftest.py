"""A conference that sits a test: four questions, two slots, an hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from conference.foundation.actor import SYSTEM
from conference.foundation.db import transaction
from conference.reflections import queries as reflections
from conference.reflections.models import Submission
from conference.reflections.quiz import preparing, queries, taking
from conference.reflections.quiz.models import Quiz, QuizAttempt
from conference.reflections.quiz.preparing import QuestionPlan, SlotPlan
from conference.reflections.quiz.rules import EndedBy, Tap
from conference.reflections.rules import TaskForm
from conference.registry.models import Attendee
from tests.reflections.conftest import WRITING, World, actor_of

SLOT_OPENS = WRITING
SLOT_CLOSES = WRITING + timedelta(hours=3)
LATER = WRITING + timedelta(days=1)
PLANS = [
    QuestionPlan("Đại hội XII Công đoàn Việt Nam họp năm nào?", "Nhận biết", ("2013", "2018", "2023"), (1,)),
    QuestionPlan("Nhiệm kỳ của đại hội là mấy năm?", "Nhận biết", ("Ba năm", "Bốn năm", "Năm năm"), (2,)),
    QuestionPlan("Cấp nào trên cơ sở?", "Vận dụng", ("Cấp trên trực tiếp", "Trung ương"), (0,)),
    QuestionPlan("Ai bầu ban chấp hành?", "Vận dụng", ("Đại hội", "Ban thường vụ", "Chủ tịch", "Đoàn viên"), (0,)),
]


class Sitting:
    """A world in which a test is sat, and what people do in it."""

    world: World
    quiz_id: int
    conference_id: int

    @property
    def quiz(self) -> Quiz:
        found = queries.quiz_of(self.conference_id)
        assert found is not None
        return found

    def __init__(self, world: World) -> None:
        self.world = world

    def begin(self, who: Attendee, *, at: datetime = SLOT_OPENS, on_paper: bool = False) -> QuizAttempt:
        with transaction():
            return taking.begin(
                desk=reflections.desk_of(who.id), slot_id=None, on_paper=on_paper, by=actor_of(who), at=at
            )

    def answer(
        self,
        who: Attendee,
        choices: Mapping[int, int],
        *,
        at: datetime = SLOT_OPENS,
        page: str = "page-one",
        seq: int = 1,
    ) -> Any:
        """Send these choices as one page does; what the server says, or the refusal it is."""
        attempt = queries.attempts_of(who.id)[0]
        standing = taking.standing_of(attempt)
        taps = [
            Tap(place, choice, page, number, standing[place].revision if place in standing else 0)
            for number, (place, choice) in enumerate(choices.items(), seq)
        ]
        with transaction():
            return taking.take_answers([taking.Answers(who.id, attempt.number, taps)], at=at)[0]

    def finish(self, who: Attendee, *, at: datetime = SLOT_OPENS, ended_by: EndedBy = EndedBy.PERSON) -> Submission:
        with transaction():
            return taking.finish(
                desk=reflections.desk_of(who.id),
                ended_by=ended_by,
                by=actor_of(who),
                at=at,
                signer=self.world.signer,
                chance=f"{who.id}",
            )

    def right(self, who: Attendee, count: int) -> dict[int, int]:
        """The right choice at the first so many places of this person's paper, as it is shown there."""
        attempt = queries.attempts_of(who.id)[0]
        questions = {one.id: one for one in queries.questions_of(self.quiz_id)}
        return {
            place: drawn.order.index(questions[drawn.question].accepted[0])
            for place, drawn in enumerate(attempt.drawn[:count], 1)
        }

    def sit(self, who: Attendee, right: int, *, at: datetime = SLOT_OPENS) -> Submission:
        self.begin(who, at=at)
        self.answer(who, self.right(who, right), at=at)
        return self.finish(who, at=at)


@pytest.fixture
def sitting(make_world: Callable[..., World]) -> Sitting:
    made = Sitting(make_world())
    with transaction():
        quiz = preparing.prepare(task=made.world.task, seed="seed of the tests", by=SYSTEM, at=WRITING)
        preparing.bring_questions(quiz=quiz, rows=PLANS, by=SYSTEM, at=WRITING)
        first = SlotPlan("Ca một", SLOT_OPENS, SLOT_CLOSES, [], [])
        preparing.save_slot(quiz=quiz, slot=None, plan=first, by=SYSTEM, at=WRITING)
        second = SlotPlan("Ca hai", LATER, LATER + timedelta(hours=2), [], [])
        preparing.save_slot(quiz=quiz, slot=None, plan=second, by=SYSTEM, at=WRITING)
        preparing.choose_form(task=made.world.task, form=TaskForm.QUIZ, by=SYSTEM, at=WRITING)
    made.quiz_id, made.conference_id = quiz.id, made.world.conference.id
    return made


@pytest.fixture
def sitter(sitting: Sitting) -> Attendee:
    """Someone who was there all day and may sit the test."""
    with transaction():
        return sitting.world.attendee()
