"""What the parts of a conference hold, in words, so that none goes out of sight by accident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from sqlalchemy import func, select

from conference.checkin.device_queries import is_active, is_at_a_door
from conference.checkin.models import Device, Scan
from conference.checkin.online.models import OnlineReport, OnlineStay
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.grading.models import Grader, Paper, Release
from conference.planning.models import Conference, StudySession
from conference.planning.modules import Held, Module
from conference.reflections.models import MakeUp, MakeUpStudy, Reflection, ReflectionTask
from conference.reflections.quiz.models import QuizAttempt
from conference.registry.models import Attendee
from conference.registry.naming.models import Nomination, Quota
from conference.web import filters
from conference.web.words import lazy


@dataclass(frozen=True)
class _Question:
    """One thing that a module may hold. What people have done keeps the module on; what was prepared does not."""

    module: Module
    word: LazyString
    counted: AnySelect
    keeps_on: bool


def holdings_of(conference: Conference, at: datetime) -> list[Held]:
    """One statement, whatever the size of the conference; what is empty is left out."""
    questions = _questions(conference.id, at)
    row = db.session.execute(select(*(one.counted.scalar_subquery() for one in questions))).one()
    return [
        Held(one.module, str(one.word) % {"count": filters.number(count)}, one.keeps_on)
        for one, count in zip(questions, row, strict=True)
        if count
    ]


def _questions(id: int, at: datetime) -> list[_Question]:
    here = select(StudySession.id).where(StudySession.conference_id == id)
    people = select(Attendee.id).where(Attendee.conference_id == id)
    called = (Attendee.conference_id == id, Attendee.withdrawn_at.is_(None))
    return [
        _prepared(Module.NAMING, lazy("%(count)s dòng chỉ tiêu"), Quota.id, Quota.conference_id == id),
        _prepared(Module.NAMING, lazy("%(count)s đề nghị của đơn vị"), Nomination.id, Nomination.conference_id == id),
        _done(
            Module.CHECKIN,
            lazy("%(count)s máy đang ghi ở cửa"),
            Device.id,
            Device.conference_id == id,
            is_active(at),
            is_at_a_door(),
        ),
        _done(Module.CHECKIN, lazy("%(count)s lượt quét"), Scan.id, Scan.conference_id == id),
        _prepared(Module.SEATS, lazy("%(count)s người đã có chỗ ngồi"), Attendee.id, *called, Attendee.seat != ""),
        _prepared(
            Module.ONLINE, lazy("%(count)s người được dự trực tuyến"), Attendee.id, *called, Attendee.may_follow_online
        ),
        _done(
            Module.ONLINE, lazy("%(count)s lượt dự trực tuyến"), OnlineStay.id, OnlineStay.study_session_id.in_(here)
        ),
        _done(
            Module.ONLINE,
            lazy("%(count)s báo cáo của nền tảng họp"),
            OnlineReport.id,
            OnlineReport.study_session_id.in_(here),
        ),
        _prepared(Module.MAKE_UP, lazy("%(count)s buổi học bù"), MakeUp.id, MakeUp.study_session_id.in_(here)),
        _done(Module.MAKE_UP, lazy("%(count)s lượt học bù"), MakeUpStudy.id, MakeUpStudy.attendee_id.in_(people)),
        _prepared(
            Module.REFLECTIONS,
            lazy("%(count)s đề bài thu hoạch"),
            ReflectionTask.id,
            ReflectionTask.conference_id == id,
        ),
        _done(
            Module.REFLECTIONS,
            lazy("%(count)s bài đang viết hoặc đã nộp"),
            Reflection.id,
            Reflection.attendee_id.in_(people),
        ),
        _done(
            Module.REFLECTIONS,
            lazy("%(count)s lượt làm trắc nghiệm"),
            QuizAttempt.id,
            QuizAttempt.attendee_id.in_(people),
        ),
        _prepared(Module.GRADING, lazy("%(count)s người chấm"), Grader.id, Grader.conference_id == id),
        _done(Module.GRADING, lazy("%(count)s bài để chấm"), Paper.id, Paper.conference_id == id),
        _done(Module.GRADING, lazy("%(count)s lần công bố điểm"), Release.id, Release.conference_id == id),
    ]


def _prepared(module: Module, word: LazyString, column: Any, *conditions: Any) -> _Question:
    return _Question(module, word, select(func.count(column)).where(*conditions), keeps_on=False)


def _done(module: Module, word: LazyString, column: Any, *conditions: Any) -> _Question:
    return _Question(module, word, select(func.count(column)).where(*conditions), keeps_on=True)
