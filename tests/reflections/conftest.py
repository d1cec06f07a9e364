"""A conference whose people were there, with its writing task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from conference.accounts.sessions import cookie_name
from conference.checkin.models import Attendance, Device
from conference.checkin.rules import Method
from conference.directory.models import Unit
from conference.foundation.actor import SYSTEM, Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, DayPart, StudySession
from conference.reflections import managing, queries
from conference.reflections.content import Content
from conference.reflections.models import ReflectionTask
from conference.reflections.receipts import Signer
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.sites.models import Site
from tests.conftest import SECRET
from tests.factories import (
    LONG_AGO,
    join,
    local,
    make_account,
    make_attendee,
    make_conference,
    make_site,
    make_study_session,
)
from tests.factories import make_unit as new_unit
from tests.people import prove_origin

OPENED = local("11:30")
WRITING = OPENED + timedelta(days=2)
DUE = datetime(2018, 12, 20, 10, 0, tzinfo=UTC)  # 17:00 in Hà Nội, ten working days after the conference
GRACE = timedelta(seconds=60)
LATE_UNTIL = DUE + timedelta(days=10)
PARTS = [
    managing.PartPlan(None, "Nhận thức", "Điều gì làm đồng chí suy nghĩ nhiều nhất?", 0, False),
    managing.PartPlan(None, "Liên hệ bản thân", "", 0, False),
    managing.PartPlan(None, "Kế hoạch, giải pháp", "Sẽ làm gì?", 0, True),
    managing.PartPlan(None, "Kiến nghị, đề xuất", "", 0, False),
]


def actor_of(attendee: Attendee) -> Actor:
    scope = Scope(Role.ATTENDEE, ScopeKind.CONFERENCE, attendee.conference_id)
    return Actor(ActorKind.ATTENDEE, attendee.id, frozenset({scope}))


class World:
    """One conference of two study sessions at one site, and its writing task."""

    conference: Conference
    site: Site
    unit: Unit
    morning: StudySession
    afternoon: StudySession
    task: ReflectionTask
    device: Device
    signer: Signer
    titles: dict[int, str]

    @property
    def part_ids(self) -> list[int]:
        return list(self.titles)

    def content(self, text: str = "một hai ba bốn năm", **more: Any) -> Content:
        """A paper that says this in its first part."""
        return Content({**dict.fromkeys(self.part_ids, ""), self.part_ids[0]: text}, **more)

    def attendee(self, *, present: int = 2, unit: Unit | None = None, **fields: Any) -> Attendee:
        """Someone called, and present in so many of the two study sessions."""
        attendee = make_attendee(self.conference, site=fields.pop("site", self.site), unit=unit or self.unit, **fields)
        for study_session in (self.morning, self.afternoon)[:present]:
            self.saw(attendee, study_session)
        return attendee

    def saw(self, attendee: Attendee, study_session: StudySession) -> None:
        at = study_session.starts_at - timedelta(minutes=10)
        db.session.add(
            Attendance(
                attendee_id=attendee.id,
                study_session_id=study_session.id,
                site_id=self.site.id,
                first=uuid4(),
                first_at=at,
                device_id=self.device.id,
                method=Method.CAMERA,
                flagged=False,
                duplicates=0,
                last_seen_at=at,
            )
        )
        db.session.flush()


def build_world(**plan: Any) -> World:
    """A committed world, with the task changed as said. Works inside an application's context."""
    world = World()
    world.signer = Signer(SECRET)
    with transaction():
        world.conference = make_conference()
        world.unit = new_unit()
        world.site = make_site(host_unit=world.unit)
        join(world.conference, world.site)
        world.morning = make_study_session(world.conference)
        world.afternoon = make_study_session(
            world.conference, DayPart.AFTERNOON, doors="13:15", starts="14:00", ends="16:45"
        )
        world.device = Device(
            token_hash=uuid4().hex,
            conference_id=world.conference.id,
            site_id=world.site.id,
            label="Điện thoại 1",
            enrolled_at=LONG_AGO,
            expires_at=LATE_UNTIL,
        )
        db.session.add(world.device)
        db.session.flush()
        usual = managing.plan_for(world.conference, PARTS)
        changed = managing.TaskPlan(**{**usual.__dict__, "min_words": 1, **plan})
        managing.make_task(conference=world.conference, plan=changed, by=SYSTEM, at=LONG_AGO)
    task = queries.task_of(world.conference.id)
    assert task is not None
    world.task = task
    world.titles = {part.id: part.title for part in task.parts}
    return world


@pytest.fixture
def make_world(db_session: Any) -> Callable[..., World]:
    """``make_world(min_words=3)``: a world whose task differs from the usual one."""
    return build_world


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def writer(world: World) -> Attendee:
    """Someone who was there all day."""
    with transaction():
        return world.attendee()


@pytest.fixture
def visit(app: Flask) -> Callable[[Attendee], FlaskClient]:
    """``visit(attendee)``: a browser that the personal link has opened."""

    def enter(attendee: Attendee) -> FlaskClient:
        client = prove_origin(app.test_client())
        with app.app_context():
            name = cookie_name("attendee")
        client.set_cookie(name, link_token(SECRET, attendee.id, attendee.link_issue))
        return client

    return enter


@pytest.fixture
def make_actor(db_session: Any) -> Actor:
    """An organizer who allows things."""
    with transaction():
        account = make_account(Role.ORGANIZER)
    return Actor(ActorKind.ACCOUNT, account.id, frozenset({Scope(Role.ORGANIZER, ScopeKind.ALL)}))
