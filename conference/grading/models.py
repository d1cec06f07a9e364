"""Schemes, who grades, blind readings with their marks, and releases that can no longer change."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.accounts.models import Account
from conference.directory.models import Unit
from conference.foundation.db import db
from conference.grading.rules import PaperState, Part, Rank, ReadingState, Ruling, RulingKind, Scheme
from conference.planning.models import Conference
from conference.reflections.models import Submission
from conference.registry.models import Attendee
from conference.sites.models import Site


class MarkingScheme(db.Model):
    """What a conference has laid down about its marks. Each release keeps its own copy."""

    __tablename__ = "marking_schemes"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), unique=True)
    step: Mapped[Decimal]  # between two marks of a part
    tolerance: Mapped[Decimal]  # between the totals of two readings that still agree
    rounding: Mapped[Decimal]  # the agreed mark is rounded half up to a multiple of this
    frozen_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)  # raised by each save; two editors never overwrite silently

    parts: Mapped[list[SchemePart]] = relationship(
        lazy="raise", order_by="SchemePart.position", cascade="all, delete-orphan"
    )
    cuts: Mapped[list[RankCut]] = relationship(
        lazy="raise", order_by="RankCut.minimum.desc()", cascade="all, delete-orphan"
    )

    def as_scheme(self) -> Scheme:
        return Scheme(
            step=self.step,
            tolerance=self.tolerance,
            rounding=self.rounding,
            parts=tuple(Part(part.id, part.title, part.max_mark, part.hint) for part in self.parts),
            cuts=tuple((cut.rank, cut.minimum) for cut in self.cuts),
        )


class SchemePart(db.Model):
    """One thing that is marked by itself, with what it may bring at most."""

    __tablename__ = "scheme_parts"
    __table_args__ = (CheckConstraint("max_mark > 0", name="brings_something"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("marking_schemes.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text, default="")  # what a grader looks for
    max_mark: Mapped[Decimal]


class RankCut(db.Model):
    """From which mark on a rank is given."""

    __tablename__ = "rank_cuts"

    scheme_id: Mapped[int] = mapped_column(ForeignKey("marking_schemes.id"), primary_key=True)
    rank: Mapped[Rank] = mapped_column(primary_key=True)
    minimum: Mapped[Decimal]


class Grader(db.Model):
    """An account that marks papers of a conference. Its own unit, site and person say what it never gets."""

    __tablename__ = "graders"
    __table_args__ = (UniqueConstraint("conference_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]  # gets nothing more; what was finished stays

    conference: Mapped[Conference] = relationship(lazy="raise")
    account: Mapped[Account] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")
    site: Mapped[Site | None] = relationship(lazy="raise")


class Paper(db.Model):
    """A submitted reflection on its way through grading."""

    __tablename__ = "papers"
    __table_args__ = (Index("ix_papers_conference_id_state", "conference_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), unique=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), unique=True)
    words: Mapped[int]
    state: Mapped[PaperState] = mapped_column(default=PaperState.WAITING)
    mark: Mapped[Decimal | None]  # follows from the finished readings by the scheme; `flask verify` recounts it

    attendee: Mapped[Attendee] = relationship(lazy="raise")
    submission: Mapped[Submission] = relationship(lazy="raise")
    readings: Mapped[list[Reading]] = relationship(lazy="raise", back_populates="paper", order_by="Reading.ordinal")


class Reading(db.Model):
    """One grader's blind reading of one paper."""

    __tablename__ = "readings"
    __table_args__ = (
        UniqueConstraint("paper_id", "grader_id"),
        UniqueConstraint("paper_id", "ordinal"),
        Index("ix_readings_grader_id_state", "grader_id", "state"),
        Index(
            "ix_readings_questioned",
            "paper_id",
            sqlite_where=text("is_questioned = 1"),
            postgresql_where=text("is_questioned"),
        ),
        CheckConstraint("ordinal BETWEEN 1 AND 3", name="first_to_third"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"))
    grader_id: Mapped[int] = mapped_column(ForeignKey("graders.id"))
    ordinal: Mapped[int]
    blind_code: Mapped[str] = mapped_column(Text, unique=True)  # drawn at random: all a grader knows of a paper
    state: Mapped[ReadingState] = mapped_column(default=ReadingState.ASSIGNED)
    total: Mapped[Decimal | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # part id -> a word to the author about it
    is_questioned: Mapped[bool] = mapped_column(default=False)  # the grader asks the council to have a look
    version: Mapped[int] = mapped_column(default=1)  # raised by each save; a stale save is refused
    started_at: Mapped[datetime | None]
    saved_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    paper: Mapped[Paper] = relationship(lazy="raise", back_populates="readings")
    grader: Mapped[Grader] = relationship(lazy="raise")
    marks: Mapped[list[ReadingMark]] = relationship(lazy="raise", cascade="all, delete-orphan")


class ReadingMark(db.Model):
    """What one reading gives for one part."""

    __tablename__ = "reading_marks"

    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("scheme_parts.id"), primary_key=True, index=True)
    mark: Mapped[Decimal]


class CopyRuling(db.Model):
    """What the council decided about a paper that is like another one, and on what evidence. Undone, it stays a row."""

    __tablename__ = "copy_rulings"
    __table_args__ = (
        Index(
            "ix_copy_rulings_standing",
            "submission_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        CheckConstraint("points >= 0", name="takes_nothing_back"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id")
    )  # a paper written anew is not touched by it
    kind: Mapped[RulingKind]
    points: Mapped[Decimal]  # that are taken off the agreed mark
    reason: Mapped[str] = mapped_column(Text)
    share: Mapped[int]  # as it then was, in hundredths of a per cent
    other_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))  # the paper it was laid beside
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    undone_at: Mapped[datetime | None]

    def as_ruling(self) -> Ruling:
        return Ruling(self.kind, self.points)


class Release(db.Model):
    """What was published, under which number. Its hash covers the marks, the scheme and the release before."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("conference_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    number: Mapped[int]
    released_at: Mapped[datetime]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    scheme: Mapped[dict[str, Any]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text, unique=True)


class ReleasedMark(db.Model):
    """One person's published mark with the readings it follows from."""

    __tablename__ = "released_marks"
    __table_args__ = (Index("ix_released_marks_attendee_id", "attendee_id"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"))
    mark: Mapped[Decimal]
    rank: Mapped[Rank]
    readings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # ids and marks as they then were
    ruling: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # of the council on copying
    quiz: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # of a test: attempt, points, key
    comments: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # words to the author, outside the hash: may be erased

    release: Mapped[Release] = relationship(lazy="raise")
    attendee: Mapped[Attendee] = relationship(lazy="raise")
