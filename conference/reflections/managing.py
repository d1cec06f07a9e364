"""What organizers do: set the task, give time, exempt, admit, return a paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.planning.queries import study_sessions_of
from conference.reflections import queries
from conference.reflections.models import (
    Admission,
    Exemption,
    Extension,
    Reflection,
    ReflectionTask,
    TaskPart,
)
from conference.reflections.rules import (
    DUE_HOUR,
    DUE_WORKING_DAYS,
    GRACE_SECONDS,
    LATE_DAYS,
    LEAST_WORDS,
    MOST_WORDS,
    Forms,
    ReflectionState,
    ScopeOfExtension,
    TaskForm,
    deadline_at,
    fixed_holidays,
    working_days_after,
    working_days_between,
)
from conference.registry.called import sessions_of
from conference.registry.models import Attendee


@dataclass(frozen=True)
class PartPlan:
    """One part as the organizer wrote it; ``id`` is none for a new one."""

    id: int | None
    title: str
    prompt: str
    min_words: int
    takes_commitments: bool


@dataclass(frozen=True)
class TaskPlan:
    """The whole task as the organizer wrote it."""

    min_words: int
    max_words: int
    opens_at: datetime
    due_at: datetime
    grace_seconds: int
    late_until: datetime
    least_sessions: int
    holidays: Sequence[date]
    guidance: str
    forms: Forms
    parts: Sequence[PartPlan]


def usual_plan(
    conference: Conference, *, first_end: datetime, last_day: date, sessions: int, parts: Sequence[PartPlan]
) -> TaskPlan:
    """The defaults: four parts, 800 to 3,000 words, ten working days, ten more days for late papers."""
    holidays = fixed_holidays({conference.ends_on.year, conference.ends_on.year + 1})
    due_on = working_days_after(last_day, DUE_WORKING_DAYS, holidays)
    return TaskPlan(
        min_words=LEAST_WORDS,
        max_words=MOST_WORDS,
        opens_at=first_end,
        due_at=deadline_at(due_on, DUE_HOUR, conference.timezone),
        grace_seconds=GRACE_SECONDS,
        late_until=deadline_at(due_on + timedelta(days=LATE_DAYS), DUE_HOUR, conference.timezone),
        least_sessions=min(1, sessions),
        holidays=holidays,
        guidance="",
        forms=Forms(),
        parts=parts,
    )


def plan_for(conference: Conference, parts: Sequence[PartPlan]) -> TaskPlan:
    """The usual plan: the form opens when the conference's first study session ends, and time is counted from the end
    of the conference, or of the wave that is over first."""
    ends = [one.ends_at for one in study_sessions_of([conference.id])[conference.id]]
    opens_at = ends[0] if ends else deadline_at(conference.starts_on, DUE_HOUR, conference.timezone)
    last_day = min(last_days(conference.id).values(), default=conference.ends_on)
    return usual_plan(conference, first_end=opens_at, last_day=last_day, sessions=len(ends), parts=parts)


def last_days(conference_id: int) -> dict[int, date]:
    """Wave -> the day of the last study session that its people come to."""
    halves = study_sessions_of([conference_id])[conference_id]
    waves = {one.wave_id for one in halves if one.wave_id is not None}
    return {wave_id: max(one.held_on for one in sessions_of(wave_id, halves)) for wave_id in sorted(waves)}


def give_waves_their_time(
    *, conference: Conference, task: ReflectionTask, reason: str, by: Actor, at: datetime
) -> Sequence[Extension]:
    """As many working days for the people of each later wave, from their own last day, as those of the first have."""
    days = last_days(conference.id)
    if not days:
        return []
    first, zone = min(days.values()), ZoneInfo(conference.timezone)
    due_at = task.due_at.astimezone(zone)
    holidays = [date.fromisoformat(day) for day in task.holidays]
    count = working_days_between(first, due_at.date(), holidays)
    dues = {
        wave_id: deadline_at(working_days_after(day, count, holidays), due_at.time(), conference.timezone)
        for wave_id, day in days.items()
    }
    return [
        extend(task=task, scope=ScopeOfExtension.WAVE, id=wave_id, until=until, reason=reason, by=by, at=at)
        for wave_id, until in dues.items()
        if until > task.due_at
    ]


def make_task(*, conference: Conference, plan: TaskPlan, by: Actor, at: datetime) -> ReflectionTask:
    """Give a conference its writing task. Raises ``task_exists``."""
    if queries.task_of(conference.id) is not None:
        raise DomainError("task_exists")
    task = ReflectionTask(conference_id=conference.id, version=1)
    _lay(task, plan)
    task.parts = [_part(place, part) for place, part in enumerate(plan.parts, 1)]
    db.session.add(task)
    db.session.flush()
    record(by=by, at=at, action="reflection_task.create", subject=("reflection_task", task.id), after=_moments(task))
    return task


def change_task(*, task: ReflectionTask, plan: TaskPlan, version: int, by: Actor, at: datetime) -> None:
    """Save the task as edited from ``version``.

    Raises ``changed_meanwhile``, or ``parts_in_use`` when a part would go that somebody may have written in.
    """
    taken = changed_rows(
        update(ReflectionTask)
        .where(ReflectionTask.id == task.id, ReflectionTask.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if not taken:
        raise DomainError("changed_meanwhile")
    before = _moments(task)
    kept = {part.id for part in plan.parts if part.id is not None}
    gone = [part for part in task.parts if part.id not in kept]
    if gone and _somebody_wrote(task.conference_id):
        raise DomainError("parts_in_use")
    for part in gone:
        db.session.execute(delete(TaskPart).where(TaskPart.id == part.id))
    known = {part.id: part for part in task.parts if part.id in kept}
    for part in known.values():
        part.position = -part.id  # out of the way: positions are unique while they are dealt anew
    db.session.flush()
    for place, wanted in enumerate(plan.parts, 1):
        row = known.get(wanted.id or 0)
        if row is None:
            row = _part(place, wanted)
            row.task_id = task.id
            db.session.add(row)
        row.position, row.title, row.prompt = place, wanted.title, wanted.prompt
        row.min_words, row.takes_commitments = wanted.min_words, wanted.takes_commitments
    _lay(task, plan)
    task.version = version + 1
    db.session.flush()
    record(
        by=by,
        at=at,
        action="reflection_task.change",
        subject=("reflection_task", task.id),
        before=before,
        after=_moments(task),
    )


def _lay(task: ReflectionTask, plan: TaskPlan) -> None:
    task.min_words, task.max_words = plan.min_words, plan.max_words
    task.opens_at, task.due_at, task.late_until = plan.opens_at, plan.due_at, plan.late_until
    task.grace_seconds, task.least_sessions = plan.grace_seconds, plan.least_sessions
    task.holidays = [day.isoformat() for day in plan.holidays]
    task.guidance = plan.guidance
    task.takes_typed, task.takes_files, task.takes_photos = plan.forms.typed, plan.forms.files, plan.forms.photos
    task.takes_on_behalf = plan.forms.on_behalf


def _part(place: int, part: PartPlan) -> TaskPart:
    return TaskPart(
        position=place,
        title=part.title,
        prompt=part.prompt,
        min_words=part.min_words,
        takes_commitments=part.takes_commitments,
    )


def _moments(task: ReflectionTask) -> dict[str, object]:
    return {
        "words": [task.min_words, task.max_words],
        "opens_at": task.opens_at.isoformat(),
        "due_at": task.due_at.isoformat(),
        "late_until": task.late_until.isoformat(),
        "grace_seconds": task.grace_seconds,
        "least_sessions": task.least_sessions,
        "forms": asdict(task.forms),
    }


def _refuse_for_quiz(task: ReflectionTask) -> None:
    if task.form is TaskForm.QUIZ:
        raise DomainError("not_for_quiz")


def _somebody_wrote(conference_id: int) -> bool:
    return bool(
        db.session.scalar(
            select(
                select(Reflection.id)
                .join(Attendee, Attendee.id == Reflection.attendee_id)
                .where(Attendee.conference_id == conference_id)
                .exists()
            )
        )
    )


def exempt(*, attendee: Attendee, reason: str, by: Actor, at: datetime) -> None:
    """Free a person from writing. Repeatable: the first reason stands."""
    if db.session.scalar(select(Exemption.id).where(Exemption.attendee_id == attendee.id)):
        return
    db.session.add(Exemption(attendee_id=attendee.id, reason=reason, given_at=at, given_by=by.id))
    db.session.flush()
    record(by=by, at=at, action="reflection.exempt", subject=("attendee", attendee.id), reason=reason)


def end_exemption(*, attendee: Attendee, reason: str, by: Actor, at: datetime) -> None:
    """Ask a person to write after all. Repeatable."""
    if changed_rows(delete(Exemption).where(Exemption.attendee_id == attendee.id)):
        record(by=by, at=at, action="reflection.end_exemption", subject=("attendee", attendee.id), reason=reason)


def admit(*, attendee: Attendee, reason: str, by: Actor, at: datetime) -> None:
    """Open the form for someone who was absent and has made up for it. Repeatable: the first evidence stands."""
    if db.session.scalar(select(Admission.id).where(Admission.attendee_id == attendee.id)):
        return
    db.session.add(Admission(attendee_id=attendee.id, reason=reason, given_at=at, given_by=by.id))
    db.session.flush()
    record(by=by, at=at, action="reflection.admit", subject=("attendee", attendee.id), reason=reason)


def end_admission(*, attendee: Attendee, reason: str, by: Actor, at: datetime) -> None:
    """Take an admission back; a text already begun stays. Repeatable."""
    if changed_rows(delete(Admission).where(Admission.attendee_id == attendee.id)):
        record(by=by, at=at, action="reflection.end_admission", subject=("attendee", attendee.id), reason=reason)


def extend(
    *, task: ReflectionTask, scope: ScopeOfExtension, id: int, until: datetime, reason: str, by: Actor, at: datetime
) -> Extension:
    """Give a person, a unit with all below it, a site, or a wave more time.

    Raises ``not_later`` when it gives none, ``not_for_quiz`` where a test is sat: there a person is let in by a grant.
    """
    _refuse_for_quiz(task)
    if until <= task.due_at:
        raise DomainError("not_later")
    row = Extension(
        task_id=task.id,
        scope=scope,
        attendee_id=id if scope is ScopeOfExtension.PERSON else None,
        unit_id=id if scope is ScopeOfExtension.UNIT else None,
        site_id=id if scope is ScopeOfExtension.SITE else None,
        wave_id=id if scope is ScopeOfExtension.WAVE else None,
        until=until,
        reason=reason,
        given_at=at,
        given_by=by.id,
    )
    db.session.add(row)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="reflection.extend",
        subject=_reached(scope, id),
        after={"extension": row.id, "until": until.isoformat()},
        reason=reason,
    )
    return row


def _reached(scope: ScopeOfExtension, id: int) -> tuple[str, int]:
    """What the journal calls those whom an extension reaches; a person is known there as an attendee."""
    return ("attendee" if scope is ScopeOfExtension.PERSON else scope.value), id


def revoke_extension(*, task: ReflectionTask, extension_id: int, reason: str, by: Actor, at: datetime) -> None:
    """End an extension; what was handed in under it keeps its time. Repeatable. Raises ``not_found``."""
    row = db.session.scalars(
        select(Extension).where(Extension.id == extension_id, Extension.task_id == task.id)
    ).first()
    if row is None:
        raise DomainError("not_found")
    if row.revoked_at is None:
        row.revoked_at = at
        db.session.flush()
        reached = row.attendee_id or row.unit_id or row.site_id or row.wave_id or 0
        record(
            by=by,
            at=at,
            action="reflection.revoke_extension",
            subject=_reached(row.scope, reached),
            before={"extension": row.id, "until": row.until.isoformat()},
            reason=reason,
        )


def return_for_rewrite(
    *, attendee_id: int, task: ReflectionTask, until: datetime, reason: str, by: Actor, at: datetime
) -> None:
    """Give a paper back, once, with time to write it anew; the version that was handed in stays.

    Raises ``not_handed_in`` or ``returned_before``; ``not_for_quiz`` where a test is sat.
    """
    _refuse_for_quiz(task)
    row = queries.reflection_of(attendee_id, locked=True)
    if row is None or row.state is not ReflectionState.SUBMITTED:
        raise DomainError("not_handed_in")
    if row.returned_at is not None:
        raise DomainError("returned_before")
    row.state, row.returned_at, row.returned_because = ReflectionState.RETURNED, at, reason
    db.session.flush()
    record(by=by, at=at, action="reflection.return", subject=("reflection", row.id), reason=reason)
    if until > task.due_at:
        extend(task=task, scope=ScopeOfExtension.PERSON, id=attendee_id, until=until, reason=reason, by=by, at=at)


def end_return(*, attendee_id: int, task: ReflectionTask, reason: str, by: Actor, at: datetime) -> None:
    """Take back that a paper was given back: what was handed in counts again, the time given with it ends.

    A text begun meanwhile stays as a draft. Repeatable. Raises ``rewritten_meanwhile`` once another version was
    handed in.
    """
    row = queries.reflection_of(attendee_id, locked=True)
    if row is None or row.returned_at is None:
        return
    if row.state is not ReflectionState.RETURNED:
        raise DomainError("rewritten_meanwhile")
    db.session.execute(
        update(Extension)
        .where(
            Extension.task_id == task.id,
            Extension.attendee_id == attendee_id,
            Extension.given_at == row.returned_at,
            Extension.revoked_at.is_(None),
        )
        .values(revoked_at=at)
        .execution_options(synchronize_session=False)
    )
    row.state, row.returned_at, row.returned_because = ReflectionState.SUBMITTED, None, ""
    db.session.flush()
    record(by=by, at=at, action="reflection.end_return", subject=("reflection", row.id), reason=reason)


def note_reading(*, submission_id: int, by: Actor, at: datetime) -> None:
    """Keep in the journal who opened a paper."""
    record(by=by, at=at, action="reflection.read", subject=("submission", submission_id))
