"""Reading: one writer's desk, tasks, papers, receipts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload, selectinload

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


def desk_of(attendee_id: int) -> Desk:
    """The desk of an attendee, in a fixed number of queries."""
    attendee = db.session.scalars(
        select(Attendee)
        .where(Attendee.id == attendee_id)
        .options(
            joinedload(Attendee.person),
            joinedload(Attendee.unit),
            joinedload(Attendee.site),
            joinedload(Attendee.conference),
        )
    ).one()
    task = task_of(attendee.conference_id)
    reflection = reflection_of(attendee_id)
    facts = facts_of([attendee_id])[attendee_id]
    if task is None:
        return Desk(attendee, None, reflection, None, facts, Bar.NO_TASK, None)
    return Desk(
        attendee,
        task,
        reflection,
        current_submission(reflection) if reflection else None,
        facts,
        bar_to(facts),
        window_of(task, attendee, attendee.unit.path),
        attachments.files_of_desk(reflection) if reflection else (),
    )


_FACTS = (
    select(
        Attendee.id,
        Attendee.must_write,
        select(Exemption.id).where(Exemption.attendee_id == Attendee.id).exists(),
        select(Admission.id).where(Admission.attendee_id == Attendee.id).exists(),
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


def window_of(task: ReflectionTask, attendee: Attendee, unit_path: str) -> Window:
    """The deadlines that bind this person, with every extension that reaches them."""
    until = db.session.scalars(select(Extension.until).where(*_reaching(task.id, attendee, unit_path)))
    whole = Window(task.opens_at, task.due_at, grace_of(task.grace_seconds), task.late_until)
    return whole.extended(until)


def extensions_reaching(task_id: int, attendee: Attendee, unit_path: str) -> Sequence[Extension]:
    """The extensions that stand and reach this person, the latest end first."""
    statement = select(Extension).where(*_reaching(task_id, attendee, unit_path))
    return db.session.scalars(statement.order_by(Extension.until.desc(), Extension.id)).all()


def _reaching(task_id: int, attendee: Attendee, unit_path: str) -> tuple[ColumnElement[bool], ...]:
    units = [int(part) for part in unit_path.split("/") if part]
    return (
        Extension.task_id == task_id,
        Extension.revoked_at.is_(None),
        or_(
            Extension.attendee_id == attendee.id,
            Extension.site_id == attendee.site_id,
            Extension.unit_id.in_(units),
            false() if attendee.wave_id is None else Extension.wave_id == attendee.wave_id,
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
        Reflection.id,
        Reflection.attendee_id,
        Reflection.draft,
        Reflection.revision,
        Reflection.saved_at,
        Reflection.saved_by,
        Reflection.saved_seq,
        Reflection.current_version,
    )
    .where(Reflection.attendee_id.in_(bindparam("ids", expanding=True)))
    .order_by(Reflection.attendee_id)  # locked in one order, so that two groups never wait for each other
    .with_for_update()
)
_WRITE = (
    update(Reflection.__table__)
    .where(Reflection.__table__.c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in ("draft", "revision", "saved_at", "saved_by", "saved_seq")})
)
_PARTS = (
    select(Attendee.id, TaskPart.id)
    .join(ReflectionTask, ReflectionTask.conference_id == Attendee.conference_id)
    .join(TaskPart, TaskPart.task_id == ReflectionTask.id)
    .where(Attendee.id.in_(bindparam("ids", expanding=True)), ReflectionTask.form == TaskForm.ESSAY)
)


def drafts_of(attendee_ids: Collection[int]) -> dict[int, Draft]:
    """The drafts of these writers by attendee, kept from other writers until the transaction ends."""
    return {row.attendee_id: Draft(*row) for row in db.session.execute(_DRAFTS, {"ids": list(attendee_ids)})}


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
    for attendee_id, part_id in db.session.execute(_PARTS, {"ids": list(attendee_ids)}):
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
