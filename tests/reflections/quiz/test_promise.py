"""What was acknowledged counts: attempts whose answers are lost, repeated and cut short, by two devices each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from conference.foundation.db import db, transaction
from conference.foundation.jobs import go_round
from conference.reflections.models import Submission
from conference.reflections.quiz import queries, taking
from conference.reflections.quiz.models import QuizAttempt
from conference.reflections.quiz.rules import Tap
from tests.reflections.quiz.conftest import SLOT_OPENS, Sitting

SECONDS = 60 * 60


class Device:
    """A page of one person: it sends what was pressed until an answer has come, or it dies."""

    def __init__(self, name: str, chance: Random) -> None:
        self.name, self.chance, self.seq = name, chance, 0
        self.seen: dict[int, int] = {}
        self.pending: dict[int, Tap] = {}

    def press(self, place: int, choice: int) -> None:
        self.seq += 1
        self.pending[place] = Tap(place, choice, self.name, self.seq, self.seen.get(place, 0))

    def hear(self, taken: taking.Taken) -> None:
        for one in taken.heard:
            self.seen[one.place] = one.revision
            if self.pending.get(one.place) and self.pending[one.place].seq == one.seq:
                del self.pending[one.place]


def test_what_was_acknowledged_is_what_is_handed_in_whatever_is_lost_or_killed(
    sitting: Sitting, clock: Any, sized: Callable[[int, int], int]
) -> None:
    chance = Random(20181206)
    with transaction():
        people = [sitting.world.attendee(full_name=f"Nguyễn Văn {place}") for place in range(sized(60, 200))]
    clock.stop_at(SLOT_OPENS)
    told: dict[int, dict[int, int]] = {}
    for who in people:
        sitting.begin(who)
        told[who.id] = _sit(who.id, chance)
    clock.stop_at(SLOT_OPENS + timedelta(seconds=SECONDS + 61))
    go_round()
    db.session.rollback()
    assert db.session.query(Submission).count() == len(people)
    for attempt in db.session.query(QuizAttempt):
        content = db.session.get_one(Submission, attempt.submission_id).content
        handed_in = {
            place: attempt.drawn[place - 1].order.index(choice)
            for place, choice in enumerate(taking.chosen_in(content), 1)
            if choice is not None
        }
        assert told[attempt.attendee_id].items() <= handed_in.items()
    assert queries.overdue(SLOT_OPENS + timedelta(days=1), most=10) == []


def _sit(attendee_id: int, chance: Random) -> dict[int, int]:
    """What this person was told stands, place by place: the last word of the server that reached a device."""
    devices = [Device("device-one", chance), Device("device-two", chance)]
    told: dict[int, int] = {}
    for _press in range(chance.randrange(2, 9)):
        device = chance.choice(devices)
        device.press(chance.randrange(1, 5), chance.randrange(2))
        fate = chance.random()
        if fate < 0.15:
            continue  # no line: it goes with the next
        taps = list(device.pending.values())
        with transaction():
            taken = taking.take_answers([taking.Answers(attendee_id, 1, taps)], at=SLOT_OPENS)[0]
        assert isinstance(taken, taking.Taken)
        if fate < 0.35:
            for one in taken.heard:  # the answer was lost on its way: nobody was told, and something may stand
                told.pop(one.place, None)
            continue
        if fate > 0.95:
            device.pending.clear()  # killed, with what it had not sent
        device.hear(taken)
        told |= {one.place: one.choice for one in taken.heard}
    return told
