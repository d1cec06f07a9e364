"""A door on the day itself: a small conference that is on now, served by a real server, and films for its camera."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import segno
from playwright.sync_api import BrowserContext

from conference import create_app
from conference.accounts import actions as accounts
from conference.checkin import actions as checkin
from conference.checkin import enrolling, rosters
from conference.checkin.device_rules import link_token
from conference.commands import migrate_to_head
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, DayPart, StudySession
from conference.registry.tickets import Ticket, key_ring
from conference.settings import Settings
from conference.web.filters import ZONE
from tests.factories import (
    join,
    make_account,
    make_attendee,
    make_conference,
    make_site,
    make_study_session,
    make_unit,
)
from tests.services.web import WebServer

ROOT = Path(__file__).parent.parent.parent
NAMES = (
    "Đặng Hữu Phước",
    "Nguyễn Thị Ánh",
    "Hồ Sỹ Quyền",
    "Nguyễn Thị An",
    "Nguyễn Thị Ân",
    "Trần Nguyễn Hoàng Phương Thảo Nguyên",
)
ELSEWHERE = ("Lê Thị Hoài Thương", "Vũ Đức Ỷ")


class DoorDay:
    """Six people are called to Yên Thành, two to Đô Lương; the doors opened half an hour ago.

    ``next_opens_in`` adds a second study session of the day, whose doors open so much later; ``more`` calls so many
    further people to Yên Thành. ``migrated`` is an empty SQLite database of this release: to copy it takes no time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        next_opens_in: timedelta | None = None,
        database_url: str = "",
        more: int = 0,
        migrated: Path | None = None,
    ) -> None:
        self.next_opens_in = next_opens_in
        self.more = more
        self.secret = secrets.token_urlsafe(48)
        self.env = {"DATA_DIR": str(folder), "SECRET_KEY": self.secret, "DATABASE_URL": database_url}
        settings = Settings.from_env(self.env)
        self.app = create_app(settings)
        self.tickets: dict[int, str] = {}
        with self.app.app_context():
            if migrated is None:
                migrate_to_head()
            else:
                copyfile(migrated, settings.database_url.removeprefix("sqlite:///"))
            with transaction():
                self._fill()
            db.session.remove()
            db.engine.dispose()
        self.server = WebServer(env=self.env)
        self.url = self.server.url

    def _fill(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        unit = make_unit("Trường THCS Thị trấn Diễn Châu")
        conference = make_conference(starts_on=now.astimezone(ZONE).date())
        session = make_study_session(conference, DayPart.MORNING)
        session.doors_open_at, session.starts_at = now - timedelta(minutes=30), now + timedelta(minutes=45)
        session.ends_at = now + timedelta(hours=3)
        if self.next_opens_in is not None:
            second = make_study_session(conference, DayPart.AFTERNOON)
            second.doors_open_at = now + self.next_opens_in
            second.starts_at, second.ends_at = second.doors_open_at + timedelta(hours=1), now + timedelta(hours=6)
        here, there = make_site("Yên Thành, Nghệ An", host_unit=unit), make_site("LĐLĐ tỉnh Nghệ An", host_unit=unit)
        for site in (here, there):
            join(conference, site)
        self.keys = key_ring(self.secret)
        further = tuple(f"Nguyễn Văn Số {number}" for number in range(1, self.more + 1))
        for number, name in enumerate(NAMES + ELSEWHERE + further, start=1):
            site = there if name in ELSEWHERE else here
            attendee = make_attendee(
                conference,
                site=site,
                unit=unit,
                full_name=name,
                number=number,
                seat=f"C{number}",
                position="Chủ tịch CĐCS",
            )
            attendee.ticket = self.keys.issue(conference=conference.id, attendee=number, site=site.id)
            self.tickets[number] = attendee.ticket
        host = make_account(Role.SITE_HOST, ScopeKind.SITE, here.id, full_name="Hoàng Văn Minh")
        self.cookie = accounts.open_session(account=host, at=datetime.now(UTC), lives=timedelta(hours=8))
        self.other_token = secrets.token_urlsafe(24)
        checkin.enrol_device(
            conference=conference, site_id=here.id, token=self.other_token, label="Cửa phụ", by=SYSTEM, at=now
        )
        self.code, self.here, self.there, self.session = conference.code, here.id, there.id, session.id
        self.conference = conference.id

    def sign_in(self, context: BrowserContext) -> BrowserContext:
        context.add_cookies([{"name": "staff", "value": self.cookie, "url": self.url}])
        return context

    @property
    def door_url(self) -> str:
        return f"{self.url}/door/{self.code}/{self.here}"

    def spare(self, number: int) -> str:
        """The digits on a spare badge of the site here."""
        return self.keys.issue_many([Ticket.of_spare(self.conference, self.here, number)])[0]

    def enrolment(self, site: int | None = None) -> str:
        """The address in the QR code of a new one-time link for this site, or another."""
        with self.app.app_context(), transaction():
            conference = db.session.get_one(Conference, self.conference)
            link = enrolling.make_link(
                conference=conference, site_id=site or self.here, by=SYSTEM, at=datetime.now(UTC)
            )
            return f"{self.url}/door/enrol#{link_token(self.secret, link.id)}"

    def present(self, session: int | None = None, site: int | None = None) -> list[int]:
        """The numbers of those counted here, or at another site, so far."""
        with self.app.app_context():
            study_session = db.session.get_one(StudySession, session or self.session)
            lines = rosters.roster_of(study_session, site or self.here)
            return sorted(line.number for line in lines if line.seen_at_site == (site or self.here))

    def change(self, do: Any) -> None:
        with self.app.app_context(), transaction():
            do()

    def end(self) -> None:
        self.server.end()
        with self.app.app_context():
            db.engine.dispose()


Scene = str | None | tuple[str, str]
"""What is before the camera: a code, an empty hand, or two codes at once."""


def film_of(scenes: list[Scene], path: Path, *, frames_each: int = 12) -> Path:
    """A film in which each of these scenes stays before the camera for a while."""
    return film_with([(scene, frames_each) for scene in scenes], path)


def film_with(scenes: list[tuple[Scene, int]], path: Path) -> Path:
    """The same with the number of frames of each, ten a second."""
    width, height = 640, 480
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode())
        grey = bytes([128]) * (width * height // 2)
        for place, (scene, frames) in enumerate(scenes):
            picture = _picture(scene, width, height, place)
            for _ in range(frames):
                film.write(b"FRAME\n" + picture + grey)
    return path


def _picture(scene: Scene, width: int, height: int, place: int) -> bytes:
    """Brightness of a dim hall with a badge in it, a little off the middle, or two beside each other."""
    rows = [bytearray([70 + (x * 3 + y) % 23 for x in range(width)]) for y in range(height)]
    codes = () if scene is None else (scene,) if isinstance(scene, str) else scene
    part = width // max(1, len(codes))
    for beside, code in enumerate(codes):
        matrix = segno.make(code, error="m", mode="numeric", boost_error=False).matrix
        scale, quiet = (7, 4) if len(codes) == 1 else (6, 4)
        size = (len(matrix) + 2 * quiet) * scale
        left = beside * part + (part - size) // 2 + (place % 3) * 8
        top = (height - size) // 2 - (place % 2) * 6
        for y in range(size):
            for x in range(size):
                row, column = y // scale - quiet, x // scale - quiet
                is_inside = 0 <= row < len(matrix) and 0 <= column < len(matrix)
                rows[top + y][left + x] = 25 if is_inside and matrix[row][column] else 225
    return b"".join(bytes(row) for row in rows)
