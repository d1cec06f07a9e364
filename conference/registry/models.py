"""Who is called to a conference, by which unit, to which site."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Person, Unit
from conference.foundation.db import Bytewise, db
from conference.planning.models import Conference, PlanRelease, StudySession, Wave
from conference.sites.models import Site


class AttendeeRole(StrEnum):
    OFFICIAL = "official"
    GUEST = "guest"
    OBSERVER = "observer"
    SERVICE = "service"


class LeaveState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


class SubstituteState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


attendee_categories = Table(
    "attendee_categories",
    db.metadata,
    Column("attendee_id", ForeignKey("attendees.id"), primary_key=True),
    Column("category_id", ForeignKey("categories.id"), primary_key=True, index=True),
)


class Category(db.Model):
    """Why someone is called (thành phần). A person may have several and still counts once."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_folded: Mapped[str] = mapped_column(Bytewise, unique=True)


class Attendee(db.Model):
    """A person called to one conference, with unit, position and site as they are for it."""

    __tablename__ = "attendees"
    __table_args__ = (
        UniqueConstraint("conference_id", "person_id"),
        UniqueConstraint("conference_id", "number"),
        Index("ix_attendees_conference_id_site_id", "conference_id", "site_id"),
        Index("ix_attendees_conference_id_unit_id", "conference_id", "unit_id"),
        Index(  # nearly nobody is one, and every delivery asks whether there are any
            "ix_attendees_substitutes",
            "conference_id",
            sqlite_where=text("is_substitute"),
            postgresql_where=text("is_substitute"),
        ),
        Index(  # the organizer's home asks for them
            "ix_attendees_moved_at_doors",
            "conference_id",
            sqlite_where=text("called_site_id IS NOT NULL"),
            postgresql_where=text("called_site_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    number: Mapped[int]  # counted within the conference; what a ticket and a badge carry
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    position: Mapped[str] = mapped_column(Text, default="")
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    role: Mapped[AttendeeRole] = mapped_column(default=AttendeeRole.OFFICIAL)
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"), index=True)  # none: only what is for everybody
    seat: Mapped[str | None] = mapped_column(Text)
    must_write: Mapped[bool] = mapped_column(default=True)
    ticket_issue: Mapped[int] = mapped_column(default=1)  # raised when a ticket is lost, handed over or abused
    ticket: Mapped[str | None] = mapped_column(Text, unique=True)  # the digits of the current issue
    ticket_reissued_at: Mapped[datetime | None]  # since then the issue before the current one is revoked
    link_issue: Mapped[int] = mapped_column(default=1)  # raised to end a personal link
    calendar_sequence: Mapped[int] = mapped_column(default=0, server_default="0")  # raised by a move of their own
    withdrawn_at: Mapped[datetime | None]
    may_follow_online: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_walk_in: Mapped[bool] = mapped_column(default=False)  # came without being on any list; never "summoned"
    is_substitute: Mapped[bool] = mapped_column(default=False, server_default=false())  # sent instead of somebody
    # before a door took them in for good; a scan made there late is still one of their own site
    called_site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    moved_at: Mapped[datetime | None]

    conference: Mapped[Conference] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise", foreign_keys=[site_id])
    wave: Mapped[Wave | None] = relationship(lazy="raise")
    categories: Mapped[list[Category]] = relationship(lazy="raise", secondary=attendee_categories)


class Leave(db.Model):
    """A request to stay away, from one study session or from all, and what was decided."""

    __tablename__ = "leaves"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), index=True)
    study_session_id: Mapped[int | None] = mapped_column(ForeignKey("study_sessions.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[LeaveState] = mapped_column(default=LeaveState.REQUESTED)
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    attendee: Mapped[Attendee] = relationship(lazy="raise")
    study_session: Mapped[StudySession | None] = relationship(lazy="raise")


class Substitute(db.Model):
    """Somebody who is sent instead of an attendee, to one study session or to all, and what was decided.

    Who it is stands here as it was proposed; once approved, ``substitute_id`` is an attendee with a ticket.
    """

    __tablename__ = "substitutes"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), index=True)
    study_session_id: Mapped[int | None] = mapped_column(ForeignKey("study_sessions.id"))
    full_name: Mapped[str] = mapped_column(Text)
    birth_date: Mapped[date | None]
    position: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[SubstituteState] = mapped_column(default=SubstituteState.REQUESTED)
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)

    attendee: Mapped[Attendee] = relationship(lazy="raise", foreign_keys=[attendee_id])
    substitute: Mapped[Attendee | None] = relationship(lazy="raise", foreign_keys=[substitute_id])
    study_session: Mapped[StudySession | None] = relationship(lazy="raise")


class ReleasedSeat(db.Model):
    """Where a release of the plan told somebody to sit. Who has no row was not called by it."""

    __tablename__ = "released_seats"

    release_id: Mapped[int] = mapped_column(ForeignKey(PlanRelease.id), primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True, index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"))
    seat: Mapped[str | None] = mapped_column(Text)
