"""Reflections of the demo: a task with four parts, and papers that people handed in, some late, a few copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from conference.checkin.models import Attendance
from conference.demo.papers import Facts, InTheMaking, Paper
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, StudySession
from conference.reflections import managing, queries
from conference.reflections.managing import PartPlan
from conference.reflections.models import Reflection, ReflectionTask, Submission
from conference.reflections.rules import ReflectionState
from conference.registry.imports.bulk import allocate_ids, insert_rows, table_of
from conference.registry.models import Attendee

Say = Callable[[str], None]
LEAST_WORDS, MOST_WORDS = 300, 3_000

PARTS = (
    PartPlan(None, "Nhận thức", "Đồng chí tâm đắc nội dung nào của Nghị quyết, vì sao?", 60, False),
    PartPlan(None, "Liên hệ bản thân", "Đối chiếu với công việc của bản thân và đơn vị: đã làm được gì?", 60, False),
    PartPlan(None, "Kế hoạch, giải pháp", "Đồng chí sẽ làm gì, trong thời hạn nào, đo bằng gì?", 60, True),
    PartPlan(None, "Kiến nghị, đề xuất", "Đề xuất với công đoàn cấp trên (nếu có).", 0, False),
)


def ensure_task(conference: Conference, *, at: datetime) -> ReflectionTask:
    """The conference's writing task, made when it is missing. Repeatable."""
    task = queries.task_of(conference.id)
    if task is not None:
        return task
    plan = managing.plan_for(conference, PARTS)
    plan = managing.TaskPlan(**{**plan.__dict__, "min_words": LEAST_WORDS, "max_words": MOST_WORDS})
    managing.make_task(conference=conference, plan=plan, by=SYSTEM, at=at)
    made = queries.task_of(conference.id)
    assert made is not None
    return made


@contextmanager
def papers_in_the_making(
    conference: Conference, *, until: datetime, secret: str, at: datetime
) -> Iterator[InTheMaking | None]:
    """Let a process of its own begin to write everybody's paper up to a moment; nothing once papers are there."""
    if _is_written(conference):
        yield None
        return
    with transaction():
        task = ensure_task(conference, at=at)
    facts = Facts(
        conference_id=conference.id,
        code=conference.code,
        titles=tuple((part.id, part.title) for part in task.parts),
        opens_at=task.opens_at,
        due_at=task.due_at,
        late_until=task.late_until,
        grace=timedelta(seconds=task.grace_seconds),
        until=until,
    )
    numbers = db.session.scalars(
        select(Attendee.number)
        .where(Attendee.conference_id == conference.id, Attendee.withdrawn_at.is_(None), Attendee.must_write)
        .order_by(Attendee.number)
    ).all()
    with InTheMaking(facts, numbers, secret=secret) as papers:
        yield papers


def hand_in_all(conference: Conference, papers: InTheMaking, *, say: Say) -> None:
    """Let everybody who was present hand in the paper that was written for them."""
    writers = {
        number: id
        for id, number in db.session.execute(
            select(Attendee.id, Attendee.number)
            .where(Attendee.conference_id == conference.id, Attendee.withdrawn_at.is_(None), Attendee.must_write)
            .where(
                select(Attendance.attendee_id)
                .join(StudySession, StudySession.id == Attendance.study_session_id)
                .where(StudySession.conference_id == conference.id, Attendance.attendee_id == Attendee.id)
                .exists()
            )
        )
    }
    done = 0
    for group in papers.groups():
        present = [paper for paper in group if paper.number in writers]
        with transaction():
            ids = allocate_ids(table_of(Reflection), len(present))
            rows = [_rows(id, writers[paper.number], paper) for id, paper in zip(ids, present, strict=True)]
            insert_rows(table_of(Reflection), [reflection for reflection, _submission in rows])
            insert_rows(table_of(Submission), [submission for _reflection, submission in rows])
        done += len(present)
        say(f"bài thu hoạch {done} trên {len(writers)}")


def _is_written(conference: Conference) -> bool:
    theirs = select(Reflection.id).join(Attendee).where(Attendee.conference_id == conference.id)
    return db.session.scalar(theirs.limit(1)) is not None


def last_evening(conference: Conference) -> datetime:
    """When the last papers that are on time come in."""
    task = queries.task_of(conference.id)
    assert task is not None
    return task.due_at - timedelta(hours=2)


def _rows(id: int, attendee_id: int, paper: Paper) -> tuple[dict[str, object], dict[str, object]]:
    receipt = paper.receipt
    reflection: dict[str, object] = {
        "id": id,
        "attendee_id": attendee_id,
        "draft": "",
        "revision": 1,
        "saved_at": receipt.received_at,
        "saved_by": "demo",
        "saved_seq": 1,
        "state": ReflectionState.SUBMITTED,
        "current_version": 1,
        "submitted_revision": 1,
        "submitted_at": receipt.received_at,
        "is_late": receipt.is_late,
        "words": receipt.words,
        "commitments": paper.commitments,
    }
    submission: dict[str, object] = {
        "reflection_id": id,
        "version": 1,
        "revision": 1,
        "content": paper.content,
        "sha256": receipt.sha256,
        "words": receipt.words,
        "commitments": paper.commitments,
        "received_at": receipt.received_at,
        "is_late": receipt.is_late,
        "receipt_number": receipt.number,
        "signature": paper.signature,
    }
    return reflection, submission
