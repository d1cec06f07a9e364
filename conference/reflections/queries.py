"""Reading: one writer's desk, tasks, papers, receipts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.notices.queries import with_address
from conference.planning.models import Wave
from conference.reflections import attachments
from conference.reflections.content import (
    EMPTY,
    Content,
    answered_of,
    from_canonical,
    from_json,
    sections_of,
    written_sections,
)
from conference.reflections.models import (
    Admission,
    Exemption,
    Extension,
    PaperFile,
    Reflection,
    ReflectionTask,
    Submission,
    TaskPart,
)
from conference.reflections.receipts import Receipt
from conference.reflections.rules import (
    MISSING,
    Bar,
    Facts,
    ReflectionState,
    TaskForm,
    Timing,
    Window,
    bar_to,
    grace_of,
)
from conference.reflections.standing import sessions_present_of, standing_query
from conference.registry.models import Attendee
from conference.sites.models import Site


def task_of(conference_id: int) -> ReflectionTask | None:
    """The task of a conference with its parts."""
    return db.session.scalars(
        select(ReflectionTask)
        .where(ReflectionTask.conference_id == conference_id)
        .options(selectinload(ReflectionTask.parts), joinedload(ReflectionTask.conference))
    ).first()


def form_of(conference_id: int) -> TaskForm | None:
    """What a conference asks of its people; None while it asks for nothing."""
    return db.session.scalar(select(ReflectionTask.form).where(ReflectionTask.conference_id == conference_id))


@dataclass(frozen=True)
class Desk:
    """All that bears on one person's writing."""

    attendee: Attendee
    task: ReflectionTask | None
    reflection: Reflection | None
    submission: Submission | None  # the one that counts
    facts: Facts
    bar: Bar | None
    window: Window | None
    files: Sequence[PaperFile] = ()  # of the draft, or of the last submission while nothing was changed after it

    @property
    def content(self) -> Content:
        """The text as it stands: the draft, or the last submission while nothing was written after it."""
        if self.reflection is None:
            return EMPTY
        if self.reflection.draft:
            return from_json(self.reflection.draft)
        return from_canonical(self.submission.content) if self.submission else EMPTY

    @property
    def titles(self) -> dict[int, str]:
        return {part.id: part.title for part in self.task.parts} if self.task else {}

    @property
    def revision(self) -> int:
        return self.reflection.revision if self.reflection else 0

    @property
    def is_handed_in(self) -> bool:
        return self.reflection is not None and self.reflection.state is ReflectionState.SUBMITTED

    @property
    def is_changed_since(self) -> bool:
        """True when something was written after the last submission."""
        return self.reflection is not None and bool(self.reflection.draft) and self.submission is not None

    def may_hand_in(self, at: datetime) -> bool:
        """After the deadline a paper that was handed in stays as it is, unless it was returned."""
        if self.bar is not None or self.window is None:
            return False
        timing = self.window.judge(at)
        if timing is Timing.LATE:
            return not self.is_handed_in
        return timing is Timing.ON_TIME


def desk_of(attendee_id: int, *, locked: bool = False) -> Desk:
    """The desk of an attendee, in a fixed number of queries.

    ``locked`` keeps other writers of this paper out until the transaction ends; what is known of it is read anew.
    """
    if locked:
        _lock_paper(attendee_id)
    attendee, task, reflection, exempt, admitted, sessions, until, has_files = db.session.execute(
        _desk(), {"attendee": attendee_id}
    ).one()
    if task is None:
        facts = Facts(attendee.must_write, exempt, admitted, sessions, None, None, None)
        return Desk(attendee, None, reflection, None, facts, Bar.NO_TASK, None)
    set_committed_value(task, "conference", attendee.conference)
    set_committed_value(task, "parts", list(db.session.scalars(_parts(), {"task": task.id})))
    facts = Facts(attendee.must_write, exempt, admitted, sessions, task.least_sessions, task.opens_at, task.form)
    window = Window(task.opens_at, task.due_at, grace_of(task.grace_seconds), task.late_until)
    return Desk(
        attendee,
        task,
        reflection,
        current_submission(reflection) if reflection else None,
        facts,
        bar_to(facts),
        window.extended([until] if until else []),
        attachments.files_of_desk(reflection) if has_files else (),
    )


