"""The last evening before the deadline: thousands of pages save through the real endpoint, then all hand in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from uuid import uuid4

from conference import create_app
from conference.checkin.models import Attendance, Device
from conference.checkin.rules import Method
from conference.commands import migrate_to_head
from conference.demo.essays import essay
from conference.directory.models import Person
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.text import fold, sort_key
from conference.planning.models import StudySession
from conference.reflections import managing
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.settings import Settings
from tests.benchmarks.load import drive, request
from tests.benchmarks.report import Report
from tests.factories import join, make_conference, make_site, make_study_session, make_unit
from tests.services.kept import new_folder
from tests.services.postgres import PostgreSQL
from tests.services.web import WebServer

SECRET = secrets.token_urlsafe(48)
CSRF = "token-of-the-benchmark"
WRITERS = 7_000
CLIENTS = 32
SAVES = 6_000
RUNS = 3


class Scene:
    """People who were present and may write now."""

    def __init__(self, folder: Path, database_url: str, people: int = WRITERS) -> None:
        self.env = {"DATA_DIR": str(folder), "DATABASE_URL": database_url, "SECRET_KEY": SECRET}
        app = create_app(Settings.from_env(self.env))
        with app.app_context():
            migrate_to_head()
            with transaction():
                self._fill(people)
            db.session.remove()
            db.engine.dispose()
        client = app.test_client()
        with client.session_transaction() as session:
            session["csrf_token"] = CSRF
        cookie = client.get_cookie("state")
        assert cookie is not None
        self._state = cookie.value
        self._seq = count(1)
        self._revisions = dict.fromkeys(self.writers, 0)
        self._texts = [essay(f"benchmark {number}", 900) for number in range(50)]

    def _fill(self, count: int) -> None:
        now = datetime.now(UTC)
        unit = make_unit("Liên đoàn Lao động huyện Yên Thành")
        conference = make_conference(starts_on=(now - timedelta(days=3)).date())
        make_study_session(conference)
        session = db.session.query(StudySession).one()
        site = make_site(host_unit=unit)
        join(conference, site)
        device = Device(
            token_hash="x",
            conference_id=conference.id,
            site_id=site.id,
            label="Cửa chính",
            enrolled_at=now,
            expires_at=now + timedelta(days=1),
        )
        db.session.add(device)
        parts = [managing.PartPlan(None, f"Phần {place}", "", 0, place == 3) for place in range(1, 5)]
        plan = managing.plan_for(conference, parts)
        task = managing.make_task(conference=conference, plan=plan, by=SYSTEM, at=now)
        name = "Nguyễn Thị Ánh"
        people = range(1, count + 1)
        person = {"full_name": name, "name_folded": fold(name), "sort_key": sort_key(name), "unit_id": unit.id}
        db.session.execute(
            Person.__table__.insert(), [{"id": id, "code": f"N{id}", "position": "", **person} for id in people]
        )
        db.session.execute(
            Attendee.__table__.insert(),
            [
                {
                    "id": id,
                    "conference_id": conference.id,
                    "number": id,
                    "person_id": id,
                    "unit_id": unit.id,
                    "site_id": site.id,
                }
                for id in people
            ],
        )
        seen = {
            "study_session_id": session.id,
            "site_id": site.id,
            "first_at": now,
            "device_id": device.id,
            "method": Method.CAMERA,
            "flagged": False,
            "duplicates": 0,
            "last_seen_at": now,
        }
        db.session.execute(
            Attendance.__table__.insert(), [{"attendee_id": id, "first": uuid4(), **seen} for id in people]
        )
        self.writers = list(people)
        self.part_ids = [part.id for part in task.parts]

    def _headers(self, writer: int) -> dict[str, str]:
        return {
            "Cookie": f"attendee={link_token(SECRET, writer, 1)}; state={self._state}",
            "X-CSRF-Token": CSRF,
            "Accept": "application/json",
        }

    def save(self, writer: int, port: int) -> bytes:
        """What the page of a writer sends: the whole paper, a little longer than before."""
        seq = next(self._seq)
        texts = self._texts[(writer + seq) % len(self._texts)]
        body = {
            "for": writer,
            "base": self._revisions[writer],
            "page": f"page-{writer:08}",
            "seq": seq,
            "parts": {str(part): f"{seq} {text}" for part, text in zip(self.part_ids, texts, strict=True)},
            "commitments": [{"what": "Rà soát chế độ", "due": "28/02/2019", "measure": "9 trên 9 người"}],
        }
        self._revisions[writer] += 1
        return request("PUT", "/my/reflection/draft", headers=self._headers(writer), json_body=body, port=port)

    def hand_in(self, writer: int, port: int) -> bytes:
        form = f"csrf_token={CSRF}&revision={self._revisions[writer]}".encode()
        headers = {**self._headers(writer), "Content-Type": "application/x-www-form-urlencoded"}
        return request("POST", "/my/reflection/submit", headers=headers, body=form, port=port)


def run(report: Report) -> None:
    measure(report, "SQLite", _sqlite(), binds=True)
    postgresql = PostgreSQL()
    try:
        url = postgresql.url(postgresql.new_database())
        measure(report, "PostgreSQL", Scene(new_folder("autosave-postgresql"), url), binds=False)
    finally:
        postgresql.end()


def _sqlite() -> Scene:
    folder = new_folder("autosave")
    return Scene(folder, f"sqlite:///{folder / 'diemcau.sqlite3'}")


def measure(report: Report, where: str, scene: Scene, *, binds: bool) -> None:
    server = WebServer(env=scene.env)
    try:
        first = drive(server.port, [scene.save(writer, server.port) for writer in scene.writers], clients=CLIENTS)
        assert first.statuses == {200: len(scene.writers)}, first.statuses
        report.figure(f"first saves of {WRITERS:,} writers, {where}", first.rate, "/s", is_rate=True)
        runs = []
        for number in range(RUNS):
            writers = [scene.writers[(number * SAVES + place) % WRITERS] for place in range(SAVES)]
            runs.append(drive(server.port, [scene.save(writer, server.port) for writer in writers], clients=CLIENTS))
            assert runs[-1].statuses == {200: SAVES}, runs[-1].statuses
        report.figure(
            f"autosaves, {where}",
            median(one.rate for one in runs),
            "/s",
            at_least=500 if binds else None,
            is_rate=True,
            note=f"{CLIENTS} clients, papers of 900 words, median of {RUNS}",
        )
        slowest = median(one.percentile(0.99) for one in runs)
        report.figure(f"autosave p99, {where}", slowest, "ms", at_most=100 if binds else None)
        handed_in = drive(
            server.port, [scene.hand_in(writer, server.port) for writer in scene.writers], clients=CLIENTS
        )
        assert handed_in.statuses == {303: len(scene.writers)}, handed_in.statuses
        report.figure(f"papers handed in, {where}", handed_in.rate, "/s", is_rate=True)
        report.figure(f"handing in p99, {where}", handed_in.percentile(0.99), "ms")
    finally:
        server.end()
