"""What each part says of itself when somebody asks whether this installation can work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from conference.commands import database_version, newest_version
from conference.foundation import clock
from conference.foundation.db import db
from conference.foundation.jobs import Job, JobState
from conference.settings import Settings

LEAST_FREE_BYTES = 64 * 1024 * 1024
LATE_JOB = timedelta(minutes=5)
QUEUE_SECONDS = 1.0


class Part(StrEnum):
    OK = "ok"
    UNUSED = "not used"
    UNREACHABLE = "unreachable"
    OLD = "to be upgraded"
    NEARLY_FULL = "nearly full"
    NOT_WRITABLE = "not writable"
    LATE = "late"


Check = Callable[[], Part]
NEEDED = frozenset({"database", "schema", "disk", "data_dir"})
"""Without these nothing can be kept. Without the others the work goes on, with less comfort."""


def parts_of(settings: Settings) -> dict[str, Check]:
    """How to ask each part, by its name."""

    def disk() -> Part:
        return Part.OK if shutil.disk_usage(settings.data_dir).free > LEAST_FREE_BYTES else Part.NEARLY_FULL

    def folder() -> Part:
        return Part.OK if os.access(settings.data_dir, os.W_OK) else Part.NOT_WRITABLE

    def queue() -> Part:
        return _queue(settings.redis_url)

    return {
        "database": _database,
        "schema": _schema,
        "jobs": _jobs,
        "queue": queue,
        "disk": disk,
        "data_dir": folder,
    }


def _database() -> Part:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return Part.UNREACHABLE
    return Part.OK


def _schema() -> Part:
    try:
        return Part.OK if database_version() == newest_version() else Part.OLD
    except SQLAlchemyError:
        db.session.rollback()
        return Part.UNREACHABLE


def _jobs() -> Part:
    """Late when something has been due for minutes and no worker took it."""
    at = clock.now()
    late = select(func.count()).where(Job.state == JobState.WAITING, Job.run_after < at - LATE_JOB)
    died = select(func.count()).where(Job.state == JobState.RUNNING, Job.claimed_until < at - LATE_JOB)
    try:
        return Part.LATE if db.session.scalar(late) or db.session.scalar(died) else Part.OK
    except SQLAlchemyError:
        db.session.rollback()
        return Part.UNREACHABLE


def _queue(redis_url: str) -> Part:
    if not redis_url:
        return Part.UNUSED
    try:
        with redis.Redis.from_url(
            redis_url, socket_timeout=QUEUE_SECONDS, socket_connect_timeout=QUEUE_SECONDS
        ) as asked:
            asked.ping()
    except redis.RedisError:
        return Part.UNREACHABLE
    return Part.OK
