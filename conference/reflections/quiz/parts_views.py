"""What a test shows on the pages of others: the attendee's own page, and a person's page."""

from __future__ import annotations

from flask import Flask, g, render_template
from markupsafe import Markup

from conference.foundation import clock
from conference.planning.models import Conference
from conference.planning.modules import Module, part_of
from conference.reflections import queries as reflections
from conference.reflections import rules as reflection_rules
from conference.reflections import words as reflection_words
from conference.reflections.quiz import queries, taking, words
from conference.reflections.quiz.rules import GrantState, grant_state
from conference.reflections.rules import TaskForm
from conference.registry.models import Attendee
from conference.registry.rules import Reach


def join_pages(app: Flask) -> None:
    """Take part in the pages of people and of the attendee."""
    app.extensions.setdefault("my_page_parts", []).append((40, my_page_part))
    app.extensions.setdefault("person_parts", []).append((41, person_part))


@part_of(Module.REFLECTIONS)
def my_page_part(attendee_id: int) -> Markup | None:
    """What is due now: to wait for a slot, to begin, to go on, or a receipt."""
    desk = reflections.desk_of(attendee_id)
    if desk.task is None or desk.window is None or desk.task.form is not TaskForm.QUIZ:
        return None
    at = clock.now()
    if desk.window.judge(at) is reflection_rules.Timing.NOT_OPEN:
        return None
    quiz = taking.quiz_at(desk)
    attempts = queries.attempts_of(attendee_id)
    slots = queries.own_slots(quiz.id, desk.attendee)
    return Markup(  # noqa: S704 (a template of ours)
        render_template(
            "reflections/quiz/_my_part.html",
            desk=desk,
            running=attempts[0] if attempts and attempts[0].finished_at is None else None,
            ways=taking.ways_now(desk, quiz, attempts, at),
            coming=[slot for slot in slots if slot.opens_at > at],
            reflection_words=reflection_words,
        )
    )


@part_of(Module.REFLECTIONS)
def person_part(attendee: Attendee, reach: Reach) -> Markup | None:
    """The sittings of a person, a further one by a grant, and the way to a paper."""
    desk = reflections.desk_of(attendee.id)
    if desk.task is None or desk.task.form is not TaskForm.QUIZ:
        return None
    conference: Conference = g.conference
    quiz = taking.quiz_at(desk)
    attempts = queries.attempts_of(attendee.id)
    at = clock.now()
    grants = [
        (one, grant_state(until=one.until, revoked_at=one.revoked_at, is_used=is_used, at=at))
        for one, is_used in (queries.grants_of(attendee.id) if reach.may_change else ())
    ]
    may_speak = reach.may_change or reach.sees_contacts
    return Markup(  # noqa: S704 (a template of ours)
        render_template(
            "reflections/quiz/_person.html",
            conference=conference,
            attendee=attendee,
            attempts=attempts,
            grants=grants,
            may_grant=reach.may_change and all(state is not GrantState.OPEN for _grant, state in grants),
            slots=queries.own_slots(quiz.id, desk.attendee),
            may_change=reach.may_change,
            may_print=may_speak and taking.takes_paper(desk),
            words=words,
        )
    )
