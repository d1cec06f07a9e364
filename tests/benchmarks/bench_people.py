"""The list of 24,814 people as an organizer asks for it: pages, searches, filters and the sheet."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles

from flask.testing import FlaskClient

from conference import create_app
from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.adapters.spreadsheet import write_workbook
from conference.commands import migrate_to_head
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, ConferenceState
from conference.registry import queries
from conference.registry.imports import cli
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.settings import Settings
from tests.benchmarks.report import Report
from tests.services.kept import new_folder

REFERENCE = Path(__file__).parents[2] / "conference" / "demo" / "reference"
SECRET = "only-for-this-benchmark-0123456789-abcdefghijklmnop"
TIMES = 12

ASKED = (
    "/people",
    "/people?page=250&size=100",
    "/people?sort=unit&direction=desc",
    "/people?q=phuoc",
    "/people?q=nguyen+thi+anh",
    "/people?q=0912",
    "/people?site=17",
    "/people?contact=none",
    "/people/200",
    "/call",
    "/badges",
)


def run(report: Report) -> None:
    folder = new_folder("people")
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'bench.sqlite3'}", secret_key=SECRET)
    app = create_app(settings)
    with app.app_context():
        migrate_to_head()
        cli.import_folder(REFERENCE, "NQ12")
        with transaction():
            conference = db.session.query(Conference).one()
            conference.state = ConferenceState.PUBLISHED
            account = accounts.create_account(login="bench", full_name="Bench", at=clock.now(), by=SYSTEM)
            accounts.grant(account=account, role=Role.ORGANIZER, kind=ScopeKind.ALL, id=None, at=clock.now(), by=SYSTEM)
            token = accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=1))
            name = cookie_name("staff")
            attendee_id = db.session.query(Attendee.id).filter_by(number=200).scalar()
    organizer = app.test_client()
    organizer.set_cookie(name, token)
    every: list[float] = []
    for path in ASKED:
        times = [_asked(organizer, f"/conferences/NQ12{path}") for _ in range(TIMES)]
        every += times[1:]
        report.figure(path, median(times) * 1000, "ms", at_most=200, note="median of one process, page as HTML")
    report.figure("these pages, 95 of 100", quantiles(every, n=20)[-1] * 1000, "ms", at_most=200)
    attendee = app.test_client()
    attendee.get(f"/p/{link_token(SECRET, attendee_id, 1)}")
    report.figure("the attendee's own page", median(_asked(attendee, "/my/") for _ in range(TIMES)) * 1000, "ms")
    with app.app_context():
        report.figure(
            "24,814 rows as .xlsx", median(_seconds(_sheet) for _ in range(5)), "s", at_most=2, note="in memory"
        )


def _asked(client: FlaskClient, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address)
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return seconds


def _seconds(deed: Callable[[], None]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def _sheet() -> None:
    reach = Reach(is_whole=True, sees_contacts=True)
    statement = queries.narrowed(queries.people(1, reach), {}, reach)
    write_workbook(BytesIO(), [queries.people_table(statement, 1, reach)])
