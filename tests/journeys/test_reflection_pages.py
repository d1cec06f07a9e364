"""Make-up study, files, papers handed in for others, likenesses and personal data: in the browsers of their users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.demo.essays import copied, essay
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.reflections.models import MakeUp, Submission
from conference.reflections.rules import MakeUpKind
from conference.reflections.similarity.indexing import index_conference
from conference.registry.links import link_token
from tests import papers
from tests.conftest import SECRET
from tests.factories import make_account
from tests.grading.grade_book import hand_in
from tests.journeys.witness import Witness
from tests.reflections.conftest import World, build_world

WAYS = (("desktop", "vi"), ("desktop", "en"), ("phone", "vi"), ("phone", "en"))
"""One for each visitor in `make test`, all in `make prove`."""


class Stage:
    """A conference in the days of writing, with somebody for every page."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world = world
        with transaction():
            staff = {
                "organizer": make_account(Role.ORGANIZER),
                "officer": make_account(Role.UNIT_OFFICER, ScopeKind.UNIT, world.unit.id),
            }
            self.staff = {
                name: accounts.open_session(account=account, at=now, lives=timedelta(hours=2))
                for name, account in staff.items()
            }
            self.made_by = staff["organizer"].id
            source = essay("source", 320)
            for texts in (source, copied(source, "b"), essay("own", 320)):
                hand_in(world.attendee(), content=_paper(texts))
            self.writer, self.absent, self.on_paper = world.attendee(), world.attendee(present=0), world.attendee()
            for kind in MakeUpKind:
                self._offer(kind, now)
        index_conference(world.conference, at=now)
        self.copy = db.session.scalars(select(Submission.id).order_by(Submission.id)).first()
        self.make_up = db.session.scalars(select(MakeUp.id).where(MakeUp.kind == MakeUpKind.AT_SITE)).one()
        self.cookie = cookie_name("staff")
        self.links = {
            name: f"/p/{link_token(SECRET, who.id, who.link_issue)}"
            for name, who in (("writer", self.writer), ("absent", self.absent))
        }
        self.code, self.numbers = world.conference.code, (self.writer.number, self.on_paper.number)
        db.session.remove()

    def _offer(self, kind: MakeUpKind, now: datetime) -> None:
        is_recording = kind is MakeUpKind.RECORDING
        db.session.add(
            MakeUp(
                study_session_id=self.world.morning.id,
                kind=kind,
                site_id=None if is_recording else self.world.site.id,
                opens_at=now - timedelta(hours=2),
                closes_at=now + timedelta(days=2),
                address="https://ghi-hinh.example/12" if is_recording else "",
                least_minutes=90 if is_recording else 0,
                question="Chuyên đề 2 nói về việc gì?" if is_recording else "",
                choices=["Tài chính", "Đối thoại"] if is_recording else [],
                right_choice=1 if is_recording else None,
                made_at=now,
                made_by=self.made_by,
            )
        )


def _paper(texts: list[str]) -> bytes:
    parts = [{"part": place, "title": f"Phần {place}", "text": text} for place, text in enumerate(texts, 1)]
    return rfc8785.dumps({"parts": parts, "commitments": [], "files": []})


@pytest.fixture
def stage(make_app: Any, sqlite_url: str) -> Iterator[Stage]:
    now = datetime.now(UTC)
    with make_app(database_url=sqlite_url).app_context():
        world = build_world(
            opens_at=now - timedelta(days=1),
            due_at=now + timedelta(days=3),
            late_until=now + timedelta(days=13),
            min_words=30,
        )
        yield Stage(world, now)


def test_each_page_is_for_everybody_at_both_sizes_and_in_both_languages(
    stage: Stage, serve: Any, device: Any, sqlite_url: str, tmp_path: Path, sized: Any
) -> None:
    address, witness = serve(database_url=sqlite_url).url, Witness(tmp_path)
    (tmp_path / "trang.jpg").write_bytes(papers.photo())

    def enter(kind: str, who: str, language: str) -> tuple[BrowserContext, Page]:
        context = device(kind)
        page = witness.page(context)
        if who in stage.staff:
            context.add_cookies([{"name": stage.cookie, "value": stage.staff[who], "url": address}])
        else:
            page.goto(f"{address}{stage.links[who]}")
        page.goto(f"{address}/language/{language}")
        return context, page

    def look_at(kind: str, who: str, language: str, pages: dict[str, str]) -> None:
        context, page = enter(kind, who, language)
        for name, path in pages.items():
            page.goto(f"{address}{path}")
            witness.look(page, f"{name}-{language}")
        context.close()

    _send_a_photo(enter("phone", "writer", "vi")[1], address, tmp_path / "trang.jpg")
    _hand_in_for(enter("desktop", "officer", "vi")[1], address, stage)
    here, (writer, on_paper) = f"/conferences/{stage.code}", stage.numbers
    organizing = {
        "make-ups": f"{here}/make-up",
        "make-up-new": f"{here}/make-up/new",
        "make-up": f"{here}/make-up/{stage.make_up}",
        "copies": f"{here}/grading/copies",
        "copy": f"{here}/grading/copies/{stage.copy}",
        "copy-settings": f"{here}/grading/copies/settings",
        "register": "/privacy/",
        "data": f"{here}/people/{writer}/data",
    }
    officer = {
        "on-behalf": f"{here}/reflections/people/{writer}/on-behalf",
        "receipt": f"{here}/reflections/people/{on_paper}/receipt",
    }
    mine = {"files": "/my/reflection/files", "review": "/my/reflection/review", "my-data": "/my/data"}
    visits = {"organizer": organizing, "officer": officer, "writer": mine, "absent": {"my-make-up": "/my/make-up"}}
    for who, pages in visits.items():
        usual = ("desktop", "vi") if who == "organizer" else ("phone", "en")
        for kind, language in [usual, *(way for way in WAYS if way != usual)][: sized(1, len(WAYS))]:
            look_at(kind, who, language, pages)
    assert witness.faults == []


def _send_a_photo(page: Page, address: str, photo: Path) -> None:
    page.goto(f"{address}/my/reflection/files")
    page.locator("#photos").set_input_files([photo])
    page.get_by_role("button", name="Gửi ảnh lên").click()
    expect(page.locator(".paper-photo")).to_have_count(1)


def _hand_in_for(page: Page, address: str, stage: Stage) -> None:
    """Typed off a sheet of paper, with what its author promises."""
    number = stage.numbers[1]
    page.goto(f"{address}/conferences/{stage.code}/reflections/people/{number}/on-behalf")
    page.get_by_label("Nhận thức").fill(" ".join(["Tôi nhận thức rõ nhiệm vụ."] * 8))
    first = page.get_by_role("group", name="Việc 1")
    first.get_by_label("Việc", exact=True).fill("Đối thoại mỗi quý")
    first.get_by_label("Thước đo").fill("4 biên bản")
    page.get_by_role("button", name="Nộp thay").click()
    expect(page).to_have_url(f"{address}/conferences/{stage.code}/reflections/people/{number}/receipt")
