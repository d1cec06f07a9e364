"""Organizers' pages with 364 sites and 24,814 people, everything written and graded: how long each takes to answer."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import select

from conference import create_app
from conference.accounts import actions
from conference.accounts.models import Account, Grant
from conference.accounts.sessions import cookie_name
from conference.commands import migrate_to_head
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.settings import Settings
from tests.benchmarks.load import drive, request
from tests.benchmarks.report import Report
from tests.services.kept import new_folder
from tests.services.web import WebServer

ROOT = Path(__file__).parents[2]
SECRET = secrets.token_urlsafe(48)
REQUESTS = 40
REACH_MS = 200
PAGES = {
    "home": "",
    "people": "people",
    "people found by name": "people?q=nguyen%20thi%20anh",
    "people behind a figure": "people?figure=late",
    "quotas": "quotas",
    "nominations": "nominations",
    "persons on two lines": "doubles",
    "what changed since the freeze": "list/changes",
    "calling": "call",
    "ways of calling": "call/ways",
    "handing over": "call/hand-over",
    "outbox": "outbox",
    "badges": "badges",
    "site packs": "packs",
    "sites": "sites",
    "map of sites": "sites/map",
    "a site": "sites/1",
    "seats of a hall": "sites/1/seats",
    "seating": "seating",
    "readiness": "ready",
    "workbook": "workbook",
    "control room": "board",
    "table of the control room": "board/table",
    "devices": "devices",
    "cases": "cases",
    "headcounts": "headcounts",
    "plan": "plan",
    "releases of the plan": "releases",
    "a release": "releases/2",
    "warnings": "warnings",
    "reflections": "reflections",
    "reflections by site": "reflections?by=site",
    "grading": "grading",
    "graders": "grading/graders",
    "graders by severity": "grading/graders?sort=severity",
    "papers": "grading/papers?show=all",
    "releases": "grading/releases",
    "report by province": "report",
    "report by site": "report?by=site",
    "report by unit": "report?by=unit",
    "a figure's people": "report/people?figure=present",
}


def run(report: Report) -> None:
    folder = new_folder("pages")
    env = {"DATA_DIR": str(folder), "SECRET_KEY": SECRET}
    try:
        cookie = _load(env)
        server = WebServer(env=env)
        try:
            _measure(report, server, cookie)
        finally:
            server.end()
        began = time.perf_counter()
        outcome = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "verify"],
            cwd=ROOT, env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        report.figure("flask verify, everything recounted", time.perf_counter() - began, "s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _load(env: dict[str, str]) -> str:
    """Bring the reference conference to its last stage; returns the cookie of an organizer."""
    app = create_app(Settings.from_env(env))
    with app.app_context():
        migrate_to_head()
        db.session.remove()
        db.engine.dispose()
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "load-reference", "--stage", "graded"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, check=True,
    )  # fmt: skip
    with app.app_context():
        organizer = db.session.scalars(select(Account).join(Grant).where(Grant.role == Role.ORGANIZER)).first()
        assert organizer is not None
        with transaction():
            token = actions.open_session(account=organizer, at=clock.now(), lives=timedelta(hours=8))
        name = cookie_name("staff")
        db.session.remove()
        db.engine.dispose()
    return f"{name}={token}"


def _measure(report: Report, server: WebServer, cookie: str) -> None:
    slowest: list[float] = []
    for name, path in PAGES.items():
        asked = request("GET", f"/conferences/NQ12/{path}", headers={"Cookie": cookie}, port=server.port)
        drive(server.port, [asked] * 3, clients=1)
        outcome = drive(server.port, [asked] * REQUESTS, clients=1, seconds=30)
        assert set(outcome.statuses) == {200}, f"{path}: {outcome.statuses}"
        slowest += outcome.latencies
        report.figure(
            f"{name}, p95",
            outcome.percentile(0.95),
            "ms",
            at_most=REACH_MS,
            note=f"median {median(outcome.latencies):.0f}",
        )
    slowest.sort()
    report.figure("all organizers' pages, p95", slowest[int(len(slowest) * 0.95)], "ms", at_most=REACH_MS)
