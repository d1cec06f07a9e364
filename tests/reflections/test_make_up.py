"""Who was absent makes up with evidence, and the form opens by itself; the report counts them once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from conference.foundation.actor import Actor
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry
from conference.foundation.paging import Ask
from conference.reflections import make_ups, making_up, queries
from conference.reflections.models import MakeUp, MakeUpStudy
from conference.reflections.rules import MOST_TRIES, Bar, MakeUpKind, Standing, Watched, judge_watching
from conference.reflections.standing import standings_of
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.reports.queries import sheaf_of
from conference.reports.tables import grand_total
from tests.reflections.conftest import WRITING, World, actor_of

QUESTION = {
    "address": "https://ghi-hinh.example/sang",
    "least_minutes": 90,
    "question": "Chuyên đề 2 nói về việc gì?",
    "choices": ("Chăm lo", "Đối thoại", "Tài chính"),
    "right_choice": 1,
}


def offer(world: World, by: Actor, kind: MakeUpKind = MakeUpKind.AT_SITE, **more: Any) -> MakeUp:
    values: dict[str, Any] = {"opens_at": WRITING - timedelta(hours=1), "closes_at": WRITING + timedelta(days=9)}
    values |= {"site_id": world.site.id} if kind is MakeUpKind.AT_SITE else QUESTION
    with transaction():
        made = making_up.offer(
            plan=making_up.MakeUpPlan(world.morning.id, kind, **{**values, **more}), by=by, at=WRITING
        )
    found = make_ups.make_up_of(world.conference.id, made.id)
    assert found is not None
    return found


def absent(world: World, **fields: Any) -> Attendee:
    with transaction():
        return world.attendee(present=0, **fields)


def confirm(make_up: MakeUp, by: Actor, *attendees: Attendee) -> int:
    with transaction():
        return making_up.confirm(make_up=make_up, attendee_ids=[one.id for one in attendees], by=by, at=WRITING)


def standing(world: World, attendee: Attendee) -> Standing:
    return standings_of(world.conference.id, [attendee.id])[attendee.id]


def made_up_in_report(world: World) -> tuple[int, int]:
    """The figure of the report, and how many people its list has."""
    sheaf = sheaf_of(world.conference, Reach(is_whole=True))
    figure = next(one for one in sheaf.figures if one.key == "made_up")
    return grand_total(sheaf)["made_up"], len(db.session.execute(sheaf.ledger.people(figure)).all())


def test_who_came_to_the_make_up_session_may_write_and_is_counted_once(world, make_actor):
    person, other = absent(world), absent(world)
    make_up = offer(world, make_actor)
    assert (standing(world, person), queries.desk_of(person.id).bar) == (Standing.ABSENT, Bar.ABSENT)
    assert made_up_in_report(world) == (0, 0)
    assert [confirm(make_up, make_actor, person), confirm(make_up, make_actor, person)] == [1, 0]
    assert (standing(world, person), queries.desk_of(person.id).bar) == (Standing.NOT_STARTED, None)
    assert standing(world, other) is Standing.ABSENT
    assert made_up_in_report(world) == (1, 1)
    (study,) = db.session.scalars(select(MakeUpStudy))
    assert (study.confirmed_by, study.done_at) == (make_actor.id, WRITING)
    (entry,) = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "make_up.confirm"))
    assert (entry.subject_id, entry.actor_id) == (person.id, make_actor.id)
    with transaction():
        making_up.take_back(make_up=make_up, attendee_id=person.id, reason="Ghi nhầm", by=make_actor, at=WRITING)
    assert (standing(world, person), made_up_in_report(world)) == (Standing.ABSENT, (0, 0))
    (entry,) = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "make_up.take_back"))
    assert (entry.subject_id, entry.reason) == (person.id, "Ghi nhầm")


def test_nobody_who_was_there_or_was_withdrawn_is_noted(world, make_actor):
    make_up = offer(world, make_actor)
    with transaction():
        there = world.attendee()
        withdrawn = world.attendee(present=0, withdrawn_at=WRITING)
    assert confirm(make_up, make_actor, there, withdrawn) == 0


def test_a_scan_that_comes_later_counts_instead_of_the_make_up_and_not_beside_it(make_world, make_actor):
    """Two sessions are asked for; one that was both made up and, as a phone then says, attended is one."""
    world = make_world(least_sessions=2)
    person = absent(world)
    confirm(offer(world, make_actor), make_actor, person)
    with transaction():
        world.saw(person, world.morning)
    assert queries.desk_of(person.id).facts.sessions_present == 1
    assert standing(world, person) is Standing.ABSENT
    with transaction():
        world.saw(person, world.afternoon)
    assert (standing(world, person), queries.desk_of(person.id).bar) == (Standing.NOT_STARTED, None)


def test_before_its_beginning_nobody_has_come(world, make_actor):
    make_up = offer(world, make_actor, opens_at=WRITING + timedelta(minutes=1))
    with pytest.raises(DomainError, match="make_up_not_begun"):
        confirm(make_up, make_actor, absent(world))


# ---- recordings


@pytest.mark.parametrize(
    ("minutes", "right", "chosen", "outcome"),
    [
        (89, 1, 1, Watched.TOO_SOON),
        (90, 1, 1, Watched.DONE),
        (90, 1, 0, Watched.WRONG),
        (90, 1, None, Watched.WRONG),
        (90, None, None, Watched.DONE),
    ],
)
def test_minutes_and_answer_decide(minutes, right, chosen, outcome):
    at = WRITING + timedelta(minutes=minutes)
    judged = judge_watching(started_at=WRITING, least_minutes=90, right=right, chosen=chosen, at=at)
    assert judged is outcome


def test_a_recording_counts_after_its_minutes_and_the_right_answer_and_guessing_begins_anew(world, make_actor):
    person, make_up = absent(world), offer(world, make_actor, MakeUpKind.RECORDING)

    def begin(at: Any) -> None:
        with transaction():
            making_up.begin(attendee_id=person.id, make_up=make_up, at=at)

    def finish(chosen: int, at: Any) -> Watched:
        with transaction():
            return making_up.finish(attendee_id=person.id, make_up=make_up, chosen=chosen, by=actor_of(person), at=at)

    begin(WRITING)
    begin(WRITING + timedelta(minutes=30))  # pressed again: the first beginning counts
    assert finish(1, WRITING + timedelta(minutes=89)) is Watched.TOO_SOON
    later = WRITING + timedelta(minutes=90)
    assert [finish(0, later) for _ in range(MOST_TRIES)] == [Watched.WRONG] * MOST_TRIES
    assert finish(1, later) is Watched.TOO_SOON  # guessed too often: to be watched once more
    assert standing(world, person) is Standing.ABSENT
    assert finish(1, later + timedelta(minutes=90)) is Watched.DONE
    assert finish(0, later + timedelta(minutes=91)) is Watched.DONE  # pressed again
    assert standing(world, person) is Standing.NOT_STARTED
    study = db.session.scalars(select(MakeUpStudy)).one()
    assert (study.tries, study.choice, study.confirmed_by) == (MOST_TRIES, 1, None)
    assert make_ups.done_page(make_up, Ask()).total == 1


def test_a_recording_is_for_the_absent_within_its_time(world, writer, make_actor):
    make_up, person = offer(world, make_actor, MakeUpKind.RECORDING), absent(world)
    with pytest.raises(DomainError, match="make_up_not_yours"), transaction():
        making_up.begin(attendee_id=writer.id, make_up=make_up, at=WRITING)
    for at in (make_up.opens_at - timedelta(seconds=1), make_up.closes_at + timedelta(seconds=1)):
        with pytest.raises(DomainError, match="make_up_closed"), transaction():
            making_up.begin(attendee_id=person.id, make_up=make_up, at=at)
    with pytest.raises(DomainError, match="not_found"), transaction():
        making_up.finish(attendee_id=person.id, make_up=make_up, chosen=1, by=actor_of(person), at=WRITING)
