"""Quotas, what the conference decided about naming, whom units named, and what changed after the freeze."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Sex, Unit
from conference.foundation.db import Bytewise, db
from conference.registry.models import Attendee, Category
from conference.registry.naming.rules import Approver, ListChangeKind, NominationKind, NominationState
from conference.sites.models import Site


class Quota(db.Model):
    """How many people of a category a unit names; without a category, of any."""

    __tablename__ = "quotas"
    __table_args__ = (
        UniqueConstraint("conference_id", "unit_id", "category_id"),
        Index(  # a unique constraint takes two empty categories for two different ones
            "ix_quotas_of_any_category",
            "conference_id",
            "unit_id",
            unique=True,
            sqlite_where=text("category_id IS NULL"),
            postgresql_where=text("category_id IS NULL"),
        ),
        CheckConstraint("places > 0", name="has_places"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    places: Mapped[int]

    unit: Mapped[Unit] = relationship(lazy="raise")
    category: Mapped[Category | None] = relationship(lazy="raise")


class NamingRule(db.Model):
    """Whether units name their people, who approves, and when the list freezes. No row: units don't name."""

    __tablename__ = "naming_rules"

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    is_open: Mapped[bool]
    approver: Mapped[Approver]
    freezes_at: Mapped[datetime | None]
    frozen_count: Mapped[int | None]  # how many were called then; written before the first change after it
    version: Mapped[int] = mapped_column(default=1)


nomination_categories = Table(
    "nomination_categories",
    db.metadata,
    Column("nomination_id", ForeignKey("nominations.id"), primary_key=True),
    Column("category_id", ForeignKey("categories.id"), primary_key=True, index=True),
)


class Nomination(db.Model):
    """What a unit asks of the list: somebody to call, to take off, or to call instead of somebody.

    Who it is stands here as it was proposed. Once approved, ``attendee_id`` is the person called.
    """

    __tablename__ = "nominations"
    __table_args__ = (Index("ix_nominations_conference_id_state", "conference_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    kind: Mapped[NominationKind]
    state: Mapped[NominationState]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    full_name: Mapped[str] = mapped_column(Text, default="")
    name_folded: Mapped[str] = mapped_column(Bytewise, default="")
    sort_key: Mapped[str] = mapped_column(Bytewise, default="")
    birth_date: Mapped[date | None]
    birth_year: Mapped[int | None]
    sex: Mapped[Sex | None]
    position: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    leaving_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)  # who goes off the list
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)  # who came on it
    reason: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")  # why it was returned
    is_after_freeze: Mapped[bool] = mapped_column(default=False)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int | None]  # an account
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None]

    unit: Mapped[Unit] = relationship(lazy="raise")
    site: Mapped[Site | None] = relationship(lazy="raise")
    leaving: Mapped[Attendee | None] = relationship(lazy="raise", foreign_keys=[leaving_id])
    attendee: Mapped[Attendee | None] = relationship(lazy="raise", foreign_keys=[attendee_id])
    categories: Mapped[list[Category]] = relationship(lazy="raise", secondary=nomination_categories)


class ListChange(db.Model):
    """One change of who is called, after the freeze. Never changed; the count then and these are the count now."""

    __tablename__ = "list_changes"
    __table_args__ = (Index("ix_list_changes_conference_id_id", "conference_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)  # none: an import's people
    nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    kind: Mapped[ListChangeKind]
    delta: Mapped[int]  # how many more are called; 0 for a walk-in, who is never among them
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    account_id: Mapped[int | None]

    attendee: Mapped[Attendee | None] = relationship(lazy="raise")