def _lock_paper(attendee_id: int) -> None:
    found = db.session.connection().execute(_LOCK, {"attendee": attendee_id}).scalar()
    known = db.session.identity_map.get(identity_key(Reflection, found)) if found is not None else None
    if known is not None:
        db.session.expire(known)


@cache
def _desk() -> AnySelect:
    """One row of all that bears on an attendee's writing. Thousands hand in within an hour: it is put together once.

    Not at import, where its options would have every table looked through.
    """
    return (
        select(
            Attendee,
            ReflectionTask,
            Reflection,
            _IS_EXEMPT,
            _IS_ADMITTED,
            sessions_present_of(Attendee.id),
            select(func.max(Extension.until))
            .where(Extension.task_id == ReflectionTask.id, *_reaching())
            .correlate(Attendee, ReflectionTask, Unit)
            .scalar_subquery(),
            select(PaperFile.id).where(PaperFile.reflection_id == Reflection.id).exists(),
        )
        .join(Unit, Unit.id == Attendee.unit_id)
        .outerjoin(ReflectionTask, ReflectionTask.conference_id == Attendee.conference_id)
        .outerjoin(Reflection, Reflection.attendee_id == Attendee.id)
        .where(Attendee.id == bindparam("attendee"))
        .options(
            contains_eager(Attendee.unit),
            joinedload(Attendee.person),
            joinedload(Attendee.site),
            joinedload(Attendee.conference),
        )
    )


@cache
def _parts() -> Select[TaskPart]:
    return select(TaskPart).where(TaskPart.task_id == bindparam("task")).order_by(TaskPart.position)


_row = Reflection.__table__.c
_LOCK = select(_row.id).where(_row.attendee_id == bindparam("attendee")).with_for_update()
_IS_EXEMPT = select(Exemption.id).where(Exemption.attendee_id == Attendee.id).exists()
_IS_ADMITTED = select(Admission.id).where(Admission.attendee_id == Attendee.id).exists()


_FACTS = (
    select(
        Attendee.id,
        Attendee.must_write,
        _IS_EXEMPT,
        _IS_ADMITTED,
        sessions_present_of(Attendee.id),
        ReflectionTask.least_sessions,
        ReflectionTask.opens_at,
        ReflectionTask.form,
    )
    .outerjoin(ReflectionTask, ReflectionTask.conference_id == Attendee.conference_id)
    .where(Attendee.id.in_(bindparam("ids", expanding=True)))
)


def facts_of(attendee_ids: Collection[int]) -> dict[int, Facts]:
    """What the rule of entry looks at, for each of these."""
    rows = db.session.execute(_FACTS, {"ids": list(attendee_ids)})
    return {row[0]: Facts(*row[1:]) for row in rows}


