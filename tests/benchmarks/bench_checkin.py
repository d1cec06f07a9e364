"""Check-in through the real endpoint: 32 phones one by one, then whole queues at once, each answer after an fsync."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import select

from conference import create_app
from conference.checkin import actions, queries
from conference.checkin.models import Scan
from conference.commands import migrate_to_head
from conference.directory.models import Person
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.text import fold, sort_key
from conference.planning.models import StudySession
from conference.registry.models import Attendee
from conference.registry.tickets import Ticket, key_ring
from conference.settings import Settings
from conference.web.filters import ZONE
from tests.benchmarks.load import drive, request
from tests.benchmarks.report import Report
from tests.factories import join, make_conference, make_site, make_study_session, make_unit
from tests.services.kept import new_folder
from tests.services.postgres import PostgreSQL
from tests.services.redis import Redis
from tests.services.web import WebServer

ROOT = Path(__file__).parent.parent.parent
SECRET = secrets.token_urlsafe(48)
SITES = 364
PEOPLE = 24_814
CLIENTS = 32
SINGLES = 12_000
A_QUEUE = 68
WEB_PROCESSES = 3


class Scene:
    """The reference figures: 364 sites, 24,814 people, a device at each site, the doors open now; or fewer."""

    def __init__(self, folder: Path, database_url: str, *, site_count: int = SITES, people: int = PEOPLE) -> None:
        self.site_count, self.people = site_count, people
        self.env = {"DATA_DIR": str(folder), "DATABASE_URL": database_url, "SECRET_KEY": SECRET}
        app = create_app(Settings.from_env(self.env))
        self.app = app
        with app.app_context():
            migrate_to_head()
            with transaction():
                self._fill()
            db.session.remove()
            db.engine.dispose()

    def _fill(self) -> None:
        now = datetime.now(UTC)
        unit = make_unit("Liên đoàn Lao động huyện Yên Thành")
        conference = make_conference(starts_on=now.astimezone(ZONE).date())
        make_study_session(conference)
        session = db.session.query(StudySession).one()
        session.doors_open_at, session.starts_at = now - timedelta(minutes=30), now + timedelta(hours=1)
        session.ends_at = now + timedelta(hours=4)
        self.study_session = session.id
        sites = [make_site(f"Huyện {number}", host_unit=unit) for number in range(self.site_count)]
        self.tokens = []
        for site in sites:
            join(conference, site)
            token = secrets.token_urlsafe(24)
            actions.enrol_device(
                conference=conference, site_id=site.id, token=token, label="Cửa chính", by=SYSTEM, at=now
            )
            self.tokens.append(token)
        name = "Nguyễn Thị Ánh"
        folded, key = fold(name), sort_key(name)
        db.session.execute(
            Person.__table__.insert(),
            [
                {
                    "id": number,
                    "code": f"N{number}",
                    "full_name": name,
                    "name_folded": folded,
                    "sort_key": key,
                    "position": "Chủ tịch",
                    "unit_id": unit.id,
                }
                for number in range(1, self.people + 1)
            ],
        )
        self.site_of = {number: number % self.site_count for number in range(1, self.people + 1)}
        self.tickets = key_ring(SECRET).issue_many(
            Ticket(conference.id, number, sites[self.site_of[number]].id, 1) for number in range(1, self.people + 1)
        )
        db.session.execute(
            Attendee.__table__.insert(),
            [
                {
                    "conference_id": conference.id,
                    "number": number,
                    "person_id": number,
                    "unit_id": unit.id,
                    "site_id": sites[self.site_of[number]].id,
                    "ticket": self.tickets[number - 1],
                }
                for number in range(1, self.people + 1)
            ],
        )

    def scan(self, number: int, sequence: int) -> dict[str, object]:
        return {
            "id": str(uuid.uuid4()),
            "kind": "scan",
            "ticket": self.tickets[number - 1],
            "study_session": self.study_session,
            "direction": "in",
            "scanned_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "clock_offset_ms": 120,
            "device_seq": sequence,
            "method": "camera",
            "verdict_shown": None,
            "decision": None,
        }

    def delivery(self, port: int, numbers: list[int]) -> bytes:
        """A request with these people's scans from the device of their site."""
        token = self.tokens[self.site_of[numbers[0]]]
        return request(
            "POST",
            "/api/v1/scans",
            port=port,
            headers={"Authorization": f"Bearer {token}"},
            json_body={"items": [self.scan(number, place) for place, number in enumerate(numbers, start=1)]},
        )

    def kept(self) -> set[str]:
        with self.app.app_context():
            return {str(id) for id in db.session.scalars(select(Scan.id))}

    def present(self) -> int:
        with self.app.app_context():
            return sum(count.present for count in queries.headcount_by_site(self.study_session).values())


