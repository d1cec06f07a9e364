"""Who was erased, and who has asked for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import db
from conference.privacy.rules import RequestState
from conference.registry.models import Attendee


class Erasure(db.Model):
    """That a person was erased. Written down outside of the database too, for backups that know nothing of it."""

    __tablename__ = "erasures"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(Text)
    erased_at: Mapped[datetime]
    erased_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # none: again, after a restore


class ErasureRequest(db.Model):
    """An attendee's wish to be erased, and what came of it. Asking again opens the same row."""

    __tablename__ = "erasure_requests"

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]
    state: Mapped[RequestState]
    answer: Mapped[str] = mapped_column(Text, default="")  # to the attendee, when it was refused
    decided_at: Mapped[datetime | None]

    attendee: Mapped[Attendee] = relationship(lazy="raise")
