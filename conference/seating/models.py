"""Choices that every proposal keeps, and proposals with what each would change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.registry.models import Attendee
from conference.seating.rules import ProposalState, Why
from conference.sites.models import Site


class SeatingPin(db.Model):
    """A unit, or one person of it, who must sit at this site whatever a proposal would save otherwise."""

    __tablename__ = "seating_pins"
    __table_args__ = (
        UniqueConstraint("conference_id", "attendee_id"),
        Index(
            "ix_seating_pins_of_units",
            "conference_id",
            "unit_id",
            unique=True,
            sqlite_where=text("attendee_id IS NULL"),
            postgresql_where=text("attendee_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)  # none: the whole unit
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    pinned_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship(lazy="raise")
    attendee: Mapped[Attendee | None] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")


class SeatingProposal(db.Model):
    """What a search found, with the state of the conference it was made from. At most one is open."""

    __tablename__ = "seating_proposals"
    __table_args__ = (Index("ix_seating_proposals_conference_id_state", "conference_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    wishes: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(Text)  # of who sat where and how many seats there were
    considered: Mapped[int]  # people who might have moved
    parted: Mapped[int]  # units that would sit at more than one site
    cost: Mapped[int]
    bound: Mapped[int]
    missing: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    seconds: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    moves: Mapped[list[SeatingMove]] = relationship(lazy="raise", back_populates="proposal")


class SeatingMove(db.Model):
    """People of one unit who would go to another site or wave; without ``to_site_id`` there is no seat for them.

    Some of them may have no name yet: open places of the unit's quotas, for which seats are kept.
    """

    __tablename__ = "seating_moves"
    __table_args__ = (CheckConstraint("people > 0", name="of_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("seating_proposals.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    from_site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  # none: the unit has no site
    to_site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    from_wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id", ondelete="SET NULL"))
    to_wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id", ondelete="SET NULL"))
    people: Mapped[int]
    unnamed: Mapped[int] = mapped_column(default=0, server_default="0")  # of them
    attendee_ids: Mapped[list[int]] = mapped_column(JSON)
    why: Mapped[Why]
    km: Mapped[int]
    is_taken: Mapped[bool] = mapped_column(default=False, server_default=false())

    proposal: Mapped[SeatingProposal] = relationship(lazy="raise", back_populates="moves")
