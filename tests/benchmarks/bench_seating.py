"""Seats for the reference conference: a site taken away, everybody seated anew, and taking a proposal over."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from conference import create_app
from conference.checkin.came import present_in
from conference.commands import migrate_to_head
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.registry.imports import cli
from conference.registry.models import Attendee
from conference.registry.seats import queries as seat_queries
from conference.registry.seats.actions import give_seats_of_site
from conference.seating import actions, queries
from conference.seating.arranging import Arrangement, arrange
from conference.seating.puzzle import Solution, Tariff
from conference.seating.rules import Reach, Scope, Wishes, gap
from conference.seating.solver import solve
from conference.settings import Settings
from tests.benchmarks.report import Report
from tests.services.kept import new_folder

REFERENCE = Path(__file__).parents[2] / "conference" / "demo" / "reference"
AT = datetime(2018, 12, 1, 2, 0, tzinfo=UTC)
SECRET = "only-for-this-benchmark-0123456789-abcdefghijklmnop"
FRESH = Tariff(change=0)
"""As if nobody had been told yet where to go."""


def run(report: Report) -> None:
    folder = new_folder("seating")
    app = create_app(Settings(data_dir=folder, database_url=f"sqlite:///{folder}/diemcau.sqlite3", secret_key=SECRET))
    with app.app_context():
        migrate_to_head()
        cli.import_folder(REFERENCE, "NQ12")
        conference = db.session.scalars(select(Conference).where(Conference.code == "NQ12")).one()
        largest, people = _largest_site(conference.id)
        closing = Wishes(closing=(largest,), reach=Reach.NEIGHBOURS)
        _search(report, conference, f"site of {people:,} taken away, its people alone", closing)
        everybody = replace(closing, scope=Scope.EVERYBODY)
        _search(report, conference, f"site of {people:,} taken away, everybody may move", everybody)
        anew = Wishes(scope=Scope.EVERYBODY, reach=Reach.NEIGHBOURS)
        _search(report, conference, "everybody seated anew, changes free", anew, FRESH)
        _take_over(report, conference, closing)
        _every_hall(report, conference)
        db.session.remove()


def _largest_site(conference_id: int) -> tuple[int, int]:
    count = func.count()
    row = db.session.execute(
        select(Attendee.site_id, count)
        .where(Attendee.conference_id == conference_id)
        .group_by(Attendee.site_id)
        .order_by(count.desc())
        .limit(1)
    ).one()
    return int(row[0]), int(row[1])


def _search(
    report: Report, conference: Conference, what: str, wishes: Wishes, tariff: Tariff | None = None
) -> tuple[Arrangement, Solution]:
    began = time.perf_counter()
    facts = queries.conference_to_seat(conference.id, present_in(conference.id))
    arrangement = arrange(facts, wishes, tariff)
    solution = solve(arrangement.puzzle, lambda done, total: None)
    seconds = time.perf_counter() - began
    unseated = sum(solution.unseated(arrangement.puzzle).values())
    note = (
        f"{arrangement.puzzle.people:,} people, gap at most {100 * gap(solution.cost, solution.bound):.1f} %, "
        f"{unseated:,} without a seat, of whom {solution.fewest_unseated:,} in any seating"
    )
    report.figure(what, seconds, "s", at_most=60, note=note)
    return arrangement, solution


def _take_over(report: Report, conference: Conference, wishes: Wishes) -> None:
    arrangement, solution = _search(report, conference, "the same again, to be taken over", wishes)
    with transaction():
        proposal = actions.keep_proposal(
            conference_id=conference.id,
            arrangement=arrangement,
            solution=solution,
            fingerprint=queries.fingerprint(conference.id),
            seconds=0,
            at=AT,
        )
    ways = queries.ways_of(proposal.id)
    began = time.perf_counter()
    with transaction():
        moved = actions.accept(proposal=proposal, ways=ways, present=present_in(conference.id), by=SYSTEM, at=AT)
    report.figure(f"taking it over, {moved:,} people in one transaction", time.perf_counter() - began, "s", at_most=2)


def _every_hall(report: Report, conference: Conference) -> None:
    sites = seat_queries.sites_with_halls(conference.id)
    began = time.perf_counter()
    seated = 0
    for site_id in sites:
        with transaction():
            found = give_seats_of_site(
                conference_id=conference.id, site_id=site_id, lay_out_usual=True, by=SYSTEM, at=AT
            )
        seated += found.seated if found is not None else 0
    seconds = time.perf_counter() - began
    report.figure(f"a seat for {seated:,} people in {len(sites)} halls without a plan", seconds, "s", at_most=60)
