"""Files that no paper holds go after their time; what was handed in never does."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from conference.foundation import clock as clock_module
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, JobState, run_all
from conference.reflections import managing
from conference.reflections.models import PaperFile
from conference.reflections.rules import Forms, ScopeOfExtension
from conference.reflections.shelf_views import shelf
from conference.reflections.sweep_jobs import KIND
from conference.reflections.sweeping import DRAFTS_AFTER, TAKEN_OUT_AFTER
from tests.papers import photo
from tests.reflections.conftest import LATE_UNTIL, WRITING


@pytest.fixture
def app(sqlite_app):
    return sqlite_app


@pytest.fixture
def world(make_world):
    return make_world(forms=Forms())


def on_the_disk() -> set[str]:
    return set(shelf().names_until(clock_module.now() + timedelta(days=3650)))


def waiting() -> list[Job]:
    return list(db.session.scalars(select(Job).where(Job.kind == KIND, Job.state == JobState.WAITING)))


def attach(browser) -> None:
    sent = {"files": (BytesIO(photo()), "trang.jpg")}
    assert browser.post("/my/reflection/files", data=sent).status_code == 303


def hand_in(browser) -> None:
    revision = browser.get("/my/reflection/draft").get_json()["revision"]
    assert browser.post("/my/reflection/submit", data={"revision": revision}).status_code in (200, 303)


def test_what_was_handed_in_stays_and_the_rest_goes_in_its_time(world, visit, clock) -> None:
    clock.stop_at(WRITING)
    with transaction():
        author, waverer = world.attendee(), world.attendee()
    writing, wavering = visit(author), visit(waverer)
    attach(writing)
    hand_in(writing)
    handed_in = on_the_disk()
    attach(wavering)
    with transaction():  # a page that took a file out of a draft, and died before it forgot the file
        taken_out = db.session.scalars(select(PaperFile).order_by(PaperFile.id.desc())).first()
        taken_out.position = 0
    attach(wavering)
    lost = shelf().keep(b"nobody knows of it")
    old = (WRITING + timedelta(minutes=1)).timestamp()
    for path in shelf()._folder.glob("??/*"):
        os.utime(path, (old, old))
    young = shelf().keep(b"written just now, its row comes in a moment")
    os.utime(shelf()._path(young), times=((WRITING + TAKEN_OUT_AFTER).timestamp(),) * 2)
    assert len(waiting()) == 1
    clock.stop_at(WRITING + TAKEN_OUT_AFTER + timedelta(minutes=2))
    run_all()
    left = on_the_disk()
    assert handed_in < left
    assert not {taken_out.stored_as, lost} & left
    assert young in left
    assert len(left - handed_in) == 2  # the draft still has its file
    (again,) = waiting()
    assert again.run_after == LATE_UNTIL + DRAFTS_AFTER
    clock.stop_at(LATE_UNTIL + DRAFTS_AFTER + timedelta(seconds=1))
    run_all()
    assert on_the_disk() == handed_in
    assert waiting() == []
    assert db.session.query(PaperFile).count() == 1


def test_an_extension_keeps_the_draft_of_everybody_who_may_need_it(world, visit, clock, make_actor) -> None:
    clock.stop_at(WRITING)
    with transaction():
        waverer = world.attendee()
    attach(visit(waverer))
    until = LATE_UNTIL + timedelta(days=20)
    with transaction():
        managing.extend(
            task=world.task,
            scope=ScopeOfExtension.PERSON,
            id=waverer.id,
            until=until,
            reason="ốm",
            by=make_actor,
            at=WRITING,
        )
    clock.stop_at(LATE_UNTIL + DRAFTS_AFTER + timedelta(days=1))
    run_all()
    assert db.session.query(PaperFile).count() == 1
    clock.stop_at(until + DRAFTS_AFTER + timedelta(days=1))
    run_all()
    assert (db.session.query(PaperFile).count(), on_the_disk()) == (0, set())
