"""Seats that are kept out of the common seating: for somebody, or for a purpose."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import db
from conference.registry.models import Attendee


class SeatPin(db.Model):
    """A row (``A1``) or a seat (``A1-5``) of a site's hall that one attendee gets, or that stays free for a purpose."""

    __tablename__ = "seat_pins"
    __table_args__ = (UniqueConstraint("conference_site_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_site_id: Mapped[int] = mapped_column(ForeignKey("conference_sites.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(Text)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")

    attendee: Mapped[Attendee | None] = relationship(lazy="raise")
