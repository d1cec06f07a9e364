"""Rehearsals and the sites they are for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from conference.foundation.db import db


class Rehearsal(db.Model):
    """A planned trial before the conference, for hosts and technicians. Attendees never hear of it."""

    __tablename__ = "rehearsals"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_for_all: Mapped[bool]  # also for sites that join later; else those of ``rehearsal_sites``
    tasks: Mapped[str] = mapped_column(Text, default="")  # what is tried, a line each
    version: Mapped[int] = mapped_column(default=1)  # raised by each change: what calendars count from
    changed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class RehearsalSite(db.Model):
    """A site of a rehearsal that is not for all."""

    __tablename__ = "rehearsal_sites"

    rehearsal_id: Mapped[int] = mapped_column(ForeignKey("rehearsals.id", ondelete="CASCADE"), primary_key=True)
    conference_site_id: Mapped[int] = mapped_column(
        ForeignKey("conference_sites.id", ondelete="CASCADE"), primary_key=True, index=True
    )
