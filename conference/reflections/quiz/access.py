"""Whose test is whose: the only ways from a conference or a number to questions, slots and papers."""

from __future__ import annotations

from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.reflections.quiz import queries
from conference.reflections.quiz.models import Quiz, QuizAttempt, QuizGrant, QuizQuestion, QuizSlot
from conference.registry.models import Attendee


def quiz_to_change(conference: Conference) -> Quiz:
    """The conference's test; who may change the conference was asked when it was entered. Raises ``not_found``."""
    quiz = queries.quiz_of(conference.id)
    if quiz is None:
        raise DomainError("not_found")
    return quiz


def question_in(quiz: Quiz, question_id: int) -> QuizQuestion:
    """Raises ``not_found`` for a question of another test."""
    found = queries.question_of(quiz.id, question_id)
    if found is None:
        raise DomainError("not_found")
    return found


def slot_in(quiz: Quiz, slot_id: int) -> QuizSlot:
    """Raises ``not_found`` for a slot of another test."""
    found = next((one for one in queries.slot_rows(quiz.id) if one.id == slot_id), None)
    if found is None:
        raise DomainError("not_found")
    return found


def grant_of(attendee: Attendee, grant_id: int) -> QuizGrant:
    """Raises ``not_found`` for a grant of somebody else."""
    found = queries.grant_of(attendee.id, grant_id)
    if found is None:
        raise DomainError("not_found")
    return found


def paper_attempt(attendee: Attendee) -> QuizAttempt:
    """The sitting on paper of this person that was begun last. Raises ``not_found``."""
    found = next((one for one in queries.attempts_of(attendee.id) if one.on_paper), None)
    if found is None:
        raise DomainError("not_found")
    return found
