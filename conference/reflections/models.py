"""Tasks, drafts, submissions, and what was allowed to single people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, Text, UniqueConstraint, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from conference.foundation.db import BigId, db
from conference.foundation.documents import DocumentKind
from conference.planning.models import Conference, StudySession
from conference.reflections.rules import Forms, MakeUpKind, ReflectionState, ScopeOfExtension, TaskForm
from conference.registry.models import Attendee
from conference.sites.models import Site


class ReflectionTask(db.Model):
    """What the attendees of a conference write, how long, until when. All of it is data of the conference."""

    __tablename__ = "reflection_tasks"
    __table_args__ = (
        CheckConstraint("0 < min_words AND min_words <= max_words", name="words_in_order"),
        CheckConstraint("opens_at <= due_at AND due_at <= late_until", name="times_in_order"),
        CheckConstraint("grace_seconds >= 0 AND least_sessions >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), unique=True)
    min_words: Mapped[int]
    max_words: Mapped[int]
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime]
    grace_seconds: Mapped[int]
    late_until: Mapped[datetime]
    least_sessions: Mapped[int]  # in how many study sessions one must have been present to write
    holidays: Mapped[list[str]] = mapped_column(JSON)  # days beside weekends that are no working days, as 2018-12-31
    guidance: Mapped[str] = mapped_column(Text, default="")
    form: Mapped[TaskForm] = mapped_column(default=TaskForm.ESSAY)
    takes_typed: Mapped[bool] = mapped_column(default=True)
    takes_files: Mapped[bool] = mapped_column(default=False)  # one document: .docx or .pdf
    takes_photos: Mapped[bool] = mapped_column(default=False)  # of what was written by hand
    takes_on_behalf: Mapped[bool] = mapped_column(default=False)  # an officer hands in for people of her unit
    version: Mapped[int] = mapped_column(default=1)  # raised by each save; two editors never overwrite silently

    @property
    def forms(self) -> Forms:
        return Forms(self.takes_typed, self.takes_files, self.takes_photos, self.takes_on_behalf)

    conference: Mapped[Conference] = relationship(lazy="raise")
    parts: Mapped[list[TaskPart]] = relationship(lazy="raise", back_populates="task", order_by="TaskPart.position")


class TaskPart(db.Model):
    """One question or part. Where commitments are asked for, they stand above its text."""

    __tablename__ = "task_parts"
    __table_args__ = (UniqueConstraint("task_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("reflection_tasks.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text, default="")
    min_words: Mapped[int] = mapped_column(default=0)
    takes_commitments: Mapped[bool] = mapped_column(default=False)

    task: Mapped[ReflectionTask] = relationship(lazy="raise", back_populates="parts")


class Reflection(db.Model):
    """One attendee's paper: the draft as it stands, and what the last submission was."""

    __tablename__ = "reflections"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), unique=True)
    draft: Mapped[str] = mapped_column(Text)  # JSON of the content; empty while the last submission is the text
    revision: Mapped[int]  # raised by each save; who saves names the one they began from
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(Text)  # the page that saved last, a random name: its own saves are one line
    saved_seq: Mapped[int] = mapped_column(BigId)  # that page's own count, so that an answer lost is no conflict
    state: Mapped[ReflectionState]
    current_version: Mapped[int] = mapped_column(default=0)  # of its submissions; 0 while there is none
    submitted_revision: Mapped[int | None]
    submitted_at: Mapped[datetime | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    words: Mapped[int] = mapped_column(default=0)  # of the last submission
    commitments: Mapped[int] = mapped_column(default=0, server_default="0")  # its lines; none once it was erased
    returned_at: Mapped[datetime | None]
    returned_because: Mapped[str] = mapped_column(Text, default="", server_default="")  # for the author to read

    attendee: Mapped[Attendee] = relationship(lazy="raise")


class Submission(db.Model):
    """What was handed in, byte for byte, with the receipt that proves it. Never changed; a later one supersedes it."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("reflection_id", "version"),
        UniqueConstraint("reflection_id", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey("reflections.id"))
    version: Mapped[int]  # 1, 2, …; the highest is the one that counts
    revision: Mapped[int]  # the revision that was handed in: pressing twice hands in once
    content: Mapped[bytes] = mapped_column(LargeBinary)  # RFC 8785 JSON
    sha256: Mapped[str] = mapped_column(Text)
    words: Mapped[int]
    commitments: Mapped[int]
    received_at: Mapped[datetime]
    written_at: Mapped[datetime | None]  # by the writer's device, when it was written without a line
    is_late: Mapped[bool]
    receipt_number: Mapped[str] = mapped_column(Text, unique=True)
    signature: Mapped[str] = mapped_column(Text)
    erased_at: Mapped[datetime | None]  # the text is gone at the author's wish; the receipt still proves it was there

    reflection: Mapped[Reflection] = relationship(lazy="raise")


class PaperFile(db.Model):
    """A document or a photo that came with a paper. What is kept of it on the disk never changes."""

    __tablename__ = "paper_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey("reflections.id"), index=True)
    position: Mapped[int]  # in the draft; 0: not, or no longer, part of it
    name: Mapped[str] = mapped_column(Text)  # as its sender called it, for the sender's eyes alone
    kind: Mapped[DocumentKind]
    stored_as: Mapped[str] = mapped_column(Text, unique=True)
    pages: Mapped[list[str]] = mapped_column(JSON)  # names of the kept pictures of its pages; none where there is text
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[int]
    added_at: Mapped[datetime]


class SubmissionFile(db.Model):
    """Which files were handed in with a submission, in their order. Never changed."""

    __tablename__ = "submission_files"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(ForeignKey("paper_files.id"), index=True)


class SubmissionOnBehalf(db.Model):
    """A submission that somebody of the staff handed in for its author, and who that was."""

    __tablename__ = "submissions_on_behalf"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


class Exemption(db.Model):
    """Someone who need not write, and why."""

    __tablename__ = "exemptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))

    attendee: Mapped[Attendee] = relationship(lazy="raise")


class Admission(db.Model):
    """Someone who was absent and has made up for it, so that the form opens; with its evidence."""

    __tablename__ = "admissions"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))

    attendee: Mapped[Attendee] = relationship(lazy="raise")


class MakeUp(db.Model):
    """A way to make up for a missed study session: another session at a site, or a recording of the one missed."""

    __tablename__ = "make_ups"
    __table_args__ = (CheckConstraint("opens_at < closes_at", name="times_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"), index=True)  # the one missed
    kind: Mapped[MakeUpKind]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(Text, default="")  # of a recording
    least_minutes: Mapped[int] = mapped_column(default=0)  # from its beginning to the word that one has watched it
    question: Mapped[str] = mapped_column(Text, default="")
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    right_choice: Mapped[int | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]

    study_session: Mapped[StudySession] = relationship(lazy="raise")
    site: Mapped[Site | None] = relationship(lazy="raise")


class MakeUpStudy(db.Model):
    """That somebody has made up for a missed study session, or has begun to; with its evidence."""

    __tablename__ = "make_up_studies"
    __table_args__ = (UniqueConstraint("attendee_id", "study_session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"))
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"))
    make_up_id: Mapped[int] = mapped_column(ForeignKey("make_ups.id"), index=True)
    started_at: Mapped[datetime]
    done_at: Mapped[datetime | None]  # none: begun, and not counted yet
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # none: by minutes and answer
    tries: Mapped[int] = mapped_column(default=0)
    choice: Mapped[int | None]

    make_up: Mapped[MakeUp] = relationship(lazy="raise")


class Extension(db.Model):
    """More time for one person, for a unit with all below it, for a site, or for a wave."""

    __tablename__ = "extensions"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("reflection_tasks.id"), index=True)
    scope: Mapped[ScopeOfExtension]
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"))
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]


@event.listens_for(Submission, "before_update")
def _refuse_change(_mapper: Mapper[Any], _connection: Connection, submission: Submission) -> None:
    raise RuntimeError(f"submission {submission.id} can't be changed")
