"""Reflections of the demo: a task with four parts, and papers that people handed in, some late, a few copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select

from conference.checkin.models import Attendance
from conference.demo.essays import copied, essay
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, StudySession
from conference.reflections import managing, queries
from conference.reflections.content import Commitment, Content, canonical
from conference.reflections.managing import PartPlan
from conference.reflections.models import Reflection, ReflectionTask, Submission
from conference.reflections.receipts import Receipt, Signer, receipt_number, sha256_of
from conference.reflections.rules import ReflectionState
from conference.registry.imports.bulk import allocate_ids, table_of
from conference.registry.models import Attendee

Say = Callable[[str], None]
LEAST_WORDS, MOST_WORDS = 300, 3_000
SHARE_SILENT = 0.035
SHARE_LATE = 0.03
SHARE_COPIED = 0.004
PAPERS_A_GROUP = 2_000

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


def write_all(conference: Conference, *, until: datetime, signer: Signer, say: Say) -> None:
    """Let everybody who was present write, up to a moment. Repeatable: does nothing once papers are there."""
    with transaction():
        task = ensure_task(conference, at=until)
    if db.session.scalar(
        select(func.count()).select_from(Reflection).join(Attendee).where(Attendee.conference_id == conference.id)
    ):
        return
    writers = db.session.execute(
        select(Attendee.id, Attendee.number)
        .where(Attendee.conference_id == conference.id, Attendee.withdrawn_at.is_(None), Attendee.must_write)
        .where(
            select(Attendance.attendee_id)
            .join(StudySession, StudySession.id == Attendance.study_session_id)
            .where(StudySession.conference_id == conference.id, Attendance.attendee_id == Attendee.id)
            .exists()
        )
        .order_by(Attendee.number)
    ).all()
    papers = _papers(conference, task, [(id, number) for id, number in writers], until, signer)
    done = 0
    for group in _grouped(papers):
        with transaction():
            ids = allocate_ids(table_of(Reflection), len(group))
            for id, (reflection, submission) in zip(ids, group, strict=True):
                reflection["id"] = submission["reflection_id"] = id
            db.session.execute(insert(Reflection), [reflection for reflection, _submission in group])
            db.session.execute(insert(Submission), [submission for _reflection, submission in group])
        done += len(group)
        say(f"bài thu hoạch {done} trên {len(writers)}")


def last_evening(conference: Conference) -> datetime:
    """When the last papers that are on time come in."""
    task = queries.task_of(conference.id)
    assert task is not None
    return task.due_at - timedelta(hours=2)


def _grouped(papers: Iterator[tuple[dict[str, Any], dict[str, Any]]]) -> Iterator[list[Any]]:
    group: list[Any] = []
    for paper in papers:
        group.append(paper)
        if len(group) == PAPERS_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def _papers(
    conference: Conference, task: ReflectionTask, writers: list[tuple[int, int]], until: datetime, signer: Signer
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    titles = {part.id: part.title for part in task.parts}
    shared = [essay(f"{conference.code}:shared:{n}", 480) for n in range(25)]
    for attendee_id, number in writers:
        luck = Random(f"{conference.code}:paper:{number}")
        if luck.random() < SHARE_SILENT:
            continue
        received_at = _handed_in(task, luck)
        if received_at > until:
            continue
        if luck.random() < SHARE_COPIED:
            texts = copied(luck.choice(shared), f"{conference.code}:{number}")
        else:
            texts = essay(f"{conference.code}:{number}", luck.randint(330, 620))
        content = Content(dict(zip(titles, texts, strict=True)), _commitments(luck))
        yield _paper(conference, attendee_id, number, content, titles, received_at, task, signer)


def _handed_in(task: ReflectionTask, luck: Random) -> datetime:
    """Most write on the last evenings; a few are late."""
    if luck.random() < SHARE_LATE:
        return task.due_at + (task.late_until - task.due_at) * luck.uniform(0.01, 0.6)
    span = task.due_at - task.opens_at
    return task.opens_at + span * (0.05 + 0.945 * luck.betavariate(4.0, 1.3))


def _commitments(luck: Random) -> tuple[Commitment, ...]:
    works = (
        ("Đối thoại với người lao động mỗi quý một lần", "Quý I", "4 biên bản đối thoại trong năm"),
        ("Rà soát thỏa ước lao động tập thể", "Trước 31/3", "Có ít nhất 3 điều khoản tốt hơn luật"),
        ("Kết nạp đoàn viên mới", "Cả năm", "Tăng 5% so với đầu năm"),
        ("Công khai thu chi tài chính công đoàn", "Hằng quý", "Niêm yết tại bảng tin"),
        ("Khảo sát đời sống đoàn viên khó khăn", "Tháng 2", ""),
    )
    return tuple(Commitment(*work) for work in luck.sample(works, luck.randint(0, 2)))


def _paper(
    conference: Conference,
    attendee_id: int,
    number: int,
    content: Content,
    titles: dict[int, str],
    received_at: datetime,
    task: ReflectionTask,
    signer: Signer,
) -> tuple[dict[str, Any], dict[str, Any]]:
    data = canonical(content, titles)
    receipt = Receipt(
        number=receipt_number(
            conference=conference.id, attendee=number, version=1, chance=f"{conference.code}{number}"
        ),
        conference=conference.code,
        version=1,
        sha256=sha256_of(data),
        words=content.words,
        received_at=received_at,
        is_late=received_at > task.due_at + timedelta(seconds=task.grace_seconds),
    )
    reflection = {
        "attendee_id": attendee_id,
        "draft": "",
        "revision": 1,
        "saved_at": received_at,
        "saved_by": "demo",
        "saved_seq": 1,
        "state": ReflectionState.SUBMITTED,
        "current_version": 1,
        "submitted_revision": 1,
        "submitted_at": received_at,
        "is_late": receipt.is_late,
        "words": receipt.words,
    }
    submission = {
        "version": 1,
        "revision": 1,
        "content": data,
        "sha256": receipt.sha256,
        "words": receipt.words,
        "commitments": len(content.commitments),
        "received_at": received_at,
        "is_late": receipt.is_late,
        "receipt_number": receipt.number,
        "signature": signer.sign(receipt),
    }
    return reflection, submission
