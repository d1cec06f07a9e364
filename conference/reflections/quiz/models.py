"""The test of a conference: its questions with their key, its slots, attempts, and each answer as it came."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import BigId, db
from conference.reflections.models import ReflectionTask
from conference.reflections.quiz.rules import Drawn, EndedBy, Question, Shows, Weighting
from conference.registry.models import Attendee


class Quiz(db.Model):
    """How a conference's test is drawn, timed and marked. Frozen once the first person has begun."""

    __tablename__ = "quizzes"
    __table_args__ = (CheckConstraint("minutes > 0", name="takes_time"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("reflection_tasks.id"), unique=True)
    seed: Mapped[str] = mapped_column(Text)  # never leaves the server: with it every paper could be foreseen
    minutes: Mapped[int]
    drawn: Mapped[dict[str, int]] = mapped_column(JSON)  # how many of each group; all of a group that is not named
    shuffles_questions: Mapped[bool]
    shuffles_choices: Mapped[bool]
    weighting: Mapped[Weighting]
    shows: Mapped[Shows]
    frozen_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)  # raised by each change; two editors never overwrite silently

    task: Mapped[ReflectionTask] = relationship(lazy="raise")


class QuizQuestion(db.Model):
    """A question with its choices and the key."""

    __tablename__ = "quiz_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id"), index=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    group: Mapped[str] = mapped_column(Text, default="")
    choices: Mapped[list[str]] = mapped_column(JSON)
    accepted: Mapped[list[int]] = mapped_column(JSON)  # the key: places of the choices that count as right
    weight: Mapped[Decimal]

    def as_question(self) -> Question:
        return Question(self.id, self.group, len(self.choices), self.weight, frozenset(self.accepted))


class QuizKeyChange(db.Model):
    """That a key was corrected after people had begun, by whom and why, and how many marks changed by it."""

    __tablename__ = "quiz_key_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("quiz_questions.id"), index=True)
    before: Mapped[list[int]] = mapped_column(JSON)
    after: Mapped[list[int]] = mapped_column(JSON)
    marks_changed: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class QuizSlot(db.Model):
    """A time at which the test may be sat."""

    __tablename__ = "quiz_slots"
    __table_args__ = (CheckConstraint("opens_at < closes_at", name="times_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]

    groups: Mapped[list[QuizSlotGroup]] = relationship(lazy="raise", cascade="all, delete-orphan")


class QuizSlotGroup(db.Model):
    """A unit with all below it, or a site, that was assigned to a slot."""

    __tablename__ = "quiz_slot_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("quiz_slots.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))


class QuizGrant(db.Model):
    """A further attempt, or one outside of the slots, that somebody was given with a reason. Good for one attempt,
    and taken back as long as none has begun by it."""

    __tablename__ = "quiz_grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), index=True)
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]


class QuizAttempt(db.Model):
    """One sitting of one person: the paper that was drawn, from when to when, and what it came to."""

    __tablename__ = "quiz_attempts"
    __table_args__ = (
        UniqueConstraint("attendee_id", "number"),
        Index("ix_quiz_attempts_open", "finished_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id"), index=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"))
    number: Mapped[int]  # 1, 2, …; the last that was handed in counts
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("quiz_slots.id"))
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("quiz_grants.id"), unique=True)
    on_paper: Mapped[bool]  # printed by an officer, who enters what was ticked
    paper: Mapped[list[list[Any]]] = mapped_column(JSON)  # [question id, order of its choices], place by place
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    ended_by: Mapped[EndedBy | None]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), unique=True)
    points: Mapped[Decimal | None]  # by the key as it stands; `flask verify` recounts it
    total: Mapped[Decimal | None]

    attendee: Mapped[Attendee] = relationship(lazy="raise")

    @property
    def drawn(self) -> list[Drawn]:
        return [Drawn(question, tuple(order)) for question, order in self.paper]


class QuizTap(db.Model):
    """One answer as it came, kept once whatever is repeated. The answers that count follow from the taps in order."""

    __tablename__ = "quiz_taps"
    __table_args__ = (UniqueConstraint("attempt_id", "page", "seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("quiz_attempts.id"))
    place: Mapped[int]
    choice: Mapped[int]  # as the paper shows it, from 0
    page: Mapped[str] = mapped_column(Text)
    seq: Mapped[int] = mapped_column(BigId)
    base: Mapped[int]
    received_at: Mapped[datetime]
