"""What a conference asks at each rung, what people say about a site's rungs, tests of its line, its checklist."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from conference.foundation.db import db
from conference.sites.ladder.rules import CheckState, Owner, Rung


class LadderRule(db.Model):
    """A rung as this conference has it; a rung without a row has the usual owner and time."""

    __tablename__ = "ladder_rules"
    __table_args__ = (UniqueConstraint("conference_id", "rung"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    rung: Mapped[Rung]
    owner: Mapped[Owner]
    minutes_before: Mapped[int]
    bound: Mapped[int | None]


class SiteRung(db.Model):
    """What people say about one rung of one site: another owner or time, or that it is done though nothing shows it."""

    __tablename__ = "site_rungs"
    __table_args__ = (UniqueConstraint("conference_site_id", "rung"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_site_id: Mapped[int] = mapped_column(ForeignKey("conference_sites.id", ondelete="CASCADE"))
    rung: Mapped[Rung]
    owner: Mapped[Owner | None]
    due_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    remark: Mapped[str] = mapped_column(Text, default="")


class LineTest(db.Model):
    """How long the server's answer took to a page at the site, kept as it was measured."""

    __tablename__ = "line_tests"
    __table_args__ = (CheckConstraint("lost <= rounds", name="rounds_hold_the_lost"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_site_id: Mapped[int] = mapped_column(ForeignKey("conference_sites.id", ondelete="CASCADE"), index=True)
    tested_at: Mapped[datetime]
    median_ms: Mapped[int]
    worst_ms: Mapped[int]
    lost: Mapped[int]
    rounds: Mapped[int]


class CheckItem(db.Model):
    """A line of the conference's own technical checklist; a conference without any has the usual one."""

    __tablename__ = "check_items"
    __table_args__ = (UniqueConstraint("conference_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    key: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)


class SiteCheck(db.Model):
    """What somebody found at one line of the checklist."""

    __tablename__ = "site_checks"
    __table_args__ = (UniqueConstraint("conference_site_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_site_id: Mapped[int] = mapped_column(ForeignKey("conference_sites.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    state: Mapped[CheckState]
    remark: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime]
