"""Whom the schedule of reminders reaches about papers: each by the day on which the own paper is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Flask
from sqlalchemy import ColumnElement, false, or_, select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.notices.digests import count_lacks_with
from conference.notices.officers import Lack
from conference.notices.reminder_views import remind_with
from conference.notices.reminders import Audience, day_of
from conference.notices.reminding import ReminderKind
from conference.planning.models import Conference
from conference.planning.modules import Module, part_of
from conference.reflections import queries
from conference.reflections.models import Extension, ReflectionTask
from conference.reflections.rules import MISSING, TaskForm
from conference.reflections.standing import standing_query
from conference.registry.models import Attendee
from conference.web import filters
from conference.web.words import _


def join_schedule(app: Flask) -> None:
    remind_with(app, ReminderKind.REFLECTION, about_papers)
    remind_with(app, ReminderKind.OVERDUE, about_papers)
    remind_with(app, ReminderKind.UNITS_DUE, about_units)
    count_lacks_with(app, missing_papers)


def about_units(conference: Conference) -> Sequence[Audience]:
    """Officers hear of papers by the day on which those of everybody are due."""
    task = queries.task_of(conference.id)
    return [Audience(day_of(task.due_at, conference))] if task else []


def missing_papers(conference: Conference, at: datetime) -> list[Lack]:
    """From the day on which people may write."""
    task = queries.task_of(conference.id)
    if task is None or at < task.opens_at:
        return []
    missing = standing_query(conference.id, standings=MISSING).statement.subquery()
    return [
        Lack(
            select(missing.c.id),
            lambda count: lack_words(task, count),
        )
    ]


def lack_words(task: ReflectionTask, count: int) -> str:
    said = {"count": filters.number(count), "due": filters.moment(task.due_at)}
    if task.form is TaskForm.QUIZ:
        return _("%(count)s người chưa nộp bài trắc nghiệm, hạn %(due)s", **said)
    return _("%(count)s người chưa nộp bài thu hoạch, hạn %(due)s", **said)


@part_of(Module.REFLECTIONS)
def about_papers(conference: Conference) -> Sequence[Audience]:
    """Those who have not handed in, by the day on which their own paper is due; the latest extension counts."""
    task = queries.task_of(conference.id)
    if task is None:
        return []
    missing = queries.missing_with_address(conference.id)
    by_day: dict[datetime, list[Extension]] = {task.due_at: []}
    for extension in db.session.scalars(
        select(Extension).where(
            Extension.task_id == task.id, Extension.revoked_at.is_(None), Extension.until > task.due_at
        )
    ):
        by_day.setdefault(extension.until, []).append(extension)
    audiences: list[Audience] = []
    later: list[Extension] = []  # from the latest day on, so that who has more time is in no earlier group
    for due_at in sorted(by_day, reverse=True):
        own = by_day[due_at]
        people = missing.where(~_reached(later)) if later else missing
        audiences.append(Audience(day_of(due_at, conference), people.where(_reached(own)) if own else people))
        later += own
    return audiences


def _reached(extensions: Sequence[Extension]) -> ColumnElement[bool]:
    """Whether any of these gives somebody more time: themself, by site or wave, or by a unit they are in or below."""
    ways: list[ColumnElement[bool]] = []
    for one in extensions:
        if one.attendee_id is not None:
            ways.append(Attendee.id == one.attendee_id)
        elif one.site_id is not None:
            ways.append(Attendee.site_id == one.site_id)
        elif one.wave_id is not None:  # never unknown: its opposite is asked, too
            ways.append(Attendee.wave_id.is_not_distinct_from(one.wave_id))
        else:
            inside = select(Unit.id).where(Unit.path.contains(f"/{one.unit_id}/"))
            ways.append(Attendee.unit_id.in_(inside))
    return or_(false(), *ways)
