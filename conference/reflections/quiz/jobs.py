"""What the worker looks after: sittings whose time is over are taken in, also where the phone is dead."""

from __future__ import annotations

from conference.foundation import clock, jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import transaction
from conference.reflections import queries as reflections
from conference.reflections.quiz import queries
from conference.reflections.quiz.my_views import hand_in
from conference.reflections.quiz.rules import EndedBy

AT_ONCE = 25
"""Sittings that one transaction takes in."""

MOST_A_ROUND = 1_000


@jobs.each_round
def take_in_what_is_over() -> None:
    """Hand in what the server has of each sitting whose time and grace are over. Safe to repeat."""
    collect(conference_id=None)


def collect(*, conference_id: int | None) -> int:
    """The same for one conference or for all; how many were taken in."""
    waiting = queries.overdue(clock.now(), most=MOST_A_ROUND, conference_id=conference_id)
    done = 0
    for start in range(0, len(waiting), AT_ONCE):
        with transaction():
            for attendee_id in waiting[start : start + AT_ONCE]:
                hand_in(reflections.desk_of(attendee_id), EndedBy.TIME, SYSTEM)
                done += 1
    return done
