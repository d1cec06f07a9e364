"""How soon open boards are told what is counted at the doors, and what that costs the doors."""

from __future__ import annotations

from datetime import timedelta
from shutil import rmtree

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from tests.benchmarks.bench_checkin import Scene
from tests.benchmarks.boards import watch
from tests.benchmarks.load import drive
from tests.benchmarks.report import Report
from tests.factories import make_account
from tests.services.kept import new_folder
from tests.services.postgres import PostgreSQL
from tests.services.redis import Redis
from tests.services.web import WebServer

WARM = 400
PER_SECOND = 600
SECONDS = 12
WEB_PROCESSES = 3
BOARDS_OF_ONE = 20  # screens that one organizer has open


def run(report: Report) -> None:
    folder = new_folder("boards-bench")
    try:
        scene = Scene(folder, f"sqlite:///{folder / 'bench.sqlite3'}")
        _measure(report, scene, "SQLite", boards=400, reach_ms=150, memory_mib=200)
        _measure(report, scene, "SQLite", boards=2_000, reach_ms=250)
    finally:
        rmtree(folder, ignore_errors=True)
    _measure_scaled(report)


def _measure_scaled(report: Report) -> None:
    server, redis, folder = PostgreSQL(), Redis(), new_folder("boards-bench-pg")
    try:
        scene = Scene(folder, server.url(server.new_database()))
        scene.env["REDIS_URL"] = redis.url
        _measure(report, scene, f"PostgreSQL, Redis, {WEB_PROCESSES} web processes", boards=400, servers=WEB_PROCESSES)
    finally:
        redis.end()
        server.end()
        rmtree(folder, ignore_errors=True)


def _measure(
    report: Report,
    scene: Scene,
    name: str,
    *,
    boards: int,
    servers: int = 1,
    reach_ms: int | None = None,
    memory_mib: int | None = None,
) -> None:
    cookies = _cookies(scene, boards // BOARDS_OF_ONE)
    webs = [WebServer(env=scene.env) for _ in range(servers)]
    try:
        before = scene.present()
        numbers = range(before + 1, before + WARM + PER_SECOND * SECONDS + 1)
        asked = [scene.delivery(webs[place % servers].port, [number]) for place, number in enumerate(numbers)]
        for place, web in enumerate(webs):
            drive(web.port, asked[place:WARM:servers], clients=8)
        seen = watch(
            [web.port for web in webs],
            asked[WARM:],
            cookies=cookies,
            code="NQ12",
            boards=boards,
            per_second=PER_SECOND,
            before=before + WARM,
        )
        assert seen.statuses == {200: PER_SECOND * SECONDS}, (seen.statuses, webs[0].said())
        assert seen.told_all == boards, f"{seen.told_all} of {boards} boards were told everything"
        latencies = sorted(seen.checkin_latencies)
        report.figure(
            f"{name}: news to {boards:,} boards, p99",
            seen.news_percentile(0.99),
            "ms",
            at_most=reach_ms,
            note=f"during {PER_SECOND} check-ins/s; median {seen.news_percentile(0.5)}; {seen.pushes:,} pushes",
        )
        report.figure(f"{name}: check-in p99 meanwhile", latencies[int(len(latencies) * 0.99)], "ms")
        report.figure(f"{name}: memory of a web process", webs[0].memory_mib(), "MiB", at_most=memory_mib)
    finally:
        for web in webs:
            web.end()


def _cookies(scene: Scene, many: int) -> list[str]:
    """The cookies of so many organizers."""
    tokens = []
    with scene.app.app_context():
        with transaction():
            for place in range(many):
                login = f"ban-to-chuc-{place}-{clock.now():%H%M%S%f}"
                account = make_account(Role.ORGANIZER, ScopeKind.ALL, login=login)
                tokens.append(accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=1)))
        db.session.remove()
        db.engine.dispose()
    with scene.app.test_request_context():
        return [f"{cookie_name('staff')}={token}" for token in tokens]
