"""The rule of a conference for following online, the evidence of each person, and what was made of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from conference.checkin.online.platform.matching import How
from conference.checkin.online.rules import ReportState, Rule
from conference.foundation.db import BigId, db


class OnlineRule(db.Model):
    """What a conference asks of those who follow online, and the room they enter. None: nobody has said yet."""

    __tablename__ = "online_rules"
    __table_args__ = (
        CheckConstraint("least_minutes BETWEEN 0 AND 100", name="minutes_are_a_share"),
        CheckConstraint("least_answers BETWEEN 0 AND 100", name="answers_are_a_share"),
    )

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    room_url: Mapped[str] = mapped_column(Text, default="")
    opens_before_minutes: Mapped[int]
    least_minutes: Mapped[int]
    least_answers: Mapped[int]
    prompts: Mapped[int]
    prompt_minutes: Mapped[int]
    late_after_minutes: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    def as_rule(self) -> Rule:
        return Rule(
            opens_before_minutes=self.opens_before_minutes,
            least_minutes=self.least_minutes,
            least_answers=self.least_answers,
            prompts=self.prompts,
            prompt_minutes=self.prompt_minutes,
            late_after_minutes=self.late_after_minutes,
        )


class OnlineRoom(db.Model):
    """The room of one site, where it is another than the conference's."""

    __tablename__ = "online_rooms"

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    url: Mapped[str] = mapped_column(Text)


class OnlineStay(db.Model):
    """A stretch of time in which a person's page gave signs of life. Only ever grows."""

    __tablename__ = "online_stays"
    __table_args__ = (
        Index("ix_online_stays_attendee_id_study_session_id", "attendee_id", "study_session_id"),
        CheckConstraint("from_at <= until_at", name="times_in_order"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"))
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]


class OnlineAnswer(db.Model):
    """A prompt that was answered in time."""

    __tablename__ = "online_answers"

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"), primary_key=True)
    prompt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answered_at: Mapped[datetime]


class OnlineFollowing(db.Model):
    """How one person follows one study session. Derived from the evidence, but for when they entered the room.

    Writers take this row first: what happens to one person's evidence happens one after the other.
    """

    __tablename__ = "online_followings"
    __table_args__ = (Index("ix_online_followings_study_session_id", "study_session_id"),)

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), primary_key=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"), primary_key=True)
    entered_at: Mapped[datetime | None]
    last_sign_at: Mapped[datetime | None]
    first_at: Mapped[datetime | None]
    seconds: Mapped[int] = mapped_column(default=0)
    of_seconds: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=0)
    is_enough: Mapped[bool] = mapped_column(default=False)
    scan_id: Mapped[UUID | None]  # the fact that stands for this presence
    scan_at: Mapped[datetime | None]


class OnlineReport(db.Model):
    """A list of participants that the platform kept of one study session. It speaks for nobody until it is loaded."""

    __tablename__ = "online_reports"
    __table_args__ = (UniqueConstraint("study_session_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    study_session_id: Mapped[int] = mapped_column(ForeignKey("study_sessions.id"))
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)  # the same file read in the same way twice is one report
    timezone: Mapped[str] = mapped_column(Text, default="", server_default="")  # its hours; empty: the conference's own
    state: Mapped[ReportState]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime | None]  # when it was loaded or taken back last
    unreadable: Mapped[int]
    other_day: Mapped[int]


class OnlineParticipant(db.Model):
    """A participant of a report as the platform named them, and whom that is."""

    __tablename__ = "online_participants"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("online_reports.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    how: Mapped[How]
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id"), index=True)
    candidates: Mapped[list[int]] = mapped_column(JSON)  # attendees, where several fit


class OnlineParticipantStay(db.Model):
    """One stay of a participant in the platform's room."""

    __tablename__ = "online_participant_stays"
    __table_args__ = (CheckConstraint("from_at <= until_at", name="times_in_order"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    participant_id: Mapped[int] = mapped_column(BigId, ForeignKey("online_participants.id"), index=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
