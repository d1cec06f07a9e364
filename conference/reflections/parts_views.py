"""What this area shows on the pages of others: the attendee's own page, the list of people, a person's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, g, render_template, url_for
from markupsafe import Markup
from sqlalchemy import false

from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.planning.modules import Module, part_of, shown_by
from conference.planning.words import PARTS
from conference.reflections import attachments, behalf, make_ups, queries, rules, words
from conference.reflections.letters_views import write_letters
from conference.reflections.standing import standing_query, standings_of
from conference.registry.models import Attendee
from conference.registry.queries import Statement
from conference.registry.rules import Reach
from conference.registry.views import hook
from conference.web.words import _, lazy

Status = tuple[str, dict[int, tuple[str, str]]] | None
StatusOf = Callable[[Conference, list[int], dict[str, str]], Status]

FILTER = "writing"
GROUPS = {"must": rules.MUST_WRITE, "handed_in": rules.HANDED_IN, "missing": rules.MISSING}


def join_pages(app: Flask) -> None:
    """Take part in the pages of people and of the attendee."""
    write_letters(app)
    given = app.extensions
    given.setdefault("people_filters", {})[FILTER] = narrow
    given.setdefault("people_filter_words", {})[FILTER] = filter_words
    given.setdefault("people_selects", []).append(offer)
    given["people_status"] = _status_before(given.get("people_status"))
    given.setdefault("person_parts", []).append((40, person_part))
    given.setdefault("my_page_parts", []).append((40, my_page_part))
    given.setdefault("unit_lists", []).append((FILTER, "missing", lazy("người chưa nộp bài")))
    given.setdefault("my_page_steps", {})["write"] = my_page_step


def group_of(value: str) -> tuple[rules.Standing, ...]:
    """The standings that a filter's value means; none for nonsense."""
    if value in GROUPS:
        return GROUPS[value]
    return (rules.Standing(value),) if value in list(rules.Standing) else ()


def filter_words(value: str) -> tuple[str, str]:
    """The filter as it stands above a list of people of this request's conference."""
    conference: Conference = g.conference
    form = queries.form_of(conference.id)
    return words.form_word(form), group_word(value, form)


def group_word(value: str, form: rules.TaskForm | None) -> str:
    must = _("Phải làm") if form is rules.TaskForm.QUIZ else _("Phải viết")
    groups = {"must": must, "handed_in": _("Đã nộp"), "missing": _("Chưa nộp")}
    if value in groups:
        return groups[value]
    found = group_of(value)
    return str(words.standing_words(form)[found[0]]) if found else value


@part_of(Module.REFLECTIONS)
def narrow(statement: Statement, value: str) -> Statement:
    found = group_of(value)
    if not found:
        return statement
    conference: Conference = g.conference
    if queries.task_of(conference.id) is None:
        return statement.where(false())  # nobody owes a paper that nobody asked for
    inside = standing_query(conference.id, standings=found).statement.subquery()
    return statement.where(Attendee.id.in_(inside.select().with_only_columns(inside.c.id)))


@part_of(Module.REFLECTIONS)
def offer(conference: Conference) -> dict[str, Any] | None:
    form = queries.form_of(conference.id)
    if form is None:
        return None
    values = ["must", "handed_in", "missing", *(one.value for one in rules.Standing)]
    options = [(value, group_word(value, form)) for value in values]
    return {"name": FILTER, "label": words.form_word(form), "options": options}


def _status_before(other: StatusOf | None) -> StatusOf:
    """Who asks for writing sees where each person stands with it; else whatever stood there before."""

    def status(conference: Conference, ids: list[int], query: dict[str, str]) -> Status:
        if FILTER not in query:
            return other(conference, ids, query) if other and shown_by(conference, other) else None
        found = standings_of(conference.id, ids)
        form = queries.form_of(conference.id)
        said = words.standing_words(form)
        return words.form_word(form), {id: (words.STANDING_SHAPES[one], str(said[one])) for id, one in found.items()}

    return status


@part_of(Module.REFLECTIONS)
def person_part(attendee: Attendee, reach: Reach) -> Markup | None:
    """The card on a person's page: where they stand, what was allowed, and for the managing level the papers."""
    desk = queries.desk_of(attendee.id)
    if desk.task is None:
        return None
    conference: Conference = g.conference
    standing = standings_of(conference.id, [attendee.id]).get(attendee.id)
    return Markup(  # noqa: S704 (a template of ours)
        render_template(
            "reflections/_person.html",
            desk=desk,
            conference=conference,
            attendee=attendee,
            standing=standing,
            may_change=reach.may_change,
            may_read=g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id),
            versions=queries.submissions_of(desk.reflection.id) if desk.reflection else [],
            on_behalf_by=attachments.handed_in_by(desk.submission.id) if desk.submission else None,
            may_hand_in_for=_may_hand_in_for(desk, reach),
            return_decided_at=decided_at(attendee.id) if standing is rules.Standing.RETURNED else None,
            extensions=queries.extensions_reaching(desk.task.id, attendee.id),
            exemption=queries.exemption_of(attendee.id),
            admission=queries.admission_of(attendee.id),
            missed=make_ups.missed_by(attendee, clock.now()),
            parts=PARTS,
            reflection_words=words,
        )
    )


def _may_hand_in_for(desk: queries.Desk, reach: Reach) -> bool:
    if not (reach.may_change or reach.sees_contacts) or not desk.may_hand_in(clock.now()):
        return False
    try:
        behalf.refuse_on_behalf(desk, clock.now())
    except DomainError:
        return False
    return True


@part_of(Module.REFLECTIONS)
def my_page_part(attendee_id: int) -> Markup | None:
    """What is due now: to write, to finish, or a receipt."""
    desk = queries.desk_of(attendee_id)
    at = clock.now()
    if desk.task is None or desk.window is None or desk.window.judge(at) is rules.Timing.NOT_OPEN:
        return None
    if desk.task.form is rules.TaskForm.QUIZ:
        return None  # its own part stands there
    left, until = words.window_words(at, desk.window, desk.attendee.conference.timezone)
    return Markup(  # noqa: S704 (a template of ours)
        render_template("reflections/_my_part.html", desk=desk, left=left, until=until, reflection_words=words, at=at)
    )


def decided_at(attendee_id: int) -> str | None:
    """The page of a decision by which this person's paper was given back; None where an organizer just did so."""
    pages = (page(attendee_id) for page in hook("return_decisions", []))
    return next((page for page in pages if page is not None), None)


def my_page_step(attendee_id: int) -> tuple[str, str | None]:
    desk = queries.desk_of(attendee_id)
    if desk.is_handed_in:
        return "done", url_for("my_reflection.receipt")
    if desk.window is None or desk.bar is not None or desk.window.judge(clock.now()) is rules.Timing.NOT_OPEN:
        return "todo", None
    return "now", url_for(
        "my_reflection.write" if desk.task is None or desk.task.form is rules.TaskForm.ESSAY else "my_quiz.show"
    )
