"""The test that lies ready in the demo: complete, and chosen by nobody."""

from __future__ import annotations

from typing import Any

from conference.demo.testing import QUESTIONS, ensure_test
from conference.foundation.db import transaction
from conference.reflections.quiz import queries
from conference.reflections.rules import TaskForm
from tests.factories import LONG_AGO
from tests.reflections.conftest import build_world


def test_the_test_lies_ready_once_and_nothing_changes_for_anybody(db_session: Any) -> None:
    world = build_world()
    for _time in range(2):
        with transaction():
            ensure_test(world.task, at=LONG_AGO)
    quiz = queries.quiz_of(world.conference.id)
    assert quiz is not None
    assert (queries.faults(quiz), queries.paper_length(quiz)) == ([], 5)
    assert len(queries.questions_of(quiz.id)) == len(QUESTIONS)
    assert world.task.form is TaskForm.ESSAY