def extensions_reaching(task_id: int, attendee_id: int) -> Sequence[Extension]:
    """The extensions that stand and reach this person, the latest end first."""
    statement = (
        select(Extension)
        .join(Attendee, Attendee.id == attendee_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(Extension.task_id == task_id, *_reaching())
    )
    return db.session.scalars(statement.order_by(Extension.until.desc(), Extension.id)).all()


def taken_until(task: ReflectionTask) -> datetime:
    """Until when anybody's paper is taken: somebody with more time may be the last."""
    last = db.session.scalar(
        select(func.max(Extension.until)).where(Extension.task_id == task.id, Extension.revoked_at.is_(None))
    )
    return max(task.late_until, last) if last else task.late_until


def _reaching() -> tuple[ColumnElement[bool], ...]:
    """Of extensions beside an attendee with their unit: those that stand and reach them, also by a unit above."""
    return (
        Extension.revoked_at.is_(None),
        or_(
            Extension.attendee_id == Attendee.id,
            Extension.site_id == Attendee.site_id,
            Extension.wave_id == Attendee.wave_id,
            Unit.path.contains(literal("/") + cast(Extension.unit_id, Text) + literal("/")),
        ),
    )


def reflection_of(attendee_id: int, *, locked: bool = False) -> Reflection | None:
    """The row of an attendee; ``locked`` keeps other writers out until the transaction ends."""
    statement = select(Reflection).where(Reflection.attendee_id == attendee_id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(statement).first()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a save looks at and changes, without the weight of the ORM: thousands are saved in a minute."""

    id: int
    attendee_id: int
    draft: str
    revision: int
    saved_at: datetime
    saved_by: str
    saved_seq: int
    current_version: int


_DRAFTS = (
    select(
        _row.id,
        _row.attendee_id,
        _row.draft,
        _row.revision,
        _row.saved_at,
        _row.saved_by,
        _row.saved_seq,
        _row.current_version,
    )
    .where(_row.attendee_id.in_(bindparam("ids", expanding=True)))
    .order_by(_row.attendee_id)  # locked in one order, so that two groups never wait for each other
    .with_for_update()
)
_WRITE = (
    update(Reflection.__table__)
    .where(_row.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in ("draft", "revision", "saved_at", "saved_by", "saved_seq")})
)
_line, _task, _part = Attendee.__table__.c, ReflectionTask.__table__.c, TaskPart.__table__.c
_PARTS = (
    select(_line.id, _part.id)
    .join(ReflectionTask.__table__, _task.conference_id == _line.conference_id)
    .join(TaskPart.__table__, _part.task_id == _task.id)
    .where(_line.id.in_(bindparam("ids", expanding=True)), _task.form == TaskForm.ESSAY)
)


def drafts_of(attendee_ids: Collection[int]) -> dict[int, Draft]:
    """The drafts of these writers by attendee, kept from other writers until the transaction ends."""
    rows = db.session.connection().execute(_DRAFTS, {"ids": list(attendee_ids)})
    return {row.attendee_id: Draft(*row) for row in rows}


def write_drafts(drafts: Iterable[Draft]) -> None:
    """Put drafts that ``drafts_of`` has read and somebody has changed."""
    rows = [
        {
            "row": one.id,
            "new_draft": one.draft,
            "new_revision": one.revision,
            "new_saved_at": one.saved_at,
            "new_saved_by": one.saved_by,
            "new_saved_seq": one.saved_seq,
        }
        for one in drafts
    ]
    if rows:
        db.session.connection().execute(_WRITE, rows)


def begin_drafts(attendee_ids: Collection[int], at: datetime) -> None:
    """An empty row for each of these. Where another device of the same writer was faster, its row stands."""
    dialect = postgresql if db.session.connection().dialect.name == "postgresql" else sqlite
    rows = [
        {
            "attendee_id": id,
            "draft": "",
            "revision": 0,
            "saved_at": at,
            "saved_by": "",
            "saved_seq": 0,
            "state": ReflectionState.DRAFT,
            "current_version": 0,
            "is_late": False,
            "words": 0,
        }
        for id in attendee_ids
    ]
    if rows:
        db.session.connection().execute(dialect.insert(Reflection.__table__).on_conflict_do_nothing(), rows)


def part_ids_by_attendee(attendee_ids: Collection[int]) -> dict[int, set[int]]:
    """Which parts each of these may write in; nobody writes where a test is sat instead."""
    found: dict[int, set[int]] = {}
    for attendee_id, part_id in db.session.connection().execute(_PARTS, {"ids": list(attendee_ids)}):
        found.setdefault(attendee_id, set()).add(part_id)
    return found


def content_of_version(reflection_id: int, version: int) -> bytes | None:
    return db.session.scalar(
        select(Submission.content).where(Submission.reflection_id == reflection_id, Submission.version == version)
    )


def current_submission(reflection: Reflection) -> Submission | None:
    if not reflection.current_version:
        return None
    return db.session.scalars(
        select(Submission).where(
            Submission.reflection_id == reflection.id, Submission.version == reflection.current_version
        )
    ).first()


def submission_of_revision(reflection: Reflection, revision: int) -> Submission | None:
    """What this revision was handed in as."""
    if not reflection.current_version:
        return None
    return db.session.scalars(
        select(Submission).where(Submission.reflection_id == reflection.id, Submission.revision == revision)
    ).first()


def submissions_of(reflection_id: int) -> list[Submission]:
    """Every version that was handed in, the newest first."""
    return list(
        db.session.scalars(
            select(Submission).where(Submission.reflection_id == reflection_id).order_by(Submission.version.desc())
        )
    )


def submission_with_author(submission_id: int) -> Submission | None:
    return db.session.scalars(
        select(Submission)
        .where(Submission.id == submission_id)
        .options(
            joinedload(Submission.reflection)
            .joinedload(Reflection.attendee)
            .options(
                joinedload(Attendee.person),
                joinedload(Attendee.unit),
                joinedload(Attendee.site),
                joinedload(Attendee.conference),
            )
        )
    ).first()


def submission_by_receipt(number: str) -> Submission | None:
    return db.session.scalars(
        select(Submission)
        .where(Submission.receipt_number == number)
        .options(joinedload(Submission.reflection).joinedload(Reflection.attendee).joinedload(Attendee.conference))
    ).first()


def receipt_of(submission: Submission, conference_code: str) -> Receipt:
    return Receipt(
        number=submission.receipt_number,
        conference=conference_code,
        version=submission.version,
        sha256=submission.sha256,
        words=submission.words,
        received_at=submission.received_at,
        is_late=submission.is_late,
    )


@dataclass(frozen=True)
class PaperText:
    """What a paper says, part by part, and nothing about its author."""

    sections: list[tuple[str, str]]
    content: Content
    files: Sequence[PaperFile]
    is_test: bool  # the answers of a test, in the form of a paper


def text_of_paper(submission_id: int) -> PaperText:
    data = db.session.scalars(select(Submission.content).where(Submission.id == submission_id)).one()
    files = attachments.files_of_submission(submission_id)
    sections = written_sections(data) if files else sections_of(data)
    return PaperText(sections, from_canonical(data), files, answered_of(data) is not None)


@dataclass(frozen=True)
class GivenTime:
    """An extension that stands, with the name of whom it reaches."""

    extension: Extension
    name: str


def extensions_of(task_id: int) -> list[GivenTime]:
    rows = db.session.execute(
        select(Extension, func.coalesce(Unit.name, Site.name, Wave.title, Person.full_name))
        .outerjoin(Unit, Unit.id == Extension.unit_id)
        .outerjoin(Site, Site.id == Extension.site_id)
        .outerjoin(Wave, Wave.id == Extension.wave_id)
        .outerjoin(Attendee, Attendee.id == Extension.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .where(Extension.task_id == task_id, Extension.revoked_at.is_(None))
        .order_by(Extension.given_at.desc(), Extension.id.desc())
    )
    return [GivenTime(extension, name) for extension, name in rows]


def exemption_of(attendee_id: int) -> Exemption | None:
    return db.session.scalars(select(Exemption).where(Exemption.attendee_id == attendee_id)).first()


def admission_of(attendee_id: int) -> Admission | None:
    return db.session.scalars(select(Admission).where(Admission.attendee_id == attendee_id)).first()


def missing_with_address(conference_id: int) -> AnySelect:
    """Who must write, has not handed in, and can be written to: ``(attendee_id, address, sequence)``."""
    missing = standing_query(conference_id, standings=MISSING).statement.subquery()
    return with_address(conference_id).where(Attendee.id.in_(select(missing.c.id)))


def attendee_of(conference_id: int, number: int) -> int | None:
    return db.session.scalar(
        select(Attendee.id).where(Attendee.conference_id == conference_id, Attendee.number == number)
    )


def called_to(site_id: int, attendee_ids: Collection[int]) -> set[int]:
    """Those of these people who are called to this site."""
    return set(
        db.session.scalars(select(Attendee.id).where(Attendee.id.in_(list(attendee_ids)), Attendee.site_id == site_id))
    )