def run(report: Report) -> None:
    folder = new_folder("checkin-bench")
    _measure(report, "SQLite", folder, f"sqlite:///{folder / 'bench.sqlite3'}", binding=True)
    server = PostgreSQL()
    try:
        url = server.url(server.new_database())
        _measure(report, "PostgreSQL", new_folder("checkin-bench-pg"), url, binding=False)
        _measure_scaled(report, server)
    finally:
        server.end()


def _measure_scaled(report: Report, server: PostgreSQL) -> None:
    redis, url = Redis(), server.url(server.new_database())
    try:
        _measure(
            report,
            f"PostgreSQL, Redis, {WEB_PROCESSES} web processes",
            new_folder("checkin-bench-scaled"),
            url,
            binding=False,
            servers=WEB_PROCESSES,
            redis_url=redis.url,
        )
    finally:
        redis.end()


def _measure(
    report: Report, name: str, folder: Path, url: str, *, binding: bool, servers: int = 1, redis_url: str = ""
) -> None:
    scene = Scene(folder, url)
    webs = [WebServer(env={**scene.env, "REDIS_URL": redis_url}) for _ in range(servers)]
    server, ports = webs[0], [web.port for web in webs]
    try:
        warm = drive(ports, [scene.delivery(server.port, [number]) for number in range(1, 801)], clients=CLIENTS)
        assert warm.statuses == {200: 800}, (warm.statuses, server.said())
        rates, tails, longest = [], [], []
        next_number = 801
        for _ in range(3):
            numbers = range(next_number, next_number + SINGLES // 3)
            next_number = numbers.stop
            outcome = drive(ports, [scene.delivery(server.port, [number]) for number in numbers], clients=CLIENTS)
            assert outcome.statuses == {200: len(numbers)}, (outcome.statuses, server.said())
            rates.append(outcome.rate)
            tails.append(outcome.percentile(0.99))
            longest.append(outcome.longest)
        report.figure(
            f"{name}: online check-ins, {CLIENTS} clients",
            median(rates),
            "/s",
            at_least=1_500 if binding else None,
            is_rate=True,
            note="median of 3; 1 scan a request",
        )
        report.figure(f"{name}: p99", median(tails), "ms", at_most=40 if binding else None)
        report.figure(f"{name}: longest", median(longest), "ms", at_most=150 if binding else None)
        counted = scene.present()
        assert counted == next_number - 1, f"{counted} counted, {next_number - 1} acknowledged"

        by_site: dict[int, list[int]] = {}
        for number in range(1, PEOPLE + 1):
            by_site.setdefault(scene.site_of[number], []).append(number)
        queues = [scene.delivery(server.port, numbers[:A_QUEUE]) for numbers in by_site.values()]
        outcome = drive(ports, queues, clients=len(queues), keep_bodies=True)
        assert outcome.statuses == {200: SITES}, (outcome.statuses, server.said())
        scans = sum(len(json.loads(body)["items"]) for body in outcome.bodies)
        report.figure(
            f"{name}: {SITES} queues of {A_QUEUE} at once",
            outcome.seconds,
            "s",
            at_most=3 if binding else None,
            note=f"{scans / outcome.seconds:,.0f} scans/s, half of them second scans",
        )
        report.figure(
            f"{name}: synchronised scans",
            scans / outcome.seconds,
            "/s",
            at_least=10_000 if binding else None,
        )
        # After a blackout every door sends what it holds of everybody in the same moment.
        herd = [scene.delivery(server.port, numbers) for numbers in by_site.values()]
        outcome = drive(ports, herd, clients=len(herd), keep_bodies=True)
        assert outcome.statuses == {200: SITES}, (outcome.statuses, server.said())
        report.figure(
            f"{name}: all {SITES} doors back after a blackout, p95",
            outcome.percentile(0.95),
            "ms",
            at_most=2_000,
            note=f"{PEOPLE:,} scans at once, all acknowledged in {outcome.seconds:.1f} s",
        )
        acknowledged = {item["id"] for body in outcome.bodies for item in json.loads(body)["items"]}
        report.figure(
            f"{name}: scans lost in it",
            PEOPLE - len(acknowledged & scene.kept()),
            "",
            at_most=0,
        )
        report.figure(
            f"{name}: memory of the web process",
            server.memory_mib(),
            "MiB",
            note="after all this; idle it is measured by `start`, with 400 boards by `boards`",
        )
    finally:
        for web in webs:
            web.end()
