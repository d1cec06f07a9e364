"""What `make run` shows on its first start: the conference today with its doors open, and last month's, graded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app, url_for
from sqlalchemy import select

from conference.accounts import actions as accounts
from conference.accounts.queries import account_by_login
from conference.checkin.models import Attendance
from conference.demo import choices, reference, staff
from conference.demo.calendar_shift import moved_to_now
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.grading.models import ReleasedMark
from conference.planning.models import Conference
from conference.privacy import actions as privacy
from conference.registry.links import link_token
from conference.registry.models import Attendee
from conference.settings import Settings
from conference.web.filters import ZONE

BEFORE_CODE = "NQ12-TRUOC"
BEFORE_TITLE = "Hội nghị trực tuyến học tập Nghị quyết Đại hội XII Công đoàn Việt Nam, đợt trước"
BEFORE_DAYS = 45
"""Long enough ago that papers were due, read and released since."""

GRADER_LOGIN = f"{staff.GRADER_LOGIN}-hn-1"


def is_missing() -> bool:
    return db.session.scalar(select(Conference.id).where(Conference.code == reference.CODE)) is None


def load(*, say: Callable[[str], None]) -> None:
    """Load both conferences. An interrupted load goes on where it stopped."""
    settings: Settings = current_app.extensions["settings"]
    at = clock.now()
    before = at.astimezone(ZONE).date() - timedelta(days=BEFORE_DAYS)
    reference.load(
        code=BEFORE_CODE,
        title=BEFORE_TITLE,
        stage=reference.Stage.GRADED,
        held_on=before,
        secret=settings.secret_key,
        at=at - timedelta(days=BEFORE_DAYS + 10),
        say=say,
    )
    _wish_to_be_erased(at)
    now = at.astimezone(ZONE)
    reference.load(
        stage=reference.Stage.COUNTED,
        held_on=now.date(),
        move=lambda items: moved_to_now(items, now),
        until=at,
        secret=settings.secret_key,
        at=at,
        say=say,
    )
    with transaction():
        choices.leave_open(db.session.scalars(select(Conference).where(Conference.code == reference.CODE)).one(), at=at)


def _wish_to_be_erased(at: datetime) -> None:
    """One of those who were there the last time."""
    conference_id = db.session.scalar(select(Conference.id).where(Conference.code == BEFORE_CODE))
    with transaction():
        attendee = db.session.scalars(
            select(Attendee).where(Attendee.conference_id == conference_id).order_by(Attendee.number.desc()).limit(1)
        ).one()
        by = Actor(ActorKind.ATTENDEE, attendee.id)
        privacy.ask(attendee_id=attendee.id, by=by, at=at - timedelta(hours=5))


def ways_in() -> list[tuple[str, str]]:
    """(role, path) of a fresh one-time link for each role, and the personal links of two attendees."""
    settings: Settings = current_app.extensions["settings"]
    with current_app.test_request_context(), transaction():
        home = url_for("live.home", code=reference.CODE)
        ways = [
            ("Ban Tổ chức", _link("ban-to-chuc", home)),
            ("Phụ trách điểm cầu", _link("phu-trach-diem-cau", "/")),
            ("Người chấm", _link(GRADER_LOGIN, "/")),
            ("Phụ trách đơn vị", _link("phu-trach-don-vi", "/")),
            ("Lãnh đạo", _link("lanh-dao", home)),
            ("Quản trị hệ thống", _link("quan-tri", "/")),
        ]
        people = (("Đại biểu", _expected()), ("Đại biểu đợt trước", _marked()))
        ways[2:2] = [
            (label, f"/p/{link_token(settings.secret_key, attendee.id, attendee.link_issue)}")
            for label, attendee in people
            if attendee is not None
        ]
    return [way for way in ways if way[1]]


def _link(login: str, next_path: str) -> str:
    account = account_by_login(login)
    if account is None:
        return ""
    token = accounts.make_link(
        account=account, at=clock.now(), by=SYSTEM, next_path=next_path, replaces_second_factor=True
    )
    return f"/enter/{token}"


def _expected() -> Attendee | None:
    """Someone called to the demo host's site who has not come yet."""
    return db.session.scalars(
        select(Attendee)
        .join(Conference, Conference.id == Attendee.conference_id)
        .outerjoin(Attendance, Attendance.attendee_id == Attendee.id)
        .where(
            Conference.code == reference.CODE,
            Attendee.site_id == staff.host_site().id,
            Attendee.withdrawn_at.is_(None),
            Attendance.attendee_id.is_(None),
        )
        .order_by(Attendee.number)
        .limit(1)
    ).first()


def _marked() -> Attendee | None:
    """Someone whose mark has been released."""
    return db.session.scalars(
        select(Attendee)
        .join(Conference, Conference.id == Attendee.conference_id)
        .join(ReleasedMark, ReleasedMark.attendee_id == Attendee.id)
        .where(Conference.code == BEFORE_CODE, Attendee.site_id == staff.host_site().id)
        .order_by(Attendee.number)
        .limit(1)
    ).first()
