"""When an author is erased: what was published stands, and what nobody can read any more leaves the desks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update

from conference.foundation.db import db
from conference.grading import releasing, settling
from conference.grading.models import Paper, Reading, ReadingMark, ReleasedMark
from conference.grading.rules import PaperState, ReadingState


def withdraw(*, paper_ids: Sequence[int], at: datetime) -> None:
    """Close the readings of papers whose texts were just erased. Repeatable.

    A paper with a mark keeps it. One that is being revised after it was published falls back to what was published;
    any other is withdrawn: its finished readings stay, so that each grader's count does.
    """
    revised = db.session.execute(
        select(Paper.id, Paper.conference_id, Paper.attendee_id)
        .where(Paper.id.in_(paper_ids), Paper.state != PaperState.SETTLED)
        .with_for_update()
    ).all()
    for paper in revised:
        last = releasing.latest_release(paper.conference_id)
        published = db.session.get(ReleasedMark, (last.id, paper.attendee_id)) if last else None
        if published is not None:
            _put_back(paper.id, published.readings, at)
    for id in paper_ids:
        settling.settle_papers(paper_ids=[id])


def _put_back(paper_id: int, readings: Sequence[dict[str, Any]], at: datetime) -> None:
    """The readings as they were released, each as a new version; what was read since falls away."""
    kept = {one["reading"] for one in readings}
    all_of_them = select(Reading.id).where(Reading.paper_id == paper_id)
    db.session.execute(
        delete(ReadingMark).where(ReadingMark.reading_id.in_(all_of_them)).execution_options(synchronize_session=False)
    )
    db.session.execute(
        delete(Reading)
        .where(Reading.paper_id == paper_id, Reading.id.not_in(kept))
        .execution_options(synchronize_session=False)
    )
    for one in readings:
        db.session.execute(
            update(Reading)
            .where(Reading.id == one["reading"])
            .values(
                state=ReadingState.FINISHED, total=Decimal(one["total"]), finished_at=at, version=Reading.version + 1
            )
            .execution_options(synchronize_session=False)
        )
        rows = [
            {"reading_id": one["reading"], "part_id": int(part), "mark": Decimal(mark)}
            for part, mark in one["marks"].items()
        ]
        db.session.execute(insert(ReadingMark), rows)
