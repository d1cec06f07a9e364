"""A conference and its programme."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Unit
from conference.foundation.db import Bytewise, db
from conference.planning.modules import Module, all_but


class ConferenceKind(StrEnum):
    STUDY = "study"
    HALL = "hall"
    DIALOGUE = "dialogue"
    STAFF = "staff"
    WORKSHOP = "workshop"
    COMMITTEE = "committee"
    COURSE = "course"


class Mode(StrEnum):
    IN_PERSON = "in_person"
    ONLINE = "online"
    MIXED = "mixed"


class ConferenceState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    CALLED_OFF = "called_off"  # after it was published; it can be held after all


class DayPart(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class TopicKind(StrEnum):
    RECEPTION = "reception"
    OPENING = "opening"
    TOPIC = "topic"
    BREAK = "break"
    CLOSING = "closing"


class Resolution(db.Model):
    """What is studied."""

    __tablename__ = "resolutions"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text)
    adopted_on: Mapped[date | None]


class Conference(db.Model):
    """One conference. What the rules may vary stands here as data."""

    __tablename__ = "conferences"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="days_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[ConferenceKind]
    mode: Mapped[Mode]
    state: Mapped[ConferenceState] = mapped_column(default=ConferenceState.DRAFT)
    resolution_id: Mapped[int | None] = mapped_column(ForeignKey("resolutions.id"))
    host_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    plan_number: Mapped[str] = mapped_column(Text, default="")
    plan_on: Mapped[date | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    timezone: Mapped[str] = mapped_column(Text, default="Asia/Ho_Chi_Minh")
    is_demo: Mapped[bool] = mapped_column(default=False)  # never sends anything outside
    opens_before_minutes: Mapped[int] = mapped_column(default=45)
    late_after_minutes: Mapped[int] = mapped_column(default=15)
    target_rate: Mapped[Decimal] = mapped_column(default=Decimal("95.00"))
    self_check_in: Mapped[bool] = mapped_column(default=False, server_default=false())  # by the code on a site's screen
    # how many people the host's count of the hall and the door's may differ before somebody looks
    headcount_tolerance: Mapped[int] = mapped_column(default=3, server_default="3")
    substitutes_need_approval: Mapped[bool] = mapped_column(default=True, server_default=true())
    modules_off: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)  # raised by each save; two editors never overwrite silently
    feed_issue: Mapped[int] = mapped_column(default=1, server_default="1")  # raised to end its calendars' addresses
    release_number: Mapped[int] = mapped_column(default=0, server_default="0")  # of the plan that people read; 0: none

    host_unit: Mapped[Unit] = relationship(lazy="raise")
    resolution: Mapped[Resolution | None] = relationship(lazy="raise")
    study_sessions: Mapped[list[StudySession]] = relationship(
        lazy="raise", back_populates="conference", order_by="StudySession.starts_at"
    )
    waves: Mapped[list[Wave]] = relationship(lazy="raise", viewonly=True, order_by="Wave.position")

    @property
    def is_called_off(self) -> bool:
        return self.state is ConferenceState.CALLED_OFF

    @property
    def modules(self) -> frozenset[Module]:
        return all_but(self.modules_off)

    def uses(self, module: Module) -> bool:
        """The one word on whether a part of the product belongs to this conference."""
        return module in self.modules


class Wave(db.Model):
    """A part (đợt) of a conference's people, with study sessions of its own, where one day can't seat everybody.

    A conference without waves is one for everybody, and nothing of it names a wave.
    """

    __tablename__ = "waves"
    __table_args__ = (UniqueConstraint("conference_id", "position"), UniqueConstraint("conference_id", "title"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)


class StudySession(db.Model):
    """A half day (buổi) with a count of its own. ``starts_at`` is its first item that isn't reception."""

    __tablename__ = "study_sessions"
    __table_args__ = (
        UniqueConstraint("conference_id", "held_on", "part"),
        CheckConstraint("doors_open_at <= starts_at AND starts_at < ends_at", name="times_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    held_on: Mapped[date]
    part: Mapped[DayPart]
    doors_open_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"), index=True)  # none: for everybody

    conference: Mapped[Conference] = relationship(lazy="raise", back_populates="study_sessions")
    wave: Mapped[Wave | None] = relationship(lazy="raise")
    topics: Mapped[list[Topic]] = relationship(
        lazy="raise", back_populates="study_session", order_by="Topic.starts_at, Topic.position"
    )


class Presenter(db.Model):
    """Who presents; the same presenter can't be in two places at once, across conferences."""

    __tablename__ = "presenters"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_folded: Mapped[str] = mapped_column(Bytewise, unique=True)
    position: Mapped[str] = mapped_column(Text, default="")
    feed_issue: Mapped[int] = mapped_column(default=1, server_default="1")


class Topic(db.Model):
    """An item of the programme: a topic, but also reception, opening, a break, closing."""

    __tablename__ = "topics"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    position: Mapped[int]
    kind: Mapped[TopicKind]
    title: Mapped[str] = mapped_column(Text)
    presenter_id: Mapped[int | None] = mapped_column(ForeignKey("presenters.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    study_session: Mapped[StudySession] = relationship(lazy="raise", back_populates="topics")
    presenter: Mapped[Presenter | None] = relationship(lazy="raise")


class PlanRelease(db.Model):
    """A plan as it was given out: numbered, and never changed. People read the latest; the working plan goes on.

    Its places and who sits where stand in tables of later areas. The digest covers all three.
    """

    __tablename__ = "plan_releases"
    __table_args__ = (UniqueConstraint("conference_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    number: Mapped[int]
    version: Mapped[int]  # the conference's at that moment; what calendars count from
    title: Mapped[str] = mapped_column(Text)
    programme: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    people: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    released_at: Mapped[datetime]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    digest: Mapped[str] = mapped_column(Text)
