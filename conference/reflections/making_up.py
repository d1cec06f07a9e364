"""What is done about missed study sessions: offering a way to make up, confirming who came, watching a recording."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.reflections import make_ups
from conference.reflections.models import MakeUp, MakeUpStudy
from conference.reflections.rules import MOST_TRIES, MakeUpKind, Watched, judge_watching


@dataclass(frozen=True)
class MakeUpPlan:
    """A make-up as an organizer writes it; what belongs to the other kind is empty."""

    study_session_id: int
    kind: MakeUpKind
    opens_at: datetime
    closes_at: datetime
    site_id: int | None = None
    address: str = ""
    least_minutes: int = 0
    question: str = ""
    choices: tuple[str, ...] = ()
    right_choice: int | None = None


def offer(*, plan: MakeUpPlan, by: Actor, at: datetime) -> MakeUp:
    row = MakeUp(
        study_session_id=plan.study_session_id,
        kind=plan.kind,
        site_id=plan.site_id,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        address=plan.address,
        least_minutes=plan.least_minutes,
        question=plan.question,
        choices=list(plan.choices),
        right_choice=plan.right_choice,
        made_at=at,
        made_by=by.id,
    )
    db.session.add(row)
    db.session.flush()
    record(by=by, at=at, action="make_up.offer", subject=("make_up", row.id), after={"session": plan.study_session_id})
    return row


def end(*, make_up: MakeUp, by: Actor, at: datetime) -> None:
    """Offer it no longer; who has made up stays so. Repeatable."""
    if make_up.ended_at is None:
        make_up.ended_at = at
        db.session.flush()
        record(by=by, at=at, action="make_up.end", subject=("make_up", make_up.id))


def confirm(*, make_up: MakeUp, attendee_ids: Collection[int], by: Actor, at: datetime) -> int:
    """Note who came to a make-up session. Repeatable; whoever was there in the first place is left out.

    Raises ``make_up_not_begun`` before its beginning, and ``bad_request`` for a recording: nobody sees who watched it.
    """
    if make_up.kind is not MakeUpKind.AT_SITE:
        raise DomainError("bad_request")
    if at < make_up.opens_at:
        raise DomainError("make_up_not_begun")
    missed = make_ups.absent_from(make_up.study_session_id, attendee_ids)
    for attendee_id in sorted(missed):
        _begin(make_up, attendee_id, at)
        changed_rows(
            update(MakeUpStudy)
            .where(
                MakeUpStudy.attendee_id == attendee_id,
                MakeUpStudy.study_session_id == make_up.study_session_id,
                MakeUpStudy.done_at.is_(None),
            )
            .values(make_up_id=make_up.id, done_at=at, confirmed_by=by.id)
        )
        record(
            by=by,
            at=at,
            action="make_up.confirm",
            subject=("attendee", attendee_id),
            after={"make_up": make_up.id, "session": make_up.study_session_id},
        )
    return len(missed)


def take_back(*, make_up: MakeUp, attendee_id: int, reason: str, by: Actor, at: datetime) -> None:
    """Undo that somebody has made up in this way, by mistake; a text already begun stays. Repeatable."""
    theirs = MakeUpStudy.make_up_id == make_up.id, MakeUpStudy.attendee_id == attendee_id
    if changed_rows(delete(MakeUpStudy).where(*theirs, MakeUpStudy.done_at.is_not(None))):
        mistaken = {"make_up": make_up.id, "session": make_up.study_session_id}
        record(
            by=by, at=at, action="make_up.take_back", subject=("attendee", attendee_id), before=mistaken, reason=reason
        )


def begin(*, attendee_id: int, make_up: MakeUp, at: datetime) -> None:
    """Begin to watch a recording. Repeatable: the first beginning counts.

    Raises ``make_up_not_yours`` for somebody who was there, and ``make_up_closed`` outside of its time.
    """
    if make_up.kind is not MakeUpKind.RECORDING or attendee_id not in make_ups.absent_from(
        make_up.study_session_id, [attendee_id]
    ):
        raise DomainError("make_up_not_yours")
    if make_up.ended_at is not None or not make_up.opens_at <= at <= make_up.closes_at:
        raise DomainError("make_up_closed")
    _begin(make_up, attendee_id, at)


def _begin(make_up: MakeUp, attendee_id: int, at: datetime) -> None:
    dialect = postgresql if db.session.connection().dialect.name == "postgresql" else sqlite
    row = {
        "attendee_id": attendee_id,
        "study_session_id": make_up.study_session_id,
        "make_up_id": make_up.id,
        "started_at": at,
        "tries": 0,
    }
    db.session.connection().execute(dialect.insert(MakeUpStudy.__table__).on_conflict_do_nothing(), [row])


def finish(*, attendee_id: int, make_up: MakeUp, chosen: int | None, by: Actor, at: datetime) -> Watched:
    """Say that a recording was watched. After too many wrong answers it begins anew. Repeatable once it is done.

    Raises ``not_found`` when it was never begun.
    """
    study = db.session.scalars(
        select(MakeUpStudy)
        .where(MakeUpStudy.attendee_id == attendee_id, MakeUpStudy.study_session_id == make_up.study_session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if study is None:
        raise DomainError("not_found")
    if study.done_at is not None:
        return Watched.DONE
    outcome = judge_watching(
        started_at=study.started_at,
        least_minutes=make_up.least_minutes,
        right=make_up.right_choice,
        chosen=chosen,
        at=at,
    )
    if outcome is Watched.WRONG:
        study.tries += 1
        if study.tries % MOST_TRIES == 0:
            study.started_at = at
    elif outcome is Watched.DONE:
        study.make_up_id, study.done_at, study.choice = make_up.id, at, chosen
        record(
            by=by,
            at=at,
            action="make_up.watch",
            subject=("attendee", attendee_id),
            after={"make_up": make_up.id, "session": make_up.study_session_id, "tries": study.tries},
        )
    db.session.flush()
    return outcome
