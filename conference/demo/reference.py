"""The reference conference: loaded from the files that its organisers handed over, and brought to a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select

from conference.adapters.spreadsheet import read_workbook_file
from conference.demo import by_hand, day, marking, naming, preparing, replies_of, staff, testing, writing
from conference.demo.calendar_shift import moved_to_day
from conference.demo.plans import release_twice
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.notices import officers, reminders
from conference.notices.digests import lacks_of
from conference.notices.models import MailState
from conference.notices.queries import counts
from conference.planning.models import Conference, ConferenceState, Resolution, StudySession
from conference.reflections.receipts import signer
from conference.reflections.similarity.jobs import ask_for_index
from conference.registry.imports import queries as lists
from conference.registry.imports.actions import apply_import
from conference.registry.imports.files import files_in
from conference.registry.imports.jobs import without_pauses
from conference.registry.lists.programme import ProgrammeItem
from conference.registry.recognition import recognise
from conference.registry.tickets import key_ring

FILES = Path(__file__).parent / "reference"
CODE = "NQ12"
TITLE = "Hội nghị trực tuyến học tập, quán triệt Nghị quyết Đại hội XII Công đoàn Việt Nam"
THE_DAY = date(2018, 12, 6)
DOMAIN = "diemcau.example"
"""The demo sends nothing outside, so its letters name a domain that nobody has."""

Say = Callable[[str], None]
Move = Callable[[Sequence[ProgrammeItem]], list[ProgrammeItem]]


class Stage(StrEnum):
    """How far the demo is brought; each stage holds those before it."""

    CALLED = "called"
    COUNTED = "counted"
    WRITTEN = "written"
    GRADED = "graded"


def load(
    *,
    code: str = CODE,
    title: str = TITLE,
    stage: Stage = Stage.COUNTED,
    held_on: date = THE_DAY,
    move: Move | None = None,
    until: datetime | None = None,
    secret: str,
    at: datetime,
    say: Say,
) -> Conference:
    """Load the conference and live it up to a stage. Repeatable: what is there already stays as it is.

    ``move`` sets the programme to other hours than those of ``held_on``; ``until`` ends a day that is still going on.
    """
    conference = _load_lists(code, title, move or (lambda items: moved_to_day(items, held_on)), secret, at)
    say(f"{code}: danh sách đã nhập")
    with transaction():
        naming.name_people(conference, ring=key_ring(secret))
        staff.ensure_staff(at=at)
        preparing.prepare(conference, at=at)
        release_twice(conference, is_over=stage is Stage.GRADED, domain=DOMAIN, at=at)
        replies_of.answer(conference, at=at)
        reminders.add_usual(conference=conference, sends=True, by=SYSTEM, at=at)
        officers.write_digests(
            conference=conference,
            lacks=lacks_of(conference, at),
            occasion=at.date().isoformat(),
            domain=DOMAIN,
            may_send=False,
            by=SYSTEM,
            at=at,
        )
        letters = counts(conference.id)
    say(f"{code}: {letters[MailState.SENT]} giấy triệu tập, {letters[MailState.HELD]} thư chờ cho gửi")
    ends_at = db.session.scalar(
        select(func.max(StudySession.ends_at)).where(StudySession.conference_id == conference.id)
    )
    assert ends_at is not None
    if stage in (Stage.CALLED, Stage.COUNTED):
        if stage is Stage.COUNTED:
            day.live_through(conference, until=until, secret=secret, say=say)
        with transaction():
            testing.ensure_test(writing.ensure_task(conference, at=at), at=at)
        return conference
    after_all = ends_at + timedelta(days=30)
    with writing.papers_in_the_making(conference, until=after_all, secret=secret, at=at) as papers:
        day.live_through(conference, until=until, secret=secret, say=say)
        if papers is not None:
            writing.hand_in_all(conference, papers, say=say)
    due_at = writing.last_evening(conference)
    by_hand.hand_in(conference, unit=staff.officer_unit(), login=staff.OFFICER_LOGIN, at=due_at, signer=signer(secret))
    with transaction():  # half a minute of work that nobody should wait for
        ask_for_index(conference.id, by=SYSTEM, whole=True)
    if stage is Stage.GRADED:
        marking.mark_all(conference, at=after_all + timedelta(days=5), say=say)
    return conference


def _load_lists(code: str, title: str, move: Move, secret: str, at: datetime) -> Conference:
    with without_pauses(), transaction():
        known = db.session.scalars(select(Conference).where(Conference.code == code)).first()
        if known is not None:
            return known
        recognition = recognise(
            (read_workbook_file(path) for path in files_in(FILES)),
            known_units=lists.known_units(),
            known_sites=lists.known_sites(None),
            mappings=lists.known_mappings(),
        )
        assert recognition.programme is not None
        items = tuple(move(recognition.programme.items))
        recognition.programme = replace(recognition.programme, items=items, held_on=items[0].held_on)
        conference, _batch, _comparison = apply_import(
            recognition, conference_code=code, title=title, ring=key_ring(secret), by=SYSTEM, at=at
        )
        days = [item.held_on for item in items if item.held_on]
        conference.starts_on, conference.ends_on = min(days), max(days)
        conference.is_demo = True
        conference.state = ConferenceState.PUBLISHED
        conference.published_at = at
        conference.plan_number = "47/KH-TLĐ"
        conference.plan_on = conference.starts_on - timedelta(days=15)
        conference.resolution_id = _resolution().id
    return conference


def _resolution() -> Resolution:
    title = "Nghị quyết Đại hội XII Công đoàn Việt Nam"
    known = db.session.scalars(select(Resolution).where(Resolution.title == title)).first()
    if known is None:
        known = Resolution(title=title, number="01/NQ-ĐH", adopted_on=date(2018, 9, 26))
        db.session.add(known)
        db.session.flush()
    return known
