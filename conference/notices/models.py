"""The outbox: every letter that is to leave, with what became of it; and who said they come."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import BigId, db
from conference.notices.papers import PaperKind
from conference.notices.reminding import ReminderKind
from conference.notices.wording import Purpose
from conference.planning.models import Conference


class MailKind(StrEnum):
    """Why a letter is written."""

    SUMMONS = "summons"
    CHANGE = "change"  # of the plan, to those whom a release concerns
    CANCELLATION = "cancellation"
    CALL_OFF = "call_off"  # of the whole conference
    REMINDER = "reminder"  # of a reflection that is due
    OVERDUE = "overdue"  # of a reflection that was due
    DAY = "day"  # of the conference itself
    ANSWER = "answer"  # asks again whether somebody comes
    RECEIPT = "receipt"  # of a reflection that was handed in
    DIGEST = "digest"  # to the officer of a unit: what is missing of it


_PURPOSES = {
    MailKind.CHANGE: Purpose.CHANGE,
    MailKind.CANCELLATION: Purpose.CANCELLATION,
    MailKind.CALL_OFF: Purpose.CALL_OFF,
    MailKind.REMINDER: Purpose.REFLECTION,
    MailKind.OVERDUE: Purpose.OVERDUE,
    MailKind.DAY: Purpose.DAY,
    MailKind.ANSWER: Purpose.ANSWER,
    MailKind.DIGEST: Purpose.DIGEST,
}


def purpose_of(kind: MailKind, release: int) -> Purpose | None:
    """Whose wording a letter has; none for a receipt, whose words are proof. A later summons replaces the earlier."""
    if kind is MailKind.SUMMONS:
        return Purpose.REPLACEMENT if release > 1 else Purpose.SUMMONS
    return _PURPOSES.get(kind)


class MailState(StrEnum):
    HELD = "held"  # no mail server, or a demo: it can be read here and leaves when someone lets it
    QUEUED = "queued"
    SENDING = "sending"  # given to the server, its answer not yet heard
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"  # a server took it and sent it back later
    UNKNOWN = "unknown"  # cut off before the answer: shown to a person, never sent again by itself


class LetterWording(db.Model):
    """One version of what letters of a purpose say in one conference. The newest is used for letters written from then
    on; a letter keeps the version it was written with."""

    __tablename__ = "letter_wordings"
    __table_args__ = (UniqueConstraint("conference_id", "purpose", "language", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    purpose: Mapped[Purpose]
    language: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    is_own: Mapped[bool]  # false: back to the product's wording
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class LetterLanguage(db.Model):
    """Letters to this person are not in Vietnamese."""

    __tablename__ = "letter_languages"

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Text)


class OutboxMail(db.Model):
    """One letter to one attendee, or to an officer of a unit. Its key keeps it from being written twice; its state from
    being sent twice."""

    __tablename__ = "outbox_mails"
    __table_args__ = (
        UniqueConstraint("attendee_id", "kind", "release", "occasion"),
        UniqueConstraint("account_id", "conference_id", "kind", "occasion"),
        CheckConstraint("(attendee_id IS NULL) <> (account_id IS NULL)", name="has_one_addressee"),
        Index("ix_outbox_mails_conference_id_state", "conference_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # an officer's
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
    language: Mapped[str] = mapped_column(Text, default="vi", server_default="vi")
    wording_id: Mapped[int | None] = mapped_column(ForeignKey("letter_wordings.id"))  # none: the product's own
    message_id: Mapped[str] = mapped_column(Text, unique=True)
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    conference: Mapped[Conference] = relationship(lazy="raise")


class Acceptance(db.Model):
    """Somebody said that they come. Who stays away asks leave instead."""

    __tablename__ = "acceptances"

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    answered_at: Mapped[datetime]


class ReminderRule(db.Model):
    """One line of a conference's schedule of reminders. It is carried out for each day that something is due."""

    __tablename__ = "reminder_rules"
    __table_args__ = (
        Index(
            "ix_reminder_rules_standing",
            "conference_id",
            "kind",
            "days",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    kind: Mapped[ReminderKind]
    days: Mapped[int]
    at_minute: Mapped[int]  # of the day, in the conference's zone
    sends: Mapped[bool]  # false: its letters are held until a person lets them go
    is_paused: Mapped[bool]
    active_since: Mapped[datetime]  # what was to be carried out before is not caught up
    ended_at: Mapped[datetime | None]


class ReminderRun(db.Model):
    """A rule was carried out for one day that something is due: never again."""

    __tablename__ = "reminder_runs"
    __table_args__ = (UniqueConstraint("rule_id", "occasion"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("reminder_rules.id"))
    occasion: Mapped[str] = mapped_column(Text)
    ran_at: Mapped[datetime]
    letters: Mapped[int]


class PaperForm(db.Model):
    """What stands on a conference's printed summonses besides the person: heading, number, signer, words."""

    __tablename__ = "paper_forms"

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    version: Mapped[int]  # raised by each save; two editors never overwrite silently
    form: Mapped[PaperKind]
    title: Mapped[str] = mapped_column(Text)
    superior: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    signed_on: Mapped[date | None]
    authority: Mapped[str] = mapped_column(Text)
    signer_position: Mapped[str] = mapped_column(Text)
    signer: Mapped[str] = mapped_column(Text)
    recipients: Mapped[str] = mapped_column(Text)  # a line each
    body: Mapped[str] = mapped_column(Text)  # a paragraph a line, with the places of a wording
