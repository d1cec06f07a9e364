"""24,814 papers come in as on the last evening, ever more of them towards the deadline, thirty times as fast."""

from __future__ import annotations

from math import sqrt

from sqlalchemy import func, select

from conference import create_app
from conference.foundation.db import db
from conference.reflections.models import Submission
from conference.settings import Settings
from tests.benchmarks.bench_autosave import CLIENTS, Scene
from tests.benchmarks.load import drive, spread
from tests.benchmarks.report import Report
from tests.services.kept import new_folder
from tests.services.web import WebServer

PEOPLE = 24_814
SECONDS = 600
"""What stands for the five hours of an evening."""

LINES = 256


def run(report: Report) -> None:
    folder = new_folder("evening")
    scene = Scene(folder, f"sqlite:///{folder / 'diemcau.sqlite3'}", PEOPLE)
    server = WebServer(env=scene.env)
    try:
        saved = drive(server.port, [scene.save(writer, server.port) for writer in scene.writers], clients=CLIENTS)
        assert saved.statuses == {200: PEOPLE}, saved.statuses
        moments = [moment(place / PEOPLE) for place in range(PEOPLE)]
        papers = [scene.hand_in(writer, server.port) for writer in scene.writers]
        done = spread(server.port, papers, moments, clients=LINES)
    finally:
        server.end()
    with create_app(Settings.from_env(scene.env)).app_context():
        kept, receipts = db.session.execute(
            select(func.count(), func.count(Submission.receipt_number.distinct())).select_from(Submission)
        ).one()
    report.figure("papers handed in without an error", done.statuses.get(303, 0), "", at_least=PEOPLE)
    report.figure("papers kept, each with a receipt of its own", min(kept, receipts), "", at_least=PEOPLE)
    last = sum(one > SECONDS * 0.8 for one in moments) / (SECONDS * 0.2)
    report.figure("papers a second in the last fifth", last, "/s", note=f"five hours in {SECONDS} s")
    report.figure("handing in p50", done.percentile(0.5), "ms")
    report.figure("handing in p99", done.percentile(0.99), "ms")


def moment(share: float) -> float:
    """When this share of the papers is in: their rate grows from half of the mean to one and a half."""
    return SECONDS * (sqrt(0.25 + 2 * share) - 0.5)
