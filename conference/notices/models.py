"""The outbox: every letter that is to leave, with what became of it; and who said they come."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import BigId, db
from conference.planning.models import Conference
from conference.registry.models import Attendee


class MailKind(StrEnum):
    """Why a letter is written. Each kind has its templates under ``templates/mail``."""

    SUMMONS = "summons"
    CHANGE = "change"  # of the plan, to those whom a release concerns
    CANCELLATION = "cancellation"
    REMINDER = "reminder"  # of a reflection that is due
    RECEIPT = "receipt"  # of a reflection that was handed in


class MailState(StrEnum):
    HELD = "held"  # no mail server, or a demo: it can be read here and leaves when someone lets it
    QUEUED = "queued"
    SENDING = "sending"  # given to the server, its answer not yet heard
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # cut off before the answer: shown to a person, never sent again by itself


class OutboxMail(db.Model):
    """One letter to one attendee. Its key keeps it from being written twice; its state from being sent twice."""

    __tablename__ = "outbox_mails"
    __table_args__ = (
        UniqueConstraint("attendee_id", "kind", "release", "occasion"),
        Index("ix_outbox_mails_conference_id_state", "conference_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"))
    kind: Mapped[MailKind]
    release: Mapped[int]  # the same letter to everybody again, after a change, is the next release
    occasion: Mapped[str] = mapped_column(Text, default="")  # what a single letter was asked for by; empty in a release
    address: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int]  # of the calendar's entry when the letter was written
    told_release: Mapped[int] = mapped_column(default=0, server_default="0")  # of the plan, set when the letter leaves
    state: Mapped[MailState]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    job_id: Mapped[int | None]  # who is sending it now
    error: Mapped[str] = mapped_column(Text, default="")  # the mail server's words
    message_id: Mapped[str] = mapped_column(Text, unique=True)
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    conference: Mapped[Conference] = relationship(lazy="raise")
    attendee: Mapped[Attendee] = relationship(lazy="raise")


class Acceptance(db.Model):
    """Somebody said that they come. Who stays away asks leave instead."""

    __tablename__ = "acceptances"

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    answered_at: Mapped[datetime]
