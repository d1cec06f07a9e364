"""All doors come back at once with everything they hold: each item is answered, none is lost, none counts twice."""

from __future__ import annotations

import json
import random
import socket
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from conference.checkin.models import Scan
from conference.foundation.db import db
from tests.benchmarks.bench_checkin import Scene
from tests.benchmarks.load import drive
from tests.services.web import HOST, WebServer

A_FEW, MOST_TIMES = 32, 10


def test_all_doors_at_once_lose_nothing(tmp_path: Path, database_url: str, sized: Callable[[int, int], int]) -> None:
    """Half of them lose their first answer, and so send everything once more, while the others send."""
    scene = Scene(tmp_path / "data", database_url, site_count=sized(12, 364), people=sized(240, 24_814))
    server = WebServer(env=scene.env)
    try:
        queues: dict[int, list[int]] = defaultdict(list)
        for number, site in scene.site_of.items():
            queues[site].append(number)
        deliveries = [scene.delivery(server.port, numbers) for numbers in queues.values()]
        for delivery in random.Random(29).sample(deliveries, len(deliveries) // 2):
            with socket.create_connection((HOST, server.port), timeout=30) as line:
                line.sendall(delivery)
        answered: dict[str, int] = {}
        for at_once in (len(deliveries), *[A_FEW] * MOST_TIMES):  # who is told to come later does, and not all at once
            outcome = drive(server.port, deliveries, clients=at_once, seconds=300, keep_bodies=True)
            assert outcome.statuses.keys() <= {200, 503}, server.said()
            for body in outcome.bodies:
                answered |= {item["id"]: item["status"] for item in json.loads(body).get("items", ())}
            print(f"{len(answered)} scans answered; {at_once} doors at once, {outcome.seconds:.1f} s")
            if outcome.statuses.keys() == {200}:
                break
        assert outcome.statuses == {200: len(deliveries)}
        assert set(answered.values()) == {200}
        assert scene.present() == scene.people
        with scene.app.app_context():
            kept = sorted(map(str, db.session.scalars(select(Scan.id))))
        assert kept == sorted(answered)
    finally:
        server.end()
        with scene.app.app_context():
            db.session.remove()
            db.engine.dispose()
