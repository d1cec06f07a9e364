"""What boards show is what the doors counted, whatever restarts meanwhile (promise R9)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from conference.checkin import queries
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.registry.tickets import key_ring
from conference.sites.models import Site
from tests import factories as make
from tests.conftest import SECRET
from tests.live.halls import end_devices, get_json, post_json, scan_of
from tests.services.redis import Redis
from tests.services.sockets import Socket
from tests.services.web import WebServer

WEB_PROCESSES = 2
A_DELIVERY = 10


class Board(threading.Thread):
    """A screen as the page keeps it: comes back by itself, asks for the whole picture, then listens."""

    def __init__(self, url: str, cookie: str) -> None:
        super().__init__(daemon=True)
        self.url, self.cookie = url, f"staff={cookie}"
        self.version = self.present = -1
        self.fell: list[tuple[int, int]] = []
        self.shown: list[tuple[float, int]] = []  # when which figure came
        self.ends = threading.Event()

    def run(self) -> None:
        while not self.ends.is_set():
            with suppress(OSError, AssertionError, ValueError):  # the server is away, or goes while it answers
                self._listen()
            time.sleep(0.05)

    def _listen(self) -> None:
        socket = Socket(self.url, self.cookie)
        try:
            assert "version" in socket.watch("NQ12")
            self._look()
            socket.connection.settimeout(1.0)
            while not self.ends.is_set():
                with suppress(TimeoutError):
                    self._hear(*socket.next_event())
        finally:
            socket.close()

    def _hear(self, name: str, told: Any) -> None:
        if name == "counts" and told["version"] >= self.version:
            self._see(told)
        elif name == "version" and told > self.version:
            self._look()

    def _look(self) -> None:
        self._see(get_json(self.url + "/conferences/NQ12/board.json", cookie=self.cookie))

    def _see(self, told: dict[str, int]) -> None:
        if told["present"] < self.present:
            self.fell.append((self.present, told["present"]))
        self.version = max(self.version, told["version"])
        self.present = told["present"]
        self.shown.append((time.monotonic(), told["present"]))

    def late_by(self, moment: float, before: int, after: int) -> float | None:
        """How long after this moment the board showed what came then; none for one that did not show what was before,
        because it had still to come back."""
        shown = list(self.shown)
        if max((present for at, present in shown if at <= moment), default=-1) < before:
            return None
        return next((max(0.0, at - moment) for at, present in shown if present >= after), None)


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.end()


def test_boards_agree_with_a_count_from_scratch_whatever_restarts(hall, redis, postgresql_url, sized):
    """The last scans come while Redis is away, so that nothing later brings what was lost.

    How late boards were while everything was up is printed beside what is promised.
    """
    people, boards, restarts = sized(300, 5_000), sized(6, 50), sized(3, 21)
    tickets = _call(hall, people)
    env = {"DATABASE_URL": postgresql_url, "REDIS_URL": redis.url, "SECRET_KEY": SECRET}
    webs = [WebServer(env=env) for _ in range(WEB_PROCESSES)]
    watching = [Board(webs[place % WEB_PROCESSES].url, hall["cookie_of"](Role.ORGANIZER)) for place in range(boards)]
    try:
        for board in watching:
            board.start()
        deliveries = [tickets[at : at + A_DELIVERY] for at in range(0, people, A_DELIVERY)]
        turns = [len(deliveries) * turn // restarts for turn in range(1, restarts + 1)]
        ordinary: list[tuple[float, int, int]] = []
        for place, some in enumerate(deliveries, 1):
            is_turn = place in turns
            with redis.away() if is_turn and turns.index(place) % 2 == 0 else nullcontext():
                _deliver(webs, place, [scan_of(ticket, hall["session"]) for ticket in some], hall["device"])
            if not is_turn:
                after = (place - 1) * A_DELIVERY + len(some)
                ordinary.append((time.monotonic(), after - len(some), after))
            if is_turn and turns.index(place) % 2 == 1:
                gone = webs[place % WEB_PROCESSES]
                gone.end()
                webs[place % WEB_PROCESSES] = WebServer(env=env, port=gone.port)
        with hall["app"].app_context():
            counted = queries.headcount_by_site(hall["session"])[hall["site"]].present
            db.session.remove()
        assert counted == people
        limit = time.monotonic() + 60
        while {board.present for board in watching} != {people}:
            assert time.monotonic() < limit, sorted(board.present for board in watching)
            time.sleep(0.1)
        assert [board.fell for board in watching if board.fell] == []
        late = [by for board in watching for one in ordinary if (by := board.late_by(*one)) is not None]
        assert late
        print(f"{boards} boards showed {len(late)} deliveries at most {max(late):.2f} s after their answers (of 2 s)")
    finally:
        for board in watching:
            board.ends.set()
        for board in watching:
            board.join(10)
        for web in webs:
            web.end()


def test_redis_that_forgets_everything_ends_no_visit_and_costs_no_scan(hall, redis, postgresql_url, serve, board_of):
    """Scans come to one process, the board is open at another: what Redis held was only ever news."""
    first, second = _call(hall, 2)
    one, other = (serve(database_url=postgresql_url, redis_url=redis.url) for _ in range(2))
    cookie = hall["cookie_of"](Role.ORGANIZER)
    board = board_of(other.url, cookie)
    assert board.watch("NQ12") == {"version": 0}
    _deliver([one], 0, [scan_of(first, hall["session"])], hall["device"])
    assert board.next_counts()["present"] == 1
    redis.empty()
    assert get_json(other.url + "/conferences/NQ12/board.json", cookie=f"staff={cookie}")["present"] == 1
    _deliver([one], 0, [scan_of(second, hall["session"])], hall["device"])
    assert board.next_counts()["present"] == 2
    with hall["app"].app_context():
        assert queries.headcount_by_site(hall["session"])[hall["site"]].present == 2
        db.session.remove()


@pytest.mark.parametrize("how", ["away", "paused"])
def test_a_process_that_starts_without_redis_counts_tells_its_boards_and_ends_devices(
    hall, redis, postgresql_url, serve, board_of, how
):
    with getattr(redis, how)():
        server = serve(database_url=postgresql_url, redis_url=redis.url)
        board = board_of(server.url, hall["cookie_of"](Role.ORGANIZER))
        assert board.watch("NQ12") == {"version": 0}
        lost = board_of(server.url, "nonsense", hall["elsewhere"])
        lost.stand(hall["elsewhere"])
        scan = scan_of(hall["ticket"], hall["session"])
        answer: Any = post_json(server.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
        assert answer["items"][0]["verdict"] in ("accepted", "late")
        assert board.next_counts()["present"] == 1
        end_devices(server.url, hall["devices"][1:], organizer=hall["cookie_of"](Role.ORGANIZER))
        assert lost.next_event() == ["ended"]
    other = serve(database_url=postgresql_url, redis_url=redis.url)
    undo = {**scan_of("", hall["session"]), "kind": "undo", "target": scan["id"]}
    post_json(other.url + "/api/v1/scans", {"items": [undo]}, bearer=hall["device"])
    version = 1
    while version < 2:  # what another process counted: by Redis, or by the version that should have been heard of
        name, told = board.next_event()
        version = told if name == "version" else told["version"]


def _call(hall: dict[str, Any], people: int) -> list[str]:
    ring = key_ring(SECRET)
    with hall["app"].app_context(), transaction():
        conference = db.session.get(Conference, hall["conference"])
        site = db.session.get(Site, hall["site"])
        unit = make.make_unit("Liên đoàn Lao động huyện Quỳ Hợp")
        tickets = []
        for _ in range(people):
            attendee = make.make_attendee(conference, site=site, unit=unit)
            attendee.ticket = ring.issue(conference=conference.id, attendee=attendee.number, site=site.id)
            tickets.append(attendee.ticket)
    return tickets


def _deliver(webs: list[WebServer], place: int, scans: list[dict[str, Any]], device: str) -> None:
    """To one process after the other until one has answered each scan: as a phone does."""
    for turn in range(place, place + 200):
        with suppress(OSError):
            url = webs[turn % WEB_PROCESSES].url + "/api/v1/scans"
            answer: Any = post_json(url, {"items": scans}, bearer=device)
            assert {item["status"] for item in answer["items"]} == {200}
            return
        time.sleep(0.1)
    raise AssertionError("no process answered")
