"""S1 and S2 at a real server: answers lost at every point, processes killed while papers come in."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from conference.accounts.sessions import cookie_name
from conference.backup import restore_backup, write_backup
from conference.commands import newest_version
from conference.foundation.db import db, transaction
from conference.reflections import queries
from conference.reflections.content import canonical
from conference.reflections.models import Submission
from conference.reflections.receipts import sha256_of
from conference.registry.links import link_token
from conference.registry.models import Attendee
from tests.conftest import SECRET
from tests.people import CSRF
from tests.reflections.conftest import World, build_world
from tests.reflections.test_actions import save, strange_texts

NUMBER = re.compile(r"BN-\d+-\d{6}-\d+-[0-9A-Z]{6}")
CUTS = (0.0, 0.3, 0.9, 1.0)
"""How much of the request is sent before the line breaks."""
BYTES_READ = (0, 1, 60, 200, 500, 10_000)
"""How much of the answer is read before the line breaks."""


@pytest.fixture
def scene(make_app: Callable[..., Flask], sqlite_url: str) -> Iterator[tuple[Flask, World]]:
    app = make_app(database_url=sqlite_url)
    with app.app_context():
        now = datetime.now(UTC)
        yield (
            app,
            build_world(
                opens_at=now - timedelta(days=1), due_at=now + timedelta(days=3), late_until=now + timedelta(days=9)
            ),
        )
        db.session.remove()


class Browser:
    """A plain HTTP client of one writer, whose line can break anywhere."""

    def __init__(self, app: Flask, port: int, attendee: Attendee) -> None:
        client = app.test_client()
        with client.session_transaction() as session:
            session["csrf_token"] = CSRF
        state = client.get_cookie("state")
        assert state is not None
        token = link_token(SECRET, attendee.id, attendee.link_issue)
        with app.app_context():
            self.cookie = f"{cookie_name('attendee')}={token}; state={state.value}"
        self.port = port

    def press(self, revision: int, *, cut: float = 1.0, read: int | None = None) -> None:
        """Send the form and lose the line after this share of the request, or this much of the answer."""
        form = urlencode({"csrf_token": CSRF, "revision": revision}).encode()
        head = (
            f"POST /my/reflection/submit HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        sent = head.encode() + form
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(sent[: round(len(sent) * cut)])
            if read:
                line.recv(read)

    def receipt(self, revision: int) -> str:
        """Press until there is an answer, then read the number off the receipt."""
        form = urlencode({"csrf_token": CSRF, "revision": revision})
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        until = time.monotonic() + 30
        while True:
            try:
                answer = self._ask("POST", "/my/reflection/submit", form, headers)
                if answer[0] == 303:
                    page = self._ask("GET", "/my/reflection/receipt", None, headers)
                    if page[0] == 200:
                        found = NUMBER.search(page[1])
                        assert found is not None
                        return found[0]
            except (OSError, HTTPException):
                pass
            assert time.monotonic() < until, "no receipt within 30 seconds"
            time.sleep(0.1)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def test_a_receipt_and_its_row_come_together_wherever_the_line_breaks(scene, serve, sqlite_url, sized):
    """S2, F2: Ten points at which the line breaks."""
    app, world = scene
    server = serve(database_url=sqlite_url)
    points = [{"cut": cut} for cut in CUTS] + [{"read": read} for read in BYTES_READ]
    for point in points:
        for _ in range(sized(1, 100)):
            with transaction():
                attendee = world.attendee()
            save(attendee, world.content("một bài"), at=datetime.now(UTC))
            browser = Browser(app, server.port, attendee)
            browser.press(1, **point)
            number = browser.receipt(1)
            db.session.rollback()
            kept = db.session.scalars(
                select(Submission).where(Submission.reflection_id == queries.reflection_of(attendee.id).id)
            ).all()
            assert [one.receipt_number for one in kept] == [number]
            assert kept[0].sha256 == sha256_of(kept[0].content)


def test_no_receipt_is_lost_to_a_killed_server_and_a_restored_backup_holds_each(
    scene, serve, make_app, sqlite_url, sqlite_template, tmp_path, sized
):
    """S1, F1, F2: Strange texts of every kind; killed at any moment between the press and the answer."""
    app, world = scene
    server = serve(database_url=sqlite_url)
    chance = Random("kills")
    shown: dict[int, str] = {}
    typed: dict[int, str] = {}
    texts = iter(strange_texts(6 * 50))
    for _ in range(sized(2, 50)):
        with transaction():
            attendees = [world.attendee() for _ in range(6)]
        for attendee in attendees:
            typed[attendee.id] = f"bài của {attendee.id} {next(texts)}"
            save(attendee, world.content(typed[attendee.id]), at=datetime.now(UTC))
        writers = [(attendee.id, Browser(app, server.port, attendee)) for attendee in attendees]
        db.session.rollback()

        def hand_in(attendee_id: int, browser: Browser) -> None:
            shown[attendee_id] = browser.receipt(1)

        threads = [threading.Thread(target=hand_in, args=writer) for writer in writers]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0, 0.15))
        _master, *workers = server.processes()
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        for thread in threads:
            thread.join(timeout=60)
    db.session.rollback()
    assert sorted(shown) == sorted(typed)
    everything_stands(world, shown, typed)
    file = tmp_path / "backup.zip"
    write_backup(file, settings=app.extensions["settings"], version=newest_version())
    (tmp_path / "other").mkdir()
    copy = tmp_path / "other" / "diemcau.sqlite3"
    copy.write_bytes(sqlite_template.read_bytes())
    other = make_app(data_dir=copy.parent, database_url=f"sqlite:///{copy}")
    with other.app_context():
        restore_backup(file, settings=other.extensions["settings"], version=newest_version())
        everything_stands(world, shown, typed)
        db.session.remove()


def everything_stands(world: World, shown: dict[int, str], typed: dict[int, str]) -> None:
    """Each receipt that was shown, and what was typed for it, byte for byte; and nothing else."""
    assert db.session.scalar(select(func.count()).select_from(Submission)) == len(shown)
    for attendee_id, number in shown.items():
        submission = queries.submission_by_receipt(number)
        assert submission is not None
        assert submission.reflection.attendee_id == attendee_id
        assert submission.content == canonical(world.content(typed[attendee_id]), world.titles)
        assert sha256_of(submission.content) == submission.sha256
        assert world.signer.has_signed(queries.receipt_of(submission, "NQ12"), submission.signature)
