"""Runs kept of each paper, likenesses found between papers, and texts that everybody may quote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import db
from conference.planning.models import Conference
from conference.reflections.models import Submission
from conference.reflections.similarity.rules import SUSPECT_PERCENT, WATCH_PERCENT, Limits


def only(condition: str) -> dict[str, Any]:
    """For an index of some rows, in both databases: the others weigh kilobytes each and need not be gone through."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class SimilarityIndex(db.Model):
    """How a conference compares its papers, and what came of comparing them all the last time."""

    __tablename__ = "similarity_indexes"
    __table_args__ = (CheckConstraint("0 < watch AND watch <= suspect AND suspect <= 100", name="limits_in_order"),)

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    watch: Mapped[int] = mapped_column(default=WATCH_PERCENT)  # per cent, from which a paper is to be looked at
    suspect: Mapped[int] = mapped_column(default=SUSPECT_PERCENT)  # per cent, from which it may be copied
    indexed_at: Mapped[datetime | None]
    papers: Mapped[int] = mapped_column(default=0)  # compared when all were, those of earlier conferences too
    stock: Mapped[bytes] = mapped_column(LargeBinary, default=b"")  # runs too common to tell anything
    allowed_digest: Mapped[str] = mapped_column(Text, default="")  # of the official texts and of the task, as they were
    version: Mapped[int] = mapped_column(default=0)  # raised by each work on it: another worker's memory is then old

    conference: Mapped[Conference] = relationship(lazy="raise")

    @property
    def limits(self) -> Limits:
        return Limits(self.watch, self.suspect)


class PaperPrint(db.Model):
    """The runs of a paper that counts, and what is closest to it. Follows from the texts; may be made anew."""

    __tablename__ = "paper_prints"
    __table_args__ = (
        Index("ix_paper_prints_conference_id_share", "conference_id", "share"),
        Index("ix_paper_prints_closest_id", "closest_id"),
        Index("ix_paper_prints_group", "conference_id", "group_id", **only("group_id IS NOT NULL")),
        Index("ix_paper_prints_not_compared", "conference_id", **only("own IS NULL")),
    )

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    runs: Mapped[bytes] = mapped_column(LargeBinary)  # four bytes each, in their order
    own: Mapped[int | None]  # how many are left after subtraction; none: not compared yet
    share: Mapped[int] = mapped_column(default=0)  # of the closest, in hundredths of a per cent
    closest_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))
    group_id: Mapped[int | None]  # the lowest submission of those that belong together

    submission: Mapped[Submission] = relationship(lazy="raise", foreign_keys=[submission_id])


class Likeness(db.Model):
    """How much of a paper stands in another one, of this conference or of an earlier one."""

    __tablename__ = "likenesses"
    __table_args__ = (Index("ix_likenesses_other_id", "other_id"),)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    share: Mapped[int]
    common: Mapped[int]  # runs


class OfficialText(db.Model):
    """A text that everybody may quote: what stands in it is taken away before papers are compared."""

    __tablename__ = "official_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[int]
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
