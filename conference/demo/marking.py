"""Marks of the demo: two graders a site, each a little more or less severe, and a share of papers still to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from sqlalchemy import select

from conference.demo.staff import ensure_graders
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.grading import queries, releasing, sharing
from conference.grading.marking import Entry, enter_finished
from conference.grading.models import Paper, Reading
from conference.grading.rules import PaperState, ReadingState, Scheme
from conference.planning.models import Conference

Say = Callable[[str], None]
COMMENTS = (
    "Bài viết có liên hệ cụ thể, giải pháp khả thi.",
    "Nắm được nội dung chính; phần kế hoạch nên có thước đo rõ hơn.",
    "Trình bày rõ ràng, còn ít số liệu của đơn vị.",
    "Cần gắn nhận thức với việc làm của bản thân nhiều hơn.",
    "Ý kiến thẳng thắn, đề xuất sát cơ sở.",
)
READINGS_A_GROUP = 8_000
LEFT_TO_READ = 24
"""Papers that the first grader has not read yet, so that the marking desk has work."""


def mark_all(conference: Conference, *, at: datetime, say: Say) -> None:
    """Share the papers out, enter blind readings, third ones where two disagree, and release. Repeatable."""
    with transaction():
        ensure_graders(conference, at=at)
        share = sharing.share_out(conference_id=conference.id, seed=conference.id, by=SYSTEM, at=at)
    if not share.readings:
        return
    say(f"chia {share.papers} bài cho người chấm")
    graders = ensure_graders(conference, at=at)
    _read(conference, graders[0].id, at, say)
    with transaction():
        thirds = sharing.share_out_thirds(conference_id=conference.id, seed=conference.id, by=SYSTEM, at=at)
    say(f"chấm lần ba {thirds.papers} bài")
    _read(conference, graders[0].id, at, say)
    with transaction():
        releasing.release(draft=releasing.prepare(conference.id), by=SYSTEM, at=at)


def _read(conference: Conference, slow_grader: int, at: datetime, say: Say) -> None:
    kept = queries.scheme_of(conference.id)
    assert kept is not None
    scheme = kept.as_scheme()
    waiting = db.session.execute(
        select(Reading.id, Reading.paper_id, Reading.grader_id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(
            Paper.conference_id == conference.id,
            Reading.state == ReadingState.ASSIGNED,
            Paper.state != PaperState.SETTLED,
        )
        .order_by(Reading.id)
    ).all()
    left = set([id for id, _paper, grader in waiting if grader == slow_grader][:LEFT_TO_READ])
    waiting = [row for row in waiting if row.id not in left]
    for start in range(0, len(waiting), READINGS_A_GROUP):
        group = [(id, paper, grader) for id, paper, grader in waiting[start : start + READINGS_A_GROUP]]
        with transaction():
            enter_finished(
                conference_id=conference.id, entries=_entries(conference.code, group, scheme, at), by=SYSTEM, at=at
            )
        say(f"lượt chấm {min(start + READINGS_A_GROUP, len(waiting))} trên {len(waiting)}")


def _entries(
    code: str, readings: list[tuple[int, int, int]], scheme: Scheme, at: datetime
) -> Iterator[tuple[int, Entry, datetime]]:
    for id, paper, grader in readings:
        worth = _worth(f"{code}:worth:{paper}")
        severity = _severity(f"{code}:severity:{grader}")
        luck = Random(f"{code}:{paper}:{grader}")
        marks = {}
        for part in scheme.parts:
            share = min(1.0, max(0.0, worth + severity + luck.gauss(0, 0.045)))
            steps = round(float(part.max_mark / scheme.step) * share)
            marks[part.id] = Decimal(steps) * scheme.step
        moment = at - timedelta(days=luck.uniform(1, 9))
        yield id, Entry(marks=marks, comment=luck.choice(COMMENTS)), moment


@lru_cache(maxsize=READINGS_A_GROUP)
def _worth(seed: str) -> float:
    return Random(seed).betavariate(9, 3.2)


@lru_cache(maxsize=READINGS_A_GROUP)
def _severity(seed: str) -> float:
    return Random(seed).gauss(0, 0.03)
